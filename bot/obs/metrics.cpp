#include "bot/obs/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <map>

namespace countersign::obs {
namespace {

// One per process, as the process is what is measured. prometheus-cpp locks inside.
prometheus::Registry& registry() {
  static prometheus::Registry instance;
  return instance;
}

}  // namespace

void count(const std::string& name, const std::string& help, Labels labels) {
  prometheus::BuildCounter()
      .Name(name)
      .Help(help)
      .Register(registry())
      .Add(std::map<std::string, std::string>(labels))
      .Increment();
}

void gauge(const std::string& name, const std::string& help, double value, Labels labels) {
  prometheus::BuildGauge()
      .Name(name)
      .Help(help)
      .Register(registry())
      .Add(std::map<std::string, std::string>(labels))
      .Set(value);
}

std::string metrics_text() { return prometheus::TextSerializer().Serialize(registry().Collect()); }

}  // namespace countersign::obs
