#include "adapters/mattermost/adapter.h"

#include "adapters/mattermost/checkup.h"
#include "adapters/mattermost/groups.h"
#include "adapters/mattermost/session.h"

namespace countersign::adapters::mattermost {
namespace {

Options cleaned(Options options) {
  while (options.url.ends_with('/')) options.url.pop_back();
  while (options.public_url.ends_with('/')) options.public_url.pop_back();
  return options;
}

Reach::Settings reach_of(const Options& options) {
  return {options.name, options.public_url + options.callback_path, options.token,
          options.probe_every};
}

}  // namespace

struct MattermostAdapter::Impl {
  Impl(net::Io& loop, Options given, core::IdSource& source)
      : io(loop),
        options(cleaned(std::move(given))),
        ids(source),
        api(options.url, options.token),
        people(options.name, api),
        channels(options.team, api),
        groups(api, people, channels),
        reach(std::make_shared<Reach>(reach_of(options), io, api, people, channels, ids)),
        sender(options.public_url + options.callback_path, api, people, channels, *reach) {}

  // Fixed after construction, or with locking of their own.
  net::Io& io;
  const Options options;
  core::IdSource& ids;
  const WebApi api;
  People people;
  Channels channels;
  Groups groups;
  const std::shared_ptr<Reach> reach;
  Sender sender;
  std::stop_source stopping;
  std::atomic<bool> running = false;
  std::shared_ptr<Session> session;  // fixed once running
};

MattermostAdapter::MattermostAdapter(net::Io& io, Options options, core::IdSource& ids)
    : impl_(std::make_unique<Impl>(io, std::move(options), ids)) {}

MattermostAdapter::~MattermostAdapter() { stop(); }

const std::string& MattermostAdapter::name() const { return impl_->options.name; }

void MattermostAdapter::start(core::Inbox& inbox, core::ChatDesk& desk) {
  impl_->session =
      std::make_shared<Session>(Session::Parts{impl_->io, impl_->options, impl_->ids, impl_->api,
                                               impl_->people, impl_->sender, *impl_->reach},
                                inbox, desk);
  impl_->session->start();
  impl_->running = true;
}

void MattermostAdapter::stop() {
  impl_->stopping.request_stop();
  if (impl_->running.exchange(false)) impl_->session->stop();
}

bool MattermostAdapter::connected() const { return impl_->running && impl_->session->connected(); }

core::Delivery MattermostAdapter::deliver(const core::Outgoing& out, std::stop_token stop) {
  return impl_->sender.deliver(out, stop);
}

std::optional<core::Delivery> MattermostAdapter::find(const core::Outgoing& out,
                                                      std::stop_token stop) {
  return impl_->sender.find(out, stop);
}

core::Pace MattermostAdapter::pace() const { return {}; }

// Who is named may be a guest or of another server; who has left, or is none, may nothing (T34).
Result<core::Person> MattermostAdapter::find_person(const std::string& name) {
  const auto stop = impl_->stopping.get_token();
  const std::string plain = name.starts_with('@') ? name.substr(1) : name;
  const auto user = looks_like_id(plain) ? impl_->people.by_id_anew(plain, stop)
                                         : impl_->people.by_name(plain, stop);
  if (!user) return Error{user.error().kind, name + ": " + user.error().message};
  if (!user->active) return not_found(name + " is deactivated");
  if (user->is_bot) return not_found(name + " is a bot");
  return impl_->people.person(*user);
}

Result<std::vector<core::Person>> MattermostAdapter::find_group(const std::string& name) {
  return impl_->groups.members(name, impl_->stopping.get_token());
}

std::vector<core::Finding> MattermostAdapter::check(const std::vector<std::string>& channels,
                                                    std::stop_token stop) {
  return Checkup({impl_->io, impl_->options.url, impl_->options.token, impl_->options.team,
                  impl_->api, impl_->people, impl_->channels, *impl_->reach},
                 std::move(stop))
      .run(channels);
}

void MattermostAdapter::handle_http(const net::HttpRequest& request,
                                    net::HttpServer::Respond respond) {
  const auto refuse = [&respond](int status, const std::string& why) {
    respond({status, {}, Json{{"error", why}}.dump()});
  };
  if (request.method != "POST") return refuse(405, "what people do is posted here");
  const auto callback = parse_callback(request.body);
  if (!callback) return refuse(400, callback.error().message);
  if (auto answer = impl_->reach->answer(*callback)) return respond(std::move(*answer));
  if (!impl_->running) return refuse(503, "the bot is starting or stopping");
  impl_->session->click(*callback, std::move(respond));
}

}  // namespace countersign::adapters::mattermost
