// A backtest's report as people read it. Pure.
#pragma once
#include <string>
#include <vector>

#include "bot/core/backtest.h"

namespace countersign::engine {

// One bar for each number, the highest as high as a line: "▁▃▁█". None for an empty list.
std::string chart(const std::vector<std::int64_t>& numbers);

// The whole, as lines of text. `listed`: how many runs of each rule are shown.
std::string report_text(const core::BacktestReport& report, std::size_t listed);
// One rule of it, without its name.
std::string rule_report_text(const core::BacktestReport& report, const core::RuleReport& rule,
                             std::size_t listed);
// "would run 12 times, is held once": nothing that did not happen.
std::string fates_words(const core::RuleReport& rule);

}  // namespace countersign::engine
