#include "bot/engine/sensor_post.h"

#include <future>

#include "bot/core/digest.h"
#include "bot/core/message.h"
#include "bot/core/retry.h"
#include "bot/obs/log.h"
#include "bot/obs/metrics.h"
#include "bot/store/sensors.h"

namespace countersign::engine {
namespace {

constexpr std::size_t kLine = 500;  // characters of what a program says, in the log
constexpr std::size_t kShownId = 200;
constexpr core::Duration kStorePause = std::chrono::milliseconds(200);
constexpr core::Duration kLongestStorePause = std::chrono::seconds(10);

std::chrono::milliseconds in_milliseconds(core::Duration d) {
  return std::chrono::ceil<std::chrono::milliseconds>(d);
}

}  // namespace

SensorPost::SensorPost(const Deps& deps, core::Inbox& inbox, config::Sensor about,
                       std::int64_t term, std::unique_ptr<core::Sensor> sensor)
    : deps_(deps),
      inbox_(inbox),
      about_(std::move(about)),
      term_(term),
      sensor_(std::move(sensor)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

SensorPost::~SensorPost() = default;

void SensorPost::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (trouble_.empty()) show(true);
    Result<core::Duration> ended = unavailable("stopped");
    try {
      ended = sensor_->work(*this, stop);
    } catch (const store::StoreError& e) {
      ended = unavailable(e.what());
    }
    if (stop.stop_requested()) break;
    pause_.wait(in_milliseconds(after(ended)), stop);
  }
  show(false);
}

core::Duration SensorPost::after(const Result<core::Duration>& ended) {
  if (ended) {
    works();
    return *ended;
  }
  obs::count("countersign_sensor_failures_total", "Lives of sensors that ended badly",
             {{"sensor", about_.name}});
  fails(ended.error().message);
  const auto pause = core::backoff(++failures_, about_.base, about_.cap);
  return pause / 2 + jittered(pause / 2, deps_.ids);
}

void SensorPost::works() {
  if (!trouble_.empty()) show(true);
  trouble_.clear();
  failures_ = 0;
}

void SensorPost::fails(const std::string& why) {
  int left_out = 0;
  if (why != trouble_ && troubles_.pass(Paced::Clock::now(), left_out))
    obs::error("a sensor does not work, trying again",
               {{"sensor", about_.name}, {"why", why}, {"left_out", std::to_string(left_out)}});
  trouble_ = why;
  show(false);
}

void SensorPost::show(bool up) const {
  obs::gauge("countersign_sensor_up", "Whether this replica runs the sensor, and it works", up,
             {{"sensor", about_.name}});
}

core::Incoming SensorPost::event_of(const core::SensorItem& item) const {
  core::Incoming event;
  event.source = about_.name;
  event.trigger = about_.trigger;
  event.delivery_id = core::make_visible(item.identity, kShownId);
  event.dedup_key = core::sha256_of_parts(about_.name, item.identity);
  event.body_hash = core::sha256_hex(item.raw);
  event.remember = about_.remember;
  event.correlation = deps_.ids.correlation();
  event.raw = item.raw;
  event.body = item.value;
  return event;
}

Result<std::vector<core::Accepted>> SensorPost::store(std::vector<core::Incoming> events) const {
  std::promise<Result<std::vector<core::Accepted>>> answered;
  inbox_.accept(std::move(events),
                [&answered](auto answer) { answered.set_value(std::move(answer)); });
  return answered.get_future().get();
}

bool SensorPost::take(const std::vector<core::SensorItem>& items, const std::stop_token& stop) {
  std::vector<core::Incoming> events;
  for (const auto& item : items) events.push_back(event_of(item));
  for (int tries = 1; !stop.stop_requested(); ++tries) {
    const auto pause = core::backoff(tries, kStorePause, kLongestStorePause);
    if (inbox_.crowded()) {
      pause_.wait(in_milliseconds(pause), stop);
      continue;
    }
    const auto answer = store(events);
    if (answer) {
      works();
      for (const auto& one : *answer)
        obs::count("countersign_sensor_events_total", "Items of sensors, by what became of them",
                   {{"sensor", about_.name}, {"verdict", std::string(name(one.verdict))}});
      return true;
    }
    fails("what it found cannot be stored: " + answer.error().message);
    pause_.wait(in_milliseconds(pause / 2 + jittered(pause / 2, deps_.ids)), stop);
  }
  return false;
}

void SensorPost::refuse(const std::string& why) {
  obs::count("countersign_sensor_refused_total", "What sensors gave that is no event",
             {{"sensor", about_.name}});
  int left_out = 0;
  if (refusals_.pass(Paced::Clock::now(), left_out))
    obs::warning("a sensor gave something that is no event",
                 {{"sensor", about_.name}, {"why", why}, {"left_out", std::to_string(left_out)}});
}

void SensorPost::say(const std::string& line) {
  int left_out = 0;
  if (words_.pass(Paced::Clock::now(), left_out))
    obs::info("a sensor says", {{"sensor", about_.name},
                                {"line", core::make_visible(line, kLine)},
                                {"left_out", std::to_string(left_out)}});
}

std::string SensorPost::cursor() {
  return deps_.db.transact("sensor cursor",
                           [&](store::Tx& tx) { return store::sensor_cursor(tx, about_.name); });
}

Result<void> SensorPost::move_cursor(const std::string& cursor) {
  const bool mine = deps_.db.transact("move cursor", [&](store::Tx& tx) {
    return store::move_sensor_cursor(tx, about_.name, term_, cursor);
  });
  if (!mine) return refused("another replica runs it now");
  return {};
}

}  // namespace countersign::engine
