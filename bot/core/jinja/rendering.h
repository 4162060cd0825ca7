// One rendering of one template: its heap, its limits, its names and its failure.
//
// The first failure is kept, as a stream keeps its failbit: fail() gives an undefined value, and
// whatever is computed from it afterwards is nobody's result. Only loops have to ask failed().
// That keeps the many small functions of the language free of plumbing. Used by one thread.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bot/core/error.h"
#include "bot/core/jinja/value.h"
#include "bot/core/text_template.h"

namespace countersign::core::jinja {

// The names of a loop, a macro or a {% with %}; looked up from the inside to the outside.
struct Frame : Object {
  explicit Frame(Frame* p) : parent(p) {}
  Frame* parent;
  std::vector<std::pair<std::string_view, Value>> names;
};

class Rendering {
 public:
  // Steps: one for each expression, for each element walked over, and for every 64 bytes made.
  static constexpr std::size_t kSteps = 250'000;
  static constexpr std::size_t kTextLimit = 256 * 1024;  // bytes, of every text and of the result
  static constexpr int kDepth = 200;  // of calls, blocks, expressions and values in each other
  static constexpr std::int64_t kRangeLimit = 100'000;

  explicit Rendering(const Json& context) : context_(context) {}
  Rendering(const Rendering&) = delete;
  Rendering& operator=(const Rendering&) = delete;

  Value fail(std::string message);
  bool failed() const { return error_.has_value(); }
  const Error& error() const { return *error_; }
  // False, and failed, when the steps are used up.
  bool spend(std::size_t steps = 1);

  // On the heap.
  template <class T, class... Args>
  T* make(Args&&... args) {
    auto made = std::make_unique<T>(std::forward<Args>(args)...);
    T* const out = made.get();
    spend();
    heap_.push_back(std::move(made));
    return out;
  }
  Value text(std::string text, Kind kind = Kind::text);
  Value whole(BigInteger number);                        // shortest form
  Value whole(const std::optional<BigInteger>& number);  // nothing: too long, fails
  Value sequence(Kind kind, std::vector<Value> items, std::string_view name = {});
  Value undefined(std::string why) { return undefined_because(std::move(why)); }

  const Json& context() const { return context_; }
  Frame* frame = nullptr;  // the innermost

 private:
  Value undefined_because(std::string why);

  const Json& context_;
  std::size_t steps_ = 0;
  std::optional<Error> error_;
  std::vector<std::unique_ptr<Object>> heap_;
  friend class Deeper;
  int depth_ = 0;
};

// Counts nesting while it lives; false, and failed, when that is too deep.
class Deeper {
 public:
  explicit Deeper(Rendering& r) : r_(r) {
    if (++r_.depth_ > Rendering::kDepth)
      r_.fail("the template nests deeper than 200 levels while it is rendered");
  }
  ~Deeper() { --r_.depth_; }
  Deeper(const Deeper&) = delete;
  Deeper& operator=(const Deeper&) = delete;
  explicit operator bool() const { return !r_.failed(); }

 private:
  Rendering& r_;
};

}  // namespace countersign::core::jinja
