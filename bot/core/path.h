// Paths into payloads, as the keys of criteria use them: trigger.labels.severity,
// trigger.alerts[0].status, trigger.headers['X-Event'], trigger..name, trigger.a|b, [*], [1:], "$."
// in front; text from '#' on is a remark.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bot/core/json.h"
#include "bot/core/result.h"

namespace countersign::core {

class Path {
 public:
  // The Error says what was not understood, and where.
  static Result<Path> parse(std::string_view key);

  // The first match, or null if the path leads nowhere. Points into `root`.
  const Json* first(const Json& root) const;
  // All matches in order, into `root`; an Error if there are more than `most` on the way.
  Result<std::vector<const Json*>> all(const Json& root, std::size_t most) const;

  // The name the path starts with, if it starts with just one ("trigger"); empty otherwise.
  const std::string& root() const { return root_; }
  // first() of a path with a root, for whoever has the value that is found under that name.
  const Json* first_below(const Json& value) const;
  // A path of names only ("trigger.labels.severity"): then these, behind the root. Null otherwise.
  const std::vector<std::string>* names() const { return is_plain_ ? &names_ : nullptr; }

  struct Range {
    std::optional<long> from, to, step;
  };
  // What to take from one value: members by name, all members, an element, or a range of elements.
  struct Selector {
    enum class Kind { members, all_members, element, range } kind = Kind::members;
    std::vector<std::string> names;
    long index = 0;
    Range range;
  };
  // Alternatives are tried in turn ("a|b"); each is a chain of selectors ("a[0]"). A deep step
  // ("..") looks into all values below as well.
  struct Step {
    bool deep = false;
    std::vector<std::vector<Selector>> alternatives;
  };

 private:
  void look_ahead();
  const Json* follow_from(std::size_t step, const Json& value) const;

  std::vector<Step> steps_;
  std::string root_;
  std::vector<std::string> names_;
  bool is_plain_ = false;
};

}  // namespace countersign::core
