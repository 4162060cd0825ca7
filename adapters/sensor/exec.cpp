#include "adapters/sensor/exec.h"

#include "adapters/sensor/child.h"
#include "adapters/sensor/item_key.h"
#include "bot/core/json_guard.h"

namespace countersign::adapters::sensor {
namespace {

Child::Spec spec_of(const config::Sensor& about) {
  Child::Spec spec{
      about.command, {{"PATH", "/usr/local/bin:/usr/bin:/bin"}, {"LANG", "C.UTF-8"}}, about.user};
  for (const auto& [name, value] : about.env) spec.env[name] = value.reveal();
  return spec;
}

}  // namespace

ExecSensor::ExecSensor(config::Sensor about, core::IdSource& ids)
    : about_(std::move(about)), ids_(ids), key_(item_key(about_)) {}

std::optional<core::SensorItem> ExecSensor::item_of(const Lines::Line& line,
                                                    const std::string& life, std::size_t number,
                                                    core::SensorDesk& desk) const {
  const auto refuse = [&desk](const std::string& why) {
    desk.refuse(why);
    return std::nullopt;
  };
  if (line.too_long) return refuse("a line is too long");
  auto read = core::read_json(line.text);
  if (read.kind != core::JsonReading::Kind::value) return refuse(read.note);
  if (!read.value.is_object()) return refuse("a line is no JSON object");
  if (!key_)
    return core::SensorItem{line.text, std::move(read.value), life + ":" + std::to_string(number)};
  auto identity = identity_of(*key_, read.value);
  if (!identity) return refuse(identity.error().message);
  return core::SensorItem{line.text, std::move(read.value), std::move(*identity)};
}

Result<core::Duration> ExecSensor::work(core::SensorDesk& desk, const std::stop_token& stop) {
  auto started = Child::start(spec_of(about_));
  if (!started) return started.error();
  Child& child = **started;
  const std::string life = ids_.uuid();
  Lines lines(kLine), words(kWords);
  std::size_t number = 0;
  const auto hand_over = [&](bool last) {
    std::vector<core::SensorItem> items;
    auto line = lines.next();
    if (!line && last) line = lines.rest();
    while (line) {
      if (auto item = item_of(*line, life, ++number, desk)) items.push_back(std::move(*item));
      if (items.size() == kBatch) {
        if (!desk.take(items, stop)) return false;
        items.clear();
      }
      line = lines.next();
      if (!line && last) line = lines.rest();
    }
    return items.empty() || desk.take(items, stop);
  };
  for (bool more = true; more;) {
    std::string out, err;
    more = child.read(out, err, stop);
    words.add(err);
    lines.add(out);
    while (const auto word = words.next()) desk.say(word->too_long ? "(a long line)" : word->text);
    if (!hand_over(!more)) break;
  }
  return unavailable("the program " + child.end());
}

}  // namespace countersign::adapters::sensor
