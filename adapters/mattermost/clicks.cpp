#include "adapters/mattermost/clicks.h"

#include <atomic>

#include "adapters/mattermost/render.h"
#include "bot/core/digest.h"

namespace countersign::adapters::mattermost {
namespace {

constexpr std::chrono::milliseconds kPatience{2'500};
constexpr std::size_t kWaiting = 1'000;
constexpr std::size_t kLongestError = 300;

constexpr char kWho[] = "I could not find out who you are. Nothing was done; please try again.";
constexpr char kBusy[] = "Too much is going on. Please try again in a moment.";
constexpr char kNotKept[] = "That was not counted. Please try again in a moment.";
constexpr char kNotOpened[] = "The form could not be opened. Please press again.";

net::HttpResponse said(int status, const Json& body) { return {status, {}, body.dump()}; }

// In words, for where the form is closed already.
std::string in_words(const std::map<std::string, std::string>& errors) {
  std::string words;
  for (const auto& [field, what] : errors) words += (words.empty() ? "" : "\n") + what;
  return words;
}

}  // namespace

// Answers once, whoever comes first: the judgement or the end of patience.
class Clicks::Reply {
 public:
  Reply(net::HttpServer::Respond respond, bool to_form)
      : respond_(std::move(respond)), to_form_(to_form) {}

  // False: something was answered already.
  bool give(const net::HttpResponse& response) {
    if (given_.exchange(true)) return false;
    respond_(response);
    return true;
  }
  bool accept() { return give(said(200, Json::object())); }
  // A form cannot be answered with words for its sender, except for what is wrong with it.
  bool tell(const std::string& text) {
    if (to_form_) return false;
    // Without the flag the server would read "<...>" as markup of another chat service.
    return give(said(200, {{"ephemeral_text", render_tell(text)}, {"skip_slack_parsing", true}}));
  }
  bool refuse(const std::string& text) {
    return to_form_ ? give(said(200, {{"error", core::make_visible(text, kLongestError)}}))
                    : tell(text);
  }

 private:
  const net::HttpServer::Respond respond_;
  const bool to_form_;
  std::atomic<bool> given_ = false;
};

Clicks::Clicks(std::string chat, std::string callback_url, net::Io& io, const WebApi& api,
               People& people, core::ChatDesk& desk, Tell tell)
    : chat_(std::move(chat)),
      callback_url_(std::move(callback_url)),
      io_(io),
      api_(api),
      people_(people),
      desk_(desk),
      tell_(std::move(tell)),
      worker_(kWaiting) {}

void Clicks::start() { worker_.start(); }
void Clicks::stop() { worker_.stop(); }

void Clicks::handle(const Json& callback, net::HttpServer::Respond respond) {
  const bool to_form = is_submission(callback);
  const auto reply = std::make_shared<Reply>(std::move(respond), to_form);
  const auto malformed = [&reply](const Error& error) {
    reply->give(said(400, {{"error", error.message}}));
  };
  if (to_form) {
    const auto form = submission_of(callback);
    if (!form) return malformed(form.error());
    if (form->cancelled) {
      reply->accept();
      return;
    }
    return with_user(form->user_id, reply, [this, form = *form, reply](const User& user) {
      judge_form(form, user, reply);
    });
  }
  const auto click = click_of(callback);
  if (!click) return malformed(click.error());
  with_user(click->user_id, reply,
            [this, click = *click, reply](const User& user) { judge_click(click, user, reply); });
}

void Clicks::with_user(const std::string& user_id, const Replied& reply,
                       std::function<void(const User&)> then) {
  io_.after(kPatience, [reply] { reply->accept(); });
  if (const auto user = people_.known(user_id)) return then(*user);
  const bool taken =
      worker_.add([this, user_id, reply, then = std::move(then)](const std::stop_token& stop) {
        const auto user = people_.by_id(user_id, stop);
        if (user) return then(*user);
        reply->refuse(kWho);
      });
  if (!taken) reply->refuse(kBusy);
}

void Clicks::judge_click(const Click& click, const User& user, const Replied& reply) {
  core::Act act;
  act.kind = core::Act::Kind::button;
  act.id = chat_ + ":click:" + click.trigger_id;
  act.person = people_.person(user);
  act.human = !user.is_bot;
  act.place = {chat_, click.channel_id, ""};
  act.message_id = click.post_id;
  act.context = click.context;
  act.choice = click.choice;
  desk_.act(act, [weak = weak_from_this(), click, act, reply](const core::ActAnswer& answer) {
    if (const auto self = weak.lock()) self->answer_click(click, act, answer, reply);
  });
}

void Clicks::judge_form(const Submission& form, const User& user, const Replied& reply) {
  core::Act act;
  act.kind = core::Act::Kind::form;
  act.id = chat_ + ":form:" + form.digest;
  act.person = people_.person(user);
  act.human = !user.is_bot;
  act.place = {chat_, form.state.channel_id, ""};
  act.context = form.state.context;
  act.values = form.values;
  desk_.act(act, [weak = weak_from_this(), act, reply](const core::ActAnswer& answer) {
    if (const auto self = weak.lock()) self->answer_form(act, answer, reply);
  });
}

void Clicks::answer_click(const Click& click, const core::Act& act, const core::ActAnswer& answer,
                          const Replied& reply) {
  if (answer.form) return open(click, act, *answer.form, reply);
  say(act, answer.tell.empty() && !answer.kept ? kNotKept : answer.tell, reply);
}

void Clicks::answer_form(const core::Act& act, const core::ActAnswer& answer,
                         const Replied& reply) {
  if (!answer.kept) {
    const std::string why = answer.tell.empty() ? kNotKept : answer.tell;
    if (!reply->refuse(why)) tell_(act.person, act.place, why);
    return;
  }
  if (!answer.errors.empty()) {
    Json errors = Json::object();
    for (const auto& [field, what] : answer.errors)
      errors[field] = core::make_visible(what, kLongestError);
    if (!reply->give(said(200, {{"errors", std::move(errors)}})))
      tell_(act.person, act.place, in_words(answer.errors));
    return;
  }
  reply->accept();
  if (!answer.tell.empty()) tell_(act.person, act.place, answer.tell);
}

void Clicks::say(const core::Act& act, const std::string& text, const Replied& reply) {
  if (text.empty()) {
    reply->accept();
  } else if (!reply->tell(text)) {
    tell_(act.person, act.place, text);
  }
}

// The trigger is good for three seconds only.
void Clicks::open(const Click& click, const core::Act& act, const core::Form& form,
                  const Replied& reply) {
  const DialogState state{form.context, click.channel_id, core::sha256_hex(click.trigger_id)};
  const Json request = dialog_request(form, state, click.trigger_id, callback_url_);
  const bool taken = worker_.add([this, act, request, reply](const std::stop_token& stop) {
    const auto opened = api_.call("POST", "/actions/dialogs/open", request, stop);
    say(act, opened.ok() ? "" : kNotOpened, reply);
  });
  if (!taken) say(act, kBusy, reply);
}

}  // namespace countersign::adapters::mattermost
