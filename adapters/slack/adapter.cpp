#include "adapters/slack/adapter.h"

#include "adapters/slack/doctor.h"
#include "adapters/slack/groups.h"
#include "adapters/slack/link.h"

namespace countersign::adapters::slack {

struct SlackAdapter::Impl {
  std::shared_ptr<Link> link;
};

SlackAdapter::SlackAdapter(net::Io& io, Options options, core::IdSource& ids)
    : impl_(std::make_shared<Impl>(Impl{std::make_shared<Link>(io, std::move(options), ids)})) {}

SlackAdapter::~SlackAdapter() { stop(); }

const std::string& SlackAdapter::name() const { return impl_->link->options.name; }

void SlackAdapter::start(core::Inbox& inbox, core::ChatDesk& desk) {
  impl_->link->begin(inbox, desk);
}

void SlackAdapter::stop() { impl_->link->end(); }

bool SlackAdapter::connected() const { return impl_->link->connected; }

// About one message a second in a channel, with short bursts.
core::Pace SlackAdapter::pace() const { return {std::chrono::seconds(1), 4}; }

core::Delivery SlackAdapter::deliver(const core::Outgoing& out, std::stop_token stop) {
  return impl_->link->sender.deliver(out, stop);
}

std::optional<core::Delivery> SlackAdapter::find(const core::Outgoing& out, std::stop_token stop) {
  return impl_->link->sender.find(out, stop);
}

// Who is named may be a guest or of another workspace; who has left, or is none, may nothing (T34).
Result<core::Person> SlackAdapter::find_person(const std::string& name) {
  auto& link = *impl_->link;
  const auto user = link.people.find(name, link.stopping.get_token());
  if (!user) return Error{user.error().kind, name + ": " + user.error().message};
  if (user->deleted) return not_found(name + " is deactivated");
  if (user->is_bot) return not_found(name + " is a bot");
  return link.people.person(*user);
}

Result<std::vector<core::Person>> SlackAdapter::find_group(const std::string& name) {
  auto& link = *impl_->link;
  return people_of_group(name, link.api, link.people, link.stopping.get_token());
}

std::vector<core::Finding> SlackAdapter::check(const std::vector<std::string>& channels,
                                               std::stop_token stop) {
  auto& link = *impl_->link;
  return examine(link.api, link.channels, channels, stop);
}

}  // namespace countersign::adapters::slack
