// An address that is asked again and again and answers with a list of items. Where a cursor is
// configured, the next question carries how far the last answer went.
//
// The address is the operator's own, so it may lie anywhere, also within the network: the guard for
// targets of actions does not apply here. Redirects are not followed; time and size are limited.
#pragma once
#include <optional>

#include "adapters/net/http_client.h"
#include "bot/core/path.h"
#include "bot/core/ports/sensor.h"
#include "bot/core/text_template.h"
#include "config/settings.h"

namespace countersign::adapters::sensor {

class PollSensor : public core::Sensor {
 public:
  static constexpr std::size_t kBatch = 100;    // items in one commit
  static constexpr std::size_t kCursor = 1000;  // bytes; a longer one is refused

  explicit PollSensor(config::Sensor about);
  Result<core::Duration> work(core::SensorDesk& desk, const std::stop_token& stop) override;

 private:
  net::HttpCall question(const std::string& cursor) const;
  Result<Json> items_in(const Json& answer) const;
  Result<void> hand_over(const Json& items, core::SensorDesk& desk,
                         const std::stop_token& stop) const;
  // Empty: as before.
  Result<std::string> cursor_after(const Json& answer, const Json& items) const;

  const config::Sensor about_;
  const std::optional<core::TextTemplate> key_;
  std::optional<core::Path> items_;
  std::optional<core::TextTemplate> cursor_;
  // Of the last answer that was stored whole, and to which question it belongs.
  std::string etag_, etag_cursor_;
};

}  // namespace countersign::adapters::sensor
