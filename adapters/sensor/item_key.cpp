#include "adapters/sensor/item_key.h"

namespace countersign::adapters::sensor {

std::optional<core::TextTemplate> item_key(const config::Sensor& about) {
  if (about.dedup_key.empty()) return std::nullopt;
  auto parsed = core::TextTemplate::parse(about.dedup_key);
  if (!parsed) return std::nullopt;  // refused when it was loaded
  return std::move(*parsed);
}

Result<std::string> identity_of(const core::TextTemplate& key, const Json& item) {
  auto text = key.render(Json{{"item", item}});
  if (!text) return invalid("an item has not what its dedup key needs");
  if (text->empty()) return invalid("the dedup key of an item is empty");
  return text;
}

}  // namespace countersign::adapters::sensor
