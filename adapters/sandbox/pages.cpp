// The page: its files are constants, made from web/ at build time.
#include <algorithm>

#include "adapters/sandbox/control.h"
#include "web/files.h"

namespace countersign::adapters::sandbox {
namespace {

struct MimeType {
  std::string_view ending, type;
};
constexpr MimeType kTypes[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".svg", "image/svg+xml"},
};

// Messages are other people's text: nothing but our own scripts may run.
constexpr const char* kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

}  // namespace

net::HttpResponse page_file(const net::HttpRequest& request) {
  const std::string name = request.path == "/" ? "index.html" : request.path.substr(1);
  const auto file = std::ranges::find(kWebFiles, name, &WebFile::name);
  if (request.method != "GET" || name.empty() || file == std::end(kWebFiles)) {
    return json_response(404, {{"message", "nothing here"}});
  }
  const auto type =
      std::ranges::find_if(kTypes, [&](const MimeType& one) { return name.ends_with(one.ending); });
  return {200,
          {{"Content-Type", std::string(type == std::end(kTypes) ? "text/plain" : type->type)},
           {"Content-Security-Policy", kPolicy},
           {"X-Content-Type-Options", "nosniff"},
           {"Referrer-Policy", "no-referrer"},
           {"Cache-Control", "no-cache"}},
          std::string(file->text)};
}

}  // namespace countersign::adapters::sandbox
