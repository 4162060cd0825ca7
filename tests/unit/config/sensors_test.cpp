#include <gtest/gtest.h>
#include <unistd.h>

#include "config/packs.h"
#include "config/settings.h"
#include "tests/unit/config/folder.h"

namespace countersign::config {
namespace {

using namespace std::chrono_literals;

Loaded loaded(const std::string& yaml) { return parse_settings(yaml, "c.yaml"); }

// Problems with sensors; other parts of a configuration are not here.
Texts problems_of(const std::string& yaml) {
  Texts out;
  for (const auto& text : texts(loaded(yaml).problems)) {
    if (text.find("sensors") != std::string::npos) out.push_back(text);
  }
  return out;
}

const std::string kUser = ::geteuid() == 0 ? ", user: root" : "";

TEST(Sensors, of_programs_are_read) {
  const Variable token("DISK_TOKEN", "s3cret");
  const auto all =
      loaded("sensors:\n  - {name: disks, kind: exec, trigger: disk.full" + kUser + R"(,
     command: [/bin/echo, --all, "30s"], env: {LEVEL: "90", TOKEN: {env: DISK_TOKEN}},
     restart: {base: 2s, cap: 1m}, dedup: {key: "{{ item.id }}", window: 2d}}
)");
  EXPECT_EQ(texts(all.problems), Texts{});
  ASSERT_EQ(all.settings.sensors.size(), 1u);
  const Sensor& one = all.settings.sensors.front();
  EXPECT_EQ(one.name, "disks");
  EXPECT_EQ(one.command, (Texts{"/bin/echo", "--all", "30s"}));
  EXPECT_EQ(one.env.at("LEVEL").reveal(), "90");
  EXPECT_EQ(one.env.at("TOKEN").reveal(), "s3cret");
  EXPECT_EQ(one.base, 2s);
  EXPECT_EQ(one.cap, 1min);
  EXPECT_EQ(one.dedup_key, "{{ item.id }}");
  EXPECT_EQ(one.remember, 48h);
}

TEST(Sensors, of_addresses_are_read) {
  const Variable token("TICKETS", "s3cret");
  const auto all = loaded(R"(
sensors:
  - name: tickets
    kind: poll
    trigger: ticket
    url: http://10.0.0.1:8080/tickets?open=1
    every: 30s
    auth: {bearer: {env: TICKETS}}
    headers: {X-Team: ops}
    items: data.issues
    dedup: {key: "{{ item.id }}"}
    cursor: {from: "{{ last.id }}", send: {query: after}}
)");
  EXPECT_EQ(texts(all.problems), Texts{});
  const Sensor& one = all.settings.sensors.at(0);
  EXPECT_EQ(one.every, 30s);
  ASSERT_EQ(one.headers.size(), 2u);
  EXPECT_EQ(one.headers[0].second.reveal(), "Bearer s3cret");
  EXPECT_EQ(one.cursor_query, "after");
}

TEST(Sensors, that_differ_in_a_secret_only_are_another) {
  const std::string yaml =
      "sensors: [{name: a, kind: exec, trigger: t, command: [/bin/echo], env: {K: {env: "
      "SENSOR_KEY}}" +
      kUser + "}]";
  const auto hash = [&](const char* secret) {
    const Variable key("SENSOR_KEY", secret);
    return loaded(yaml).settings.sensors.at(0).content_hash;
  };
  EXPECT_EQ(hash("a"), hash("a"));
  EXPECT_NE(hash("a"), hash("b"));
}

TEST(Sensors, with_mistakes_are_refused_with_the_place) {
  const std::string head = "sensors:\n  - {name: a, trigger: t, ";
  const std::string poll = head + "kind: poll, url: 'http://x', dedup: {key: '{{ item.id }}'}, ";
  const std::string exec = head + "kind: exec" + kUser + ", command: [/bin/echo], ";
  const std::vector<std::pair<std::string, std::string>> cases{
      {head + "kind: tail}", "kind: unknown value 'tail'; known: exec, poll"},
      {head + "kind: exec" + kUser + ", command: echo}",
       "command: expected a list: the program's absolute path and its arguments"},
      {head + "kind: exec" + kUser + ", command: [echo]}",
       "command: must begin with the absolute path of a program; no shell looks for it"},
      {head + "kind: exec" + kUser + ", command: [/bin/no-such]}",
       "command: /bin/no-such is no program that can be started"},
      {head + "kind: exec, command: [/bin/echo], user: nobody-like-that}",
       "user: there is no user 'nobody-like-that'"},
      {exec + "restart: {base: 1m, cap: 1s}}", "restart.cap: must not be shorter than base"},
      {exec + "env: {'A=B': x}}", "env.A=B: no environment variable has that name"},
      {exec + "url: 'http://x'}", "url: unknown key 'url'"},
      {poll + "every: 10ms}", "every: must be at least 1s"},
      {poll + "headers: {'A B': x}}", "headers.A B: no header has that name"},
      {poll + "cursor: {from: '{{ last.id }}'}}", "cursor.send: is required"},
      {poll + "cursor: {from: '{{ last.id', send: {query: q}}}", "cursor.from: unclosed"},
      {head + "kind: poll, url: 'http://x'}", "dedup: is required"},
      {head + "kind: poll, url: 'http://u:p@x', dedup: {key: k}}",
       "url: expected http(s)://HOST[:PORT][/PATH][?QUERY], without user and fragment"},
      {"sensors:\n  - {name: a, kind: exec" + kUser +
           ", trigger: core.st2.CronTimer, command: [/bin/echo]}",
       "trigger: 'core.st2.CronTimer' is made by the bot itself, choose another type"}};
  for (const auto& [yaml, expected] : cases) {
    const auto found = problems_of(yaml);
    ASSERT_FALSE(found.empty()) << yaml;
    EXPECT_TRUE(found.front().starts_with("c.yaml:2: sensors[0]." + expected)) << found.front();
  }
}

TEST(Sensors, need_a_user_where_the_bot_runs_as_root) {
  if (::geteuid() != 0) GTEST_SKIP() << "not root";
  EXPECT_EQ(problems_of("sensors: [{name: a, kind: exec, trigger: t, command: [/bin/echo]}]"),
            Texts{"c.yaml:1: sensors[0].user: is required where the bot runs as root: as whom the "
                  "program runs"});
}

TEST(Sensors, do_not_take_the_name_of_a_source) {
  const auto found = problems_of(R"(
allow_literal_secrets: true
sources: [{name: a, kind: generic, trigger: t, auth: {bearer: 0123456789abcdef}}]
sensors: [{name: a, kind: poll, trigger: t, url: 'http://x', dedup: {key: "{{ item.id }}"}}]
)");
  EXPECT_EQ(found, Texts{"c.yaml:4: sensors[0].name: 'a' is taken by another entry"});
}

core::Rule timer_rule(const std::string& trigger, Texts problems) {
  const auto rule =
      parse_rule("name: r\ntrigger:\n  " + trigger + "\naction: {ref: p.a}\n", "r.yaml", "p");
  EXPECT_EQ(texts(rule.problems), problems) << trigger;
  return rule.rule;
}

TEST(TimerRules, name_a_schedule_in_one_way) {
  const auto rule =
      timer_rule("type: core.st2.CronTimer\n  parameters: {minute: 5, hour: '*/2'}", {});
  EXPECT_EQ(rule.trigger_parameters, (Json{{"timezone", "UTC"}, {"minute", "5"}, {"hour", "*/2"}}));
}

TEST(TimerRules, with_mistakes_are_refused_with_the_place) {
  const std::string cron = "type: core.st2.CronTimer\n  parameters:\n    ";
  timer_rule(
      cron + "minute: 61",
      {"r.yaml:5: trigger.parameters.minute: '61' is out of range: minute goes from 0 to 59"});
  timer_rule(cron + "minute: 1\n    timezone: Europe/Berln",
             {"r.yaml:6: trigger.parameters.timezone: there is no time zone 'Europe/Berln' below "
              "/usr/share/zoneinfo; did you mean 'Europe/Berlin'?"});
  timer_rule(cron + "minutes: 1",
             {"r.yaml:5: trigger.parameters.minutes: a timer of this kind has no such parameter"});
  timer_rule("type: core.st2.IntervalTimer",
             {"r.yaml:2: trigger.parameters.unit: expected one of seconds, minutes, hours, days, "
              "weeks"});
}

}  // namespace
}  // namespace countersign::config
