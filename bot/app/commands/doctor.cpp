// countersign doctor: connects to everything and says what works, what does not, and how to mend
// it. With --invariants: whether the database still holds what the bot promises.
#include <iostream>
#include <memory>

#include "bot/app/chats.h"
#include "bot/app/commands/commands.h"
#include "bot/app/exit_codes.h"
#include "bot/app/load.h"
#include "bot/app/random_ids.h"
#include "bot/app/reach.h"
#include "bot/core/message.h"
#include "bot/store/invariants.h"
#include "bot/store/migrate.h"

namespace countersign::app {
namespace {

using core::Finding;
using Level = Finding::Level;

struct Flags {
  std::string file;
  bool json = false;
  bool invariants = false;
};

// Prints as it goes: a chat that does not answer takes its time.
class Report {
 public:
  explicit Report(bool json) : json_(json) {}

  void section(const std::string& name) {
    section_ = name;
    if (!json_) std::cout << name << "\n";
  }
  void add(const Finding& finding) {
    worst_ = std::max(worst_, finding.level);
    constexpr const char* marks[] = {"ok   ", "warn ", "FAIL "};
    constexpr const char* words[] = {"good", "warning", "bad"};
    const auto level = static_cast<std::size_t>(finding.level);
    findings_.push_back({{"about", section_},
                         {"level", words[level]},
                         {"what", finding.what},
                         {"mend", finding.mend}});
    if (json_) return;
    std::cout << "  " << marks[level] << finding.what << "\n";
    if (!finding.mend.empty()) std::cout << "         " << finding.mend << "\n";
    std::cout << std::flush;
  }
  int finish() const {
    if (json_)
      std::cout << Json{{"ok", worst_ != Level::bad}, {"findings", findings_}}.dump(2) << "\n";
    return worst_ == Level::bad ? kUnreachable : kDone;
  }

