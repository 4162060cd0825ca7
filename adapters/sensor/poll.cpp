#include "adapters/sensor/poll.h"

#include "adapters/sensor/item_key.h"
#include "bot/core/json_guard.h"

namespace countersign::adapters::sensor {

PollSensor::PollSensor(config::Sensor about) : about_(std::move(about)), key_(item_key(about_)) {
  if (!about_.items.empty()) {
    if (auto path = core::Path::parse(about_.items)) items_ = std::move(*path);
  }
  if (!about_.cursor_from.empty()) {
    if (auto parsed = core::TextTemplate::parse(about_.cursor_from)) cursor_ = std::move(*parsed);
  }
}

net::HttpCall PollSensor::question(const std::string& cursor) const {
  net::HttpCall call;
  call.url = about_.url;
  call.headers = {{"Accept", "application/json"}};
  for (const auto& [name, value] : about_.headers) call.headers.emplace_back(name, value.reveal());
  if (!etag_.empty() && etag_cursor_ == cursor) call.headers.emplace_back("If-None-Match", etag_);
  if (cursor.empty()) return call;
  if (!about_.cursor_header.empty()) {
    call.headers.emplace_back(about_.cursor_header, cursor);
  } else {
    const char joint = call.url.find('?') == std::string::npos ? '?' : '&';
    call.url +=
        joint + net::percent_encode(about_.cursor_query) + "=" + net::percent_encode(cursor);
  }
  return call;
}

Result<Json> PollSensor::items_in(const Json& answer) const {
  const Json* items = items_ ? items_->first(answer) : &answer;
  if (items == nullptr) return invalid("the answer has no " + about_.items);
  if (!items->is_array()) return invalid("what should hold the items is no list");
  return *items;
}

Result<void> PollSensor::hand_over(const Json& items, core::SensorDesk& desk,
                                   const std::stop_token& stop) const {
  std::vector<core::SensorItem> batch;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const Json& item = items[i];
    auto identity = item.is_object() ? identity_of(*key_, item)
                                     : Result<std::string>(invalid("an item is no JSON object"));
    if (identity) {
      batch.push_back({item.dump(), item, std::move(*identity)});
    } else {
      desk.refuse(identity.error().message);
    }
    const bool full = batch.size() == kBatch || i + 1 == items.size();
    if (!full || batch.empty()) continue;
    if (!desk.take(batch, stop)) return unavailable("stopped");
    batch.clear();
  }
  return {};
}

Result<std::string> PollSensor::cursor_after(const Json& answer, const Json& items) const {
  if (!cursor_) return std::string();
  const Json last = items.empty() ? Json(nullptr) : items.back();
  auto text = cursor_->render(Json{{"answer", answer}, {"last", last}});
  if (!text && items.empty()) return std::string();
  if (!text) return invalid("the answer has not what the cursor needs");
  if (text->size() > kCursor) return invalid("the cursor is too long");
  if (text->find_first_of("\r\n") != std::string::npos || text->find('\0') != std::string::npos)
    return invalid("the cursor holds a line break");
  return text;
}

Result<core::Duration> PollSensor::work(core::SensorDesk& desk, const std::stop_token& stop) {
  const std::string cursor = desk.cursor();
  const auto result = net::call(question(cursor), stop);
  if (result.kind != net::HttpResult::Kind::answered)
    return unavailable("no answer: " + result.why);
  const auto& response = result.response;
  if (response.status == 304 && !etag_.empty()) return about_.every;
  if (response.status != 200)
    return unavailable("the answer has status " + std::to_string(response.status));
  if (result.truncated) return unavailable("the answer is too large");
  const auto read = core::read_json(response.body);
  if (read.kind != core::JsonReading::Kind::value)
    return unavailable("the answer cannot be read: " + read.note);
  const auto items = items_in(read.value);
  if (!items) return items.error();
  if (const auto stored = hand_over(*items, desk, stop); !stored) return stored.error();
  const auto next = cursor_after(read.value, *items);
  if (!next) return next.error();
  if (!next->empty() && *next != cursor) {
    if (const auto moved = desk.move_cursor(*next); !moved) return moved.error();
  }
  const std::string* etag = net::find_header(response.headers, "ETag");
  etag_ = etag ? *etag : "";
  etag_cursor_ = cursor;
  return about_.every;
}

}  // namespace countersign::adapters::sensor
