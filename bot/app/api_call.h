// One request to the API and what answers it: the table of these is at once what is served, what is
// checked and what the OpenAPI document says.
#pragma once
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "bot/core/json.h"
#include "bot/core/ports/inbox.h"
#include "bot/engine/voting.h"
#include "bot/store/tokens.h"

namespace countersign::app {

inline constexpr std::size_t kEventBody = 256 * 1024;  // bytes, of routes that take events

struct ApiField {
  enum class In { path, query, header, body };
  In in = In::body;
  std::string name;
  std::string about;
  bool required = false;
  std::size_t longest = 500;        // characters
  std::vector<std::string> values;  // empty: any text
  bool json = false;                // an object or a list; handed on as JSON text
};

struct ApiCall {
  store::Token token;                         // whose call it is
  std::map<std::string, std::string> values;  // of the route's fields, as far as given

  std::string value(const std::string& name) const {
    const auto found = values.find(name);
    return found == values.end() ? "" : found->second;
  }
};

struct ApiAnswer {
  int status = 200;
  Json body = Json::object();
  std::chrono::seconds retry_after{0};  // zero: not said
};
// {"error": one word for programs, "message": a sentence for people}
ApiAnswer refusal(int status, const std::string& error, const std::string& message);

struct ApiRoom {
  const engine::Deps& deps;
  engine::Voting& voting;
  core::Inbox& inbox;
};

struct ApiRoute {
  std::string method;  // GET or POST
  std::string path;    // may contain {id}
  std::string id;      // what programs call it
  std::string summary;
  std::string answers;  // schema of the 200, in api_document.cpp
  std::vector<ApiField> fields;
  ApiAnswer (*handle)(const ApiRoom&, const ApiCall&);  // may block
  bool feeds = false;  // takes events: bodies may be larger and come more often, 202 is an answer

  bool changes() const { return method == "POST"; }
};

}  // namespace countersign::app
