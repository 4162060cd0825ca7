#include "bot/core/breaker.h"

#include <array>

#include "bot/core/table.h"

namespace countersign::core {
namespace {

constexpr std::array kNames{"closed", "open", "half_open"};

// "https://user@api.example.com:8443/v1?x" -> "api.example.com"
std::string host_of(const std::string& url) {
  const auto scheme = url.find("://");
  if (scheme == std::string::npos) return "";
  std::string authority = url.substr(scheme + 3);
  authority = authority.substr(0, authority.find_first_of("/?#\\"));
  if (const auto at = authority.rfind('@'); at != std::string::npos)
    authority = authority.substr(at + 1);
  const auto end = authority.starts_with('[') ? authority.find(']') + 1 : authority.find(':');
  std::string host = authority.substr(0, end);
  for (char& c : host) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return host;
}

}  // namespace

std::string_view name(BreakerState state) { return kNames.at(static_cast<std::size_t>(state)); }
std::optional<BreakerState> parse_breaker_state(std::string_view text) {
  return parse_name<BreakerState>(kNames, text);
}

std::string breaker_of(const Action& action, const Json& call) {
  if (!action.breaker) return "";
  if (!action.breaker->name.empty()) return action.breaker->name;
  const std::string host =
      action.runner == "http-request" && call.is_object() ? host_of(call.value("url", "")) : "";
  return host.empty() ? action.pack : host;
}

bool admits(const Breaker& breaker, bool probing, Instant now) {
  switch (breaker.state) {
    case BreakerState::closed:
      return true;
    case BreakerState::open:
      return now >= breaker.open_until;
    case BreakerState::half_open:
      break;
  }
  return !probing;
}

Breaker started(Breaker breaker, RunId run) {
  if (breaker.state == BreakerState::closed) return breaker;
  breaker.state = BreakerState::half_open;
  breaker.run = run;
  breaker.open_until.reset();
  return breaker;
}

Breaker ended(Breaker breaker, const BreakerPolicy& policy, RunId run, OutcomeClass outcome,
              Instant now) {
  const bool probe = breaker.state == BreakerState::half_open && breaker.run == run;
  if (breaker.state != BreakerState::closed && !probe) return breaker;
  if (outcome == OutcomeClass::ok) {
    breaker.state = BreakerState::closed;
    breaker.failures = 0;
    breaker.run = {};
    return breaker;
  }
  breaker.failures += 1;
  if (!probe && breaker.failures < policy.failures) return breaker;
  breaker.state = BreakerState::open;
  breaker.run = run;
  breaker.open_until = now + policy.open_for;
  return breaker;
}

}  // namespace countersign::core
