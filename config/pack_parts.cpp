#include "config/pack_parts.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include "bot/core/text_template.h"

namespace countersign::config {
namespace {

std::optional<core::RateLimit> limit_of(const Reader& reader) {
  core::RateLimit out;
  if (reader.at("limit").required()) {
    out.limit = static_cast<int>(reader.at("limit").number(1, 1'000'000, 1));
  }
  if (reader.at("per").required()) out.per = reader.at("per").duration(std::chrono::minutes(1));
  return out;
}

}  // namespace

std::string read_resource_name(const Reader& owner) {
  const Reader reader = owner.at("name");
  const std::string name = reader.required_text();
  static const re2::RE2 form(R"([A-Za-z0-9_][A-Za-z0-9_.-]{0,127})");
  if (name.empty() || re2::RE2::FullMatch(name, form)) return name;
  reader.error(fmt::format("'{}' may only hold letters, digits, '.', '_' and '-'", name));
  return {};
}

std::optional<core::RateLimit> read_rate_limit(const Reader& reader) {
  if (!reader.map_of({"limit", "per"})) return {};
  return limit_of(reader);
}

void read_rate_limits(const Reader& reader, std::optional<core::RateLimit>& all,
                      std::optional<core::RateLimit>& target) {
  if (!reader.map_of({"limit", "per", "target"})) return;
  all = limit_of(reader);
  target = read_rate_limit(reader.at("target"));
}

std::string read_template(const Reader& reader) {
  const std::string text = reader.text();
  const auto parsed = core::TextTemplate::parse(text);
  if (!parsed) reader.error(parsed.error().message);
  return text;
}

void check_templates(const Reader& reader) {
  if (reader.is_text()) read_template(reader);
  if (reader.is_map()) {
    for (const auto& [name, member] : reader.members()) check_templates(member);
  }
  if (reader.is_list()) {
    for (const Reader& item : reader.items()) check_templates(item);
  }
}

void warn_if_given(const Reader& reader, const std::string& message) {
  if (reader.present()) reader.warning(message);
}

}  // namespace countersign::config
