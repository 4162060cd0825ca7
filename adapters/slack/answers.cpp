#include "adapters/slack/answers.h"

#include "adapters/slack/views.h"
#include "bot/obs/log.h"

namespace countersign::adapters::slack {
namespace {

constexpr std::size_t kWaiting = 1'000;
constexpr const char* kNoWindow =
    "I could not open the window in time. Nothing was done; please press again.";

}  // namespace

Answers::Answers(std::string chat, const WebApi& api, Sender& sender)
    : chat_(std::move(chat)), api_(api), sender_(sender), worker_(kWaiting) {}

void Answers::give(const core::ChatPlace& place, const std::string& person, const ReplyTo& reply,
                   const core::ActAnswer& answer) {
  if (!answer.errors.empty()) {
    reply.ack(form_errors(answer.errors));
  } else if (answer.kept) {
    reply.ack({});
  }
  if (answer.form) {
    worker_.add([this, place, person, reply, form = *answer.form](const std::stop_token& stop) {
      open(place, person, reply, form, stop);
    });
  }
  if (!answer.tell.empty()) say(place, person, reply, answer.tell);
}

void Answers::say(const core::ChatPlace& place, const std::string& person, const ReplyTo& reply,
                  const std::string& words) {
  worker_.add([this, place, person, reply, words](const std::stop_token& stop) {
    tell(place, person, reply, words, stop);
  });
}

// The trigger is good for three seconds.
void Answers::open(const core::ChatPlace& place, const std::string& person, const ReplyTo& reply,
                   const core::Form& form, const std::stop_token& stop) {
  const auto view = modal(form, place);
  const auto answer =
      view ? api_.post("views.open", {{"trigger_id", reply.trigger}, {"view", *view}}, stop)
           : WebApi::Answer();
  if (answer.ok()) return;
  obs::warning("a window could not be opened",
               {{"chat", chat_}, {"why", view ? answer.why : view.error().message}});
  tell(place, person, reply, kNoWindow, stop);
}

void Answers::tell(const core::ChatPlace& place, const std::string& person, const ReplyTo& reply,
                   const std::string& text, const std::stop_token& stop) {
  const auto told = sender_.whisper(place, person, words(text), stop, reply.response_url);
  if (told.kind != core::Delivery::Kind::sent)
    obs::warning("a person could not be told", {{"chat", chat_}, {"why", told.why}});
}

}  // namespace countersign::adapters::slack
