#include "tests/support/fake_chat.h"

#include <algorithm>

#include "bot/core/command.h"
#include "bot/core/digest.h"
#include "bot/core/unicode.h"

namespace countersign::support {
namespace {

using core::Delivery;
using Kind = core::Act::Kind;

constexpr std::chrono::milliseconds kPause{5};  // before something is tried again
constexpr char kBot[] = "countersign";
const std::map<std::string, std::string> kChannels = {{"#ops", FakeChat::kOps},
                                                      {"#ops-prod", "c-ops-prod"}};

Delivery failed(bool retryable, std::string why) {
  Delivery delivery;
  delivery.kind = Delivery::Kind::failed;
  delivery.retryable = retryable;
  delivery.why = std::move(why);
  return delivery;
}

Result<std::string> channel_id(const std::string& channel) {
  for (const auto& [name, id] : kChannels) {
    if (channel == name || channel == id) return id;
  }
  return not_found(channel + ": there is no such channel");
}

bool is_for_bot(const std::string& said) {
  const auto text = core::trim(said);
  return (text.size() > 1 && text.starts_with('!')) || text.starts_with(std::string("@") + kBot);
}

core::Instant now() {
  return std::chrono::time_point_cast<core::Duration>(std::chrono::system_clock::now());
}

}  // namespace

FakeChat::FakeChat(std::string name) : name_(std::move(name)) {
  for (const auto* who : {"alice", "bob", "carol"}) add({who});
  for (const auto* who : {"alice", "bob"}) let_in(who);
}

// --- Who and what there is; with mutex_ held ---

std::string FakeChat::id_of(const std::string& name) const {
  const auto found =
      std::ranges::find_if(people_, [&](const auto& p) { return p.second.name == name; });
  return found == people_.end() ? "" : found->first;
}

core::Person FakeChat::person(const std::string& id) const {
  return {name_ + ":" + id, people_.at(id).name};
}

std::vector<FakeChat::Post>::const_iterator FakeChat::post_at(const std::string& id) const {
  return std::ranges::find(posts_, id, &Post::id);
}

void FakeChat::tell(const std::string& id, const std::string& words) {
  if (!words.empty()) told_[id].push_back(words);
}

void FakeChat::happen(Happening happening) {
  happening.at = now();
  happening.missed = !connected_;
  log_.push_back(std::move(happening));
  changed_.notify_all();
}

// --- In ---

void FakeChat::start(core::Inbox& inbox, core::ChatDesk& desk) {
  {
    const std::scoped_lock lock(calling_, mutex_);
    inbox_ = &inbox;
    desk_ = &desk;
    began_ = next_ = log_.size();
    open_.clear();
    again_.clear();
    running_ = true;
  }
  set_connected(!down_);
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void FakeChat::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
  const std::lock_guard lock(calling_);
  connected_ = false;
  running_ = false;
}

void FakeChat::run(const std::stop_token& stop) {
  if (!recall(stop)) return;
  while (const auto number = next(stop)) hand_in(*number);
}

// Where the last process ended; false if it was stopped before that could be read.
bool FakeChat::recall(const std::stop_token& stop) {
  auto position = desk_->position(name_);
  while (!position) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, kPause, [] { return false; });
    if (stop.stop_requested()) return false;
    lock.unlock();
    position = desk_->position(name_);
  }
  {
    const std::lock_guard lock(mutex_);
    if (!position->empty()) next_ = std::stoul(*position);
  }
  note_position();
  return true;
}

// Waits; what was refused comes again after a pause. Nothing when stopped.
std::optional<std::size_t> FakeChat::next(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const auto fresh = [this] { return connected_ && next_ < log_.size(); };
  const auto any = [&] { return fresh() || !again_.empty(); };
  if (!any()) changed_.wait(lock, stop, any);
  if (!fresh()) changed_.wait_for(lock, stop, kPause, fresh);
  if (stop.stop_requested()) return std::nullopt;
  if (!fresh()) return again_.extract(again_.begin()).value();
  open_.insert(next_);
  return next_++;
}

