// A chat server of ours, in memory: speaks Mattermost 5.37's REST (/api/v4) and WebSocket over real
// sockets, so that the demo, the tests and the first run need no chat service. A page for people is
// at GET /.
//
// The control interface lives on the same port under /control and answers loopback addresses only:
//   GET  /control/page-info                      what the page needs: team, channels, people with
//   their tokens POST /control/sockets/cut    {user}          ends all sockets of a user without a
//   close frame POST /control/sockets/deaf   {user}          they stay open and answer pings, but
//   get no event and no reply POST /control/rest/refuse    {count, status, after?, user?, path?}
//                                                the next calls (after letting `after` through) are
//                                                answered `status` at once; 429 comes as Mattermost
//                                                sends it (text, Retry-After: 1)
//   POST /control/rest/delay     {ms}            every later REST call is answered that much later;
//   0 ends it POST /control/users          {username}      adds a person to the team and to the
//   open channels POST /control/users/rename   {user, username}
// `user` is a username or an id. Every POST answers {"status": "OK"} and what it made.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "bot/core/json.h"
#include "bot/core/result.h"

namespace countersign::adapters::sandbox {

struct SandboxOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8065;  // 0: any free one
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
  // Unix milliseconds; empty: the system's. Trigger ids (3 s) and the memory for pending_post_id
  // (30 s) go by it.
  std::function<std::int64_t()> clock;
};

struct SandboxUser {
  std::string id, username, token;
};

struct SandboxInfo {
  std::string base_url;  // "http://127.0.0.1:8065"
  std::string ws_url;    // "ws://127.0.0.1:8065/api/v4/websocket"
  std::string team_id, team_name;
  std::map<std::string, std::string> channels;  // name to id
  SandboxUser bot;
  std::map<std::string, SandboxUser> users;  // admin, alice, bob, carol; by username
  Json json() const;                         // the "mattermost" part of what `demo --json` prints
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
