#include "bot/engine/refusals.h"

#include "bot/obs/log.h"
#include "bot/store/audit.h"

namespace countersign::engine {
namespace {

constexpr std::size_t kReason = 200;  // characters
constexpr std::size_t kPeer = 64;
const std::string kOthers = "others";

}  // namespace

void Refusals::add(Counts& counts, Kind kind, const Count& more) {
  if (counts.size() >= kKinds && !counts.contains(kind)) kind = {"", 0, kOthers};
  Count& count = counts[std::move(kind)];
  count.times += more.times;
  count.last_peer = more.last_peer;
  for (const std::string& peer : more.peers) {
    if (count.peers.size() < kPeers) count.peers.insert(peer);
  }
}

void Refusals::note(const std::string& source, int status, const std::string& reason,
                    const std::string& peer) {
  const std::string who = peer.substr(0, kPeer);
  const std::scoped_lock lock(mutex_);
  add(counts_, {source, status, reason.substr(0, kReason)}, {1, who, {who}});
}

bool Refusals::run_once() {
  const auto now = std::chrono::steady_clock::now();
  if (written_ && now - *written_ < kPace) return false;
  {
    const std::scoped_lock lock(mutex_);
    if (counts_.empty()) return false;
  }
  written_ = now;
  write();
  return true;
}

void Refusals::write() {
  Counts counts;
  {
    const std::scoped_lock lock(mutex_);
    counts.swap(counts_);
  }
  try {
    deps_.db.transact("refusals", [&](store::Tx& tx) {
      for (const auto& [kind, count] : counts) {
        const auto& [source, status, reason] = kind;
        store::add_audit(tx, {"door",
                              "event.refused",
                              "source:" + source,
                              {},
                              {{"source", source},
                               {"status", status},
                               {"reason", reason},
                               {"count", count.times},
                               {"last_peer", count.last_peer},
                               {"peers", count.peers.size()}},
                              {}});
      }
    });
  } catch (const store::StoreError&) {
    const std::scoped_lock lock(mutex_);
    for (const auto& [kind, count] : counts) add(counts_, kind, count);
    throw;
  }
  std::int64_t times = 0;
  for (const auto& [kind, count] : counts) times += count.times;
  if (times > 0)
    obs::info("deliveries were refused",
              {{"count", std::to_string(times)}, {"kinds", std::to_string(counts.size())}});
}

}  // namespace countersign::engine
