// Whole numbers beyond 64 bits, as Python has them: {{ 2 ** 100 }}. At most kBits long: an
// operation whose result would be longer gives nothing.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace countersign::core::jinja {

class BigInteger {
 public:
  static constexpr std::size_t kBits = 4096;

  BigInteger(std::int64_t value = 0);  // NOLINT: implicit by design
  static BigInteger of_unsigned(std::uint64_t value);
  // Digits with a sign in front or none, without blanks.
  static std::optional<BigInteger> parse(std::string_view digits, unsigned base = 10);
  // The whole part of a finite number.
  static std::optional<BigInteger> truncate(double value);

  std::optional<std::int64_t> as_int64() const;
  double as_double() const;
  std::string digits(unsigned base = 10) const;  // base 2, 8, 10 or 16
  bool negative() const { return negative_; }
  bool zero() const { return words_.empty(); }
  BigInteger negated() const;

  static std::optional<BigInteger> add(const BigInteger& a, const BigInteger& b);
  static std::optional<BigInteger> multiply(const BigInteger& a, const BigInteger& b);
  static std::optional<BigInteger> power(const BigInteger& a, std::uint64_t exponent);
  // Floor division, with the remainder of the divisor's sign; b is not zero.
  static std::pair<BigInteger, BigInteger> divide(const BigInteger& a, const BigInteger& b);

  std::strong_ordering operator<=>(const BigInteger& other) const;
  bool operator==(const BigInteger& other) const = default;

 private:
  using Words = std::vector<std::uint32_t>;
  static std::strong_ordering compare(const Words& a, const Words& b);
  static Words plus(const Words& a, const Words& b);
  static Words minus(const Words& a, const Words& b);  // a >= b
  static std::uint32_t divide_small(Words& words, std::uint32_t by);
  BigInteger(Words words, bool negative);

  Words words_;  // the lowest first, none of them leading zeros
  bool negative_ = false;
};

}  // namespace countersign::core::jinja
