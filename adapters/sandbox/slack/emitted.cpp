#include "adapters/sandbox/slack/emitted.h"

#include "adapters/sandbox/fields.h"
#include "adapters/sandbox/refusal.h"
#include "adapters/sandbox/slack/text.h"

namespace countersign::adapters::sandbox::slack {
namespace {

constexpr const char* kTrigger = "__TRIGGER_ID__";
constexpr const char* kResponseUrl = "__RESPONSE_URL__";

// The text at a pointer, or "".
std::string text_in(const Json& payload, const char* pointer) {
  const Json::json_pointer at(pointer);
  if (!payload.contains(at) || !payload.at(at).is_string()) return "";
  return payload.at(at).get<std::string>();
}

std::string first_in(const Json& payload, const char* pointer, const char* otherwise) {
  const std::string found = text_in(payload, pointer);
  return found.empty() ? text_in(payload, otherwise) : found;
}

std::string new_trigger(Slack& slack, const Json& payload) {
  const std::string user = first_in(payload, "/user/id", "/user_id");
  return slack.triggers.make(slack.chat.world.ids, user, slack.chat.world.now());
}

std::string new_response_url(Slack& slack, const Json& payload) {
  Reply reply;
  reply.user_id = first_in(payload, "/user/id", "/user_id");
  reply.channel_id = first_in(payload, "/channel/id", "/channel_id");
  reply.original_ts = text_in(payload, "/container/message_ts");
  reply.thread_ts = text_in(payload, "/container/thread_ts");
  reply.at = slack.chat.world.now();
  return slack.base_url + "/response/" +
         slack.response_urls.make(slack.chat.world.ids, std::move(reply));
}

void fill_in(Slack& slack, const Json& payload, Json& part) {
  if (part.is_structured()) {
    for (Json& inner : part) fill_in(slack, payload, inner);
  } else if (part == kTrigger) {
    part = new_trigger(slack, payload);
  } else if (part == kResponseUrl) {
    part = new_response_url(slack, payload);
  }
}

// So that replies and reactions to it work. Of somebody or somewhere unknown there is nothing to
// keep.
void keep_message(Slack& slack, const Json& event) {
  World& world = slack.chat.world;
  const std::string id = post_id_of(text_at(event, "ts"));
  const bool plain = text_at(event, "type") == "message" && !event.contains("subtype");
  const bool known = world.user(text_at(event, "user")) && world.channel(text_at(event, "channel"));
  if (!plain || !known || id.empty() || world.post(id)) return;
  Post post;
  post.id = id;
  post.user_id = text_at(event, "user");
  post.channel_id = text_at(event, "channel");
  post.message = text_at(event, "text");
  post.create_at = post.update_at = std::stoll(id) / 1000;
  const std::string root = post_id_of(text_at(event, "thread_ts"));
  if (!root.empty() && root != id) {
    post.root_id = root;
    if (!world.post(root)) {  // somebody must have begun the thread
      Post first = post;
      first.id = root;
      first.root_id.clear();
      first.message = "(the beginning of a thread)";
      world.add_post(std::move(first));
    }
  }
  world.add_post(std::move(post));
}

std::vector<std::chrono::milliseconds> delays_of(const Slack& slack, const Json& body) {
  const Json* const given = field_at(body, "retry_delays_ms");
  if (!given || !given->is_array()) return slack.chat.options.slack_retry_delays;
  std::vector<std::chrono::milliseconds> delays;
  for (const Json& one : *given) {
    if (one.is_number_integer()) delays.emplace_back(one.get<std::int64_t>());
  }
  return delays;
}

}  // namespace

Json emit(Slack& slack, const Json& body) {
  const Json* const payload = field_at(body, "payload");
  if (!payload || !payload->is_object()) throw bad_body("payload");
  Envelope envelope;
  envelope.type = text_at(body, "type");
  envelope.payload = *payload;
  fill_in(slack, *payload, envelope.payload);
  envelope.accepts_response_payload = flag_at(body, "accepts_response_payload");
  const std::int64_t timeout = number_at(body, "ack_timeout_ms");
  envelope.ack_timeout =
      timeout > 0 ? std::chrono::milliseconds(timeout) : slack.chat.options.slack_ack_timeout;
  envelope.retry_delays = delays_of(slack, body);
  if (const Json* const event = field_at(*payload, "event")) keep_message(slack, *event);
  return {{"envelope_id", slack.sockets.send(std::move(envelope))}};
}

}  // namespace countersign::adapters::sandbox::slack
