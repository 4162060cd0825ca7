#include "bot/engine/progress.h"

#include <algorithm>
#include <utility>

#include "bot/engine/narrate.h"
#include "bot/obs/log.h"

namespace countersign::engine {
namespace {

constexpr std::size_t kTail = 4096;  // bytes; what a message shows of it is less

}  // namespace

void Progress::add(std::string_view output) {
  const std::scoped_lock lock(mutex_);
  tail_.append(output.substr(output.size() - std::min(output.size(), kTail)));
  if (tail_.size() > 2 * kTail) tail_.erase(0, tail_.size() - kTail);
  fresh_ = true;
}

// Whole lines: one that is still being written comes with the next news.
std::string Progress::news() {
  const std::scoped_lock lock(mutex_);
  const auto end = tail_.rfind('\n');
  if (!fresh_ || end == std::string::npos) return "";
  fresh_ = false;
  return tail_.substr(0, end);
}

void Progress::tell() {
  const auto now = Clock::now();
  const std::string text = news();
  if (!text.empty()) {
    const auto ran = std::chrono::duration_cast<std::chrono::milliseconds>(now - began_);
    try {
      deps_.db.transact("progress", [&](store::Tx& tx) {
        if (told_) tx.relax();  // the next change makes up for a lost one, but not for a lost post
        announcer_.say_progress(tx, run_, progress_message(run_, ran, text));
      });
      told_ = true;
      deps_.signals.outbox.ring();
    } catch (const store::StoreError& e) {
      obs::warning("progress could not be told", {{"run", run_.id.text()}, {"why", e.what()}});
    }
  }
  due_ = now + std::clamp<Clock::duration>((now - began_) / 10, kShortest, kLongest);
}

}  // namespace countersign::engine
