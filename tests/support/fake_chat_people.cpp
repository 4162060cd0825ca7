// The half of FakeChat that is the people: what they do and what they see.
#include <algorithm>
#include <future>

#include "tests/support/fake_chat.h"

namespace countersign::support {
namespace {

using Kind = core::Act::Kind;

constexpr std::chrono::seconds kPatience{20};

}  // namespace

void FakeChat::add(Person person) {
  const std::lock_guard lock(mutex_);
  std::string id = "u-" + person.name;
  while (people_.contains(id)) id += "2";
  people_[id] = std::move(person);
}

void FakeChat::let_in(const std::string& who) {
  const std::lock_guard lock(mutex_);
  people_.at(id_of(who)).let_in = true;
}

void FakeChat::rename(const std::string& who, const std::string& to) {
  const std::lock_guard lock(mutex_);
  people_.at(id_of(who)).name = to;
}

std::string FakeChat::say(const std::string& who, const std::string& text,
                          const std::string& thread) {
  const std::lock_guard lock(mutex_);
  Post post;
  post.id = "m" + std::to_string(posts_.size() + 1);
  post.author = who;
  post.channel = kOps;
  post.thread = thread;
  post.text = text;
  posts_.push_back(post);
  happen({Happening::Kind::said, id_of(who), post.id, "", text});
  return post.id;
}

void FakeChat::edit(const std::string& message, const std::string& text) {
  const std::lock_guard lock(mutex_);
  std::ranges::find(posts_, message, &Post::id)->text = text;
}

void FakeChat::remove(const std::string& message) {
  const std::lock_guard lock(mutex_);
  std::ranges::find(posts_, message, &Post::id)->deleted = true;
}

void FakeChat::react(const std::string& who, const std::string& message, const std::string& emoji,
                     bool there) {
  const std::lock_guard lock(mutex_);
  happen({there ? Happening::Kind::reacted : Happening::Kind::unreacted, id_of(who), message, emoji,
          ""});
}

std::string FakeChat::click(const std::string& who, const std::string& message,
                            const std::string& button, const std::string& choice) {
  if (!connected_) return "the bot cannot be reached";
  core::Act act;
  {
    const std::lock_guard lock(mutex_);
    const auto post = post_at(message);
    const auto& buttons = post->message.buttons;
    const auto pressed = std::ranges::find(buttons, button, &core::Button::id);
    if (pressed == buttons.end()) return "there is no such button";
    act.id = name_ + ":click:" + std::to_string(++acts_);
    act.person = person(id_of(who));
    act.human = !people_.at(id_of(who)).bot;
    act.place = {name_, post->channel, post->thread};
    act.message_id = message;
    act.context = pressed->context;
    act.choice = choice;
  }
  const auto answer = ask(act);
  const std::lock_guard lock(mutex_);
  if (answer.form) windows_[id_of(who)] = *answer.form;
  tell(id_of(who), answer.tell);
  return answer.tell;
}

std::map<std::string, std::string> FakeChat::submit(const std::string& who,
                                                    std::map<std::string, std::string> values) {
  core::Act act;
  {
    const std::lock_guard lock(mutex_);
    const auto window = windows_.find(id_of(who));
    if (window == windows_.end()) return {{"", "there is no window"}};
    act.kind = Kind::form;
    act.id = name_ + ":form:" + std::to_string(++acts_);
    act.person = person(id_of(who));
    act.place = {name_, kOps, ""};
    act.context = window->second.context;
    act.values = std::move(values);
  }
  const auto answer = ask(act);
  if (!answer.kept) return {{"", answer.tell.empty() ? "not kept" : answer.tell}};
  if (!answer.errors.empty()) return answer.errors;
  const std::lock_guard lock(mutex_);
  windows_.erase(id_of(who));
  tell(id_of(who), answer.tell);
  return {};
}

core::ActAnswer FakeChat::ask(core::Act act) {
  const auto answered = std::make_shared<std::promise<core::ActAnswer>>();
  desk_->act(std::move(act),
             [answered](const core::ActAnswer& answer) { answered->set_value(answer); });
  auto answer = answered->get_future();
  if (answer.wait_for(kPatience) == std::future_status::ready) return answer.get();
  return {.tell = "nobody answered", .kept = false};
}

std::vector<FakeChat::Post> FakeChat::posts() const {
  const std::lock_guard lock(mutex_);
  return posts_;
}

std::vector<std::string> FakeChat::told(const std::string& who) const {
  const std::lock_guard lock(mutex_);
  const auto found = told_.find(id_of(who));
  return found == told_.end() ? std::vector<std::string>() : found->second;
}

std::optional<core::Form> FakeChat::window(const std::string& who) const {
  const std::lock_guard lock(mutex_);
  const auto found = windows_.find(id_of(who));
  return found == windows_.end() ? std::nullopt : std::optional(found->second);
}

std::string FakeChat::key(const std::string& who) const {
  const std::lock_guard lock(mutex_);
  return name_ + ":" + id_of(who);
}

bool FakeChat::covers(const std::string& position, const std::string& message,
                      const std::string& voter) const {
  const std::lock_guard lock(mutex_);
  std::size_t last = 0;
  for (std::size_t i = 0; i < log_.size(); ++i) {
    const bool said = log_[i].kind == Happening::Kind::said;
    const bool meant = voter.empty() ? said : !said && log_[i].who == id_of(voter);
    if (meant && log_[i].message == message) last = i + 1;
  }
  return !position.empty() && std::stoul(position) >= last;
}

}  // namespace countersign::support
