#include "adapters/sandbox/ids.h"

#include <algorithm>

#include "bot/core/digest.h"

namespace countersign::adapters::sandbox {
namespace {

constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::size_t kLength = 26;

bool is_letter(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

bool is_id(std::string_view text) {
  return text.size() == kLength &&
         std::ranges::all_of(text, [](char c) { return is_letter(c) || is_digit(c); });
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && is_letter(text.front()) &&
         std::ranges::all_of(text, [](char c) {
           return is_letter(c) || is_digit(c) || c == '.' || c == '-' || c == '_';
         });
}

Ids::Ids(std::string seed) : seed_(std::move(seed)), random_(std::random_device{}()) {}

std::string Ids::named(std::string_view name) const {
  const std::string digest = core::sha256(seed_ + "\n" + std::string(name));
  std::string id;
  for (const char byte : digest.substr(0, kLength)) {
    id += kLetters[static_cast<unsigned char>(byte) % kLetters.size()];
  }
  return id;
}

std::string Ids::fresh() {
  std::uniform_int_distribution<std::size_t> any(0, kLetters.size() - 1);
  std::string id;
  for (std::size_t i = 0; i < kLength; ++i) id += kLetters[any(random_)];
  return id;
}

}  // namespace countersign::adapters::sandbox
