// What the HTTP server answers: the door, the API, clicks from chats, health, metrics.
#pragma once
#include <functional>
#include <map>
#include <string>

#include "adapters/net/http_server.h"
#include "adapters/webhook/routes.h"
#include "bot/app/api.h"

namespace countersign::app {

class Front {
 public:
  using Handler = net::HttpServer::Handler;

  explicit Front(std::function<std::map<std::string, std::string>()> missing)
      : missing_(std::move(missing)) {}
  // Before the server starts.
  void set_door(adapters::webhook::WebhookRoutes* door) { door_ = door; }
  void set_api(Api* api) { api_ = api; }
  void add(const std::string& path, Handler handler) { exact_[path] = std::move(handler); }

  void handle(net::HttpRequest request, net::HttpServer::Respond respond) const;

 private:
  net::HttpResponse answer(const net::HttpRequest& request) const;

  std::function<std::map<std::string, std::string>()> missing_;
  adapters::webhook::WebhookRoutes* door_ = nullptr;
  Api* api_ = nullptr;
  std::map<std::string, Handler> exact_;
};

}  // namespace countersign::app
