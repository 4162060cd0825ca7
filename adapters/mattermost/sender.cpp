#include "adapters/mattermost/sender.h"

#include "adapters/mattermost/markdown.h"
#include "bot/core/digest.h"
#include "bot/obs/log.h"

namespace countersign::adapters::mattermost {
namespace {

using core::Delivery;
using Kind = core::Delivery::Kind;

constexpr int kPages = 3;
constexpr std::size_t kOldLimit = 4'000;  // of databases that were made by old servers
constexpr std::chrono::milliseconds kSlowDown{1'000};
constexpr std::string_view kWrongRoot = "api.post.create_post.root_id.app_error";
constexpr std::string_view kTooLong = "model.post.is_valid.msg.app_error";

Delivery failed(bool retryable, std::string why) {
  Delivery delivery;
  delivery.kind = Kind::failed;
  delivery.retryable = retryable;
  delivery.why = std::move(why);
  return delivery;
}

Delivery failed(const Error& error) {
  return failed(error.kind == ErrorKind::unavailable, error.message);
}

// `repeatable`: doing it twice is doing it once, so doubt is no reason to look first.
Delivery not_delivered(const WebApi::Answer& answer, bool repeatable) {
  if (answer.kind == net::HttpResult::Kind::not_sent) return failed(true, answer.why);
  const bool answered = answer.kind == net::HttpResult::Kind::answered;
  if (answered && (answer.status == 429 || answer.status == 408)) {
    Delivery delivery = failed(true, answer.why);
    delivery.retry_after = answer.retry_after.value_or(kSlowDown);
    // The server counts by user: whatever comes next would be refused as well.
    delivery.hold = Delivery::Hold::chat;
    return delivery;
  }
  if (answered && answer.status < 500) return failed(false, answer.why);
  Delivery delivery = failed(true, answer.why);
  if (!repeatable) delivery.kind = Kind::unknown;
  return delivery;
}

Delivery delivered(const Post& post) {
  Delivery delivery;
  delivery.message_id = post.id;
  delivery.channel_id = post.channel_id;
  delivery.thread_id = post.root_id.empty() ? post.id : post.root_id;
  return delivery;
}

Delivery delivered(const WebApi::Answer& answer, bool repeatable) {
  if (!answer.ok()) return not_delivered(answer, repeatable);
  if (const auto post = parse_post(answer.body)) return delivered(*post);
  Delivery delivery = failed(true, "the server's answer is not a post");
  delivery.kind = repeatable ? Kind::failed : Kind::unknown;
  return delivery;
}

// Every person the message names.
std::vector<std::string> people_in(const core::Message& message) {
  std::vector<std::string> keys;
  const auto look = [&keys](const core::Line& line) {
    for (const auto& span : line) {
      if (span.kind == core::Span::Kind::person) keys.push_back(span.text);
    }
  };
  look(message.title);
  for (const auto& line : message.lines) look(line);
  for (const auto& field : message.fields) look(field.value);
  look(message.without_buttons);
  for (const auto& line : message.footer) look(line);
  return keys;
}

}  // namespace

Rendered Sender::rendered(const core::Outgoing& out, const std::string& client_id,
                          const std::stop_token& stop) {
  RenderContext context{callback_url_, client_id, {}, true, limit_};
  context.buttons = out.message.buttons.empty() || reach_.buttons_work(stop);
  for (const auto& key : people_in(out.message)) {
    const auto id = people_.id_of(key);
    if (id.empty()) continue;
    if (const auto user = people_.by_id(id, stop)) context.names[key] = user->username;
  }
  return render(out.message, context);
}

Delivery Sender::deliver(const core::Outgoing& out, const std::stop_token& stop) {
  switch (out.op) {
    case core::Outgoing::Op::update:
      return update(out, stop);
    case core::Outgoing::Op::tell:
      return tell(out, stop);
    default:
      return post(out, stop);
  }
}

WebApi::Answer Sender::write(const core::Outgoing& out, const std::string& client_id,
                             const std::function<WebApi::Answer(const Rendered&)>& send,
                             const std::stop_token& stop) {
  auto answer = send(rendered(out, client_id, stop));
  if (answer.error_id != kTooLong || limit_ <= kOldLimit) return answer;
  limit_ = kOldLimit;
  return send(rendered(out, client_id, stop));
}

WebApi::Answer Sender::create(Json body, const std::stop_token& stop) {
  auto answer = api_.call("POST", "/posts", body, stop);
  if (answer.refused(403)) {
    const auto self = people_.self(stop);
    if (!self || !channels_.join(body["channel_id"].get<std::string>(), self->id, stop))
      return answer;
    return api_.call("POST", "/posts", body, stop);
  }
  if (answer.refused(400) && answer.error_id == kWrongRoot) {
    const auto root =
        parse_post(api_.get("/posts/" + body["root_id"].get<std::string>(), stop).body);
    if (!root || root->root_id.empty()) return answer;
    body["root_id"] = root->root_id;
    return api_.call("POST", "/posts", body, stop);
  }
  return answer;
}

std::optional<WebApi::Answer> Sender::attach(Json& body, const std::optional<core::File>& file,
                                             const std::stop_token& stop) {
  if (!file) return std::nullopt;
  const auto answer =
      api_.upload(body["channel_id"].get<std::string>(), file->name, file->text, stop);
  if (answer.refused(429)) return answer;
  const Json infos =
      answer.ok() && answer.body.is_object() ? answer.body.value("file_infos", Json()) : Json();
  if (infos.is_array() && !infos.empty()) {
    body["file_ids"] = Json::array({infos[0].value("id", "")});
  } else {
    obs::warning("a file could not be uploaded", {{"file", file->name}, {"why", answer.why}});
  }
  return std::nullopt;
}

Delivery Sender::add_file(const Delivery& to, const core::File& file, const std::stop_token& stop) {
  const std::string mark =
      "file-" + core::sha256_of_parts(to.message_id, file.name, file.text).substr(0, 32);
  const auto thread = api_.get("/posts/" + to.thread_id + "/thread", stop);
  for (const auto& post : parse_posts(thread.body)) {
    if (post.client_id == mark) return to;
  }
  Json body = {{"channel_id", to.channel_id},
               {"root_id", to.thread_id},
               {"message", escape(core::make_visible(file.name, 200), true)},
               {"props", {{"countersign_id", mark}}},
               {"pending_post_id", mark}};
  if (const auto limited = attach(body, file, stop)) return not_delivered(*limited, true);
  if (!body.contains("file_ids")) return to;
  const auto answer = api_.call("POST", "/posts", body, stop);
  if (answer.refused(429)) return not_delivered(answer, true);
  if (!answer.ok())
    obs::warning("a file could not be posted", {{"file", file.name}, {"why", answer.why}});
  return to;
}

Delivery Sender::post(const core::Outgoing& out, const std::stop_token& stop) {
  const auto channel = channels_.resolve(out.place.channel, stop);
  if (!channel) return failed(channel.error());
  Json body = {{"channel_id", *channel}, {"pending_post_id", out.client_id}};
  if (!out.place.thread.empty()) body["root_id"] = out.place.thread;
  if (const auto limited = attach(body, out.message.file, stop))
    return not_delivered(*limited, true);
  const auto send = [&](const Rendered& text) {
    body["message"] = text.message;
    body["props"] = text.props;
    return create(body, stop);
  };
  return delivered(write(out, out.client_id, send, stop), false);
}

Delivery Sender::update(const core::Outgoing& out, const std::stop_token& stop) {
  if (!looks_like_id(out.message_id)) return failed(false, "there is no message to change");
  const auto send = [&](const Rendered& text) {
    const Json body = {{"message", text.message}, {"props", text.props}};
    return api_.call("PUT", "/posts/" + out.message_id + "/patch", body, stop);
  };
  const auto done = delivered(write(out, out.client_id, send, stop), true);
  const bool has_file = done.kind == Kind::sent && out.message.file;
  return has_file ? add_file(done, *out.message.file, stop) : done;
}

Delivery Sender::tell(const core::Outgoing& out, const std::stop_token& stop) {
  const auto person = people_.id_of(out.person);
  if (!looks_like_id(person)) return failed(false, "that person is not of this chat");
  if (out.place.channel.empty()) return tell_directly(out, person, stop);
  const auto channel = channels_.resolve(out.place.channel, stop);
  if (!channel) return failed(channel.error());
  const auto text = rendered(out, "", stop);
  Json post = {{"channel_id", *channel}, {"message", text.message}, {"props", text.props}};
  if (!out.place.thread.empty()) post["root_id"] = out.place.thread;
  const auto answer =
      api_.call("POST", "/posts/ephemeral", {{"user_id", person}, {"post", post}}, stop);
  // Bots rarely have the permission for posts that only one person sees.
  if (answer.refused(403)) return tell_directly(out, person, stop);
  if (!answer.ok()) return not_delivered(answer, true);
  Delivery told;
  told.channel_id = *channel;
  return told;
}

Delivery Sender::tell_directly(const core::Outgoing& out, const std::string& person,
                               const std::stop_token& stop) {
  const auto self = people_.self(stop);
  if (!self) return failed(self.error());
  const auto channel = channels_.direct(self->id, person, stop);
  if (!channel) return failed(channel.error());
  Json body = {{"channel_id", *channel}, {"pending_post_id", out.client_id}};
  if (const auto limited = attach(body, out.message.file, stop))
    return not_delivered(*limited, true);
  const auto send = [&](const Rendered& text) {
    body["message"] = text.message;
    body["props"] = text.props;
    return api_.call("POST", "/posts", body, stop);
  };
  auto told = delivered(write(out, out.client_id, send, stop), false);
  told.message_id.clear();
  return told;
}

std::optional<Delivery> Sender::find(const core::Outgoing& out, const std::stop_token& stop) {
  if (out.op != core::Outgoing::Op::post || out.client_id.empty()) return std::nullopt;
  const auto self = people_.self(stop);
  const auto channel = channels_.resolve(out.place.channel, stop);
  if (!self || !channel) return std::nullopt;
  const auto in = [&](const std::string& path) -> std::optional<Delivery> {
    for (const auto& post : parse_posts(api_.get(path, stop).body)) {
      if (post.user_id == self->id && post.client_id == out.client_id) return delivered(post);
    }
    return std::nullopt;
  };
  if (!out.place.thread.empty()) return in("/posts/" + out.place.thread + "/thread");
  for (int page = 0; page < kPages; ++page) {
    const auto path = "/channels/" + *channel + "/posts?per_page=100&page=" + std::to_string(page);
    if (auto found = in(path)) return found;
  }
  return std::nullopt;
}

}  // namespace countersign::adapters::mattermost
