// What rule and action files have in common.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "bot/core/action.h"
#include "bot/core/rule.h"
#include "config/packs.h"
#include "config/reader.h"

namespace countersign::config {

// A rule or action file's content; problems go to the Reader's list, which may already hold some.
core::Rule read_rule(const Reader& root, const std::string& default_pack);
core::Action read_action(const Reader& root, const std::string& folder,
                         const std::string& default_pack);

// The required name under "name": letters, digits, '.', '_' and '-'.
std::string read_resource_name(const Reader& owner);
// {limit: 3, per: 10m}
std::optional<core::RateLimit> read_rate_limit(const Reader& reader);
// The same with {..., target: {limit: 1, per: 1h}}, which is for each target.
void read_rate_limits(const Reader& reader, std::optional<core::RateLimit>& all,
                      std::optional<core::RateLimit>& target);
// A text that must parse as a template.
std::string read_template(const Reader& reader);
// The same for every text inside a value.
void check_templates(const Reader& reader);
// A key that is understood and does nothing yet: never silently.
void warn_if_given(const Reader& reader, const std::string& message);

}  // namespace countersign::config
