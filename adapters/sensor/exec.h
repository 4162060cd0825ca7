// A program of the operator's that prints one JSON object per line. It is started again and again
// (by whoever runs the sensor); what it writes to stderr goes to the log.
//
// Without a dedup key each line of each life is an event of its own: should two replicas run the
// sensor for a moment, both count.
#pragma once
#include <optional>

#include "adapters/sensor/lines.h"
#include "bot/core/ports/sensor.h"
#include "bot/core/ports/services.h"
#include "bot/core/text_template.h"
#include "config/settings.h"

namespace countersign::adapters::sensor {

class ExecSensor : public core::Sensor {
 public:
  static constexpr std::size_t kLine = 256 * 1024;  // bytes; a longer one is refused
  static constexpr std::size_t kWords = 4 * 1024;   // likewise, on stderr
  static constexpr std::size_t kBatch = 100;        // lines in one commit

  ExecSensor(config::Sensor about, core::IdSource& ids);
  // Never without an Error: a program that ends is started again after a pause.
  Result<core::Duration> work(core::SensorDesk& desk, const std::stop_token& stop) override;

 private:
  std::optional<core::SensorItem> item_of(const Lines::Line& line, const std::string& life,
                                          std::size_t number, core::SensorDesk& desk) const;

  const config::Sensor about_;
  core::IdSource& ids_;
  std::optional<core::TextTemplate> key_;
};

}  // namespace countersign::adapters::sensor
