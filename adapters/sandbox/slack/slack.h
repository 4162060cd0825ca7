// The Slack half: the chat of the people on one side, the Web API and Socket Mode for the app on
// the other. All of it belongs to the io thread.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "adapters/sandbox/half.h"
#include "adapters/sandbox/slack/record.h"
#include "adapters/sandbox/slack/sockets.h"
#include "adapters/sandbox/slack/tickets.h"

namespace countersign::adapters::sandbox::slack {

Customs customs();

// Who the app is; everything but the scopes follows from the seed.
struct Identity {
  std::string app_id, bot_id, bot_user_id;
  std::string app_token, bot_token;
  std::vector<std::string> scopes;
};

// An answer prepared by the control interface for the next calls of a method.
struct PlannedFailure {
  std::string method;
  net::HttpResponse response;
  int count = 1;
  bool after = false;  // the call is carried out first
};

// A message that one person sees, and that is kept nowhere else.
struct Whisper {
  std::string user_id;
  Post post;
};

struct View {
  Json view;  // as the app is shown it
  std::string user_id;
  bool open = true;
};

struct Slack {
  explicit Slack(Chat& the_chat);

  // Once the port is known.
  void begin(std::uint16_t port);
  // False: the request is for the people's side.
  bool serve(const net::HttpRequest& request, const net::HttpServer::Respond& respond);

  User& bot() { return *chat.world.user(who.bot_user_id); }

  Chat& chat;
  Identity who;
  std::string base_url;
  Sockets sockets;
  Triggers triggers;
  ResponseUrls response_urls;
  Limiter posts;  // new messages, by channel
  Record calls;
  int next_call = 1;
  std::vector<PlannedFailure> failures;
  std::map<std::string, Whisper> whispers;     // by ts
  std::map<std::string, View> views;           // by id
  std::map<std::string, std::string> homes;    // views, by person
  std::map<std::string, std::string> uploads;  // files to come, by the secret of their address
};

}  // namespace countersign::adapters::sandbox::slack
