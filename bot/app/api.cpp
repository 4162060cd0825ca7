#include "bot/app/api.h"

#include <algorithm>
#include <optional>

#include "bot/app/api_routes.h"
#include "bot/core/digest.h"
#include "bot/obs/log.h"
#include "bot/obs/metrics.h"

namespace countersign::app {
namespace {

constexpr std::chrono::milliseconds kPoll{1000};
constexpr std::string_view kPrefix = "/api/";
constexpr std::size_t kTokenLength = 67;  // "cs_" and 64 digits

net::HttpResponse response_of(const ApiAnswer& answer, net::Headers headers = {}) {
  headers.emplace_back("Cache-Control", "no-store");
  headers.emplace_back("X-Content-Type-Options", "nosniff");
  if (answer.status == 401) headers.emplace_back("WWW-Authenticate", "Bearer");
  if (answer.retry_after.count() > 0)
    headers.emplace_back("Retry-After", std::to_string(answer.retry_after.count()));
  else if (answer.status == 503)
    headers.emplace_back("Retry-After", "5");
  return {answer.status, std::move(headers), answer.body.dump(2) + "\n"};
}

ApiAnswer not_authenticated() {
  return refusal(401, "not_authenticated",
                 "This needs the header Authorization: Bearer cs_..., with a token that is valid.");
}

ApiAnswer too_many(const std::string& message, std::chrono::seconds wait) {
  ApiAnswer answer = refusal(429, "too_many", message);
  answer.retry_after = wait;
  return answer;
}

ApiAnswer busy() {
  return refusal(503, "unavailable", "Not now; nothing was done. Please try again in a moment.");
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// The hash of the one token that the request shows; nothing: it shows none that could be ours.
std::optional<std::string> token_hash(const net::Headers& headers) {
  constexpr std::string_view scheme = "bearer ";
  const auto all = net::all_values(headers, "authorization");
  if (all.size() != 1 || !lower(all.front()).starts_with(scheme)) return std::nullopt;
  const std::string token = all.front().substr(scheme.size());
  if (token.size() != kTokenLength || !token.starts_with("cs_")) return std::nullopt;
  return core::sha256_hex(token);
}

// Only what a page of another site cannot send without being asked.
bool is_json(const net::Headers& headers) {
  const auto types = net::all_values(headers, "content-type");
  if (types.size() != 1) return false;
  const std::string type = lower(types.front());
  const auto encodings = net::all_values(headers, "content-encoding");
  return (type == "application/json" || type == "application/json; charset=utf-8" ||
          type == "application/json;charset=utf-8") &&
         std::ranges::all_of(encodings, [](const auto& one) { return one == "identity"; });
}

ApiAnswer failure(const store::StoreError& error) {
  if (error.kind() == ErrorKind::in_doubt)
    return refusal(503, "in_doubt",
                   "The connection to the database broke: it may have been done. Look, or send it "
                   "again with the same Idempotency-Key.");
  if (error.kind() == ErrorKind::unavailable)
    return refusal(503, "unavailable", "The database does not answer; nothing was done.");
  return refusal(500, "internal", "This should not have happened; nothing was done.");
}

}  // namespace

ApiAnswer refusal(int status, const std::string& error, const std::string& message) {
  return {status, {{"error", error}, {"message", message}}};
}

bool Api::serves(std::string_view path) { return path.starts_with(kPrefix); }

void Api::handle(net::HttpRequest request, net::HttpServer::Respond respond) {
  const auto match = match_route(request.method, request.path);
  if (match.allow.empty())
    return respond(response_of(refusal(404, "not_found", "There is nothing at this address.")));
  if (!match.route)
    return respond(response_of(refusal(405, "method", "This address takes " + match.allow + "."),
                               {{"Allow", match.allow}}));
  const auto hash = token_hash(request.headers);
  if (!hash) return respond(response_of(not_authenticated()));
  const auto wait = wrong_.wait(request.peer, Throttle::Clock::now());
  if (wait.count() > 0)
    return respond(response_of(too_many("Too many wrong tokens came from this address.", wait)));
  if (request.body.size() > (match.route->feeds ? kEventBody : kBody))
    return respond(response_of(refusal(413, "too_large", "The body is too large.")));
  if (match.route->changes() && !is_json(request.headers))
    return respond(response_of(
        refusal(415, "content_type", "The body has to be application/json, not compressed.")));
  {
    const std::scoped_lock lock(mutex_);
    if (open_ && waiting_.size() < kWaiting) {
      waiting_.push_back({match.route, match.id, *hash, std::move(request), std::move(respond)});
      respond = nullptr;
    }
  }
  respond ? respond(response_of(busy())) : arrived_.ring();
}

bool Api::next(Waiting& out) {
  const std::scoped_lock lock(mutex_);
  if (waiting_.empty()) return false;
  out = std::move(waiting_.front());
  waiting_.pop_front();
  return true;
}

bool Api::run_once(const std::stop_token&) {
  Waiting call;
  if (!next(call)) return false;
  const ApiAnswer answered = answer(call);
  obs::count("countersign_api_calls_total", "Calls of the API by operation and answer",
             {{"operation", call.route->id}, {"status", std::to_string(answered.status)}});
  call.respond(response_of(answered));
  return true;
}

ApiAnswer Api::answer(const Waiting& call) {
  try {
    return look(call);
  } catch (const store::StoreError& error) {
    obs::error("a call of the API failed", {{"operation", call.route->id}, {"why", error.what()}});
    return failure(error);
  }
}

ApiAnswer Api::look(const Waiting& call) {
  const auto token = room_.deps.db.transact_relaxed(
      "token", [&](store::Tx& tx) { return store::use_token(tx, call.token_hash); });
  if (!token) {
    if (wrong_.note(call.request.peer, Throttle::Clock::now()))
      obs::warning("too many wrong tokens", {{"from", call.request.peer}});
    return not_authenticated();
  }
  if (call.route->changes()) {
    const auto now = Throttle::Clock::now();
    Throttle& posts = call.route->feeds ? events_ : posts_;
    const auto wait = posts.wait(token->id.text(), now);
    if (wait.count() > 0)
      return too_many("Too many POSTs came with this token; nothing was done.", wait);
    posts.note(token->id.text(), now);
  }
  auto values = read_fields(*call.route, call.id, call.request);
  if (!values) return refusal(400, "invalid", values.error().message + ".");
  return call.route->handle(room_, {*token, std::move(*values)});
}

void Api::start() {
  {
    const std::scoped_lock lock(mutex_);
    open_ = true;
  }
  loop_ = std::make_unique<engine::Loop>(
      "api", arrived_, kPoll, [this](const std::stop_token& stop) { return run_once(stop); });
}

void Api::stop() {
  std::deque<Waiting> left;
  {
    const std::scoped_lock lock(mutex_);
    open_ = false;
    left.swap(waiting_);
  }
  loop_.reset();
  for (auto& call : left) call.respond(response_of(busy()));
}

}  // namespace countersign::app
