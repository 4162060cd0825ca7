// Private to this room: what stands behind Io.
#pragma once
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <thread>

#include "adapters/net/io.h"

namespace countersign::net {

struct Io::Impl {
  // Shared, so that a late callback from another thread can tell that the loop is gone (weak_ptr).
  std::shared_ptr<boost::asio::io_context> context = std::make_shared<boost::asio::io_context>(1);
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{
      context->get_executor()};
  std::atomic<bool> ended = false;
  std::thread thread;
  std::thread::id thread_id;  // set before anybody can post

  bool on_thread() const { return std::this_thread::get_id() == thread_id; }
  // Runs `work` on the io thread and waits for it; at once when already there or when the loop has
  // ended.
  void run_and_wait(std::function<void()> work);
};

}  // namespace countersign::net
