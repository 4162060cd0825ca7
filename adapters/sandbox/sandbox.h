// Two chat servers of ours, in memory, over real sockets, so that the demo, the tests and the first
// run need no chat service: one speaks Mattermost 5.37's REST (/api/v4) and WebSocket, the other
// Slack's Web API (/api/METHOD) and Socket Mode. A page for people is at GET / of either.
//
// The control interface lives on the same port under /control and answers loopback addresses only.
// Bodies are JSON; `user` is a username or an id.
//
// Of both:
//   GET  /control/page-info                     what the page needs: team, people with their tokens
//   POST /control/sockets/cut   {user}          ends all sockets of a user without a close frame
//   POST /control/sockets/deaf  {user}          they stay open and answer pings, but get no event
//   POST /control/rest/refuse   {count, status, after?, user?, path?}
//                                               the next calls (after letting `after` through) are
//                                               answered `status` at once; 429 comes as Mattermost
//                                               sends it (text, Retry-After: 1)
//   POST /control/rest/delay    {ms}            every later call is answered that much later; 0
//   ends
//                                               it
//   POST /control/users         {username, guest?, bot?}   adds one to the team and to the open
//                                               channels; Slack: also outsider?, of another team
//   POST /control/users/rename  {user, username}
//
// Of Slack's half, as tools that check doubles of Slack expect it:
//   POST /control/reset         {}              forgets calls, acks, deliveries, planned failures
//   POST /control/emit          {type, payload, accepts_response_payload, ack_timeout_ms?,
//                                retry_delays_ms?}
//                                               sends an envelope to one connection of the app
//   POST /control/disconnect    {reason, close_after_ms?} or {mode: "abort"}
//   POST /control/fail-next     {method, status, headers?, body?, count?, after?}
//                                               the next calls of a method are answered so; with
//                                               `after` they are carried out all the same
//   GET  /control/sent                          calls, acks, deliveries, connections since the
//   reset
// and to play people without a browser (`channel` is a name or an id):
//   POST /control/say           {user, channel, text, thread_ts?}    -> channel, ts
//   POST /control/edit          {user, channel, ts, text}
//   POST /control/delete        {user, channel, ts}
//   POST /control/react         {user, channel, ts, name, remove?}
//   POST /control/click         {user, channel, ts, action_id, block_id?, selected?, wait?} or with
//                               {view_id, action_id}                 -> envelope_id
//   POST /control/slash         {user, channel, text, wait?}         -> envelope_id
//   POST /control/submit        {user, view_id, values}              -> acked, response_action,
//                                               errors, once the app has answered; `values` are
//                                               {block_id: text, or value of the option}
//   POST /control/close         {user, view_id}
//   POST /control/open          {user, with}    a direct channel     -> channel
//                                               `wait` answers once the app has: acked, payload
//   GET  /control/seen?user=                    ephemeral messages shown to, views open for, a user
//   GET  /control/messages?channel=[&thread_ts=]   messages as the Web API shows them
//   POST /control/members       {channel, user, remove?}      a person or the bot comes or goes
//   POST /control/groups        {handle, users}               makes a user group or changes it
//   POST /control/scopes        {scopes}                      what the bot token may do
// Every POST answers {"ok": true, ...}.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bot/core/json.h"
#include "bot/core/result.h"

namespace countersign::adapters::sandbox {

struct SandboxOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8065;  // of Mattermost; 0: any free one
  // Of Slack; none: 8066, or any free one where `port` is 0.
  std::optional<std::uint16_t> slack_port;
  // Ids and tokens of the people, the team and the channels follow from it: the same seed, the same
  // ids.
  std::string seed = "countersign";
  // The world is read from here on start and written here soon after changes and on stop; empty:
  // nothing is kept.
  std::string snapshot_file;
  std::string bot_page;  // address of the bot's server page, linked from ours; may be set later
  std::chrono::milliseconds ping_interval{60'000};  // WebSocket pings to clients
  std::chrono::milliseconds auth_window{5'000};     // for a socket to prove who it is
  std::chrono::milliseconds click_timeout{30'000};  // for an integration to answer a click
  std::chrono::milliseconds inactive_for{
      300'000};  // after it, a cut connection can no longer be resumed
  // REST calls and upgrades per second and token (or address); 0: no limit. Beyond the burst: 429.
  int rate_per_second = 0;
  int rate_burst = 100;
  // Slack: new messages per second and channel; 0: no limit. Beyond a burst of two: 429.
  int slack_posts_per_second = 0;
  std::chrono::milliseconds slack_ack_timeout{3'000};
  // After each of them an event comes again that was not acked.
  std::vector<std::chrono::milliseconds> slack_retry_delays = {
      std::chrono::milliseconds(0), std::chrono::seconds(60), std::chrono::seconds(300)};
  std::vector<std::string> slack_commands = {"/countersign"};
  // Unix milliseconds; empty: the system's. Trigger ids (3 s) and the memory for pending_post_id
  // (30 s) go by it.
  std::function<std::int64_t()> clock;
};

struct SandboxUser {
  std::string id, username, token;
};

struct SlackInfo {
  std::string page;         // "http://127.0.0.1:8066/"
  std::string api_url;      // "http://127.0.0.1:8066/api/"
  std::string control_url;  // "http://127.0.0.1:8066/control"
  std::string app_token, bot_token;
  std::string team_id, team_name;
  std::string bot_user_id, bot_id, app_id;
  std::map<std::string, std::string> channels;  // name to id
  std::map<std::string, SandboxUser> users;     // by username; the tokens are for the page
};

struct SandboxInfo {
  std::string base_url;  // "http://127.0.0.1:8065"
  std::string ws_url;    // "ws://127.0.0.1:8065/api/v4/websocket"
  std::string team_id, team_name;
  std::map<std::string, std::string> channels;  // name to id
  SandboxUser bot;
  std::map<std::string, SandboxUser> users;  // admin, alice, bob, carol; by username
  SlackInfo slack;
  Json json() const;        // the "mattermost" part of what `demo --json` prints
  Json slack_json() const;  // the "slack" part
};

class Sandbox {
 public:
  Sandbox();
  ~Sandbox();  // stop()
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  // Returns when it listens. An Error names what is wrong: address in use, unreadable snapshot.
  Result<SandboxInfo> start(SandboxOptions options);
  void set_bot_page(std::string url);  // thread-safe; the link shown on the page
  void stop();                         // closes everything and writes the snapshot; twice-safe

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace countersign::adapters::sandbox
