#include "bot/engine/backtest_words.h"

#include <algorithm>
#include <array>

#include "bot/core/message.h"
#include "bot/engine/narrate.h"
#include "bot/engine/refs.h"

namespace countersign::engine {
namespace {

constexpr std::size_t kNamed = 5;  // events that differ

struct FateWords {
  core::Fate fate;
  const char* words;
};
constexpr std::array kFateWords{
    FateWords{core::Fate::run, "would run"},
    FateWords{core::Fate::again, "in a window or an episode that is open"},
    FateWords{core::Fate::held, "held, because its alert flaps"},
    FateWords{core::Fate::limited, "over a rate limit"},
    FateWords{core::Fate::inert, "about an alert that was over or not known"},
    FateWords{core::Fate::error, "in error"},
};

std::string times(std::int64_t n) {
  return n == 1 ? "once" : n == 2 ? "twice" : std::to_string(n) + " times";
}

std::string day_and_time(core::Instant at) {
  std::string text = core::format_instant(std::chrono::floor<std::chrono::minutes>(at));
  text[10] = ' ';
  return text.substr(0, 16);
}

std::string events_words(std::int64_t count, const std::vector<core::EventId>& events) {
  std::vector<std::string> names;
  for (const core::EventId event : events) {
    if (names.size() < kNamed) names.push_back(show(event));
  }
  return std::to_string(count) + (count == 1 ? " event (" : " events (") + join(names, ", ") +
         (count > static_cast<std::int64_t>(names.size()) ? ", …)" : ")");
}

std::string happening_line(const core::Happening& h) {
  std::string out = "  " + day_and_time(h.at) + "  " + show(h.event);
  if (!h.targets.empty()) out += "  on " + core::make_visible(join(h.targets, ", "), 60);
  if (h.parameters.is_object() && !h.parameters.empty())
    out += "  " + core::make_visible(parameters_words(h.parameters), 80);
  if (h.fate == core::Fate::held) out += "  (held)";
  if (!h.error.empty()) out += "  ERROR: " + core::make_visible(h.error, 120);
  return out + "\n";
}

}  // namespace

std::string chart(const std::vector<std::int64_t>& numbers) {
  constexpr std::array kBars{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const std::int64_t most =
      numbers.empty() ? 0 : *std::max_element(numbers.begin(), numbers.end());
  std::string out;
  for (const std::int64_t n : numbers) {
    const auto height = most == 0 ? 0 : (n * 7 + most - 1) / most;
    out += kBars.at(static_cast<std::size_t>(height));
  }
  return out;
}

std::string fates_words(const core::RuleReport& rule) {
  std::vector<std::string> words;
  for (const auto& [fate, text] : kFateWords) {
    const std::int64_t n = rule.of(fate);
    if (fate == core::Fate::run) {
      words.push_back(n == 0 ? "would never run" : "would run " + times(n));
    } else if (n > 0) {
      words.push_back(std::to_string(n) + " " + text);
    }
  }
  return join(words, ", ");
}

std::string rule_report_text(const core::BacktestReport& report, const core::RuleReport& rule,
                             std::size_t listed) {
  std::string out = "from " + day_and_time(report.from) + " to " + day_and_time(report.until) +
                    " UTC: matches " + std::to_string(rule.matched) + " of " +
                    std::to_string(report.events) + " events\n" + fates_words(rule) + "\n";
  if (rule.of(core::Fate::run) > 0) {
    const auto most = *std::max_element(rule.per_day.begin(), rule.per_day.end());
    out += chart(rule.per_day) + "  a bar for each day, at most " + std::to_string(most) + "\n";
  }
  for (std::size_t i = 0; i < std::min(listed, rule.happenings.size()); ++i)
    out += happening_line(rule.happenings[i]);
  const auto all = rule.of(core::Fate::run) + rule.of(core::Fate::held) + rule.of(core::Fate::error);
  const auto shown = static_cast<std::int64_t>(std::min(listed, rule.happenings.size()));
  if (all > shown) out += "  … and " + std::to_string(all - shown) + " more\n";
  if (rule.only_now_count > 0)
    out += "matches now and did not then: " + events_words(rule.only_now_count, rule.only_now) +
           "\n";
  if (rule.only_then_count > 0)
    out += "matched then and does not now: " + events_words(rule.only_then_count, rule.only_then) +
           "\n";
  return out;
}

std::string report_text(const core::BacktestReport& report, std::size_t listed) {
  std::string out;
  for (const core::RuleReport& rule : report.rules) {
    out += rule.rule + " (" + std::string(core::name(rule.mode)) + ", " +
           rule.rule_hash.substr(0, 12) + ") -> " + rule.action + "\n" +
           rule_report_text(report, rule, listed) + "\n";
  }
  for (const auto& [rule, count] : report.gone)
    out += rule + " matched " + times(count) + " then, and is not there any more\n";
  return out;
}

}  // namespace countersign::engine
