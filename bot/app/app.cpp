#include "bot/app/app.h"

#include <unistd.h>

#include <array>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "actions/announcement.h"
#include "actions/command.h"
#include "actions/http.h"
#include "actions/noop.h"
#include "actions/own.h"
#include "actions/registry.h"
#include "adapters/sensor/make.h"
#include "bot/app/api.h"
#include "bot/app/chats.h"
#include "bot/app/entrance.h"
#include "bot/app/folder_watch.h"
#include "bot/app/front.h"
#include "bot/app/journal_file.h"
#include "bot/app/load.h"
#include "bot/app/random_ids.h"
#include "bot/app/state_dir.h"
#include "bot/engine/announce.h"
#include "bot/engine/decider.h"
#include "bot/engine/desk.h"
#include "bot/engine/executor.h"
#include "bot/engine/intake.h"
#include "bot/engine/keeper.h"
#include "bot/engine/narrate.h"
#include "bot/engine/outbox_sender.h"
#include "bot/engine/planner.h"
#include "bot/engine/sensors.h"
#include "bot/engine/own_actions.h"
#include "bot/engine/reload_notice.h"
#include "bot/engine/timers.h"
#include "bot/obs/log.h"
#include "bot/store/audit.h"
#include "bot/store/bell.h"
#include "bot/store/migrate.h"
#include "bot/store/outbox.h"
#include "bot/store/private_postgres.h"

namespace countersign::app {
namespace {

constexpr int kExecutors = 4;
constexpr std::chrono::milliseconds kPoll{1000};

Error no_chat(const std::string& name) { return not_found("there is no chat " + name); }

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

// Posts an announcement where its route says ("#channel"), by way of the outbox.
core::Outcome announce(engine::Deps& deps, const std::string& route, const Json& message) {
  const auto snapshot = deps.current.get();
  if (snapshot->settings.notify.empty())
    return {core::OutcomeClass::not_applied,      0, "", false,
            "no chat is configured under notify", {}};
  const std::string text = message.is_string() ? message.get<std::string>() : message.dump();
  std::string where;
  try {
    deps.db.transact("announce", [&](store::Tx& tx) {
      where.clear();
      for (const auto& notify : snapshot->settings.notify) {
        store::OutboxMessage m;
        const std::string channel = route.starts_with('#') ? route : notify.channel;
        m.out = {core::Outgoing::Op::post,
                 deps.ids.uuid(),
                 {notify.chat, channel, ""},
                 "",
                 "",
                 engine::note(core::Tone::neutral, core::make_visible(text, 4000))};
        m.priority = store::Priority::rest;
        m.lane = "channel:" + channel;
        m.about = "announcement";
        store::enqueue(tx, m);
        where += (where.empty() ? "" : ", ") + channel + " of " + notify.chat;
      }
    });
  } catch (const store::StoreError& e) {
    return {core::OutcomeClass::ambiguous, 0, "", false, e.what(), {}};
  }
  deps.signals.outbox.ring();
  return {core::OutcomeClass::ok, 0, "announced in " + where, false, "", {}};
}

}  // namespace

struct App::Impl {
  explicit Impl(std::shared_ptr<const engine::Snapshot> snapshot) : current(std::move(snapshot)) {}

  // Fixed once start() has returned.
  engine::Current current;
  engine::Signals signals;
  RandomIds ids;
  std::optional<StateDir> state;
  std::unique_ptr<JournalFile> journal;
  std::unique_ptr<store::PrivatePostgres> postgres;
  std::unique_ptr<store::Database> db;
  std::string database_url;
  std::uint16_t port = 0;
  actions::Runners runners;
  net::Io io;
  std::vector<Chat> chats;
  std::unique_ptr<engine::Directory> directory;
  std::optional<engine::Deps> deps;
  std::unique_ptr<engine::Voting> voting;
  std::unique_ptr<engine::Commander> commander;
  std::unique_ptr<engine::Intake> intake;
  std::unique_ptr<engine::Decider> decider;
  std::unique_ptr<engine::Planner> planner;
  std::unique_ptr<engine::Executor> executor;
  std::unique_ptr<engine::Keeper> keeper;
  std::unique_ptr<engine::Timers> timers;
  std::unique_ptr<engine::Sensors> sensors;
  std::unique_ptr<engine::Desk> desk;
  std::unique_ptr<Api> api;
  std::vector<std::unique_ptr<engine::OutboxSender>> senders;
  std::unique_ptr<Front> front;
  std::unique_ptr<Entrance> entrance;
  engine::Signal tick;
  std::unique_ptr<store::Bell> bell;

