// Results of rules' examples as JUnit's XML.
#include <fmt/format.h>

#include "bot/app/rule_tests.h"
#include "bot/core/unicode.h"

namespace countersign::app {
namespace {

// What XML 1.0 has no way to write becomes U+FFFD; so does what is not UTF-8.
bool is_writable(char32_t c) {
  return c == U'\t' || c == U'\n' || c == U'\r' || (c >= 0x20 && c < 0xd800) ||
         (c >= 0xe000 && c < 0xfffe) || (c >= 0x10000 && c < 0x110000);
}

std::string escaped(const std::string& text) {
  std::string out;
  // A byte outside of valid UTF-8 stands for itself here, which XML must not see.
  for (const char32_t c : core::to_code_points(text)) {
    switch (c) {
      case U'&':
        out += "&amp;";
        break;
      case U'<':
        out += "&lt;";
        break;
      case U'>':
        out += "&gt;";
        break;
      case U'"':
        out += "&quot;";
        break;
      case U'\n':
      case U'\r':
      case U'\t':
        out += fmt::format("&#{};", static_cast<unsigned>(c));
        break;
      default:
        core::append_utf8(out, is_writable(c) ? c : U'\ufffd');
    }
  }
  return out;
}

std::string one_case(const RuleReport& report, const RuleTestResult& test) {
  std::string out =
      fmt::format(R"(    <testcase classname="{}" name="{}" file="{}" line="{}")",
                  escaped(report.rule), escaped(test.name), escaped(report.file), test.line);
  if (test.failures.empty()) return out + "/>\n";
  std::string lines;
  for (const auto& failure : test.failures) lines += failure + "\n";
  for (const auto& line : difference(test.expected, test.actual)) lines += line + "\n";
  return out + fmt::format(
                   ">\n      <failure type=\"example\" message=\"{}\">{}</failure>\n"
                   "    </testcase>\n",
                   escaped(test.failures.front()), escaped(lines));
}

}  // namespace

std::string junit(const std::vector<RuleReport>& reports) {
  std::string suites;
  std::size_t tests = 0, failed = 0;
  for (const RuleReport& report : reports) {
    tests += report.tests.size();
    failed += report.failed();
    suites += fmt::format(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"0\">\n",
        escaped(report.file), report.tests.size(), report.failed());
    for (const RuleTestResult& test : report.tests) suites += one_case(report, test);
    suites += "  </testsuite>\n";
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites name=\"countersign rules test\" tests=\"{}\" failures=\"{}\" errors=\"0\">\n"
      "{}</testsuites>\n",
      tests, failed, suites);
}

}  // namespace countersign::app
