// The rules of a catalog, made ready to be asked once for all who work with it.
#pragma once
#include <memory>
#include <mutex>

#include "bot/core/rule_index.h"
#include "config/packs.h"

namespace countersign::engine {

// Threads may ask at once; who asks first about a catalog waits while its rules are compiled.
class IndexedRules {
 public:
  // The index keeps the catalog.
  std::shared_ptr<const core::RuleIndex> of(const std::shared_ptr<const config::Catalog>& catalog) {
    const std::scoped_lock lock(mutex_);
    if (!made_ || made_->catalog != catalog) made_ = std::make_shared<const Made>(catalog);
    return {made_, &made_->index};
  }

 private:
  struct Made {
    explicit Made(std::shared_ptr<const config::Catalog> of)
        : catalog(std::move(of)), index(catalog->rules) {}
    std::shared_ptr<const config::Catalog> catalog;
    core::RuleIndex index;
  };

  std::mutex mutex_;
  std::shared_ptr<const Made> made_;  // guarded by mutex_
};

}  // namespace countersign::engine
