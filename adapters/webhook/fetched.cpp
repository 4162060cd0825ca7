#include "adapters/webhook/fetched.h"

#include <algorithm>
#include <utility>

#include "adapters/net/http_client.h"
#include "bot/obs/log.h"

namespace countersign::adapters::webhook {
namespace {

constexpr std::size_t kMostWaiting = 64;
constexpr std::size_t kMostKnown = 64;
constexpr std::chrono::hours kRemember{1};
constexpr std::chrono::seconds kLeaveAlone{10};  // an address that did not answer

}  // namespace

Fetched::Fetched(Get get, Now now)
    : get_(std::move(get)),
      now_(std::move(now)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Fetched::~Fetched() {
  thread_.request_stop();
  thread_.join();
  for (const Errand& errand : errands_) {
    if (errand.then) errand.then(false);
  }
}

std::optional<Document> Fetched::find(const std::string& url) const {
  const std::scoped_lock lock(mutex_);
  const auto found = known_.find(url);
  if (found == known_.end() || !found->second.there) return std::nullopt;
  const Document& document = found->second.document;
  return document.fetched_at + kRemember > now_() ? std::optional(document) : std::nullopt;
}

void Fetched::fetch(const std::string& url, std::function<void(bool)> then) {
  add({url, std::move(then)});
}

void Fetched::visit(const std::string& url) { add({url, {}}); }

void Fetched::add(Errand errand) {
  {
    const std::scoped_lock lock(mutex_);
    if (errands_.size() < kMostWaiting) {
      errands_.push_back(std::move(errand));
      changed_.notify_one();
      return;
    }
  }
  if (errand.then) errand.then(false);
}

void Fetched::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    Errand errand;
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [this] { return !errands_.empty(); })) return;
      errand = std::move(errands_.front());
      errands_.pop_front();
    }
    carry_out(errand, stop);
  }
}

void Fetched::carry_out(const Errand& errand, const std::stop_token& stop) {
  if (errand.then) return errand.then(look(errand.url, stop));
  const auto answer = get_(errand.url, stop);
  // The address holds a token: it stays out of the log.
  if (answer) {
    obs::info("confirmed a subscription", {});
  } else {
    obs::error("a subscription could not be confirmed", {{"why", answer.error().message}});
  }
}

// Whoever asked while somebody else's errand fetched it is served by that.
bool Fetched::look(const std::string& url, const std::stop_token& stop) {
  const core::Instant asked = now_();
  {
    const std::scoped_lock lock(mutex_);
    const auto found = known_.find(url);
    if (found != known_.end() && found->second.document.fetched_at + kLeaveAlone > asked)
      return found->second.there;
  }
  auto text = get_(url, stop);
  if (!text)
    obs::warning("a document that a webhook needs cannot be had",
                 {{"url", url}, {"why", text.error().message}});
  const std::scoped_lock lock(mutex_);
  if (known_.size() >= kMostKnown && !known_.contains(url))
    known_.erase(std::ranges::min_element(
        known_, {}, [](const auto& one) { return one.second.document.fetched_at; }));
  known_[url] = {{text ? std::move(*text) : std::string(), now_()}, text.ok()};
  return known_[url].there;
}

Fetched::Get over_http() {
  return [](const std::string& url, std::stop_token stop) -> Result<std::string> {
    net::HttpCall call;
    call.url = url;
    call.timeout = std::chrono::seconds(10);
    call.response_limit = 256 * 1024;
    auto result = net::call(call, std::move(stop));
    if (result.kind != net::HttpResult::Kind::answered) return unavailable(result.why);
    if (result.response.status != 200 || result.truncated)
      return unavailable("answered " + std::to_string(result.response.status));
    return std::move(result.response.body);
  };
}

}  // namespace countersign::adapters::webhook
