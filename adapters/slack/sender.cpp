#include "adapters/slack/sender.h"

#include "adapters/slack/outcome.h"
#include "bot/obs/log.h"

namespace countersign::adapters::slack {
namespace {

using core::Delivery;
using Kind = core::Delivery::Kind;
using Hold = core::Delivery::Hold;

constexpr int kPerPage = 100;
constexpr int kPages = 5;
constexpr std::size_t kDoubts = 1000;
// Some apps may read the history once a minute only.
constexpr std::chrono::seconds kPatience{61};

Json message_of(const Rendered& text) {
  return {{"text", text.text},
          {"blocks", text.blocks},
          {"parse", "none"},
          {"unfurl_links", false},
          {"unfurl_media", false}};
}

Delivery sent(const std::string& channel, const std::string& ts, const std::string& thread) {
  Delivery delivery;
  delivery.message_id = ts;
  delivery.channel_id = channel;
  delivery.thread_id = thread.empty() ? ts : thread;
  return delivery;
}

// The answer of chat.postMessage or chat.update, which tells where the message is.
Delivery delivered(const WebApi::Answer& answer, const std::string& thread,
                   const Attempt& attempt) {
  if (!answer.ok()) return not_delivered(answer, attempt);
  const auto channel = text_at(answer.body, "channel");
  const auto ts = text_at(answer.body, "ts");
  if (!channel.empty() && !ts.empty()) {
    const auto told = text_at(object_at(answer.body, "message"), "thread_ts");
    return sent(channel, ts, told.empty() ? thread : told);
  }
  Delivery delivery = failed(true, "Slack's answer names no message");
  delivery.kind = attempt.repeatable ? Kind::failed : Kind::unknown;
  return delivery;
}

}  // namespace

Sender::Sender(std::string chat, const WebApi& api, People& people, Channels& channels,
               std::function<void(const std::string& channel)> posted_in)
    : chat_(std::move(chat)),
      api_(api),
      people_(people),
      channels_(channels),
      posted_in_(std::move(posted_in)) {}

Delivery Sender::deliver(const core::Outgoing& out, const std::stop_token& stop) {
  if (out.op == core::Outgoing::Op::update) return update(out, stop);
  if (out.op == core::Outgoing::Op::tell) return whisper(out.place, out.person, out.message, stop);
  if (doubtful_.contains(out.client_id)) {
    const auto there = look_for(out, stop);
    if (!there || *there) {
      Delivery doubt = there ? **there : failed(there.error());
      if (!there) doubt.kind = Kind::unknown;
      return doubt;
    }
    doubtful_.erase(out.client_id);
  }
  return post(out, stop);
}

Delivery Sender::post(const core::Outgoing& out, const std::stop_token& stop) {
  const auto text = render(out.message, chat_);
  if (!text) return failed(text.error());
  const auto channel = channels_.resolve(out.place.channel, stop);
  if (!channel) return failed(channel.error());
  Json args = message_of(*text);
  args["channel"] = *channel;
  args["metadata"] = metadata_of(out.client_id);
  if (!out.place.thread.empty()) args["thread_ts"] = out.place.thread;
  const Attempt attempt{false, Hold::channel, channels_.shown(*channel)};
  const auto posted =
      delivered(api_.post("chat.postMessage", args, stop), out.place.thread, attempt);
  if (posted.kind == Kind::sent) attach(out, posted, stop);
  if (posted.kind == Kind::unknown) {
    if (doubtful_.size() >= kDoubts) doubtful_.clear();
    doubtful_.insert(out.client_id);
  }
  return posted;
}

Delivery Sender::update(const core::Outgoing& out, const std::stop_token& stop) {
  if (out.message_id.empty()) return failed(false, "there is no message to change");
  const auto text = render(out.message, chat_);
  if (!text) return failed(text.error());
  const auto channel = channels_.resolve(out.place.channel, stop);
  if (!channel) return failed(channel.error());
  const Json args = {{"channel", *channel},
                     {"ts", out.message_id},
                     {"text", text->text},
                     {"blocks", text->blocks},
                     {"parse", "none"}};
  const Attempt attempt{true, Hold::op, channels_.shown(*channel)};
  return delivered(api_.post("chat.update", args, stop), out.place.thread, attempt);
}

Delivery Sender::whisper(const core::ChatPlace& place, const std::string& person,
                         const core::Message& message, const std::stop_token& stop,
                         const std::string& response_url) {
  const auto user = people_.id_of(person);
  if (user.empty()) return failed(false, "that person is not of this chat");
  const auto text = render(message, chat_);
  if (!text) return failed(text.error());
  if (place.channel.empty()) return post_directly(user, *text, stop);
  const auto channel = channels_.resolve(place.channel, stop);
  if (!channel) return failed(channel.error());
  Json args = {{"channel", *channel}, {"text", text->text}, {"blocks", text->blocks}};
  if (!place.thread.empty()) args["thread_ts"] = place.thread;
  Json ephemeral = args;
  ephemeral.update({{"user", user}, {"parse", "none"}});
  const auto answer = api_.post("chat.postEphemeral", ephemeral, stop);
  const bool elsewhere = answer.is("user_not_in_channel") || answer.is("not_in_channel") ||
                         answer.is("channel_not_found");
  if (elsewhere && !respond(response_url, args, stop)) return post_directly(user, *text, stop);
  if (!elsewhere && !answer.ok())
    return not_delivered(answer, {true, Hold::op, channels_.shown(*channel)});
  Delivery told;
  told.channel_id = *channel;
  return told;
}

// To the one who just did something, wherever that was; needs no membership.
bool Sender::respond(const std::string& url, Json message, const std::stop_token& stop) {
  if (url.empty()) return false;
  message.erase("channel");
  message.update({{"response_type", "ephemeral"}, {"replace_original", false}});
  const auto answer = api_.respond(url, message, stop);
  return answer.kind == net::HttpResult::Kind::answered && answer.status == 200;
}

Delivery Sender::post_directly(const std::string& user, const Rendered& text,
                               const std::stop_token& stop) {
  const auto channel = channels_.direct(user, stop);
  if (!channel) return failed(channel.error());
  Json args = message_of(text);
  args["channel"] = *channel;
  auto told = delivered(api_.post("chat.postMessage", args, stop), "", {true, Hold::op, ""});
  told.message_id.clear();
  return told;
}

std::optional<Delivery> Sender::find(const core::Outgoing& out, const std::stop_token& stop) {
  if (out.op != core::Outgoing::Op::post || out.client_id.empty()) return std::nullopt;
  const auto found = look_for(out, stop);
  return found ? *found : std::nullopt;
}

// An Error: nobody can tell, because the history could not be read.
Result<std::optional<Delivery>> Sender::look_for(const core::Outgoing& out,
                                                 const std::stop_token& stop) {
  const auto self = people_.self(stop);
  if (!self) return self.error();
  const auto channel = channels_.resolve(out.place.channel, stop);
  if (!channel) return channel.error();
  Json args = {{"channel", *channel}, {"limit", kPerPage}, {"include_all_metadata", true}};
  const bool in_thread = !out.place.thread.empty();
  if (in_thread) args["ts"] = out.place.thread;
  for (int page = 0; page < kPages; ++page) {
    const auto answer = api_.read(in_thread ? "conversations.replies" : "conversations.history",
                                  args, stop, kPatience);
    if (!answer.ok()) return error_of(answer);
    for (const Json& message : array_at(answer.body, "messages")) {
      const bool ours =
          text_at(message, "bot_id") == self->bot_id || text_at(message, "user") == self->user_id;
      if (!ours || client_id_of(message) != out.client_id) continue;
      auto found = sent(*channel, text_at(message, "ts"), text_at(message, "thread_ts"));
      doubtful_.erase(out.client_id);
      attach(out, found, stop);
      return std::optional(found);
    }
    args["cursor"] = text_at(object_at(answer.body, "response_metadata"), "next_cursor");
    // The channel's newest come first: what was just tried is there or nowhere.
    if (!in_thread || args["cursor"] == "") break;
  }
  return std::optional<Delivery>();
}

void Sender::attach(const core::Outgoing& out, const Delivery& posted,
                    const std::stop_token& stop) {
  posted_in_(posted.channel_id);
  if (!out.message.file || out.message.file->text.empty()) return;
  const auto uploaded = upload(*out.message.file, posted, stop);
  if (!uploaded)
    obs::warning(
        "a file could not be uploaded to the chat",
        {{"chat", chat_}, {"file", out.message.file->name}, {"why", uploaded.error().message}});
}

Result<void> Sender::upload(const core::File& file, const Delivery& posted,
                            const std::stop_token& stop) {
  const Json wanted = {{"filename", file.name}, {"length", file.text.size()}};
  const auto place = api_.read("files.getUploadURLExternal", wanted, stop);
  if (!place.ok()) return error_of(place);
  const auto bytes = api_.upload(text_at(place.body, "upload_url"), file.text, stop);
  if (bytes.kind != net::HttpResult::Kind::answered || bytes.status != 200)
    return unavailable("the bytes were not taken: " + bytes.why);
  const Json uploaded = {{"id", text_at(place.body, "file_id")}, {"title", file.name}};
  const auto done = api_.post("files.completeUploadExternal",
                              {{"files", Json::array({uploaded})},
                               {"channel_id", posted.channel_id},
                               {"thread_ts", posted.thread_id}},
                              stop);
  if (!done.ok()) return error_of(done);
  return {};
}

}  // namespace countersign::adapters::slack