void FakeChat::hand_in(std::size_t number) {
  std::unique_lock lock(mutex_);
  const Happening happening = log_.at(number);
  if (happening.kind != Happening::Kind::said) {
    const auto act = act_of(number);
    lock.unlock();
    return offer(number, act);
  }
  const auto command = command_of(happening);
  lock.unlock();
  command ? offer(number, *command) : taken(number);
}

core::Act FakeChat::act_of(std::size_t number) const {
  const Happening& h = log_.at(number);
  core::Act act;
  act.kind = h.kind == Happening::Kind::reacted ? Kind::emoji_added : Kind::emoji_removed;
  act.id = name_ + ":react:" + std::to_string(number);
  act.person = person(h.who);
  act.human = !people_.at(h.who).bot;
  act.place = {name_, post_at(h.message)->channel, ""};
  act.message_id = h.message;
  act.emoji = h.emoji;
  act.caught_up = h.missed || number < began_;
  return act;
}

// Only what a person typed himself is a command: no bot's words, and nothing that was changed or
// taken back before anybody heard it.
std::optional<core::Incoming> FakeChat::command_of(const Happening& h) const {
  const Post& post = *post_at(h.message);
  const bool untouched = !post.deleted && post.text == h.text;
  if (people_.at(h.who).bot || !is_for_bot(h.text) || (h.missed && !untouched)) return std::nullopt;
  core::Incoming in;
  in.source = name_;
  in.trigger = core::kChatCommand;
  in.delivery_id = h.message;
  in.dedup_key = core::sha256_of_parts(name_, "message", h.message);
  in.body_hash = core::sha256_hex(h.text);
  in.correlation = core::CorrelationId::parse(core::sha256_hex(h.message).substr(0, 32));
  in.raw = h.text;
  in.body = {{"text", h.text},
             {"message", h.message},
             {"place", core::ChatPlace{name_, post.channel, post.thread}},
             {"person", person(h.who)},
             {"at", core::format_instant(h.at)}};
  return in;
}

void FakeChat::offer(std::size_t number, const core::Incoming& incoming) {
  inbox_->accept({incoming}, [this, number](const auto& accepted) {
    const bool later = !accepted && accepted.error().kind == ErrorKind::unavailable;
    later ? again(number) : taken(number);
  });
}

void FakeChat::offer(std::size_t number, const core::Act& act) {
  desk_->act(act, [this, number, key = act.person.key](const core::ActAnswer& answer) {
    if (!answer.kept) return again(number);
    {
      const std::lock_guard lock(mutex_);
      tell(key.substr(name_.size() + 1), answer.tell);
    }
    taken(number);
  });
}

void FakeChat::again(std::size_t number) {
  const std::lock_guard lock(mutex_);
  again_.insert(number);
  changed_.notify_all();
}

void FakeChat::taken(std::size_t number) {
  {
    const std::lock_guard lock(mutex_);
    open_.erase(number);
  }
  note_position();
}

void FakeChat::note_position() {
  const std::lock_guard calling(calling_);
  if (!running_) return;
  std::size_t position = 0;
  {
    const std::lock_guard lock(mutex_);
    position = open_.empty() ? next_ : *open_.begin();
  }
  desk_->heard_up_to(name_, std::to_string(position));
}

// --- Out ---

Delivery FakeChat::deliver(const core::Outgoing& out, std::stop_token) {
  if (down_) return failed(true, "the chat does not answer");
  if (limited_ > 0 && limited_-- > 0) {
    Delivery limited = failed(true, "too many messages");
    limited.retry_after = std::chrono::milliseconds(1);
    limited.hold = Delivery::Hold::chat;
    return limited;
  }
  const std::lock_guard lock(mutex_);
  Delivery done = carry_out(out);
  if (done.kind == Delivery::Kind::sent && losing_ > 0 && losing_-- > 0) {
    done = failed(true, "the connection ended before the answer");
    if (out.op == core::Outgoing::Op::post) done.kind = Delivery::Kind::unknown;
  }
  return done;
}