 private:
  const bool json_;
  std::string section_;
  Level worst_ = Level::good;
  Json findings_ = Json::array();
};

void examine_database(const std::string& file, Report& report) {
  report.section("database");
  const auto db = reach_database({.config = file});
  if (!db) {
    return report.add({Level::bad, db.error().message,
                       "Start it, or look at database.url; without a url start the bot, which runs "
                       "its own."});
  }
  try {
    int pending = 0;
    for (const auto& m : store::migration_status(**db)) pending += m.applied ? 0 : 1;
    report.add({Level::good, "answers", ""});
    if (pending == 0) return report.add({Level::good, "its schema is up to date", ""});
    report.add({Level::warning, std::to_string(pending) + " migrations are pending",
                "They are applied when the bot starts, or now by: countersign db migrate"});
  } catch (const store::StoreError& e) {
    report.add({Level::bad, e.what(), "Look at the rights of the bot's database user."});
  }
}

void examine_members(const Chat& chat, const config::Settings& settings, Report& report) {
  const std::string prefix = chat.adapter->name() + ":";
  const auto judge = [&](const std::string& member, const std::string& role, bool group) {
    if (!member.starts_with(prefix)) return;
    const std::string name = member.substr(prefix.size());
    std::string why;
    if (group) {
      const auto people = chat.adapter->find_group(name);
      if (people && people->empty()) why = "it is empty";
      if (!people) why = people.error().message;
    } else if (const auto person = chat.adapter->find_person(name); !person) {
      why = person.error().message;
    }
    if (why.empty()) return report.add({Level::good, role + ": finds " + member, ""});
    report.add({Level::bad, role + ": " + member + ": " + why,
                "Correct it in the configuration: whoever cannot be found holds nothing."});
  };
  for (const auto& [name, role] : settings.roles) {
    for (const auto& member : role.members) judge(member, "role " + name, false);
    for (const auto& group : role.groups) judge(group, "role " + name, true);
  }
  for (const auto& [name, accounts] : settings.people) {
    for (const auto& account : accounts) judge(account, "person " + name, false);
  }
}

void examine_chats(const engine::Snapshot& snapshot, Report& report) {
  net::Io io;
  RandomIds ids;
  const auto chats = make_chats(io, snapshot.settings, ids);
  Front front([] { return std::map<std::string, std::string>(); });
  for (const auto& chat : chats) {
    if (!chat.callback_path.empty()) front.add(chat.callback_path, chat.on_http);
  }
  net::HttpServer server(
      io, {.address = snapshot.settings.server.address, .port = snapshot.settings.server.port},
      [&](net::HttpRequest request, net::HttpServer::Respond respond) {
        front.handle(std::move(request), std::move(respond));
      });
  (void)server.start();  // taken: the bot runs, and answers for us
  for (const auto& chat : chats) {
    report.section("chat " + chat.adapter->name());
    const auto channels = channels_named(chat.adapter->name(), snapshot);
    bool reached = true;
    for (const Finding& finding : chat.adapter->check(channels, {})) {
      report.add(finding);
      reached = reached && finding.level != Level::bad;
    }
    if (reached) examine_members(chat, snapshot.settings, report);
  }
  for (const auto& chat : chats) chat.adapter->stop();
  server.stop();
  io.stop();
}

int doctor(const Flags& flags) {
  const auto loaded = load_all(flags.file);
  Report report(flags.json);
  report.section("configuration");
  for (const auto& problem : loaded.problems) {
    report.add({problem.severity == config::Problem::Severity::error ? Level::bad : Level::warning,
                problem.text(), ""});
  }
  if (!loaded.snapshot) {
    report.finish();
    return kUsage;
  }
  const auto& settings = loaded.snapshot->settings;
  report.add({Level::good,
              std::to_string(loaded.snapshot->catalog->rules.size()) + " rules, " +
                  std::to_string(loaded.snapshot->catalog->actions.size()) + " actions, " +
                  std::to_string(settings.sources.size()) + " sources",
              ""});
  examine_database(flags.file, report);
  examine_chats(*loaded.snapshot, report);
  return report.finish();
}

store::InvariantReport examine_invariants(const std::string& file) {
  const auto stopped = [](std::string why) { return store::InvariantReport{{}, std::move(why)}; };
  const auto db = reach_database({.config = file});
  if (!db) return stopped(db.error().message);
  try {
    for (const auto& m : store::migration_status(**db)) {
      if (!m.applied)
        return stopped("migration " + std::to_string(m.version) +
                       " is pending; apply it with: countersign db migrate");
    }
  } catch (const store::StoreError& e) {
    return stopped(e.what());
  }
  return store::check_invariants(**db);
}

void print(const store::InvariantReport& report) {
  for (const auto& check : report.checks) {
    std::cout << (check.violations == 0 ? "✓ " : "✗ ") << check.name
              << std::string(4 - check.name.size(), ' ') << check.promise;
    if (check.violations > 0) std::cout << ": violated " << check.violations << " times";
    std::cout << "\n";
    for (const auto& example : check.examples)
      std::cout << "      " << core::make_visible(example, 300) << "\n";
  }
  if (!report.stopped.empty())
    std::cout << "? cannot be checked: " << core::make_visible(report.stopped, 1000) << "\n";
}

Json json_of(const store::InvariantReport& report) {
  Json checks = Json::array();
  for (const auto& check : report.checks) {
    checks.push_back({{"name", check.name},
                      {"promise", check.promise},
                      {"violations", check.violations},
                      {"examples", check.examples}});
  }
  return {{"ok", report.hold() && report.stopped.empty()},
          {"invariants", checks},
          {"stopped", report.stopped}};
}

constexpr int kNotChecked = 2;

// A violation that was found is one, whatever could not be checked.
int doctor_of_invariants(const Flags& flags) {
  const auto report = examine_invariants(flags.file);
  if (flags.json) {
    std::cout << json_of(report).dump(2) << "\n";
  } else {
    print(report);
  }
  if (!report.hold()) return kFailed;
  return report.stopped.empty() ? kDone : kNotChecked;
}

}  // namespace

void add_doctor(CLI::App& cli, int& exit_code) {
  auto* command = cli.add_subcommand(
      "doctor", "Connect to database and chats; say what works, what does not, how to mend it");
  const auto flags = std::make_shared<Flags>();
  command->add_option("--config", flags->file, "Configuration file")->required();
  command->add_flag("--json", flags->json, "Machine-readable");
  command->add_flag("--invariants", flags->invariants,
                    "Only ask whether the database holds what is promised (0: all, 1: not all, 2: "
                    "cannot be checked); reads much, writes nothing");
  command->callback([flags, &exit_code] {
    exit_code = flags->invariants ? doctor_of_invariants(*flags) : doctor(*flags);
  });
}

}  // namespace countersign::app
