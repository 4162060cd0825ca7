// + - * / // % ** and the sign.
#include <fmt/format.h>

#include <cmath>

#include "bot/core/jinja/access.h"
#include "bot/core/jinja/formatting.h"
#include "bot/core/jinja/operators.h"
#include "bot/core/jinja/printing.h"

namespace countersign::core::jinja {
namespace {

constexpr std::string_view kSigns[] = {"+", "-", "*", "/", "//", "%", "**"};

Value unsupported(Rendering& r, Operator op, const Value& a, const Value& b) {
  for (const Value* const v : {&a, &b})
    if (!v->defined()) return r.fail(why_undefined(*v));
  return r.fail(fmt::format("the operator '{}' does not go with values of the types {} and {}",
                            kSigns[static_cast<std::size_t>(op)], type_name(a), type_name(b)));
}

Value division_by_zero(Rendering& r) { return r.fail("division by zero"); }

Value real_power(Rendering& r, double a, double b) {
  if (a == 0 && b < 0) return division_by_zero(r);
  const double out = std::pow(a, b);
  if (std::isnan(out) && !std::isnan(a) && !std::isnan(b))
    return r.fail("the power of a negative number is not a real one");
  if (std::isinf(out) && std::isfinite(a) && std::isfinite(b))
    return r.fail("the result of '**' is too large");
  return Value::of(out);
}

Value real_arithmetic(Rendering& r, Operator op, double a, double b) {
  switch (op) {
    case Operator::add:
      return Value::of(a + b);
    case Operator::subtract:
      return Value::of(a - b);
    case Operator::multiply:
      return Value::of(a * b);
    case Operator::power:
      return real_power(r, a, b);
    default:
      break;
  }
  if (b == 0) return division_by_zero(r);
  if (op == Operator::divide) return Value::of(a / b);
  double rest = std::fmod(a, b);
  if (rest != 0 && (rest < 0) != (b < 0)) rest += b;
  if (op == Operator::modulo) return Value::of(rest == 0 ? std::copysign(0.0, b) : rest);
  const double whole = std::round((a - rest) / b);
  return Value::of(whole == 0 ? std::copysign(0.0, a / b) : whole);
}

Value big_arithmetic(Rendering& r, Operator op, const BigInteger& a, const BigInteger& b) {
  switch (op) {
    case Operator::add:
      return r.whole(BigInteger::add(a, b));
    case Operator::subtract:
      return r.whole(BigInteger::add(a, b.negated()));
    case Operator::multiply:
      return r.whole(BigInteger::multiply(a, b));
    case Operator::power:
      if (b.negative()) return real_power(r, a.as_double(), b.as_double());
      // Of -1, 0 and 1 every power is short, so the exponent may be cut to its last bits.
      return r.whole(
          BigInteger::power(a, static_cast<std::uint64_t>(b.as_int64().value_or(1 << 20))));
    default:
      break;
  }
  if (b.zero()) return division_by_zero(r);
  if (op == Operator::divide) return Value::of(a.as_double() / b.as_double());
  r.spend(256);
  const auto [whole, rest] = BigInteger::divide(a, b);
  return r.whole(op == Operator::modulo ? rest : whole);
}

Value whole_arithmetic(Rendering& r, Operator op, std::int64_t a, std::int64_t b) {
  std::int64_t out = 0;
  if (op == Operator::add && !__builtin_add_overflow(a, b, &out)) return Value::of(out);
  if (op == Operator::subtract && !__builtin_sub_overflow(a, b, &out)) return Value::of(out);
  if (op == Operator::multiply && !__builtin_mul_overflow(a, b, &out)) return Value::of(out);
  return big_arithmetic(r, op, a, b);
}

Value joined(Rendering& r, const Value& a, const Value& b) {
  std::vector<Value> all = elements(r, a);
  for (const Value& element : elements(r, b)) all.push_back(element);
  return r.sequence(a.kind, std::move(all));
}

Value repeated(Rendering& r, const Value& what, const Value& times) {
  const auto n = static_cast<std::size_t>(std::max<std::int64_t>(times.whole(), 0));
  if (what.is_text()) {
    if (!what.text->empty() && n > Rendering::kTextLimit / what.text->size())
      return r.fail("a text of the template is longer than 256 KiB");
    std::string out;
    for (std::size_t i = 0; i < (what.text->empty() ? 0 : n); ++i) out += *what.text;
    return r.text(std::move(out), what.kind);
  }
  const std::vector<Value> once = elements(r, what);
  std::vector<Value> out;
  for (std::size_t i = 0; i < (once.empty() ? 0 : n) && r.spend(once.size()); ++i)
    out.insert(out.end(), once.begin(), once.end());
  return r.sequence(what.kind, std::move(out));
}

Value add_texts(Rendering& r, const Value& a, const Value& b) {
  const bool markup = a.is(Kind::markup) || b.is(Kind::markup);
  const auto part = [&](const Value& v) {
    return markup && !v.is(Kind::markup) ? escape(*v.text) : *v.text;
  };
  return r.text(part(a) + part(b), markup ? Kind::markup : Kind::text);
}

bool repeatable(const Value& v) { return v.is_text() || v.is(Kind::list) || v.is(Kind::tuple); }

}  // namespace

Value arithmetic(Rendering& r, Operator op, const Value& a, const Value& b) {
  if (r.failed()) return {};
  if (a.is_number() && b.is_number()) {
    if (a.is(Kind::real) || b.is(Kind::real))
      return real_arithmetic(r, op, as_double(a), as_double(b));
    if (a.is_whole() && b.is_whole()) return whole_arithmetic(r, op, a.whole(), b.whole());
    return big_arithmetic(r, op, as_big(a), as_big(b));
  }
  if (op == Operator::modulo && a.is_text()) return format_percent(r, a, b);
  if (op == Operator::add && a.is_text() && b.is_text()) return add_texts(r, a, b);
  if (op == Operator::add && a.kind == b.kind && (a.is(Kind::list) || a.is(Kind::tuple)))
    return joined(r, a, b);
  if (op == Operator::multiply && repeatable(a) && b.is_whole()) return repeated(r, a, b);
  if (op == Operator::multiply && repeatable(b) && a.is_whole()) return repeated(r, b, a);
  return unsupported(r, op, a, b);
}

Value negative(Rendering& r, const Value& value) {
  if (value.is(Kind::real)) return Value::of(-value.real);
  if (value.is_number()) return r.whole(as_big(value).negated());
  return unsupported(r, Operator::subtract, value, value);
}

}  // namespace countersign::core::jinja
