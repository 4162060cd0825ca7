#include "bot/core/jinja/rendering.h"

namespace countersign::core::jinja {

Value Rendering::fail(std::string message) {
  if (!error_) error_ = invalid(std::move(message));
  return {};
}

bool Rendering::spend(std::size_t steps) {
  steps_ += steps;
  if (steps_ > kSteps) fail("the template needs more than 250000 steps");
  return !failed();
}

Value Rendering::text(std::string text, Kind kind) {
  if (text.size() > kTextLimit) return fail("a text of the template is longer than 256 KiB");
  spend(text.size() / 64);
  Value out = Value::of(make<Text>(std::move(text))->text);
  out.kind = kind;
  return out;
}

Value Rendering::whole(BigInteger number) {
  if (const auto small = number.as_int64()) return Value::of(*small);
  return Value::of(Kind::big, make<Big>(std::move(number)));
}

Value Rendering::whole(const std::optional<BigInteger>& number) {
  if (!number) return fail("a number of the template is longer than 4096 bits");
  spend(16);
  return whole(*number);
}

Value Rendering::sequence(Kind kind, std::vector<Value> items, std::string_view name) {
  auto* const made = make<Sequence>();
  spend(items.size());
  made->items = std::move(items);
  made->name = name;
  return Value::of(kind, made);
}

Value Rendering::undefined_because(std::string why) {
  Value out = text(std::move(why));
  out.kind = Kind::undefined;
  return out;
}

}  // namespace countersign::core::jinja