Delivery FakeChat::place_of(const Post& post) const {
  Delivery delivery;
  delivery.message_id = post.id;
  delivery.channel_id = post.channel;
  delivery.thread_id = post.thread.empty() ? post.id : post.thread;
  return delivery;
}

Delivery FakeChat::carry_out(const core::Outgoing& out) {
  const std::string text = core::make_visible(core::as_text(out.message), kLongest);
  if (out.op == core::Outgoing::Op::tell) {
    const bool ours = out.person.starts_with(name_ + ":");
    const auto id = ours ? out.person.substr(name_.size() + 1) : "";
    if (!people_.contains(id)) return failed(false, "that person is not of this chat");
    tell(id, text);
    return {};
  }
  const bool changing = out.op == core::Outgoing::Op::update;
  auto post = changing ? std::ranges::find(posts_, out.message_id, &Post::id)
                       : std::ranges::find(posts_, out.client_id, &Post::client_id);
  if (changing && (post == posts_.end() || post->deleted))
    return failed(false, "the message is gone");
  if (!changing && post != posts_.end()) return place_of(*post);
  if (!changing) {
    const auto channel = channel_id(out.place.channel);
    if (!channel) return failed(false, channel.error().message);
    Post made;
    made.id = "m" + std::to_string(posts_.size() + 1);
    made.author = kBot;
    made.channel = *channel;
    made.thread = out.place.thread;
    made.client_id = out.client_id;
    post = posts_.insert(posts_.end(), made);
  }
  post->text = text;
  post->message = out.message;
  if (out.message.file) post->files[out.message.file->name] = out.message.file->text;
  return place_of(*post);
}

std::optional<Delivery> FakeChat::find(const core::Outgoing& out, std::stop_token) {
  const std::lock_guard lock(mutex_);
  const auto post = std::ranges::find(posts_, out.client_id, &Post::client_id);
  if (down_ || out.client_id.empty() || post == posts_.end()) return std::nullopt;
  return place_of(*post);
}

Result<core::Person> FakeChat::find_person(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const std::string plain = name.starts_with('@') ? name.substr(1) : name;
  const auto id = people_.contains(plain) ? plain : id_of(plain);
  if (!people_.contains(id)) return not_found(name + ": there is no such person");
  return person(id);
}

Result<std::vector<core::Person>> FakeChat::find_group(const std::string& name) {
  const std::lock_guard lock(mutex_);
  if (name == "#ops") return invalid(name + ": anybody can join it");
  if (name != "#ops-prod") return not_found(name + ": there is no such group");
  std::vector<core::Person> members;
  for (const auto& [id, who] : people_) {
    if (who.let_in && !who.guest && !who.bot) members.push_back(person(id));
  }
  return members;
}

std::vector<core::Finding> FakeChat::check(const std::vector<std::string>& channels,
                                           std::stop_token) {
  using Level = core::Finding::Level;
  if (down_) return {{Level::bad, "the chat does not answer", "see whether it runs"}};
  std::vector<core::Finding> findings = {{Level::good, "signed in", ""}};
  for (const auto& channel : channels) {
    const auto id = channel_id(channel);
    if (id) findings.push_back({Level::good, "reads " + channel, ""});
    if (!id) findings.push_back({Level::bad, id.error().message, "name another channel"});
  }
  return findings;
}

// --- What goes wrong ---

void FakeChat::set_connected(bool up) {
  {
    const std::lock_guard lock(calling_);
    if (!running_ || connected_ == up) return;
    connected_ = up;
    desk_->connection_changed(name_, up, up ? "" : "the connection was cut");
  }
  const std::lock_guard lock(mutex_);
  changed_.notify_all();
}

void FakeChat::set_down(bool down) {
  down_ = down;
  set_connected(!down);
}

void FakeChat::limit(int calls) { limited_ = calls; }
void FakeChat::lose_answers(int calls) { losing_ = calls; }

}  // namespace countersign::support
