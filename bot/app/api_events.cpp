#include "bot/app/api_events.h"

#include <future>

#include "bot/core/digest.h"
#include "bot/core/message.h"

namespace countersign::app {
namespace {

constexpr std::size_t kShownId = 200;

core::Incoming event_of(const ApiRoom& room, const ApiCall& call, const core::Person& who) {
  const std::string key = call.value("dedup_key");
  core::Incoming event;
  event.source = "api:" + who.key;
  event.trigger = call.value("trigger");
  event.raw = call.value("payload");
  event.body = Json::parse(event.raw);  // read_fields wrote it
  event.delivery_id = key.empty() ? room.deps.ids.uuid() : core::make_visible(key, kShownId);
  event.dedup_key = core::sha256_of_parts(event.source, key.empty() ? event.delivery_id : key);
  event.body_hash = core::sha256_of_parts(event.trigger, event.raw);
  event.key_id = call.token.id.text();
  event.correlation = core::CorrelationId::parse(call.value("correlation"));
  if (call.value("correlation").empty()) event.correlation = room.deps.ids.correlation();
  return event;
}

ApiAnswer answer_for(const core::Accepted& accepted) {
  using enum core::Acceptance;
  if (accepted.verdict == conflict)
    return refusal(409, "conflict",
                   "This dedup_key was used for another event, which stays as it is.");
  return {accepted.verdict == fresh ? 202 : 200,
          {{"event", accepted.event.value},
           {"ref", "E" + accepted.event.text()},
           {"verdict", core::name(accepted.verdict)},
           {"correlation_id", accepted.correlation.text()}}};
}

ApiAnswer crowded() {
  ApiAnswer answer =
      refusal(429, "crowded", "Too many events wait to be decided; nothing was done.");
  answer.retry_after = std::chrono::seconds(10);
  return answer;
}

}  // namespace

ApiAnswer post_event(const ApiRoom& room, const ApiCall& call) {
  if (core::reserved_trigger(call.value("trigger")))
    return refusal(403, "reserved", "Events of this type are made by the bot itself.");
  if (room.inbox.crowded()) return crowded();
  const auto who = room.deps.directory.identify(call.token.person);
  if (!who) return refusal(503, "not_known", who.error().message + ".");
  core::Incoming event = event_of(room, call, *who);
  if (event.correlation.empty())
    return refusal(400, "invalid", "correlation has to be 32 hexadecimal digits, not all zero.");
  std::promise<Result<std::vector<core::Accepted>>> answered;
  std::vector<core::Incoming> one;
  one.push_back(std::move(event));
  room.inbox.accept(std::move(one),
                    [&answered](auto answer) { answered.set_value(std::move(answer)); });
  const auto stored = answered.get_future().get();
  if (!stored) return refusal(503, "unavailable", "It could not be stored; please send it again.");
  return answer_for(stored->front());
}

}  // namespace countersign::app
