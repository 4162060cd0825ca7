// A source of events that nobody sends: it is asked, or watched. What runs it knows about leases,
// pauses and the database; the sensor knows where its items come from.
#pragma once
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "bot/core/instant.h"
#include "bot/core/json.h"
#include "bot/core/result.h"

namespace countersign::core {

struct SensorItem {
  std::string raw;  // the bytes, or the item as JSON
  Json value;
  std::string identity;  // the same item again has the same; unique within the sensor
};

// To whom a sensor hands over what it finds. Blocking; to be called by the sensor's thread only.
class SensorDesk {
 public:
  virtual ~SensorDesk() = default;
  // Returns once all are stored, or were before; while they cannot be, it tries again. False: told
  // to stop, and nobody knows.
  virtual bool take(const std::vector<SensorItem>& items, const std::stop_token& stop) = 0;
  // Something that is no event: counted, and logged unless there is too much of it. `why` is ours.
  virtual void refuse(const std::string& why) = 0;
  // What the sensor says about itself, for the log.
  virtual void say(const std::string& line) = 0;
  // Where to go on; empty at the beginning.
  virtual std::string cursor() = 0;
  // Only after take() of all that lies before it.
  virtual Result<void> move_cursor(const std::string& cursor) = 0;
};

class Sensor {
 public:
  virtual ~Sensor() = default;
  // One life of a program, or one round of asking; ends soon after a stop. The pause to make before
  // the next, or why it has to be tried again.
  virtual Result<Duration> work(SensorDesk& desk, const std::stop_token& stop) = 0;
};

}  // namespace countersign::core
