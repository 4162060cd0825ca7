#include "bot/core/jinja/big_integer.h"

#include <algorithm>
#include <cmath>

namespace countersign::core::jinja {
namespace {

constexpr std::size_t kWordsLimit = BigInteger::kBits / 32;

void trim(std::vector<std::uint32_t>& words) {
  while (!words.empty() && words.back() == 0) words.pop_back();
}

unsigned digit_of(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'z') return static_cast<unsigned>(c - 'a') + 10;
  if (c >= 'A' && c <= 'Z') return static_cast<unsigned>(c - 'A') + 10;
  return 99;
}

}  // namespace

BigInteger::BigInteger(std::int64_t value)
    : BigInteger(of_unsigned(value < 0 ? 0 - static_cast<std::uint64_t>(value)
                                       : static_cast<std::uint64_t>(value))) {
  negative_ = value < 0;
}

BigInteger::BigInteger(Words words, bool negative) : words_(std::move(words)) {
  trim(words_);
  negative_ = negative && !words_.empty();
}

BigInteger BigInteger::of_unsigned(std::uint64_t value) {
  return {Words{static_cast<std::uint32_t>(value), static_cast<std::uint32_t>(value >> 32)}, false};
}

std::optional<BigInteger> BigInteger::parse(std::string_view digits, unsigned base) {
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  if (digits.empty()) return std::nullopt;
  Words words;
  for (const char c : digits) {
    std::uint64_t carry = digit_of(c);
    if (carry >= base) return std::nullopt;
    for (std::uint32_t& word : words) {
      carry += static_cast<std::uint64_t>(word) * base;
      word = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    if (carry != 0) words.push_back(static_cast<std::uint32_t>(carry));
    if (words.size() > kWordsLimit) return std::nullopt;
  }
  return BigInteger(std::move(words), negative);
}

std::optional<BigInteger> BigInteger::truncate(double value) {
  if (!std::isfinite(value)) return std::nullopt;
  int exponent = 0;
  const double fraction = std::frexp(std::abs(std::trunc(value)), &exponent);
  constexpr int kMantissa = 53;
  const auto mantissa = static_cast<std::uint64_t>(std::ldexp(fraction, kMantissa));
  const int shift = exponent - kMantissa;
  if (shift <= 0) {
    const BigInteger small = of_unsigned(shift <= -kMantissa ? 0 : mantissa >> -shift);
    return value < 0 ? small.negated() : small;
  }
  const auto factor = power(2, static_cast<std::uint64_t>(shift));
  const auto whole = multiply(of_unsigned(mantissa), *factor);
  return value < 0 ? whole->negated() : *whole;
}

std::optional<std::int64_t> BigInteger::as_int64() const {
  if (words_.size() > 2) return std::nullopt;
  std::uint64_t value = 0;
  for (std::size_t i = words_.size(); i-- > 0;) value = value << 32 | words_[i];
  constexpr std::uint64_t kLimit = std::uint64_t{1} << 63;
  if (value > kLimit || (value == kLimit && !negative_)) return std::nullopt;
  return static_cast<std::int64_t>(negative_ ? 0 - value : value);
}

double BigInteger::as_double() const {
  double value = 0;
  for (std::size_t i = words_.size(); i-- > 0;) value = value * 4294967296.0 + words_[i];
  return negative_ ? -value : value;
}

std::string BigInteger::digits(unsigned base) const {
  if (words_.empty()) return "0";
  std::string out;
  for (Words rest = words_; !rest.empty();) out += "0123456789abcdef"[divide_small(rest, base)];
  if (negative_) out += '-';
  std::ranges::reverse(out);
  return out;
}

BigInteger BigInteger::negated() const { return {words_, !negative_}; }

std::optional<BigInteger> BigInteger::add(const BigInteger& a, const BigInteger& b) {
  BigInteger out;
  if (a.negative_ == b.negative_) {
    out = {plus(a.words_, b.words_), a.negative_};
  } else if (compare(a.words_, b.words_) >= 0) {
    out = {minus(a.words_, b.words_), a.negative_};
  } else {
    out = {minus(b.words_, a.words_), b.negative_};
  }
  if (out.words_.size() > kWordsLimit) return std::nullopt;
  return out;
}

std::optional<BigInteger> BigInteger::multiply(const BigInteger& a, const BigInteger& b) {
  if (a.words_.size() + b.words_.size() > kWordsLimit + 1) return std::nullopt;
  Words out(a.words_.size() + b.words_.size(), 0);
  for (std::size_t i = 0; i < a.words_.size(); ++i) {
    std::uint64_t carry = 0;
    for (std::size_t j = 0; j < b.words_.size(); ++j) {
      carry += out[i + j] + static_cast<std::uint64_t>(a.words_[i]) * b.words_[j];
      out[i + j] = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    out[i + b.words_.size()] = static_cast<std::uint32_t>(carry);
  }
  return BigInteger(std::move(out), a.negative_ != b.negative_);
}

std::optional<BigInteger> BigInteger::power(const BigInteger& a, std::uint64_t exponent) {
  std::optional<BigInteger> out = BigInteger(1);
  std::optional<BigInteger> square = a;
  for (; exponent != 0 && out; exponent >>= 1) {
    if (!square) return std::nullopt;
    if ((exponent & 1) != 0) out = multiply(*out, *square);
    if (exponent > 1) square = multiply(*square, *square);
  }
  return out;
}

std::pair<BigInteger, BigInteger> BigInteger::divide(const BigInteger& a, const BigInteger& b) {
  Words quotient(a.words_.size(), 0);
  Words rest;
  for (std::size_t bit = a.words_.size() * 32; bit-- > 0;) {
    std::uint32_t carry = a.words_[bit / 32] >> (bit % 32) & 1;
    for (std::uint32_t& word : rest) {
      const std::uint32_t next = word >> 31;
      word = word << 1 | carry;
      carry = next;
    }
    if (carry != 0) rest.push_back(carry);
    if (compare(rest, b.words_) < 0) continue;
    rest = minus(rest, b.words_);
    quotient[bit / 32] |= std::uint32_t{1} << (bit % 32);
  }
  const bool opposite = a.negative_ != b.negative_;
  BigInteger whole(std::move(quotient), opposite);
  BigInteger remainder(std::move(rest), a.negative_);
  if (opposite && !remainder.zero()) {
    whole = {plus(whole.words_, {1}), true};
    remainder = {minus(b.words_, remainder.words_), b.negative_};
  }
  return {std::move(whole), std::move(remainder)};
}

std::strong_ordering BigInteger::operator<=>(const BigInteger& other) const {
  if (negative_ != other.negative_)
    return negative_ ? std::strong_ordering::less : std::strong_ordering::greater;
  return negative_ ? compare(other.words_, words_) : compare(words_, other.words_);
}

std::strong_ordering BigInteger::compare(const Words& a, const Words& b) {
  if (a.size() != b.size()) return a.size() <=> b.size();
  for (std::size_t i = a.size(); i-- > 0;)
    if (a[i] != b[i]) return a[i] <=> b[i];
  return std::strong_ordering::equal;
}

BigInteger::Words BigInteger::plus(const Words& a, const Words& b) {
  Words out;
  std::uint64_t carry = 0;
  for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    carry += (i < a.size() ? a[i] : 0ULL) + (i < b.size() ? b[i] : 0ULL);
    out.push_back(static_cast<std::uint32_t>(carry));
    carry >>= 32;
  }
  if (carry != 0) out.push_back(static_cast<std::uint32_t>(carry));
  return out;
}

BigInteger::Words BigInteger::minus(const Words& a, const Words& b) {
  Words out;
  std::uint64_t borrow = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const std::uint64_t taken = (i < b.size() ? b[i] : 0ULL) + borrow;
    borrow = a[i] < taken ? 1 : 0;
    out.push_back(static_cast<std::uint32_t>(a[i] - taken));
  }
  trim(out);
  return out;
}

std::uint32_t BigInteger::divide_small(Words& words, std::uint32_t by) {
  std::uint64_t rest = 0;
  for (std::size_t i = words.size(); i-- > 0;) {
    rest = rest << 32 | words[i];
    words[i] = static_cast<std::uint32_t>(rest / by);
    rest %= by;
  }
  trim(words);
  return static_cast<std::uint32_t>(rest);
}

}  // namespace countersign::core::jinja
