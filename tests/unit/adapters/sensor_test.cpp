// Sensors against real programs and a real server, with a desk that remembers.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <mutex>
#include <thread>

#include "adapters/net/http_server.h"
#include "adapters/net/io.h"
#include "adapters/sensor/exec.h"
#include "adapters/sensor/lines.h"
#include "adapters/sensor/poll.h"

namespace countersign::adapters::sensor {
namespace {

using Texts = std::vector<std::string>;

class CountingIds : public core::IdSource {
 public:
  core::CorrelationId correlation() override { return {}; }
  std::string uuid() override { return "life" + std::to_string(++lives_); }
  std::string token(int) override { return ""; }
  double chance() override { return 0; }

 private:
  int lives_ = 0;
};

class Desk : public core::SensorDesk {
 public:
  bool take(const std::vector<core::SensorItem>& items, const std::stop_token& stop) override {
    for (const auto& item : items) taken.push_back(item);
    if (on_take) on_take();
    return !refuses && !stop.stop_requested();
  }
  void refuse(const std::string& why) override { refused.push_back(why); }
  void say(const std::string& line) override {
    said.push_back(line);
    if (on_say) on_say();
  }
  std::string cursor() override { return cursor_; }
  Result<void> move_cursor(const std::string& cursor) override {
    taken_at_move.push_back(taken.size());
    cursor_ = cursor;
    return {};
  }
  Texts identities() const {
    Texts all;
    for (const auto& item : taken) all.push_back(item.identity);
    return all;
  }

  std::vector<core::SensorItem> taken;
  Texts refused, said;
  std::function<void()> on_take, on_say;
  bool refuses = false;
  std::vector<std::size_t> taken_at_move;
  std::string cursor_;
};

TEST(Lines, are_cut_at_line_ends_and_dropped_when_too_long) {
  Lines lines(5);
  lines.add("ab\ncd");
  EXPECT_EQ(lines.next()->text, "ab");
  EXPECT_FALSE(lines.next());
  lines.add("e\r\n\n123456\n12345\n1234");
  EXPECT_EQ(lines.next()->text, "cde");
  EXPECT_EQ(lines.next()->text, "");
  EXPECT_TRUE(lines.next()->too_long);
  EXPECT_EQ(lines.next()->text, "12345");
  EXPECT_FALSE(lines.next());
  for (int i = 0; i < 1000; ++i) {
    lines.add("more and more");
    EXPECT_FALSE(lines.next());
  }
  lines.add("\nok");
  EXPECT_TRUE(lines.next()->too_long);
  EXPECT_FALSE(lines.next());
  EXPECT_EQ(lines.rest()->text, "ok");
  EXPECT_FALSE(lines.rest());
}

class Programs : public testing::Test {
 protected:
  config::Sensor shell(const std::string& script) {
    config::Sensor about;
    about.name = "s";
    about.kind = "exec";
    about.command = {"/bin/sh", "-c", script};
    return about;
  }
  std::string run(const config::Sensor& about) {
    const auto ended = ExecSensor(about, ids_).work(desk_, stop_.get_token());
    return ended ? "a pause" : ended.error().message;
  }

