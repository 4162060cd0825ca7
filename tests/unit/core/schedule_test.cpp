#include "bot/core/schedule.h"

#include <gtest/gtest.h>
#include "bot/core/match.h"
#include "tests/support/chance.h"
#include "tests/unit/core/zones.h"

namespace countersign::core {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

Schedule cron(const Json& fields) {
  auto parsed = Schedule::parse(kCronTimer, fields);
  EXPECT_TRUE(parsed.schedule.has_value()) << fields << (parsed.fault ? parsed.fault->message : "");
  return parsed.schedule.value_or(Schedule());
}

// The next few moments after `from`.
Texts moments(const Schedule& schedule, const TimeZone& zone, const std::string& from, int n,
              Instant since = {}) {
  Texts out;
  auto t = std::optional(at(from));
  while (n-- > 0 && (t = schedule.next(*t, since, zone))) out.push_back(format_instant(*t));
  return out;
}

std::string fault_of(const char* trigger, const Json& parameters) {
  const auto parsed = Schedule::parse(trigger, parameters);
  EXPECT_EQ(parsed.schedule.has_value(), !parsed.fault.has_value());
  return parsed.fault ? parsed.fault->key + ": " + parsed.fault->message : "";
}

TEST(IntervalTimer, counts_from_when_it_was_first_known) {
  const auto parsed = Schedule::parse(kIntervalTimer, {{"unit", "minutes"}, {"delta", 15}});
  const Instant since = at("2026-01-01T00:07:00Z");
  EXPECT_EQ(moments(*parsed.schedule, {}, "2026-01-01T00:00:00Z", 2, since),
            (Texts{"2026-01-01T00:22:00Z", "2026-01-01T00:37:00Z"}));
  EXPECT_EQ(moments(*parsed.schedule, {}, "2026-06-01T00:21:59Z", 1, since),
            (Texts{"2026-06-01T00:22:00Z"}));
  EXPECT_EQ(parsed.schedule->parameters(),
            (Json{{"timezone", "UTC"}, {"unit", "minutes"}, {"delta", 15}}));
}

TEST(DateTimer, fires_once_in_its_zone_unless_the_date_names_its_own) {
  const auto moment = [](const Json& parameters, const char* zone) {
    return moments(*Schedule::parse(kDateTimer, parameters).schedule, zone_of(zone),
                   "2026-01-01T00:00:00Z", 2);
  };
  EXPECT_EQ(
      moment({{"date", "2026-07-01T12:00:00"}, {"timezone", "Europe/Berlin"}}, "Europe/Berlin"),
      Texts{"2026-07-01T10:00:00Z"});
  EXPECT_EQ(moment({{"date", "2026-07-01 12:00:00+05:00"}, {"timezone", "Europe/Berlin"}},
                   "Europe/Berlin"),
            Texts{"2026-07-01T07:00:00Z"});
  EXPECT_EQ(moment({{"date", "2025-07-01T12:00:00Z"}}, "UTC"), Texts{}) << "it is over";
}

TEST(CronTimer, takes_fields_left_of_the_least_one_as_all_and_right_of_it_as_the_minimum) {
  const char* from = "2026-01-01T00:00:00Z";
  EXPECT_EQ(moments(cron({{"minute", "*/20"}}), {}, from, 3),
            (Texts{"2026-01-01T00:20:00Z", "2026-01-01T00:40:00Z", "2026-01-01T01:00:00Z"}));
  EXPECT_EQ(moments(cron({{"hour", 6}}), {}, from, 2),
            (Texts{"2026-01-01T06:00:00Z", "2026-01-02T06:00:00Z"}));
  EXPECT_EQ(moments(cron({{"month", "mar,sep"}}), {}, from, 2),
            (Texts{"2026-03-01T00:00:00Z", "2026-09-01T00:00:00Z"}));
  EXPECT_EQ(moments(cron({{"second", "10-30/10"}}), {}, from, 4),
            (Texts{"2026-01-01T00:00:10Z", "2026-01-01T00:00:20Z", "2026-01-01T00:00:30Z",
                   "2026-01-01T00:01:10Z"}));
  EXPECT_EQ(moments(cron({{"year", "2026-2028"}}), {}, from, 9),
            (Texts{"2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z"}));
}

TEST(CronTimer, wants_every_field_to_match_and_Monday_is_0) {
  const char* from = "2026-01-01T00:00:00Z";
  EXPECT_EQ(moments(cron({{"day_of_week", 0}, {"hour", 9}}), {}, from, 2),
            (Texts{"2026-01-05T09:00:00Z", "2026-01-12T09:00:00Z"}));
  EXPECT_EQ(moments(cron({{"day", 13}, {"day_of_week", "fri"}}), {}, from, 2),
            (Texts{"2026-02-13T00:00:00Z", "2026-03-13T00:00:00Z"}))
      << "not each 13th and each Friday";
  EXPECT_EQ(moments(cron({{"week", 53}, {"day_of_week", "sun"}}), {}, from, 2),
            (Texts{"2027-01-03T00:00:00Z", "2033-01-02T00:00:00Z"}))
      << "ISO weeks";
  EXPECT_EQ(moments(cron({{"month", 2}, {"day", 29}}), {}, from, 2),
            (Texts{"2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"}));
}

TEST(CronTimer, knows_the_last_day_and_the_days_of_weeks) {
  const char* from = "2026-01-01T00:00:00Z";
  EXPECT_EQ(moments(cron({{"day", "last"}}), {}, from, 3),
            (Texts{"2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z", "2026-03-31T00:00:00Z"}));
  EXPECT_EQ(moments(cron({{"day", "2nd fri"}}), {}, from, 2),
            (Texts{"2026-01-09T00:00:00Z", "2026-02-13T00:00:00Z"}));
  EXPECT_EQ(moments(cron({{"day", "last sun"}}), {}, from, 2),
            (Texts{"2026-01-25T00:00:00Z", "2026-02-22T00:00:00Z"}));
  EXPECT_EQ(moments(cron({{"day", "5th thu, 15"}}), {}, from, 3),
            (Texts{"2026-01-15T00:00:00Z", "2026-01-29T00:00:00Z", "2026-02-15T00:00:00Z"}));
}

TEST(CronTimer, whose_time_is_skipped_fires_as_if_the_clocks_had_not_been_put_forward_yet) {
  const TimeZone berlin = zone_of("Europe/Berlin");
  EXPECT_EQ(moments(cron({{"hour", 2}, {"minute", 30}}), berlin, "2026-03-28T00:00:00Z", 3),
            (Texts{"2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"}))
      << "01:30 UTC is 03:30 there on that day";
  EXPECT_EQ(moments(cron({{"hour", "2,3"}, {"minute", 30}}), berlin, "2026-03-29T00:00:00Z", 2),
            (Texts{"2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"}))
      << "where both come to the same moment it fires once";
  EXPECT_EQ(moments(cron({{"hour", "2,3"}, {"minute", 15}, {"second", "0,1"}}), berlin,
                    "2026-03-29T01:15:00Z", 2),
            (Texts{"2026-03-29T01:15:01Z", "2026-03-30T00:15:00Z"}));
  EXPECT_EQ(moments(cron({{"hour", 3}}), berlin, "2026-03-28T03:00:00Z", 1),
            Texts{"2026-03-29T01:00:00Z"});
}

TEST(CronTimer, whose_time_is_shown_twice_fires_the_first_time_only) {
  const TimeZone berlin = zone_of("Europe/Berlin");
  EXPECT_EQ(moments(cron({{"hour", 2}, {"minute", 30}}), berlin, "2026-10-24T12:00:00Z", 2),
            (Texts{"2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"}));
  EXPECT_EQ(moments(cron({{"hour", 3}}), berlin, "2026-10-25T00:45:00Z", 1),
            Texts{"2026-10-25T02:00:00Z"});
  EXPECT_EQ(moments(cron({{"hour", "1-3"}, {"minute", "*/30"}}), berlin, "2026-10-24T22:59:00Z", 6),
            (Texts{"2026-10-24T23:00:00Z", "2026-10-24T23:30:00Z", "2026-10-25T00:00:00Z",
                   "2026-10-25T00:30:00Z", "2026-10-25T02:00:00Z", "2026-10-25T02:30:00Z"}));
}

TEST(CronTimer, of_every_hour_goes_on_through_a_change) {
  const TimeZone berlin = zone_of("Europe/Berlin");
  EXPECT_EQ(moments(cron({{"minute", 30}}), berlin, "2026-10-24T23:00:00Z", 4),
            (Texts{"2026-10-24T23:30:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z",
                   "2026-10-25T02:30:00Z"}));
  EXPECT_EQ(moments(cron({{"minute", 30}}), berlin, "2026-03-29T00:00:00Z", 3),
            (Texts{"2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z", "2026-03-29T02:30:00Z"}));
}

TEST(CronTimer, outlives_a_day_that_a_zone_leaves_out) {
  const TimeZone apia = zone_of("Pacific/Apia");  // had no 30 December 2011
  EXPECT_EQ(moments(cron({{"hour", 12}}), apia, "2011-12-28T23:00:00Z", 3),
            (Texts{"2011-12-29T22:00:00Z", "2011-12-30T22:00:00Z", "2011-12-31T22:00:00Z"}));
}

// Whatever is drawn: the same moments as somebody finds who looks at the clock every minute.
TEST(CronTimer, of_every_hour_agrees_with_somebody_who_watches_the_clock) {
  support::Chance chance(support::printed_seed());
  const Texts minutes{"*", "*/7", "5,50", "10-20/5", "59"};
  const Texts weekdays{"*", "mon-fri", "6", "0,3"};
  const Texts days{"*", "1-7", "last", "*/9"};
  for (const char* name : {"Europe/Berlin", "Australia/Lord_Howe", "America/New_York"}) {
    const TimeZone zone = zone_of(name);
    for (int i = 0; i < 10; ++i) {
      const Json fields{{"minute", chance.of(minutes)},
                        {"day_of_week", chance.of(weekdays)},
                        {"day", chance.of(days)}};
      const Schedule schedule = cron(fields);
      Instant t = at("2026-01-01T00:00:00Z") + std::chrono::minutes(chance.below(365 * 1440));
      const auto next = schedule.next(t, {}, zone);
      const auto field = [&](CronField::Kind kind) {
        return *CronField::parse(kind,
                                 fields[std::string(CronField::name(kind))].get<std::string>());
      };
      const CronField minute = field(CronField::Kind::minute);
      const CronField weekday = field(CronField::Kind::day_of_week);
      const CronField day = field(CronField::Kind::day);
      const auto fires = [&](Instant moment) {
        const WallTime wall = zone.wall(moment);
        const auto date = std::chrono::floor<std::chrono::days>(wall);
        return minute.allows(static_cast<int>(((wall - date) / 1min) % 60)) &&
               weekday.allows(static_cast<int>(std::chrono::weekday(date).iso_encoding()) - 1) &&
               day.allows_day(std::chrono::year_month_day(date));
      };
      for (t += 1min; !fires(t); t += 1min) {
        ASSERT_TRUE(next && t < *next) << name << fields << format_instant(t);
      }
      ASSERT_EQ(format_instant(*next), format_instant(t)) << name << fields;
    }
  }
}

TEST(Timers, with_wrong_parameters_say_which_one) {
  EXPECT_EQ(fault_of(kIntervalTimer, {{"unit", "minute"}, {"delta", 1}}),
            "unit: expected one of seconds, minutes, hours, days, weeks");
  const Texts deltas{"0", "-1", "1.5", "\"5\"", "9999999999", "99999999999999999999"};
  for (const auto& delta : deltas)
    EXPECT_EQ(fault_of(kIntervalTimer, {{"unit", "weeks"}, {"delta", Json::parse(delta)}}),
              "delta: expected a whole number of at least 1, and at most a hundred years");
  EXPECT_EQ(fault_of(kIntervalTimer, {{"unit", "hours"}, {"delta", 1}, {"hour", 2}}),
            "hour: a timer of this kind has no such parameter");
  EXPECT_EQ(fault_of(kDateTimer, {{"date", "tomorrow"}}),
            "date: expected a time such as 2026-12-31T12:00:00, with or without an offset");
  EXPECT_EQ(fault_of(kDateTimer, {{"timezone", 5}, {"date", "2026-01-01T00:00:00Z"}}),
            "timezone: expected text");
  EXPECT_EQ(fault_of(kCronTimer, Json::object()), ": name at least one field, such as minute");
  EXPECT_EQ(fault_of(kCronTimer, {{"month", 2}, {"day", 30}}), ": no day is like that");
  EXPECT_EQ(fault_of(kCronTimer, {{"minute", 1.5}}), "minute: expected a number or text");
}

TEST(CronTimer, with_a_wrong_field_says_which_and_why) {
  const std::vector<std::pair<Json, std::string>> cases{
      {{{"minute", 60}}, "minute: '60' is out of range: minute goes from 0 to 59"},
      {{{"hour", "5-3"}}, "hour: '5-3' ends before it begins"},
      {{{"minute", "*/0"}}, "minute: the step of '*/0' is zero or longer than its range"},
      {{{"minute", "*/90"}}, "minute: the step of '*/90' is zero or longer than its range"},
      {{{"day_of_week", "monday"}}, "day_of_week: 'monday' is no day_of_week"},
      {{{"day_of_week", 7}}, "day_of_week: '7' is out of range: day_of_week goes from 0 to 6"},
      {{{"hour", "last"}}, "hour: 'last' is no hour"},
      {{{"day", "6th fri"}}, "day: '6th fri' is no day: expected such as *, */5, 1-5 or 1,3"},
      {{{"minute", "1,,2"}}, "minute: '' is no minute: expected such as *, */5, 1-5 or 1,3"},
      {{{"year", "-1"}}, "year: '-1' is no year: expected such as *, */5, 1-5 or 1,3"}};
  for (const auto& [fields, fault] : cases) EXPECT_EQ(fault_of(kCronTimer, fields), fault);
}

TEST(Timers, that_say_the_same_are_one) {
  EXPECT_EQ(cron({{"minute", 5}}).key(), cron({{"minute", "5"}, {"timezone", "UTC"}}).key());
  EXPECT_NE(cron({{"minute", 5}}).key(), cron({{"minute", 6}}).key());
  EXPECT_NE(cron({{"minute", 5}}).key(),
            cron({{"minute", 5}, {"timezone", "Europe/Berlin"}}).key());
}

TEST(Timers, match_only_the_rules_that_name_their_schedule) {
  Rule rule;
  rule.trigger = kCronTimer;
  rule.trigger_parameters = cron({{"minute", 5}}).parameters();
  Event event;
  event.trigger = kCronTimer;
  const auto verdict = [&](const Json& body) {
    event.body = body;
    return match(rule, event, {}, {}).why;
  };
  EXPECT_EQ(verdict({{"schedule", cron({{"minute", 5}}).parameters()}}), Why::matched);
  EXPECT_EQ(verdict({{"schedule", cron({{"minute", 6}}).parameters()}}), Why::other_trigger);
  EXPECT_EQ(verdict(Json::object()), Why::other_trigger);
  EXPECT_EQ(verdict(nullptr), Why::other_trigger);
}

Due due_at(const Schedule& schedule, const char* handled, const char* now) {
  return due(schedule, {}, {}, at(handled), at(now));
}

TEST(Timers, that_nobody_looked_at_fire_once_for_the_latest_moment) {
  const Schedule schedule = cron({{"second", "*/10"}});
  const auto nothing = due_at(schedule, "2026-01-01T00:00:00Z", "2026-01-01T00:00:09Z");
  EXPECT_FALSE(nothing.fire || nothing.missed);
  EXPECT_EQ(nothing.handled, at("2026-01-01T00:00:00Z"));
  const auto on_time = due_at(schedule, "2026-01-01T00:00:00Z", "2026-01-01T00:00:10Z");
  EXPECT_EQ(on_time.fire, at("2026-01-01T00:00:10Z"));
  EXPECT_FALSE(on_time.missed);
  const auto late = due_at(schedule, "2026-01-01T00:00:00Z", "2026-01-01T05:00:09Z");
  EXPECT_EQ(late.fire, at("2026-01-01T05:00:00Z"));
  EXPECT_EQ(late.missed, at("2026-01-01T00:00:10Z"));
  EXPECT_EQ(late.handled, *late.fire);
}

TEST(Timers, that_come_too_late_are_missed) {
  const auto hourly = due_at(cron({{"minute", 0}}), "2026-01-01T00:30:00Z", "2026-01-01T03:01:00Z");
  EXPECT_FALSE(hourly.fire) << "a minute after its moment it is over";
  EXPECT_EQ(hourly.missed, at("2026-01-01T01:00:00Z"));
  const auto again = due(cron({{"minute", 0}}), {}, {}, hourly.handled, at("2026-01-01T03:02:00Z"));
  EXPECT_FALSE(again.fire || again.missed) << "it is said once";
  const Schedule date = *Schedule::parse(kDateTimer, {{"date", "2026-01-01T00:00:00Z"}}).schedule;
  EXPECT_TRUE(due_at(date, "2025-12-31T00:00:00Z", "2026-01-01T00:59:59Z").fire);
  const auto over = due_at(date, "2025-12-31T00:00:00Z", "2026-01-01T01:00:00Z");
  EXPECT_FALSE(over.fire);
  EXPECT_TRUE(over.missed);
}

}  // namespace
}  // namespace countersign::core
