#include "adapters/sandbox/outgoing.h"

#include <future>

namespace countersign::adapters::sandbox {
namespace {

constexpr int kRedirects = 10;

// A 301, 302 or 303 makes a GET without body of whatever was sent.
net::HttpResult call_through(net::HttpCall call, std::stop_token stop) {
  net::HttpResult result;
  for (int hop = 0; hop <= kRedirects; ++hop) {
    result = net::call(call, stop);
    const int status = result.response.status;
    const bool see_other = status == 301 || status == 302 || status == 303;
    const std::string* const location = net::find_header(result.response.headers, "Location");
    if (result.kind != net::HttpResult::Kind::answered || !location) return result;
    if (!see_other && status != 307 && status != 308) return result;
    call.url = *location;
    if (see_other) {
      call.method = "GET";
      call.body.clear();
    }
  }
  return result;
}

}  // namespace

bool Outgoing::call(net::HttpCall call, Done done) {
  if (stopped_ || threads_.size() >= kAtOnce) return false;
  const int number = next_++;
  threads_.emplace(number, [this, number, call = std::move(call),
                            done = std::move(done)](std::stop_token stop) mutable {
    net::HttpResult result = call_through(std::move(call), stop);
    io_.post([this, number, result = std::move(result), done = std::move(done)] {
      finished(number, result, done);
    });
  });
  return true;
}

void Outgoing::finished(int number, const net::HttpResult& result, const Done& done) {
  threads_.erase(number);  // joins a thread whose last act was to bring us here
  if (!stopped_) done(result);
}

void Outgoing::stop() {
  std::map<int, std::jthread> threads;
  run_on(io_, [&] {
    stopped_ = true;
    threads.swap(threads_);
  });
  for (auto& [number, thread] : threads) thread.request_stop();
}

void run_on(net::Io& io, const std::function<void()>& work) {
  std::promise<void> done;
  io.post([&] {
    work();
    done.set_value();
  });
  done.get_future().wait();
}

}  // namespace countersign::adapters::sandbox
