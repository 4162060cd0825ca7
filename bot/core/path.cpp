#include "bot/core/path.h"

#include <algorithm>

namespace countersign::core {
namespace {

using Matches = std::vector<const Json*>;

// Python's slice arithmetic for a list of `size` elements.
void take_range(const Path::Range& range, const Json& list, Matches& out) {
  const long size = static_cast<long>(list.size());
  const long step = range.step.value_or(1);
  if (step == 0) return;
  const long low = step > 0 ? 0 : -1;
  const long high = step > 0 ? size : size - 1;
  const auto place = [&](std::optional<long> at, long otherwise) {
    if (!at) return otherwise;
    return std::clamp(*at < 0 ? *at + size : *at, low, high);
  };
  const long from = place(range.from, step > 0 ? 0 : size - 1);
  const long to = place(range.to, step > 0 ? size : -1);
  for (long i = from; step > 0 ? i < to : i > to; i += step)
    out.push_back(&list[static_cast<std::size_t>(i)]);
}

void take_members(const Path::Selector& selector, const Json& value, Matches& out) {
  if (!value.is_object()) return;
  for (const std::string& name : selector.names)
    if (const auto member = value.find(name); member != value.end()) out.push_back(&*member);
}

void select(const Path::Selector& selector, const Json& value, Matches& out) {
  using Kind = Path::Selector::Kind;
  switch (selector.kind) {
    case Kind::members:
      return take_members(selector, value, out);
    case Kind::all_members:
      if (value.is_object())
        for (const Json& member : value) out.push_back(&member);
      return;
    case Kind::element: {
      const long size = static_cast<long>(value.size());
      const long at = selector.index < 0 ? selector.index + size : selector.index;
      if (value.is_array() && at >= 0 && at < size)
        out.push_back(&value[static_cast<std::size_t>(at)]);
      return;
    }
    case Kind::range:
      // StackStorm's path library takes anything but a list for a list of one.
      if (value.is_array()) return take_range(selector.range, value, out);
      out.push_back(&value);
  }
}

void follow(const Path::Step& step, const Json& value, Matches& out) {
  for (const std::vector<Path::Selector>& chain : step.alternatives) {
    Matches current{&value};
    for (const Path::Selector& selector : chain) {
      Matches next;
      for (const Json* at : current) select(selector, *at, next);
      current = std::move(next);
    }
    out.insert(out.end(), current.begin(), current.end());
  }
}

// The value itself, then everything below it, parents before children. No recursion: payloads may
// be deep.
void follow_deep(const Path::Step& step, const Json& value, Matches& out) {
  Matches open{&value};
  while (!open.empty()) {
    const Json* at = open.back();
    open.pop_back();
    follow(step, *at, out);
    if (!at->is_structured()) continue;
    const std::size_t before = open.size();
    for (const Json& child : *at) open.push_back(&child);
    std::reverse(open.begin() + static_cast<std::ptrdiff_t>(before), open.end());
  }
}

// The name, if a step takes just one; null otherwise.
const std::string* only_name(const Path::Step& step) {
  if (step.deep || step.alternatives.size() != 1 || step.alternatives[0].size() != 1)
    return nullptr;
  const Path::Selector& selector = step.alternatives[0][0];
  const bool one = selector.kind == Path::Selector::Kind::members && selector.names.size() == 1;
  return one ? &selector.names[0] : nullptr;
}

}  // namespace

void Path::look_ahead() {
  for (const Step& step : steps_) {
    const std::string* name = only_name(step);
    is_plain_ = name != nullptr;
    if (!is_plain_) return;
    (&step == &steps_.front() ? root_ : names_.emplace_back()) = *name;
  }
}

const Json* Path::follow_from(std::size_t step, const Json& value) const {
  Matches current{&value};
  for (; step < steps_.size(); ++step) {
    Matches next;
    for (const Json* at : current)
      steps_[step].deep ? follow_deep(steps_[step], *at, next) : follow(steps_[step], *at, next);
    current = std::move(next);
  }
  return current.empty() ? nullptr : current.front();
}

Result<std::vector<const Json*>> Path::all(const Json& root, std::size_t most) const {
  Matches current{&root};
  for (const Step& step : steps_) {
    Matches next;
    for (const Json* at : current) {
      step.deep ? follow_deep(step, *at, next) : follow(step, *at, next);
      if (next.size() > most) return invalid("the path matches too often");
    }
    current = std::move(next);
  }
  return current;
}

const Json* Path::first(const Json& root) const { return follow_from(0, root); }

const Json* Path::first_below(const Json& value) const {
  if (!is_plain_) return follow_from(1, value);
  const Json* at = &value;
  for (const std::string& name : names_) {
    const auto member = at->is_object() ? at->find(name) : at->end();
    if (member == at->end()) return nullptr;
    at = &*member;
  }
  return at;
}

}  // namespace countersign::core
