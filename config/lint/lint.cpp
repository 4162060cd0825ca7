#include "config/lint/lint.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/lint/findings.h"

namespace countersign::config {
namespace {

struct Family {
  void (*find)(const LintInput& input, Findings& findings);
  bool errors;  // it has lints that are errors
};
constexpr Family kFamilies[] = {
    {find_unscoped, false}, {find_unreachable, false}, {find_overlaps, false}, {find_loops, true},
    {find_regexes, false},  {find_shells, true},       {find_unlimited, true},
};

}  // namespace

const Lint* find_lint(std::string_view name) {
  const auto found = std::ranges::find(lints(), name, &Lint::name);
  return found == lints().end() ? nullptr : &*found;
}

void check_allowed_lints(const Reader& lint) {
  if (!lint.map_of({"allow"})) return;
  std::vector<std::string> names;
  for (const Lint& known : lints()) {
    if (known.level == Problem::Severity::warning) names.emplace_back(known.name);
  }
  for (const Reader& item : lint.at("allow").items()) {
    const std::string name = item.required_text();
    const Lint* found = find_lint(name);
    if (found != nullptr && found->level == Problem::Severity::error) {
      item.error(fmt::format("'{}' is dangerous and cannot be allowed", name));
    } else if (found == nullptr && !name.empty()) {
      item.error(unknown("lint", name, names));
    }
  }
}

bool allows(const Reader& file, std::string_view lint) {
  const Reader allow = file.at("lint").at("allow");
  if (!allow.is_list()) return false;
  return std::ranges::any_of(
      allow.items(), [lint](const Reader& item) { return item.is_text() && item.text() == lint; });
}

void Findings::add(std::string_view lint, const Reader& file, const Reader& place,
                   std::string message) {
  const Lint* found = find_lint(lint);
  if (found->level == Problem::Severity::warning && allows(file, lint)) return;
  Problem problem = place.problem(found->level, std::move(message));
  problem.lint = found->name;
  problem.mend = found->mend;
  problems_.push_back(std::move(problem));
}

Problems find_lints(const LintInput& input) {
  Findings findings;
  for (const Family& family : kFamilies) {
    if (input.scrutiny.doubts || family.errors) family.find(input, findings);
  }
  Problems found = std::move(findings).take();
  if (!input.scrutiny.doubts)
    std::erase_if(found, [](const Problem& p) { return p.severity == Problem::Severity::warning; });
  return found;
}

}  // namespace countersign::config
