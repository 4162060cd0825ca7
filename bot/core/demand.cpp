#include "bot/core/demand.h"

#include <algorithm>
#include <set>

namespace countersign::core {
namespace {

Json micros(Duration d) { return d.count(); }
Duration micros(const Json& j, const char* key) { return Duration(j.value(key, std::int64_t{0})); }

Json as_json(const Escalation& e) {
  Json notify = Json::array();
  for (const NotifyTarget& to : e.notify)
    notify.push_back({{"chat", to.chat}, {"channel", to.channel}});
  return {{"after_us", micros(e.after)}, {"roles", e.roles}, {"notify", notify}};
}

Escalation escalation_of(const Json& j) {
  Escalation out{micros(j, "after_us"), j.value("roles", std::vector<std::string>{}), {}};
  for (const Json& to : j.value("notify", Json::array()))
    out.notify.push_back({to.value("chat", ""), to.value("channel", "")});
  return out;
}

Json as_json(const Clause& clause) {
  Json groups = Json::array();
  for (const Group& group : clause.groups)
    groups.push_back({{"roles", group.roles}, {"count", group.count}});
  Json out{{"source", clause.source}, {"groups", groups}};
  if (clause.escalation) out["escalation"] = as_json(*clause.escalation);
  return out;
}

Clause clause_of(const Json& j) {
  Clause out;
  out.source = j.value("source", "");
  for (const Json& group : j.at("groups"))
    out.groups.push_back(
        {group.value("roles", std::vector<std::string>{}), group.value("count", 1)});
  if (j.contains("escalation")) out.escalation = escalation_of(j["escalation"]);
  return out;
}

std::string or_list(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i)
    out += (i == 0 ? "" : i + 1 == names.size() ? " or " : ", ") + names[i];
  return out.empty() ? "nobody" : out;
}

}  // namespace

std::chrono::minutes quiet_for(const QuietHours& hours, int minute) {
  constexpr int kDay = 24 * 60;
  const int length = (hours.until - hours.from + kDay) % kDay;
  const int into = (minute - hours.from + kDay) % kDay;
  return std::chrono::minutes(into < length ? length - into : 0);
}

int Demand::people() const {
  int most = 0;
  for (const Clause& clause : clauses) {
    int sum = 0;
    for (const Group& group : clause.groups) sum += group.count;
    most = std::max(most, sum);
  }
  return most;
}

std::vector<std::string> Demand::roles() const {
  std::set<std::string> all;
  for (const Clause& clause : clauses) {
    for (const Group& group : clause.groups) all.insert(group.roles.begin(), group.roles.end());
    if (clause.escalation)
      all.insert(clause.escalation->roles.begin(), clause.escalation->roles.end());
  }
  return {all.begin(), all.end()};
}

void to_json(Json& j, const Demand& d) {
  Json clauses = Json::array();
  for (const Clause& clause : d.clauses) clauses.push_back(as_json(clause));
  j = Json{{"clauses", clauses},
           {"four_eyes", d.four_eyes},
           {"separate_teams", d.separate_teams},
           {"step_up", d.step_up},
           {"expires_us", micros(d.expires_in)},
           {"use_within_us", micros(d.use_within)},
           {"cooldown_us", micros(d.cooldown)},
           {"remind_us", micros(d.remind_after)}};
  if (d.quiet)
    j["quiet"] = {{"from", d.quiet->from}, {"until", d.quiet->until}, {"zone", d.quiet->zone}};
}

void from_json(const Json& j, Demand& d) {
  for (const Json& clause : j.at("clauses")) d.clauses.push_back(clause_of(clause));
  d.four_eyes = j.value("four_eyes", true);
  d.separate_teams = j.value("separate_teams", false);
  d.step_up = j.value("step_up", false);
  d.expires_in = micros(j, "expires_us");
  d.use_within = micros(j, "use_within_us");
  d.cooldown = micros(j, "cooldown_us");
  d.remind_after = micros(j, "remind_us");
  if (j.contains("quiet"))
    d.quiet = QuietHours{j["quiet"].value("from", 0), j["quiet"].value("until", 0),
                         j["quiet"].value("zone", "UTC")};
}

std::vector<Notice> notices(const Demand& demand) {
  std::vector<Notice> out;
  if (demand.remind_after > Duration::zero())
    out.push_back({Notice::Kind::reminder, demand.remind_after, 0});
  for (std::size_t i = 0; i < demand.clauses.size(); ++i) {
    const auto& escalation = demand.clauses[i].escalation;
    if (escalation) out.push_back({Notice::Kind::escalation, escalation->after, i});
  }
  std::ranges::stable_sort(out, {}, &Notice::after);
  return out;
}

std::vector<std::string> differences(const Demand& before, const Demand& after) {
  std::vector<std::string> out;
  const Json a = before, b = after;
  const auto clauses = [](const Demand& demand) {
    std::vector<std::string> lines;
    for (const Clause& clause : demand.clauses) lines.push_back(words(clause));
    return lines;
  };
  if (clauses(before) != clauses(after)) {
    const auto listed = [&](const Demand& demand) {
      std::string text;
      for (const auto& line : clauses(demand)) text += (text.empty() ? "" : "; ") + line;
      return text.empty() ? "nobody" : text;
    };
    out.push_back("who has to agree: " + listed(before) + " -> " + listed(after));
  }
  for (const auto& [key, value] : a.items()) {
    if (key != "clauses" && b.value(key, Json()) != value)
      out.push_back(key + ": " + value.dump() + " -> " + b.value(key, Json()).dump());
  }
  if (out.empty() && !(before == after)) out.push_back("the policies that ask for approval");
  return out;
}

std::string words(const Group& group) {
  return std::to_string(group.count) + " of " + or_list(group.roles);
}

std::string words(const Clause& clause) {
  std::string out;
  for (const Group& group : clause.groups) out += (out.empty() ? "" : " and ") + words(group);
  return out;
}

}  // namespace countersign::core
