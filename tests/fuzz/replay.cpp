#include "tests/fuzz/replay.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

namespace countersign::fuzz {
namespace {

constexpr std::size_t kLongest = 4096;

std::uint64_t setting(const char* name, std::uint64_t fallback) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : std::strtoull(text, nullptr, 10);
}

std::vector<std::string> read_corpus(const std::string& name) {
  std::vector<std::filesystem::path> paths;
  const std::filesystem::path folder =
      std::filesystem::path(TEST_SOURCE_DIR) / "tests/fuzz/corpus" / name;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    paths.push_back(entry.path());
  std::ranges::sort(paths);
  std::vector<std::string> inputs;
  for (const auto& path : paths) {
    std::ifstream in(path, std::ios::binary);
    inputs.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return inputs;
}

class Mutator {
  std::size_t below(std::size_t n) { return n == 0 ? 0 : random_() % n; }
  template <class Items>
  const auto& pick(const Items& items) {
    return items[below(std::size(items))];
  }

 public:
  Mutator(std::vector<std::string> corpus, std::uint64_t seed)
      : corpus_(std::move(corpus)), random_(seed) {}

  std::string next() {
    std::string text = pick(corpus_);
    for (std::size_t n = 1 + below(4); n > 0; --n) mutate(text);
    text.resize(std::min(text.size(), kLongest));
    return text;
  }

 private:
  void mutate(std::string& text) {
    static const std::string kPieces[] = {
        "{",    "}",       "[",       "]",  "\"",   ":",
        ",",    "\\u0000", "\\ud800", "\\", "\xFF", "\xED\xA0\x80",
        "{{",   "}}",      "1e999",   "-0", "|",    "'",
        "null", "=",       "sha256=", " ",  "\r\n", std::string(1, '\0')};
    const std::size_t at = below(text.size() + 1);
    switch (below(6)) {
      case 0:
        text.insert(at, pick(kPieces));
        break;
      case 1:
        text.erase(at, 1 + below(8));
        break;
      case 2:
        if (at < text.size()) text[at] = static_cast<char>(random_());
        break;
      case 3:
        text.insert(at, text.substr(below(text.size() + 1), below(64)));
        break;
      case 4:
        text.insert(at, std::string(below(200), text.empty() ? '[' : text[below(text.size())]));
        break;
      default:
        text = text.substr(0, at) + pick(corpus_);
    }
  }

  std::vector<std::string> corpus_;
  std::mt19937_64 random_;
};

}  // namespace

std::map<std::string, Target>& targets() {
  static std::map<std::string, Target> all;
  return all;
}

void replay(const std::string& name, Target target, std::uint64_t cost) {
  const auto corpus = read_corpus(name);
  ASSERT_FALSE(corpus.empty()) << name;
  for (const std::string& input : corpus) target(input);
  const std::uint64_t seed = setting("COUNTERSIGN_FUZZ_SEED", 20261121);
  SCOPED_TRACE("seed " + std::to_string(seed));
  Mutator mutator(corpus, seed);
  for (std::uint64_t left = setting("COUNTERSIGN_FUZZ_ROUNDS", 20'000) / cost; left > 0;
       --left) {
    const std::string input = mutator.next();
    target(input);
    // Thousands of failures say no more than the first.
    if (testing::Test::HasFailure()) FAIL() << "input: " << testing::PrintToString(input);
  }
}

}  // namespace countersign::fuzz
