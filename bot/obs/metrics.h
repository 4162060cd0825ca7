// Counters and gauges for Prometheus. Names and labels are ours alone, never a value a stranger
// sent.
#pragma once
#include <initializer_list>
#include <string>
#include <utility>

namespace countersign::obs {

using Labels = std::initializer_list<std::pair<const std::string, std::string>>;

void count(const std::string& name, const std::string& help, Labels labels = {});
void gauge(const std::string& name, const std::string& help, double value, Labels labels = {});

// The text exposition format, version 0.0.4.
std::string metrics_text();

}  // namespace countersign::obs
