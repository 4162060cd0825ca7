#include "adapters/net/io.h"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <exception>
#include <future>

#include "adapters/net/io_impl.h"
#include "bot/obs/log.h"

namespace countersign::net {
namespace asio = boost::asio;
namespace {

// An exception out of a callback is a defect of that callback; the other connections must not pay
// for it.
void run_loop(asio::io_context& context) {
  for (;;) {
    try {
      context.run();
      return;
    } catch (const std::exception& e) {
      obs::error("a callback on the io thread failed", {{"what", e.what()}});
    }
  }
}

}  // namespace

void Io::Impl::run_and_wait(std::function<void()> job) {
  if (on_thread() || ended) {
    job();
    return;
  }
  const auto once = std::make_shared<std::packaged_task<void()>>(std::move(job));
  auto done = once->get_future();
  asio::post(*context, [once] { (*once)(); });
  while (done.wait_for(std::chrono::milliseconds(20)) != std::future_status::ready) {
    if (!ended) continue;
    // The loop ended between our look and the post: nobody else will run it now.
    if (done.wait_for(std::chrono::seconds(0)) != std::future_status::ready) (*once)();
  }
}

Io::Io() : impl_(std::make_unique<Impl>()) {
  impl_->thread = std::thread([context = impl_->context.get()] { run_loop(*context); });
  impl_->thread_id = impl_->thread.get_id();
}

Io::~Io() { stop(); }

void Io::post(std::function<void()> work) { asio::post(*impl_->context, std::move(work)); }

void Io::stop() {
  impl_->context->stop();
  if (impl_->thread.joinable() && !impl_->on_thread()) impl_->thread.join();
  impl_->ended = true;
}

// The timer itself belongs to its pending wait, so it dies with the loop even if a handle outlives
// both.
struct Io::Timer::State {
  std::atomic<bool> cancelled = false;
  std::weak_ptr<asio::steady_timer> timer;
  std::weak_ptr<asio::io_context> context;
};

Io::Timer Io::after(std::chrono::milliseconds delay, std::function<void()> work) {
  Timer handle;
  handle.state_ = std::make_shared<Timer::State>();
  const auto timer = std::make_shared<asio::steady_timer>(*impl_->context, delay);
  handle.state_->timer = timer;
  handle.state_->context = impl_->context;
  // The wait begins on the io thread: a steady_timer must not be used from two threads.
  post([timer, state = handle.state_, work = std::move(work)]() mutable {
    if (state->cancelled) return;
    timer->async_wait(
        [timer, state, work = std::move(work)](const boost::system::error_code& error) {
          if (!error && !state->cancelled.exchange(true)) work();
        });
  });
  return handle;
}

void Io::Timer::cancel() {
  if (!state_ || state_->cancelled.exchange(true)) return;
  const auto context = state_->context.lock();
  if (!context) return;
  asio::post(*context, [weak = state_->timer] {
    if (const auto timer = weak.lock()) timer->cancel();
  });
}

}  // namespace countersign::net
