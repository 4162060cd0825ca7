#include "bot/store/bell.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <pqxx/pqxx>
#include <set>
#include <thread>

#include "bot/store/pg.h"

namespace countersign::store {
namespace {

using Clock = std::chrono::steady_clock;

constexpr char kChannel[] = "countersign";
constexpr std::chrono::milliseconds kTogether{50};  // rings become one notification
constexpr std::chrono::milliseconds kConnect{5'000};
constexpr std::chrono::seconds kAgain{2};      // after a failure
constexpr std::chrono::seconds kCompany{5};    // how long "nobody else is alive" is believed
constexpr long kListenMicroseconds = 200'000;  // then a look whether to stop

// "REPLICA word word"
class Receiver : public pqxx::notification_receiver {
 public:
  Receiver(pqxx::connection_base& connection, const std::string& self,
           const std::function<void(const std::string&)>& heard)
      : notification_receiver(connection, kChannel), self_(self), heard_(heard) {}
  void operator()(const std::string& payload, int) override {
    std::size_t at = payload.find(' ');
    if (payload.substr(0, at) == self_) return;
    while (at != std::string::npos) {
      const auto next = payload.find(' ', at + 1);
      heard_(payload.substr(at + 1, next == std::string::npos ? next : next - at - 1));
      at = next;
    }
  }

 private:
  const std::string& self_;
  const std::function<void(const std::string&)>& heard_;
};

}  // namespace

struct Bell::Impl {
  Impl(const std::string& url, std::string self, std::function<void(const std::string&)> then)
      : conninfo(with_defaults(url, kConnect)),
        replica(std::move(self)),
        heard(std::move(then)),
        listener([this](const std::stop_token& stop) { again(stop, &Impl::listen); }),
        ringer([this](const std::stop_token& stop) { again(stop, &Impl::notify); }) {}

  // Whatever goes wrong is tried again: the database says elsewhere that it is away.
  void again(const std::stop_token& stop, void (Impl::*work)(const std::stop_token&)) {
    while (!stop.stop_requested()) {
      try {
        (this->*work)(stop);
      } catch (const std::exception&) {
        std::unique_lock lock(mutex);
        changed.wait_for(lock, stop, kAgain, [] { return false; });
      }
    }
  }

  void listen(const std::stop_token& stop) {
    pqxx::connection connection(conninfo);
    const Receiver receiver(connection, replica, heard);
    while (!stop.stop_requested()) connection.await_notification(0, kListenMicroseconds);
  }

  void notify(const std::stop_token& stop) {
    std::unique_lock lock(mutex);
    if (!changed.wait(lock, stop, [this] { return !rung.empty(); })) return;
    lock.unlock();
    pqxx::connection connection(conninfo);
    pqxx::nontransaction session(connection);
    session.exec("SET synchronous_commit = off");  // a notification need not survive
    lock.lock();
    while (changed.wait(lock, stop, [this] { return !rung.empty(); })) {
      std::string words = replica;
      for (const auto& word : rung) words += " " + word;
      rung.clear();
      lock.unlock();
      if (in_company(session))
        session.exec("SELECT pg_notify(" + session.quote(std::string(kChannel)) + ", " +
                     session.quote(words) + ")");
      lock.lock();
      changed.wait_for(lock, stop, kTogether, [] { return false; });
    }
  }

  bool in_company(pqxx::nontransaction& session) {
    const auto now = Clock::now();
    if (now < company_until) return company;
    company = !session
                   .exec("SELECT FROM cs.replica WHERE replica <> " + session.quote(replica) +
                         " AND heartbeat_at > clock_timestamp() - interval '10 s' LIMIT 1")
                   .empty();
    company_until = now + kCompany;
    return company;
  }

  const std::string conninfo;
  const std::string replica;
  const std::function<void(const std::string&)> heard;
  std::mutex mutex;
  std::condition_variable_any changed;
  std::set<std::string> rung;         // guarded by mutex
  bool company = false;               // the ringer's
  Clock::time_point company_until{};  // likewise
  std::jthread listener;              // last: they use all of the above
  std::jthread ringer;
};

Bell::Bell(std::string url, std::string replica, std::function<void(const std::string&)> heard)
    : impl_(std::make_unique<Impl>(url, std::move(replica), std::move(heard))) {}
Bell::~Bell() = default;

void Bell::ring(const std::string& what) {
  {
    const std::scoped_lock lock(impl_->mutex);
    if (!impl_->rung.insert(what).second) return;
  }
  impl_->changed.notify_all();
}

}  // namespace countersign::store
