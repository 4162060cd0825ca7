// The parts of the configuration file, one reader each. They add to the settings and report through
// the Reader.
#pragma once
#include <string>
#include <vector>

#include "config/reader.h"
#include "config/secrets.h"
#include "config/settings.h"

namespace countersign::config {

std::vector<Chat> read_chats(const Reader& chats, const Secrets& secrets);
// Members and the notify chat must refer to one of the chats read before.
std::map<std::string, Role> read_roles(const Reader& roles, const std::vector<Chat>& chats);
std::vector<Notify> read_notify(const Reader& notify, const std::vector<Chat>& chats);
// An account belongs to one person only.
std::map<std::string, std::vector<std::string>> read_people(const Reader& people,
                                                            const std::vector<Chat>& chats);
std::vector<Source> read_sources(const Reader& sources, const Secrets& secrets);
// The defaults, made stricter where the file says so; a looser demand is a Problem.
core::TierPolicies read_tiers(const Reader& tiers);

// [a-z0-9_-]+, as names of chats, sources and roles are.
bool valid_name(const std::string& name);
// The required, valid and unique name under "name"; empty with a Problem otherwise.
std::string unique_name(const Reader& owner, std::vector<std::string>& taken);
// http(s)://host[:port][/path], without user, query and fragment; given back without trailing
// slashes.
std::string read_url(const Reader& url);

}  // namespace countersign::config
