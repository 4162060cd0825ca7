// Who runs a sensor, what becomes of what it finds, and how it comes back.
#include "bot/engine/sensors.h"

#include <future>

#include "tests/engine/house.h"

namespace countersign::engine {
namespace {

using namespace std::chrono_literals;

// What the sensors of a test do, and how often they were begun.
struct Script {
  std::function<Result<core::Duration>(core::SensorDesk&, const std::stop_token&)> work;
  std::atomic<int> begun{0};
};

class ScriptedSensor : public core::Sensor {
 public:
  explicit ScriptedSensor(Script& script) : script_(script) {}
  Result<core::Duration> work(core::SensorDesk& to, const std::stop_token& stop) override {
    ++script_.begun;
    return script_.work(to, stop);
  }

 private:
  Script& script_;
};

// Says that nothing can be stored, for a while.
class MoodyInbox : public core::Inbox {
 public:
  explicit MoodyInbox(core::Inbox& inbox) : inbox_(inbox) {}
  void accept(std::vector<core::Incoming> deliveries, Done done) override {
    if (refusals-- > 0) return done(unavailable("not now"));
    inbox_.accept(std::move(deliveries), std::move(done));
  }
  std::atomic<int> refusals{0};

 private:
  core::Inbox& inbox_;
};

class RunningSensors : public House {
 protected:
  RunningSensors() {
    intake_.start();
    want("v1");
    script_.work = [this](core::SensorDesk& to, const std::stop_token& stop) {
      return found(to, stop, "one") ? Result<core::Duration>(1h) : unavailable("stopped");
    };
  }
  ~RunningSensors() override {
    sensors_->stop();
    other_->stop();
    intake_.stop();
  }

  void want(const std::string& version) {
    configure([&](config::Settings& settings) {
      config::Sensor one;
      one.name = "disks";
      one.trigger = "disk.full";
      one.base = one.cap = 10ms;
      one.content_hash = version;
      settings.sensors.clear();
      if (!version.empty()) settings.sensors.push_back(one);
    });
  }
  static bool found(core::SensorDesk& to, const std::stop_token& stop, const std::string& id) {
    return to.take({{R"({"id":")" + id + R"("})", Json{{"id", id}}, id}}, stop);
  }
  std::unique_ptr<Sensors> replica(Deps& of) {
    return std::make_unique<Sensors>(of, inbox_, [this](const config::Sensor&) {
      return std::make_unique<ScriptedSensor>(script_);
    });
  }
  void wait_until(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (!condition() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    EXPECT_TRUE(condition());
  }
  void wait_for_event(const std::string& count) {
    wait_until([&] { return database.value("SELECT count(*) FROM cs.event") == count; });
  }

  Intake intake_{deps};
  MoodyInbox inbox_{intake_};
  Script script_;
  Deps other_deps_{database.db(), current, directory, signals, ids, journal, {}, "replica 2", ""};
  std::unique_ptr<Sensors> sensors_ = replica(deps), other_ = replica(other_deps_);
};

TEST_F(RunningSensors, make_events_of_what_they_find) {
  sensors_->run_once({});
  wait_for_event("1");
  EXPECT_EQ(
      database.value(
          "SELECT source || ' ' || trigger || ' ' || delivery_id || ' ' || body FROM cs.event"),
      R"(disks disk.full one {"id": "one"})");
}

TEST_F(RunningSensors, find_the_same_item_once_I3) {
  script_.work = [](core::SensorDesk& to, const std::stop_token& stop) {
    found(to, stop, "one");
    found(to, stop, "one");
    found(to, stop, "two");
    return Result<core::Duration>(1h);
  };
  sensors_->run_once({});
  wait_for_event("2");
}

TEST_F(RunningSensors, wait_with_what_they_found_until_it_can_be_stored_I1) {
  inbox_.refusals = 3;
  sensors_->run_once({});
  wait_for_event("1");
  EXPECT_EQ(script_.begun, 1) << "it was not started anew, the same item was tried again";
}

TEST_F(RunningSensors, are_started_again_when_they_fail) {
  script_.work = [this](core::SensorDesk&, const std::stop_token&) {
    if (script_.begun < 4) return Result<core::Duration>(unavailable("broken"));
    return Result<core::Duration>(1h);
  };
  sensors_->run_once({});
  wait_until([&] { return script_.begun == 4; });
}

TEST_F(RunningSensors, are_run_by_one_replica_and_taken_over_by_another) {
  sensors_->run_once({});
  wait_for_event("1");
  other_->run_once({});
  EXPECT_EQ(script_.begun, 1);
  sensors_->stop();
  want("v1");  // a reload, so that it looks at once
  other_->run_once({});
  wait_until([&] { return script_.begun == 2; });
}

TEST_F(RunningSensors, end_where_somebody_else_has_the_lease) {
  std::promise<void> ended;
  script_.work = [&](core::SensorDesk& to, const std::stop_token& stop) {
    found(to, stop, "one");
    Signal nobody;
    nobody.wait(std::chrono::hours(1), stop);
    EXPECT_FALSE(to.move_cursor("mine").ok()) << "its term is over";
    ended.set_value();
    return Result<core::Duration>(1h);
  };
  sensors_->run_once({});
  wait_for_event("1");
  database.script("UPDATE cs.sensor SET replica = 'replica 2', term = term + 1");
  want("v1");
  sensors_->run_once({});
  ended.get_future().get();
}

TEST_F(RunningSensors, that_have_changed_begin_anew_and_the_others_go_on) {
  sensors_->run_once({});
  wait_for_event("1");
  want("v1");
  sensors_->run_once({});
  EXPECT_EQ(script_.begun, 1) << "a reload that changes nothing";
  want("v2");
  sensors_->run_once({});
  wait_until([&] { return script_.begun == 2; });
  want("");
  sensors_->run_once({});
  EXPECT_EQ(database.value("SELECT lease_until <= clock_timestamp() FROM cs.sensor"), "true");
}

TEST_F(RunningSensors, go_on_from_their_cursor) {
  script_.work = [](core::SensorDesk& to, const std::stop_token& stop) {
    const std::string page = to.cursor();
    found(to, stop, "page " + page);
    EXPECT_TRUE(page.size() == 3 || to.move_cursor(page + "x").ok());
    return Result<core::Duration>(page.size() < 3 ? 0h : 1h);
  };
  sensors_->run_once({});
  wait_for_event("4");
  EXPECT_EQ(database.value("SELECT cursor FROM cs.sensor"), "xxx");
}

}  // namespace
}  // namespace countersign::engine
