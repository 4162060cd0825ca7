#include "bot/engine/sensors.h"

#include <algorithm>

#include "bot/obs/log.h"
#include "bot/store/sensors.h"

namespace countersign::engine {

bool Sensors::run_once(const std::stop_token& stop) {
  const auto now = deps_.current.get();
  const auto clock = Clock::now();
  if (now == known_ && renewed_ && clock - *renewed_ < kRenewal) return false;
  drop_changed(now->settings.sensors);
  for (const auto& sensor : now->settings.sensors) {
    if (!stop.stop_requested()) hold(sensor);
  }
  known_ = now;
  renewed_ = clock;
  return false;
}

// Those that are not wanted any more, or not in this way.
void Sensors::drop_changed(const std::vector<config::Sensor>& wanted) {
  Posts over;
  for (auto at = posts_.begin(); at != posts_.end();) {
    const auto& hash = at->second->about().content_hash;
    const bool stays = std::ranges::any_of(wanted, [&](const config::Sensor& one) {
      return one.name == at->first && one.content_hash == hash;
    });
    if (stays) {
      ++at;
    } else {
      over.insert(posts_.extract(at++));
    }
  }
  end(over);
}

void Sensors::hold(const config::Sensor& sensor) {
  const auto term = deps_.db.transact("hold sensor", [&](store::Tx& tx) {
    return store::hold_sensor(tx, sensor.name, deps_.replica, terms_[sensor.name], kLease);
  });
  const auto running = posts_.find(sensor.name);
  if (running != posts_.end() && term != terms_[sensor.name]) {
    obs::warning("another replica has taken over a sensor", {{"sensor", sensor.name}});
    posts_.erase(running);
  }
  if (!term) return;
  terms_[sensor.name] = *term;
  if (posts_.contains(sensor.name)) return;
  obs::info("a sensor starts here", {{"sensor", sensor.name}});
  posts_[sensor.name] = std::make_unique<SensorPost>(deps_, inbox_, sensor, *term, make_(sensor));
}

void Sensors::end(Posts& posts) {
  for (const auto& [name, post] : posts) post->request_stop();
  for (auto& [name, post] : posts) {
    post.reset();
    try {
      deps_.db.transact("release sensor", [&, sensor = name](store::Tx& tx) {
        store::release_sensor(tx, sensor, terms_[sensor]);
      });
    } catch (const store::StoreError&) {
      // The lease ends by itself.
    }
  }
  posts.clear();
}

void Sensors::stop() { end(posts_); }

}  // namespace countersign::engine
