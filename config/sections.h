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
// A person is of one team only.
std::map<std::string, std::vector<std::string>> read_teams(const Reader& teams,
                                                           const Settings& settings);
std::vector<StandIn> read_stand_ins(const Reader& stand_ins, const Settings& settings);
std::vector<Source> read_sources(const Reader& sources, const Secrets& secrets);
// Their names are none of a source.
std::vector<Sensor> read_sensors(const Reader& sensors, const Secrets& secrets,
                                 const std::vector<Source>& sources);
// Not shorter than what the sources remember.
Retention read_retention(const Reader& retention, const std::vector<Source>& sources);
// The defaults, made stricter where the file says so; a looser demand is a Problem.
core::TierPolicies read_tiers(const Reader& tiers);
std::optional<StepUp> read_step_up(const Reader& step_up, const Secrets& secrets);
// Judged against all that the settings hold by then: chats, people, roles, teams, tiers,
// environments.
std::vector<core::Policy> read_policies(const Reader& policies, const Settings& settings);
BreakGlass read_break_glass(const Reader& break_glass, const Settings& settings);
// What a policy or a freeze is for.
core::PolicyScope read_scope(const Reader& scope, const Settings& settings);
std::vector<core::Freeze> read_freezes(const Reader& freezes, const Settings& settings);
// Codes that are asked for need the section that makes them; `root` is the whole file.
void check_step_up(const Reader& root);

// A day (UTC) or a moment; a day that is a span's end is in it as a whole.
enum class Edge { from, until };
std::optional<core::Instant> read_edge(const Reader& reader, Edge edge);
// "mm:alice" of a chat that exists; empty with a Problem otherwise.
std::string read_member(const Reader& member, const std::vector<Chat>& chats);
// {chat: mm, channel: "#ops"}, or a list of them.
std::vector<core::NotifyTarget> read_places(const Reader& places, const std::vector<Chat>& chats);
// The items of a list, or the one thing that stands there instead; at least one if present.
std::vector<Reader> one_or_more(const Reader& reader);
// Blocks of addresses such as 192.0.2.0/24, as texts (core/cidr.h).
std::vector<std::string> read_blocks(const Reader& blocks);
// [a-z0-9_-]+, as names of chats, sources and roles are.
bool valid_name(const std::string& name);
// The required, valid and unique name under "name"; empty with a Problem otherwise.
std::string unique_name(const Reader& owner, std::vector<std::string>& taken);
// http(s)://host[:port][/path], without user, query and fragment; given back without trailing
// slashes.
std::string read_url(const Reader& url);

}  // namespace countersign::config
