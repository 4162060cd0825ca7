#include <gtest/gtest.h>

#include "config/settings.h"

namespace countersign::config {
namespace {

Loaded read(const std::string& yaml) {
  return parse_settings("server: {listen: '127.0.0.1:8080', public_url: 'http://x'}\n" + yaml,
                        "/etc/cs/countersign.yaml");
}
std::string first_problem(const std::string& yaml) {
  for (const auto& problem : read(yaml).problems)
    if (problem.message.find("must be") != std::string::npos) return problem.message;
  return "";
}
const std::string kGenericSource =
    "allow_literal_secrets: true\n"
    "sources: [{name: a, kind: generic, auth: {bearer: {token: '0123456789abcdef0123'}}, "
    "dedup: {key: '{{ body.id }}', window: 40d}}]\n";

TEST(Retention, keeps_a_month_of_events_and_a_year_of_the_record_by_default) {
  const Retention kept = read("").settings.retention;
  EXPECT_EQ(kept.events, std::chrono::days(30));
  EXPECT_EQ(kept.decisions, std::chrono::days(30));
  EXPECT_EQ(kept.audit, std::chrono::days(400));
}

TEST(Retention, takes_what_is_configured) {
  const Retention kept =
      read("retention: {events: 10d, decisions: 60d, audit: 800d}").settings.retention;
  EXPECT_EQ(kept.events, std::chrono::days(10));
  EXPECT_EQ(kept.decisions, std::chrono::days(60));
  EXPECT_EQ(kept.audit, std::chrono::days(800));
}

TEST(Retention, refuses_what_would_forget_too_early) {
  EXPECT_NE(first_problem("retention: {events: 1h}").find("at least"), std::string::npos);
  EXPECT_NE(first_problem("retention: {events: 30d, decisions: 20d}").find("outlive"),
            std::string::npos);
  EXPECT_NE(first_problem("retention: {events: 30d, audit: 20d}").find("outlive"),
            std::string::npos);
  EXPECT_NE(first_problem("retention: {events: soon}").find("duration"), std::string::npos);
}

TEST(Retention, is_not_shorter_than_what_a_source_remembers) {
  EXPECT_NE(first_problem(kGenericSource + "retention: {events: 30d}").find("source 'a'"),
            std::string::npos);
}

TEST(Retention, reads_the_limit_of_the_queue) {
  const auto loaded = parse_settings("server: {queue_limit: 500}", "/etc/cs/countersign.yaml");
  EXPECT_EQ(loaded.settings.server.queue_limit, 500);
}

}  // namespace
}  // namespace countersign::config
