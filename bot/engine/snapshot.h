// What is in force: the configuration and the rules and actions loaded with it. Replaced as a whole
// on reload (SIGHUP); whoever works takes one snapshot and stays with it.
#pragma once
#include <memory>
#include <mutex>

#include "bot/engine/indexed_rules.h"
#include "config/packs.h"
#include "config/settings.h"

namespace countersign::engine {

struct Snapshot {
  config::Settings settings;
  std::shared_ptr<const config::Catalog> catalog;
  std::shared_ptr<IndexedRules> indexed = std::make_shared<IndexedRules>();

  // The catalog's rules; compiled when first wanted.
  std::shared_ptr<const core::RuleIndex> rules() const { return indexed->of(catalog); }
};

class Current {
 public:
  explicit Current(std::shared_ptr<const Snapshot> first) : value_(std::move(first)) {}
  std::shared_ptr<const Snapshot> get() const {
    const std::scoped_lock lock(mutex_);
    return value_;
  }
  void set(std::shared_ptr<const Snapshot> next) {
    const std::scoped_lock lock(mutex_);
    value_ = std::move(next);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Snapshot> value_;  // guarded by mutex_
};

}  // namespace countersign::engine
