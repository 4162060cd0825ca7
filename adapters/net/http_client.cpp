#include "adapters/net/http_client.h"

#include <httplib.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "adapters/net/url.h"

namespace countersign::net {
namespace {

using Deadline = std::chrono::steady_clock::time_point;

// Ends a call from outside. httplib's own time limits count per read, so a server that drips bytes
// would hold a caller for ever; and its stop() waits for a running connect. Shutting the socket
// down ends every wait in it at once. We keep duplicates of the descriptors: the numbers stay ours
// until the call is over.
class Watchdog {
 public:
  Watchdog(Deadline deadline, std::stop_token stop)
      : wake_(stop, [this] { wake(); }),
        thread_([this, deadline, stop] { watch(deadline, stop); }) {}

  ~Watchdog() {
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
    }
    wake();
    thread_.join();
    for (const int socket : sockets_) ::close(socket);
  }

  void watch_socket(int socket) {
    const int copy = ::dup(socket);
    const std::lock_guard lock(mutex_);
    if (copy >= 0) sockets_.push_back(copy);
  }

 private:
  void wake() {
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
  }

  void watch(Deadline deadline, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, deadline, [&] { return done_ || stop.stop_requested(); });
    // Again and again, because httplib may be about to try the next address of the name.
    while (!done_) {
      for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
      changed_.wait_for(lock, std::chrono::milliseconds(20));
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  std::vector<int> sockets_;
  std::stop_callback<std::function<void()>> wake_;
  std::thread thread_;
};

// OpenSSL writes with plain write(): a peer that is gone must not kill the process. Blocked for
// this thread only, so that child processes of other threads inherit nothing.
class NoSigpipe {
 public:
  NoSigpipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  NoSigpipe(const NoSigpipe&) = delete;
  NoSigpipe& operator=(const NoSigpipe&) = delete;
  ~NoSigpipe() {
    constexpr timespec kNow{};
    sigtimedwait(&pipe_, nullptr, &kNow);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t pipe_;
  sigset_t before_;
};

HttpResult not_sent(std::string why) {
  HttpResult result;
  result.why = std::move(why);
  return result;
}

// Whether the failure proves that no byte of the request left. TLS failures come before the
// request.
bool before_sending(httplib::Error error) {
  static const std::set<httplib::Error> kEarly = {
      httplib::Error::Connection,      httplib::Error::ConnectionTimeout,
      httplib::Error::BindIPAddress,   httplib::Error::SSLConnection,
      httplib::Error::SSLLoadingCerts, httplib::Error::SSLServerVerification};
  return kEarly.contains(error);
}

std::string words_for(httplib::Error error) {
  switch (error) {
    case httplib::Error::Connection:
      return "cannot connect (refused, unreachable or unknown name)";
    case httplib::Error::ConnectionTimeout:
      return "connecting took too long";
    case httplib::Error::SSLConnection:
    case httplib::Error::SSLLoadingCerts:
      return "TLS failed";
    case httplib::Error::SSLServerVerification:
      return "the server's certificate is not trusted";
    case httplib::Error::Write:
      return "the connection broke while sending";
    case httplib::Error::Read:
      return "the connection ended before a complete answer";
    default:
      return "the call failed: " + httplib::to_string(error);
  }
}

httplib::Request request_of(const HttpCall& call, const Url& url) {
  httplib::Request request;
  request.method = call.method;
  request.path = url.target;
  request.body = call.body;
  for (const auto& [name, value] : call.headers) request.headers.emplace(name, value);
  if (!find_header(call.headers, "Host")) request.headers.emplace("Host", url.authority);
  if (!find_header(call.headers, "User-Agent")) {
    request.headers.emplace("User-Agent", "Countersign/" COUNTERSIGN_VERSION);
  }
  // No compression: what is counted against the limit is what came.
  if (!find_header(call.headers, "Accept-Encoding"))
    request.headers.emplace("Accept-Encoding", "identity");
  return request;
}

void configure(httplib::Client& client, const HttpCall& call, Watchdog& watchdog) {
  client.set_connection_timeout(std::min(call.connect_timeout, call.timeout));
  client.set_read_timeout(call.timeout);
  client.set_write_timeout(call.timeout);
  client.set_keep_alive(false);
  client.set_follow_location(false);
  client.set_decompress(false);
  client.set_url_encode(false);
  client.set_socket_options([&watchdog](socket_t socket) { watchdog.watch_socket(socket); });
}

// Why a call ended early, if it was we who ended it.
std::string cause(Deadline deadline, const std::stop_token& stop, httplib::Error error) {
  if (stop.stop_requested()) return "stopped";
  if (std::chrono::steady_clock::now() >= deadline) return "no complete answer in time";
  return words_for(error);
}

HttpResult exchange(const HttpCall& call, const Url& url, Deadline deadline,
                    const std::stop_token& stop) {
  const NoSigpipe guard;
  Watchdog watchdog(deadline, stop);
  const bool v6 = url.host.find(':') != std::string::npos;
  httplib::Client client((url.secure() ? "https://" : "http://") +
                         (v6 ? "[" + url.host + "]" : url.host) + ":" + url.port);
  configure(client, call, watchdog);
  if (!call.connect_to.empty()) client.set_hostname_addr_map({{url.host, call.connect_to}});
  HttpResult result;
  auto request = request_of(call, url);
  request.content_receiver = [&](const char* data, std::size_t size, std::uint64_t, std::uint64_t) {
    const auto room = call.response_limit - result.response.body.size();
    result.response.body.append(data, std::min(size, room));
    result.truncated = size > room;
    return !result.truncated;
  };
  httplib::Response response;
  auto error = httplib::Error::Success;
  const bool complete = client.send(request, response, error);
  if (!complete && !result.truncated) {
    result.kind = before_sending(error) ? HttpResult::Kind::not_sent : HttpResult::Kind::ambiguous;
    result.why = cause(deadline, stop, error);
    result.response = {};
    return result;
  }
  result.kind = HttpResult::Kind::answered;
  result.response.status = response.status;
  result.response.headers = {response.headers.begin(), response.headers.end()};
  return result;
}

}  // namespace

HttpResult call(const HttpCall& call, std::stop_token stop) {
  const auto deadline = std::chrono::steady_clock::now() + call.timeout;
  const auto url = parse_url(call.url);
  if (!url) return not_sent(url.error().message);
  if (url->scheme != "http" && url->scheme != "https")
    return not_sent("the address is not http(s)");
  for (const auto& [name, value] : call.headers) {
    if (!sendable(name, value)) return not_sent("a header holds a line break or has no valid name");
  }
  if (!sendable(call.method, "")) return not_sent("the method is not valid");
  if (stop.stop_requested()) return not_sent("stopped");
  return exchange(call, *url, deadline, stop);
}

}  // namespace countersign::net
