#include "adapters/slack/listener.h"

#include <algorithm>

#include "adapters/chat/addressed.h"
#include "adapters/chat/command_event.h"
#include "adapters/slack/ids.h"
#include "adapters/slack/mrkdwn.h"
#include "adapters/slack/press_context.h"
#include "adapters/slack/views.h"
#include "bot/core/digest.h"
#include "bot/core/unicode.h"
#include "bot/obs/log.h"

namespace countersign::adapters::slack {
namespace {

constexpr const char* kUnknownPerson =
    "I could not find out who you are. Nothing was done; please try again.";

core::Instant now() {
  return std::chrono::time_point_cast<core::Duration>(std::chrono::system_clock::now());
}

}  // namespace

Listener::Listener(std::string chat, std::string prefix, const WebApi& api, People& people,
                   core::IdSource& ids, Sinks sinks)
    : chat_(std::move(chat)),
      prefix_(std::move(prefix)),
      api_(api),
      people_(people),
      ids_(ids),
      sinks_(std::move(sinks)) {}

bool Listener::concerns_us(const Heard& heard) const {
  const auto self = people_.known_self();
  if (!self) return false;
  if (const auto* reaction = std::get_if<Reaction>(&heard)) return reaction->user != self->user_id;
  const auto* said = std::get_if<Said>(&heard);
  if (!said) return !std::holds_alternative<std::monostate>(heard);
  if (!said->typed || said->user == self->user_id || !instant_of(said->ts)) return false;
  const auto name_of = [this](const std::string& id) { return people_.name_if_known(id); };
  return chat::is_for_bot(straightened(plain_text(said->text, name_of)), !said->thread.empty(),
                          self->name, prefix_);
}

bool Listener::hear(const Heard& heard, int attempt, const Ack& ack, const std::stop_token& stop) {
  if (!concerns_us(heard)) return true;
  if (const auto* said = std::get_if<Said>(&heard)) return say(*said, ack, stop);
  if (const auto* command = std::get_if<SlashCommand>(&heard)) run(*command, ack, stop);
  if (const auto* reaction = std::get_if<Reaction>(&heard)) react(*reaction, attempt, ack, stop);
  if (const auto* pressed = std::get_if<Press>(&heard)) press(*pressed, ack, stop);
  if (const auto* submission = std::get_if<Submission>(&heard)) submit(*submission, ack, stop);
  return true;
}

// A message with a mention comes twice, as message and as app_mention: the same ts is the same
// command. Edits are no messages that were typed (T37).
bool Listener::say(const Said& said, const Ack& ack, const std::stop_token& stop) {
  const auto author = people_.by_id(said.user, stop);
  if (!author) {
    const bool later = author.error().kind == ErrorKind::unavailable;
    obs::warning("the author of a command could not be looked up",
                 {{"chat", chat_}, {"message", said.ts}, {"why", author.error().message}});
    if (!later) ack({});
    return !later;
  }
  if (!author->human()) {
    ack({});
    return true;
  }
  const auto name_of = [&](const std::string& id) { return people_.name_of(id, stop); };
  const chat::TypedCommand command{
      core::sha256_of_parts(chat_, "command", said.channel + ":" + said.ts),
      said.event_id.empty() ? said.ts : said.event_id, said.ts,
      straightened(plain_text(said.text, name_of)), *instant_of(said.ts)};
  sinks_.command(chat::command_event(chat_, command, {chat_, said.channel, said.thread},
                                     people_.person(*author), ids_.correlation()),
                 true, ack);
  return true;
}

void Listener::run(const SlashCommand& slash, const Ack& ack, const std::stop_token& stop) {
  const core::ChatPlace place{chat_, slash.channel, ""};
  const auto author = people_.by_id(slash.user, stop);
  const ReplyTo reply{ack, slash.trigger, slash.response_url};
  if (!author || !author->human())
    return sinks_.sorry(place, people_.key_of(slash.user), kUnknownPerson, reply);
  const auto name_of = [&](const std::string& id) { return people_.name_of(id, stop); };
  const auto text = straightened(plain_text(slash.text, name_of));
  const auto verb = core::trim(text);
  const chat::TypedCommand command{
      core::sha256_of_parts(chat_, "command", "slash:" + slash.trigger), slash.trigger, "",
      prefix_ + (verb.empty() ? "help" : std::string(verb)), now()};
  sinks_.command(
      chat::command_event(chat_, command, place, people_.person(*author), ids_.correlation()),
      false, ack);
}

bool Listener::identify(core::Act& act, const std::string& user, const std::stop_token& stop) {
  const auto found = people_.by_id(user, stop);
  if (!found && found.error().kind == ErrorKind::unavailable) return false;
  act.person = found ? people_.person(*found) : core::Person{people_.key_of(user), user};
  act.human = found.ok() && found->human();
  return true;
}

core::Act Listener::act_of(const Reaction& r) const {
  core::Act act;
  act.kind = r.added ? core::Act::Kind::emoji_added : core::Act::Kind::emoji_removed;
  act.place = {chat_, r.channel, ""};
  act.message_id = r.message;
  act.emoji = r.emoji;
  return act;
}

void Listener::react(const Reaction& r, int attempt, const Ack& ack, const std::stop_token& stop) {
  core::Act act = act_of(r);
  if (!identify(act, r.user, stop)) return;
  // What was delivered late may have been taken back meanwhile, and that may be told later still.
  if (attempt > 0 && !still_so(r, stop)) return ack({});
  const auto news = reactions_.heard(r);
  if (news == Reactions::News::stale) return ack({});
  act.id = chat_ + (r.added ? ":react:" : ":unreact:") + r.channel + ":" + r.message + ":" +
           r.user + ":" + r.emoji + ":" + (r.at.empty() ? r.event_id : r.at);
  act.caught_up = news == Reactions::News::repeated;
  sinks_.act(std::move(act), {ack, "", ""});
}

bool Listener::still_so(const Reaction& r, const std::stop_token& stop) const {
  const auto answer = api_.read(
      "reactions.get", {{"channel", r.channel}, {"timestamp", r.message}, {"full", true}}, stop);
  if (!answer.ok()) return true;
  const auto there = parse_reactions(object_at(answer.body, "message"));
  const bool present = std::ranges::find(there, Reacted{r.user, r.emoji}) != there.end();
  return present == r.added;
}

void Listener::press(const Press& p, const Ack& ack, const std::stop_token& stop) {
  core::Act act;
  act.kind = core::Act::Kind::button;
  act.id = chat_ + ":press:" + p.channel + ":" + p.message + ":" + p.user + ":" +
           core::sha256_hex(p.action_id).substr(0, 16) + ":" + (p.at.empty() ? p.trigger : p.at);
  act.place = {chat_, p.channel, p.thread};
  act.message_id = p.message;
  act.context = context_of(p);
  act.choice = p.choice;
  const ReplyTo reply{ack, p.trigger, p.response_url};
  if (!identify(act, p.user, stop))
    return sinks_.sorry(act.place, people_.key_of(p.user), kUnknownPerson, reply);
  sinks_.act(std::move(act), reply);
}

void Listener::submit(const Submission& s, const Ack& ack, const std::stop_token& stop) {
  const auto form = submitted_form(s);
  if (!form) return ack({});
  core::Act act;
  act.kind = core::Act::Kind::form;
  act.id = chat_ + ":form:" + s.view + ":" + s.trigger;
  act.place = form->place;
  act.context = form->context;
  act.values = s.values;
  const ReplyTo reply{ack, s.trigger, ""};
  if (!identify(act, s.user, stop))
    return sinks_.sorry(act.place, people_.key_of(s.user), kUnknownPerson, reply);
  sinks_.act(std::move(act), reply);
}

Result<void> Listener::look_at(const core::OpenQuestion& question, const std::stop_token& stop) {
  const auto self = people_.self(stop);
  if (!self) return self.error();
  const auto mark = reactions_.mark();
  const auto answer = api_.read(
      "reactions.get",
      {{"channel", question.channel_id}, {"timestamp", question.message_id}, {"full", true}}, stop);
  if (!answer.ok()) return error_of(answer);
  const auto there = parse_reactions(object_at(answer.body, "message"));
  for (const auto& change :
       reactions_.compare(question.channel_id, question.message_id, there, mark)) {
    const auto& [what, added] = change;
    if (what.user == self->user_id) continue;
    core::Act act =
        act_of({question.channel_id, question.message_id, what.user, what.emoji, "", "", added});
    if (!identify(act, what.user, stop)) return unavailable("somebody could not be looked up");
    // Not the reaction's own id, which only its event tells: looking twice may find two reactions
    // that look the same.
    act.id = chat_ + ":found:" + ids_.uuid();
    act.caught_up = true;
    reactions_.took(question.channel_id, question.message_id, change, mark);
    sinks_.act(std::move(act), {[](const Json&) {}, "", ""});
  }
  return {};
}

}  // namespace countersign::adapters::slack