  // Own locking.
  mutable std::mutex mutex;
  std::condition_variable changed;
  std::string database_trouble = "not connected yet";  // guarded by mutex; empty: it works
  bool running = false;                                // guarded by mutex: the engine has begun
  std::vector<std::unique_ptr<engine::Loop>> loops;    // made by `opener`, ended by stop() after it
  std::unique_ptr<engine::Loop> sensing;               // so is this
  std::vector<std::unique_ptr<engine::Loop>> workers;  // so are these: they carry actions out
  std::stop_source hurry;                              // actions under way are to be stopped
  std::jthread opener;
  bool stopped = false;
  std::mutex reloading;                               // one reload at a time
  std::optional<engine::ReloadNotice> reload_notice;  // guarded by reloading
  std::optional<FolderWatch> watch;

  Result<void> open_database(const std::function<void(const std::string&)>& progress);
  void build();
  Result<void> listen();
  void open(const std::stop_token& stop);
  bool try_open();
  void begin();
  void share_signals();
  void add_loop(const char* name, engine::Signal& signal,
                std::function<bool(std::stop_token)> step);
  const Chat* chat_named(const std::string& name) const;
  std::map<std::string, std::string> missing() const;
  void stop(std::chrono::milliseconds grace);
  void finish(std::chrono::milliseconds grace);
  void leave();
  config::Problems take_anew();
  void watch_files(std::function<void()> reload);
};

Result<void> App::Impl::open_database(const std::function<void(const std::string&)>& progress) {
  const auto snapshot = current.get();
  auto opened = StateDir::open(snapshot->settings.state_dir, ids);
  if (!opened) return opened.error();
  state.emplace(std::move(*opened));
  auto kept = JournalFile::open({.folder = snapshot->settings.state_dir});
  if (!kept) return kept.error();
  journal = std::move(*kept);
  if (snapshot->settings.database_url) {
    database_url = snapshot->settings.database_url->reveal();
  } else {
    auto started = store::PrivatePostgres::start({snapshot->settings.state_dir, progress});
    if (!started) return started.error();
    postgres = std::move(*started);
    database_url = postgres->url();
    state->note_database(database_url);
  }
  db = std::make_unique<store::Database>(store::DatabaseOptions{.url = database_url, .pool = 16});
  return {};
}

void App::Impl::watch_files(std::function<void()> reload) {
  reload_notice.emplace(*deps);
  watch.emplace(current.get()->settings.packs, std::move(reload));
}

const Chat* App::Impl::chat_named(const std::string& name) const {
  for (const Chat& chat : chats) {
    if (chat.adapter->name() == name) return &chat;
  }
  return nullptr;
}

void App::Impl::build() {
  const auto snapshot = current.get();
  const auto& settings = snapshot->settings;
  runners.add(std::make_unique<actions::CommandRunner>(
      actions::CommandRunner::Options{.state_dir = settings.state_dir}));
  runners.add(std::make_unique<actions::HttpRunner>(actions::HttpRunner::Options{}));
  runners.add(std::make_unique<actions::NoopRunner>());
  runners.add(std::make_unique<actions::OwnRunner>([this](const core::RunRequest& request) {
    return engine::carry_out_own(*deps, request);
  }));
  runners.add(std::make_unique<actions::AnnouncementRunner>(
      [this](const std::string& route, const Json& message) {
        return announce(*deps, route, message);
      }));
  chats = make_chats(io, settings, ids);
  directory = std::make_unique<engine::Directory>(
      current, engine::Directory::Lookups{
                   .person = [this](const std::string& chat,
                                    const std::string& name) -> Result<core::Person> {
                     const auto* adapter = chat_named(chat);
                     return adapter ? adapter->adapter->find_person(name) : no_chat(chat);
                   },
                   .group = [this](const std::string& chat,
                                   const std::string& group) -> Result<std::vector<core::Person>> {
                     const auto* adapter = chat_named(chat);
                     return adapter ? adapter->adapter->find_group(group) : no_chat(chat);
                   }});
  deps.emplace(engine::Deps{*db, current, *directory, signals, ids, *journal,
                            [this](std::string_view kind) { return runners.find(kind); },
                            state->replica(), ""});
  voting = std::make_unique<engine::Voting>(*deps);
  commander = std::make_unique<engine::Commander>(*deps, *voting);
  intake = std::make_unique<engine::Intake>(*deps);
  decider = std::make_unique<engine::Decider>(*deps, *commander);
  planner = std::make_unique<engine::Planner>(*deps);
  executor = std::make_unique<engine::Executor>(*deps);
  keeper = std::make_unique<engine::Keeper>(*deps);
  timers = std::make_unique<engine::Timers>(*deps, *intake);
  sensors = std::make_unique<engine::Sensors>(*deps, *intake, [this](const config::Sensor& about) {
    return adapters::sensor::make_sensor(about, ids);
  });
  desk = std::make_unique<engine::Desk>(*deps, *voting);
  api = std::make_unique<Api>(*deps, *voting, *intake);
  for (const auto& chat : chats)
    senders.push_back(std::make_unique<engine::OutboxSender>(*deps, *chat.adapter));
  share_signals();
}

Result<void> App::Impl::listen() {
  const auto snapshot = current.get();
  const auto& settings = snapshot->settings;
  front = std::make_unique<Front>([this] { return missing(); });
  front->set_api(api.get());
  for (const auto& chat : chats) {
    if (!chat.callback_path.empty()) front->add(chat.callback_path, chat.on_http);
  }
  entrance = std::make_unique<Entrance>(*deps, *intake, *front);
  intake->start();
  const auto bound = entrance->open(io, settings);
  if (!bound) return bound.error();
  port = *bound;
  return {};
}

bool App::Impl::try_open() {
  std::string trouble;
  try {
    const int applied = store::migrate(*db, state->replica());
    if (applied > 0) obs::info("schema migrated", {{"migrations", std::to_string(applied)}});
    deps->button_key = db->transact("button key", [&](store::Tx& tx) {
      return store::setting(tx, "button_key", ids.token(32));
    });
    keeper->begin(host_name() + ":" + std::to_string(port));
    store::join(*db, state->replica());
  } catch (const std::exception& e) {
    trouble = e.what();
  }
  const std::scoped_lock lock(mutex);
  if (!trouble.empty() && trouble != database_trouble)
    obs::error("the database cannot be used, trying again", {{"why", trouble}});
  database_trouble = trouble;
  return trouble.empty();
}

void App::Impl::open(const std::stop_token& stop) {
  engine::Signal pause;
  for (int failures = 0; !stop.stop_requested(); ++failures) {
    if (try_open()) return begin();
    pause.wait(std::chrono::milliseconds(200) * (1 << std::min(failures, 6)), stop);
  }
}

void App::Impl::add_loop(const char* name, engine::Signal& signal,
                         std::function<bool(std::stop_token)> step) {
  loops.push_back(std::make_unique<engine::Loop>(name, signal, kPoll, std::move(step)));
}

// What one replica commits is often another one's work: messages are sent by whoever has the chat.
void App::Impl::share_signals() {
  const std::map<std::string, engine::Signal*> shared = {{"events", &signals.events},
                                                         {"planned", &signals.planned},
                                                         {"ready", &signals.ready},
                                                         {"outbox", &signals.outbox},
                                                         {"stops", &signals.stops}};
  bell = std::make_unique<store::Bell>(database_url, state->replica(),
                                       [shared](const std::string& word) {
                                         const auto found = shared.find(word);
                                         if (found != shared.end()) found->second->ring_here();
                                       });
  for (const auto& [word, signal] : shared) signal->also([this, name = word] { bell->ring(name); });
}

void App::Impl::begin() {
  desk->start();
  api->start();
  add_loop("decider", signals.events,
           [this](const std::stop_token& s) { return decider->run_once(s); });
  add_loop("planner", signals.planned,
           [this](const std::stop_token& s) { return planner->run_once(s); });
  for (int i = 0; i < kExecutors; ++i)
    workers.push_back(std::make_unique<engine::Loop>(
        "executor", signals.ready, kPoll,
        [this](const std::stop_token&) { return executor->run_once(hurry.get_token()); }));
  add_loop("timers", tick, [this](const std::stop_token& s) { return timers->run_once(s); });
  sensing = std::make_unique<engine::Loop>(
      "sensors", tick, kPoll, [this](const std::stop_token& s) { return sensors->run_once(s); });
  add_loop("keeper", tick, [this](const std::stop_token& s) {
    const bool more = keeper->run_once(s);
    entrance->run_once();
    std::string why;
    const bool up = db->reachable(&why);
    const std::scoped_lock lock(mutex);
    database_trouble = up ? "" : why;
    return more;
  });
  for (const auto& sender : senders)
    add_loop("outbox", signals.outbox,
             [s = sender.get()](const std::stop_token& stop) { return s->run_once(stop); });
  for (const auto& chat : chats) chat.adapter->start(*intake, *desk);
  {
    const std::scoped_lock lock(mutex);
    running = true;
  }
  changed.notify_all();
}

std::map<std::string, std::string> App::Impl::missing() const {
  std::map<std::string, std::string> out;
  {
    const std::scoped_lock lock(mutex);
    if (!database_trouble.empty()) out["database"] = database_trouble;
    if (!running && out.empty()) out["engine"] = "starting";
  }
  const auto connections = desk->connections();
  for (const auto& chat : chats) {
    const auto known = connections.find(chat.adapter->name());
    if (!chat.adapter->connected())
      out["chat " + chat.adapter->name()] =
          known == connections.end() || known->second.empty() ? "not connected yet" : known->second;
  }
  return out;
}

// No worker begins anything new; what they have begun ends by itself or with the grace.
void App::Impl::finish(std::chrono::milliseconds grace) {
  const std::jthread end([&](const std::stop_token& ended) {
    engine::Signal pause;
    pause.wait(grace, ended);
    hurry.request_stop();
  });
  workers.clear();
}

// Nobody has to wait for this replica any more. If the database is away, it is soon forgotten.
void App::Impl::leave() {
  try {
    if (running) store::leave(*db, state->replica());
  } catch (const store::StoreError&) {
  }
}

void App::Impl::stop(std::chrono::milliseconds grace) {
  if (stopped) return;
  stopped = true;
  watch.reset();
  opener.request_stop();
  if (opener.joinable()) opener.join();
  sensing.reset();
  if (sensors) sensors->stop();  // while what they found can still be stored
  if (intake) intake->stop();    // whoever waits at the door is answered before it closes
  if (api) api->stop();          // likewise
  if (entrance) entrance->close();
  for (const auto& chat : chats) chat.adapter->stop();
  for (const auto* kind : {&loops, &workers})
    for (const auto& loop : *kind) loop->request_stop();
  loops.clear();
  for (const auto& sender : senders) sender->hand_over();
  finish(grace);
  if (desk) desk->stop();
  io.stop();
  leave();
  bell.reset();
  db.reset();
  if (postgres) postgres->stop();
  state.reset();
}

App::App(std::shared_ptr<const engine::Snapshot> snapshot)
    : impl_(std::make_unique<Impl>(std::move(snapshot))) {}
App::~App() { stop(); }

Result<void> App::start(const std::function<void(const std::string&)>& progress) {
  if (auto opened = impl_->open_database(progress); !opened) return opened;
  impl_->build();
  if (auto listening = impl_->listen(); !listening) return listening;
  impl_->watch_files([this] { log_problems(reload()); });
  impl_->opener = std::jthread([this](const std::stop_token& stop) { impl_->open(stop); });
  return {};
}

bool App::wait_ready(std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  engine::Signal pause;
  while (!missing().empty()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    pause.wait(std::chrono::milliseconds(10), {});
  }
  return true;
}

std::map<std::string, std::string> App::missing() const { return impl_->missing(); }

config::Problems App::reload() {
  const std::scoped_lock lock(impl_->reloading);
  const auto problems = impl_->take_anew();
  if (impl_->reload_notice) impl_->reload_notice->report(problems);
  return problems;
}

config::Problems App::Impl::take_anew() {
  const auto before = current.get();
  auto loaded = config::load_settings(before->settings.file);
  if (config::has_errors(loaded.problems)) return loaded.problems;
  auto catalog = config::load_catalog(loaded.settings);
  catalog.problems.insert(catalog.problems.begin(), loaded.problems.begin(), loaded.problems.end());
  if (config::has_errors(catalog.problems)) return catalog.problems;
  entrance->replace(loaded.settings.sources);
  const auto next = std::make_shared<engine::Snapshot>(
      engine::Snapshot{std::move(loaded.settings), catalog.catalog});
  next->rules();  // before anybody waits for them
  current.set(next);
  directory->forget();
  return catalog.problems;
}

void App::stop(std::chrono::milliseconds grace) { impl_->stop(grace); }
void App::hurry() { impl_->hurry.request_stop(); }
std::uint16_t App::port() const { return impl_->port; }
const std::string& App::database_url() const { return impl_->database_url; }

}  // namespace countersign::app
