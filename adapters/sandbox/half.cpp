#include "adapters/sandbox/half.h"

#include "adapters/sandbox/control.h"
#include "adapters/sandbox/hooks.h"
#include "adapters/sandbox/router.h"
#include "adapters/sandbox/seed.h"
#include "adapters/sandbox/snapshot.h"
#include "adapters/sandbox/socket.h"
#include "bot/obs/log.h"

namespace countersign::adapters::sandbox {
namespace {

constexpr std::chrono::milliseconds kSaveAfter{500};  // changes in between are written together

// A chat that cannot be kept still works: it is said, and tried again after the next change.
void keep(const std::string& path, const std::string& text) {
  if (const Result<void> written = write_file(path, text); !written) {
    obs::error("the sandbox could not be saved", {{"why", written.error().message}});
  }
}

}  // namespace

Half::Half(net::Io& io, const SandboxOptions& options, Customs customs,
           net::HttpServerOptions server)
    : chat(io, options, std::move(customs), [this] { save_soon(); }),
      server_(
          io, std::move(server),
          [this](const net::HttpRequest& request, const net::HttpServer::Respond& respond) {
            serve(request, respond);
          },
          [this](const net::HttpRequest& request, std::shared_ptr<net::ServerSocket> socket,
                 net::HttpResponse& refusal) {
            if (upgrades_first && upgrades_first(request)) {
              return upgrade_first(request, std::move(socket), refusal);
            }
            return upgrade(chat, request, std::move(socket), refusal);
          }) {}

void Half::serve(const net::HttpRequest& request, const net::HttpServer::Respond& respond) {
  if (serve_first && serve_first(request, respond)) return;
  if (request.path.starts_with("/api/v4/")) return route(chat, request, respond);
  if (request.path.starts_with("/control/")) return respond(control(chat, request));
  if (request.path.starts_with("/hooks/") && request.method == "POST") {
    return respond(incoming_hook(chat, request));
  }
  respond(page_file(request));
}

Result<void> Half::load() {
  const std::string& path = chat.options.snapshot_file;
  if (!path.empty()) {
    const Result<std::string> text = read_file(path);
    if (!text) return text.error();
    const Result<void> read = text->empty() ? Result<void>() : from_snapshot(chat.world, *text);
    if (!read) return invalid(path + ": " + read.error().message);
  }
  seed(chat.world);
  return {};
}

Result<std::uint16_t> Half::start() {
  if (const Result<void> loaded = load(); !loaded) return loaded.error();
  return server_.start();
}

void Half::save_soon() {
  if (chat.options.snapshot_file.empty() || saving_ || stopped_) return;
  saving_ = true;
  chat.io.after(kSaveAfter, [this] { save(); });
}

// The text is made here, where the world holds still; the disk is for another thread.
void Half::save() {
  if (stopped_) return;
  saving_ = false;
  if (writer_.joinable()) writer_.join();
  writer_ = std::jthread(
      [path = chat.options.snapshot_file, text = to_snapshot(chat.world)] { keep(path, text); });
}

// Doors first, then what is under way.
void Half::stop() {
  server_.stop();
  chat.outgoing.stop();
  run_on(chat.io, [this] { stopped_ = true; });
}

void Half::keep_for_good() {
  if (writer_.joinable()) writer_.join();
  if (!chat.options.snapshot_file.empty()) {
    keep(chat.options.snapshot_file, to_snapshot(chat.world));
  }
}

}  // namespace countersign::adapters::sandbox
