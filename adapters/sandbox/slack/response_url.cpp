#include "adapters/sandbox/slack/response_url.h"

#include "adapters/sandbox/slack/content.h"
#include "adapters/sandbox/slack/text.h"
#include "adapters/sandbox/slack/wire.h"

namespace countersign::adapters::sandbox::slack {
namespace {

// Changes the message that the interaction began with, if it is still there.
void replace_original(Slack& slack, const Reply& reply, Content content) {
  const auto told = slack.whispers.find(reply.original_ts);
  if (told != slack.whispers.end()) {
    whisper(slack, reply.user_id, reply.channel_id, reply.thread_ts, std::move(content),
            reply.original_ts);
    return;
  }
  Post* const post = find_message(slack, reply.channel_id, reply.original_ts);
  if (!post) return;
  Change change;
  change.message = std::move(content.text);
  change.props = props_of(std::move(content.own));
  slack.chat.posting.update(*post, std::move(change));
}

void delete_original(Slack& slack, const Reply& reply) {
  unwhisper(slack, reply.original_ts);
  Post* const post = find_message(slack, reply.channel_id, reply.original_ts);
  if (post) slack.chat.posting.remove(*post, slack.bot());
}

void post_reply(Slack& slack, const Reply& reply, const std::string& thread_ts, Content content) {
  Draft draft;
  draft.user_id = slack.who.bot_user_id;
  draft.channel_id = reply.channel_id;
  draft.root_id = post_id_of(thread_ts);
  draft.message = std::move(content.text);
  draft.props = props_of(std::move(content.own));
  slack.chat.posting.create(std::move(draft));
}

net::HttpResponse refused(int status, const std::string& error) {
  return json_response(status, {{"ok", false}, {"error", error}});
}

}  // namespace

void answer_interaction(Slack& slack, const Reply& reply, const ApiCall& call) {
  if (call.flag("delete_original")) return delete_original(slack, reply);
  Content content = read_content(slack, call);
  const std::string thread_ts = call.text("thread_ts");
  if (call.flag("replace_original")) return replace_original(slack, reply, std::move(content));
  if (call.text("response_type") == "in_channel") {
    return post_reply(slack, reply, thread_ts, std::move(content));
  }
  whisper(slack, reply.user_id, reply.channel_id, thread_ts.empty() ? reply.thread_ts : thread_ts,
          std::move(content));
}

net::HttpResponse respond_to_url(Slack& slack, const net::HttpRequest& request) {
  ApiCall call;
  call.method = "response_url";
  call.encoding = "json";
  call.args = Json::parse(request.body, nullptr, false);
  std::string refusal;
  int status = 404;
  const std::string secret = request.path.substr(request.path.rfind('/') + 1);
  const Reply* const reply = slack.response_urls.use(secret, slack.chat.world.now(), refusal);
  if (reply && !call.args.is_object()) {
    refusal = "invalid_payload";
    status = 400;
  }
  try {
    if (refusal.empty()) answer_interaction(slack, *reply, call);
  } catch (const ApiError& error) {
    refusal = error.code;
    status = 400;
  } catch (const Refusal& world) {
    refusal = world.id;
    status = 400;
  }
  Json answer = {{"ok", refusal.empty()}};
  if (!refusal.empty()) answer["error"] = refusal;
  record_call(slack, call, refusal.empty() ? 200 : status, answer);
  if (!refusal.empty()) return refused(status, refusal);
  return {200, {{"Content-Type", "text/plain; charset=utf-8"}}, "ok"};
}

}  // namespace countersign::adapters::sandbox::slack