  CountingIds ids_;
  Desk desk_;
  std::stop_source stop_;
};

TEST_F(Programs, give_an_event_for_each_line) {
  EXPECT_EQ(run(shell(R"(echo '{"a": 1}'; echo '{"a": 1}'; printf '{"a": 2}'; exit 3)")),
            "the program ended with exit code 3");
  EXPECT_EQ(desk_.identities(), (Texts{"life1:1", "life1:2", "life1:3"}));
  EXPECT_EQ(desk_.taken[2].value, (Json{{"a", 2}}));
  EXPECT_EQ(desk_.taken[2].raw, R"({"a": 2})");
}

TEST_F(Programs, name_their_items_by_the_dedup_key) {
  auto about = shell(R"(echo '{"id": 7}'; echo '{"x": 1}'; echo '{"id": ""}')");
  about.dedup_key = "d-{{ item.id }}";
  run(about);
  EXPECT_EQ(desk_.identities(), (Texts{"d-7", "d-"}));
  EXPECT_EQ(desk_.refused, Texts{"an item has not what its dedup key needs"});
}

TEST_F(Programs, that_print_rubbish_go_on) {
  const std::string script =
      R"(echo nonsense; echo '[1]'; echo '{"a":1,"a":2}'; head -c 300000 /dev/zero | tr '\0' x; echo; echo '{"ok":1}')";
  EXPECT_EQ(run(shell(script)), "the program ended with exit code 0");
  EXPECT_EQ(desk_.refused, (Texts{"malformed JSON at byte 0", "a line is no JSON object",
                                  "unparsable: duplicate key", "a line is too long"}));
  EXPECT_EQ(desk_.taken.size(), 1u);
}

TEST_F(Programs, have_what_they_write_to_stderr_logged) {
  run(shell("echo one >&2; echo two >&2; echo '{}'"));
  EXPECT_EQ(desk_.said, (Texts{"one", "two"}));
}

TEST_F(Programs, see_a_fixed_environment_and_none_of_our_descriptors_T45) {
  ::setenv("A_SECRET_OF_OURS", "x", 1);
  const std::ifstream held("/dev/null");
  auto about = shell(
      R"(echo "{\"secret\": \"${A_SECRET_OF_OURS:-none}\", \"mine\": \"$MINE\", \"fds\": \"$(ls /proc/$$/fd | tr '\n' ' ')\"}")");
  about.env["MINE"] = config::Secret("yes");
  run(about);
  ::unsetenv("A_SECRET_OF_OURS");
  ASSERT_EQ(desk_.taken.size(), 1u);
  EXPECT_EQ(desk_.taken[0].value["secret"], "none");
  EXPECT_EQ(desk_.taken[0].value["mine"], "yes");
  EXPECT_TRUE(desk_.taken[0].value["fds"].get<std::string>().starts_with("0 1 2"))
      << desk_.taken[0].raw;
}

TEST_F(Programs, are_read_no_further_while_what_they_printed_waits) {
  desk_.on_take = [this] {
    if (desk_.taken.size() < 5000) return;
    stop_.request_stop();
  };
  // Far more than a pipe and one reading hold: it can only go on as fast as items are taken.
  EXPECT_EQ(
      run(shell("i=0; while [ $i -lt 100000 ]; do echo \"{\\\"i\\\": $i}\"; i=$((i+1)); done")),
      "the program was stopped");
  EXPECT_LE(desk_.taken.size(), 5000u + ExecSensor::kBatch);
  for (std::size_t i = 0; i < desk_.taken.size(); ++i)
    ASSERT_EQ(desk_.taken[i].value["i"], i) << "in order, none left out";
}

TEST_F(Programs, end_with_their_whole_group_when_told_to) {
  desk_.on_say = [this] { stop_.request_stop(); };
  EXPECT_EQ(run(shell("sleep 1000 & echo $! >&2; wait")), "the program was stopped");
  ASSERT_EQ(desk_.said.size(), 1u);
  const pid_t grandchild = std::stoi(desk_.said[0]);
  const auto gone = [&] {
    std::ifstream stat("/proc/" + std::to_string(grandchild) + "/stat");
    std::string pid, name, state;
    return !(stat >> pid >> name >> state) || state == "Z";
  };
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!gone() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_TRUE(gone());
}

TEST_F(Programs, that_hold_the_pipe_by_a_grandchild_still_end) {
  EXPECT_EQ(run(shell("sleep 1000 & echo '{}'")), "the program ended with exit code 0");
  EXPECT_EQ(desk_.taken.size(), 1u);
}

TEST_F(Programs, that_cannot_be_started_say_so) {
  auto about = shell("");
  about.command = {"/no/such/program"};
  EXPECT_EQ(run(about), "the program could not be started (exit code 126)");
}

TEST_F(Programs, run_as_the_user_that_is_named) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become somebody else";
  auto about = shell(R"(echo "{\"user\": \"$(id -un)\", \"groups\": \"$(id -Gn)\"}")");
  about.user = "nobody";
  run(about);
  ASSERT_EQ(desk_.taken.size(), 1u);
  EXPECT_EQ(desk_.taken[0].value, (Json{{"user", "nobody"}, {"groups", "nogroup"}}));
}

// Answers what the test says, and keeps the questions.
class Addresses : public testing::Test {
 protected:
  Addresses() {
    server_ = std::make_unique<net::HttpServer>(
        io_, net::HttpServerOptions{.address = "127.0.0.1", .port = 0},
        [this](net::HttpRequest request, net::HttpServer::Respond respond) {
          const std::scoped_lock lock(mutex_);
          asked_.push_back(std::move(request));
          respond(answer_);
        });
    const auto port = server_->start();
    about_.name = "s";
    about_.kind = "poll";
    about_.url = "http://127.0.0.1:" + std::to_string(port ? *port : 0) + "/items?open=1";
    about_.dedup_key = "{{ item.id }}";
    about_.items = "data.items";
  }
  ~Addresses() override {
    server_->stop();
    io_.stop();
  }
  void answers(const Json& body, int status = 200, net::Headers headers = {}) {
    const std::scoped_lock lock(mutex_);
    answer_ = {status, std::move(headers),
               body.is_string() ? body.get<std::string>() : body.dump()};
  }
  std::string poll(PollSensor& sensor) {
    const auto ended = sensor.work(desk_, stop_.get_token());
    return ended ? core::format_duration(*ended) : ended.error().message;
  }
  std::string poll() {
    PollSensor sensor(about_);
    return poll(sensor);
  }
  net::HttpRequest asked() {
    const std::scoped_lock lock(mutex_);
    return asked_.back();
  }
  static Json items(const Json& list) { return {{"data", {{"items", list}}}}; }

  net::Io io_;
  std::mutex mutex_;
  net::HttpResponse answer_;             // guarded by mutex_
  std::vector<net::HttpRequest> asked_;  // likewise
  std::unique_ptr<net::HttpServer> server_;
  config::Sensor about_;
  Desk desk_;
  std::stop_source stop_;
};

TEST_F(Addresses, give_an_event_for_each_item_of_the_list) {
  about_.headers = {{"Authorization", config::Secret("Bearer x")}};
  about_.every = std::chrono::seconds(30);
  answers(items({{{"id", 1}}, {{"id", 2}}, {{"x", 2}}, 5}));
  EXPECT_EQ(poll(), "30s");
  EXPECT_EQ(desk_.identities(), (Texts{"1", "2"}));
  EXPECT_EQ(desk_.refused,
            (Texts{"an item has not what its dedup key needs", "an item is no JSON object"}));
  EXPECT_EQ(asked().target, "/items?open=1");
  EXPECT_EQ(*net::find_header(asked().headers, "Authorization"), "Bearer x");
}

TEST_F(Addresses, are_asked_from_where_the_last_answer_ended) {
  about_.cursor_from = "{{ last.id }}";
  about_.cursor_query = "after";
  answers(items({{{"id", "a b"}}, {{"id", "c&d"}}}));
  poll();
  EXPECT_EQ(desk_.cursor_, "c&d");
  answers(items(Json::array()));
  EXPECT_EQ(poll(), "1m");
  EXPECT_EQ(asked().target, "/items?open=1&after=c%26d");
  EXPECT_EQ(desk_.cursor_, "c&d") << "an empty page moves nothing";
}

TEST_F(Addresses, can_carry_the_cursor_in_a_header_and_take_it_from_the_answer) {
  about_.cursor_from = "{{ answer.next }}";
  about_.cursor_header = "X-Since";
  desk_.cursor_ = "p1";
  Json page = items({{{"id", 1}}});
  page["next"] = "p2";
  answers(page);
  poll();
  EXPECT_EQ(*net::find_header(asked().headers, "X-Since"), "p1");
  EXPECT_EQ(desk_.cursor_, "p2");
}

TEST_F(Addresses, have_no_cursor_moved_before_all_items_are_stored_I1) {
  about_.cursor_from = "{{ last.id }}";
  about_.cursor_query = "after";
  Json many = Json::array();
  for (std::size_t i = 1; i <= PollSensor::kBatch + 1; ++i) many.push_back({{"id", i}});
  answers(items(many));
  desk_.refuses = true;
  EXPECT_EQ(poll(), "stopped");
  EXPECT_TRUE(desk_.taken_at_move.empty());
  desk_.refuses = false;
  desk_.taken.clear();
  poll();
  EXPECT_EQ(desk_.taken_at_move, std::vector<std::size_t>{many.size()});
}

TEST_F(Addresses, that_have_nothing_new_need_not_say_it_again) {
  PollSensor sensor(about_);
  answers(items({{{"id", 1}}}), 200, {{"ETag", "\"v1\""}});
  EXPECT_EQ(poll(sensor), "1m");
  EXPECT_EQ(net::find_header(asked().headers, "If-None-Match"), nullptr);
  answers("", 304);
  EXPECT_EQ(poll(sensor), "1m");
  EXPECT_EQ(*net::find_header(asked().headers, "If-None-Match"), "\"v1\"");
  EXPECT_EQ(desk_.taken.size(), 1u);
}

TEST_F(Addresses, that_answer_wrongly_are_tried_again_later) {
  answers(items({}), 500);
  EXPECT_EQ(poll(), "the answer has status 500");
  answers(items({}), 302, {{"Location", about_.url}});
  EXPECT_EQ(poll(), "the answer has status 302");
  answers("no json");
  EXPECT_EQ(poll(), "the answer cannot be read: malformed JSON at byte 0");
  answers({{"data", 1}});
  EXPECT_EQ(poll(), "the answer has no data.items");
  answers(items(7));
  EXPECT_EQ(poll(), "what should hold the items is no list");
  answers("[" + std::string(5 * 1024 * 1024, ' ') + "]");
  EXPECT_EQ(poll(), "the answer is too large");
  answers(items({{{"id", 1}}}));
  about_.cursor_from = "{{ answer.nothing }}";
  about_.cursor_query = "after";
  EXPECT_EQ(poll(), "the answer has not what the cursor needs");
  EXPECT_EQ(desk_.cursor_, "");
  server_->stop();
  EXPECT_TRUE(poll().starts_with("no answer: "));
}

}  // namespace
}  // namespace countersign::adapters::sensor
