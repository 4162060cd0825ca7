// The part of the control interface that only Slack's half has.
#pragma once
#include "adapters/sandbox/slack/acts.h"

namespace countersign::adapters::sandbox::slack {

// False: no command of this half.
bool control(Slack& slack, const net::HttpRequest& request,
             const net::HttpServer::Respond& respond);

// Has a person do something and answers once it is done.
void perform(Slack& slack, User& who, const std::string& act, const Json& body,
             const net::HttpServer::Respond& respond);

}  // namespace countersign::adapters::sandbox::slack
