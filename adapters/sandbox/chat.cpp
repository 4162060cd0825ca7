#include "adapters/sandbox/chat.h"

#include <algorithm>
#include <cctype>
#include <chrono>

#include "adapters/sandbox/mentions.h"

namespace countersign::adapters::sandbox {
namespace {

World::Clock clock_of(const SandboxOptions& options) {
  if (options.clock) return options.clock;
  return [] {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  };
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

}  // namespace

Customs mattermost_customs() {
  Customs customs;
  customs.named = [](World&, const std::string& message) { return mentioned_names(message); };
  return customs;
}

Chat::Chat(net::Io& loop, const SandboxOptions& chosen, Customs own_customs,
           std::function<void()> on_change)
    : options(chosen),
      customs(std::move(own_customs)),
      io(loop),
      changed(std::move(on_change)),
      world(options.seed, clock_of(options), customs.ids),
      hub(world, options.inactive_for.count()),
      posting(world, hub, customs, changed),
      outgoing(loop),
      limiter(options.rate_per_second, options.rate_burst) {}

std::string Chat::typed(std::string text) {
  return customs.typed ? customs.typed(world, text) : text;
}

std::string token_of(const net::HttpRequest& request) {
  if (const std::string* const header = net::find_header(request.headers, "Authorization")) {
    const std::size_t blank = header->find(' ');
    const std::string scheme = lower(header->substr(0, blank));
    if (blank != std::string::npos && (scheme == "bearer" || scheme == "token")) {
      return header->substr(blank + 1);
    }
  }
  constexpr std::string_view kCookie = "MMAUTHTOKEN=";
  for (const std::string& line : net::all_values(request.headers, "Cookie")) {
    const std::size_t at = line.find(kCookie);
    if (at == std::string::npos || (at > 0 && line[at - 1] != ' ' && line[at - 1] != ';')) continue;
    const std::size_t from = at + kCookie.size();
    return line.substr(from, line.find(';', from) - from);
  }
  return "";
}

bool is_foreign(const net::HttpRequest& request) {
  const std::string* const origin = net::find_header(request.headers, "Origin");
  const std::string* const host = net::find_header(request.headers, "Host");
  if (!origin) return false;
  const std::size_t slashes = origin->find("://");
  return !host || slashes == std::string::npos ||
         lower(origin->substr(slashes + 3)) != lower(*host);
}

bool within_limit(Chat& chat, const net::HttpRequest& request, net::Headers& headers) {
  const std::string token = token_of(request);
  return chat.limiter.allow(token.empty() ? request.peer : token, chat.world.now(), headers);
}

net::HttpResponse limit_exceeded(net::Headers headers) {
  headers.emplace_back("Content-Type", "text/plain; charset=utf-8");
  return {429, std::move(headers), kLimitText};
}

net::HttpResponse json_response(int status, const Json& body, net::Headers headers) {
  headers.emplace_back("Content-Type", "application/json");
  return {status, std::move(headers), body.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

}  // namespace countersign::adapters::sandbox
