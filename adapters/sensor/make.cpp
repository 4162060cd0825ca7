#include "adapters/sensor/make.h"

#include "adapters/sensor/exec.h"
#include "adapters/sensor/poll.h"

namespace countersign::adapters::sensor {

std::unique_ptr<core::Sensor> make_sensor(const config::Sensor& about, core::IdSource& ids) {
  if (about.kind == "exec") return std::make_unique<ExecSensor>(about, ids);
  return std::make_unique<PollSensor>(about);
}

}  // namespace countersign::adapters::sensor
