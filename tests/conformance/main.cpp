// conformance FILE...: runs the cases of vector files against the real code.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <vector>

#include "tests/conformance/kinds.h"

namespace countersign::conformance {
namespace {

// A new kind is one line here and one source file beside this one.
const std::vector<Kind> kKinds = {
    {"operators", run_operators}, {"rules", nullptr, run_rules}, {"jinja", run_jinja},
    {"params", run_params},       {"codehosts", run_senders},    {"tokens", run_senders},
    {"dedup", run_dedup},         {"monitoring", run_senders},   {"timestamped", run_senders},
    {"sns", run_senders},         {"oidc", run_senders},         {"handshakes", run_senders},
    {"cloudevents", run_senders},
};

const Kind* kind_of(const std::string& file_name) {
  const Kind* best = nullptr;
  for (const Kind& kind : kKinds)
    if (file_name.starts_with(kind.prefix) &&
        (best == nullptr || kind.prefix.size() > best->prefix.size()))
      best = &kind;
  return best;
}

Tally run_file(const std::filesystem::path& path) {
  const Kind* kind = kind_of(path.filename().string());
  if (kind == nullptr) throw std::runtime_error("no kind of vector file has this name");
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot be read");
  std::ostringstream text;
  text << in.rdbuf();
  return kind->run_text != nullptr ? kind->run_text(text.str())
                                   : kind->run(Json::parse(text.str()));
}

std::string closing_line(const Tally& all) {
  int skipped = 0;
  for (const auto& [reason, count] : all.skipped) {
    std::cout << fmt::format("skipped: {} ({})\n", count, reason);
    skipped += count;
  }
  std::string line = fmt::format("{} passed, {} failed", all.passed, all.failed);
  return skipped == 0 ? line : line + fmt::format(", {} skipped", skipped);
}

}  // namespace

void Tally::check(const Json& test_case, const Json& expected, const Json& actual) {
  if (expected == actual) {
    ++passed;
    return;
  }
  ++failed;
  std::cout << fmt::format("FAILED {}\n  case:     {}\n  expected: {}\n  actual:   {}\n",
                           test_case.value("id", "?"), test_case.dump().substr(0, 1000),
                           expected.dump(), actual.dump());
}

int run(const std::vector<std::string>& files) {
  Tally all;
  for (const std::string& file : files) {
    try {
      const Tally tally = run_file(file);
      all.passed += tally.passed;
      all.failed += tally.failed;
      for (const auto& [reason, count] : tally.skipped) all.skipped[reason] += count;
    } catch (const std::exception& e) {
      std::cerr << file << ": " << e.what() << "\n";
      return 2;
    }
  }
  std::cout << closing_line(all) << "\n";
  return all.failed == 0 ? 0 : 1;
}

}  // namespace countersign::conformance

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: conformance FILE...\n";
    return 2;
  }
  return countersign::conformance::run({argv + 1, argv + argc});
}
