// Files: multipart upload, information, contents.
#include <optional>

#include "adapters/sandbox/router.h"
#include "adapters/sandbox/shape.h"

namespace countersign::adapters::sandbox {
namespace {

struct Part {
  std::string name, filename, type, bytes;
};

// The value of `key="..."` in a header line.
std::string quoted(std::string_view line, std::string_view key) {
  const std::string start = std::string(key) + "=\"";
  const std::size_t at = line.find(start);
  if (at == line.npos) return "";
  const std::size_t from = at + start.size();
  return std::string(line.substr(from, line.find('"', from) - from));
}

Part read_part(std::string_view text) {
  Part part;
  const std::size_t blank = text.find("\r\n\r\n");
  std::string_view head = text.substr(0, blank);
  if (blank != text.npos) part.bytes = text.substr(blank + 4);
  while (!head.empty()) {
    const std::size_t end = head.find("\r\n");
    const std::string_view line = head.substr(0, end);
    if (line.find("form-data") != line.npos) {
      part.name = quoted(line, "; name");
      part.filename = quoted(line, "filename");
    } else if (const std::size_t colon = line.find(": "); colon != line.npos) {
      part.type = line.substr(colon + 2);
    }
    head.remove_prefix(end == head.npos ? head.size() : end + 2);
  }
  return part;
}

// Lenient about what surrounds the parts, strict about where they end: at a mark on a line of its
// own.
std::vector<Part> read_multipart(const net::HttpRequest& request) {
  const std::string* const type = net::find_header(request.headers, "Content-Type");
  const std::size_t at = type ? type->find("boundary=") : std::string::npos;
  if (at == std::string::npos) throw bad_body("multipart form");
  std::string boundary = type->substr(at + 9, type->find(';', at) - at - 9);
  std::erase(boundary, '"');
  const std::string mark = "--" + boundary;
  std::vector<Part> parts;
  std::string_view rest = request.body;
  std::size_t from = rest.find(mark);
  while (from != rest.npos) {
    rest.remove_prefix(from + mark.size());
    from = rest.find("\r\n" + mark);
    if (!rest.starts_with("\r\n") || from == rest.npos) break;
    parts.push_back(read_part(rest.substr(2, from - 2)));
    from += 2;
  }
  return parts;
}

std::optional<Answer> upload(Chat& chat, Call& call) {
  const std::vector<Part> parts = read_multipart(call.request);
  std::string channel_id = call.query_text("channel_id");
  for (const Part& part : parts) {
    if (part.name == "channel_id") channel_id = part.bytes;
  }
  const Channel* const channel = chat.world.channel(channel_id);
  if (!channel || !chat.world.can_write(*channel, *call.user)) {
    throw no_permission(*call.user, "upload_file");
  }
  Json infos = Json::array();
  for (const Part& part : parts) {
    if (part.filename.empty()) continue;
    File file;
    file.id = chat.world.ids.fresh();
    file.user_id = call.user->id;
    file.name = part.filename;
    file.mime_type = part.type.empty() ? "application/octet-stream" : part.type;
    file.bytes = part.bytes;
    file.create_at = chat.world.now();
    infos.push_back(file_shape(file));
    chat.world.files.emplace(file.id, std::move(file));
  }
  chat.changed();
  return Answer{.status = 201, .body = {{"file_infos", infos}, {"client_ids", Json::array()}}};
}

// Until it is attached, a file is its uploader's alone.
const File& readable_file(Chat& chat, const Call& call) {
  const auto at = chat.world.files.find(call.param("file_id"));
  if (at == chat.world.files.end()) {
    throw Refusal{404, "app.file_info.get.app_error", "Unable to get the file info.", ""};
  }
  const Post* const post = chat.world.live_post(at->second.post_id);
  const bool visible =
      post && chat.world.can_read(*chat.world.channel(post->channel_id), *call.user);
  if (!visible && at->second.user_id != call.user->id) {
    throw no_permission(*call.user, "read_channel");
  }
  return at->second;
}

std::optional<Answer> info(Chat& chat, Call& call) {
  return Answer{.body = file_shape(readable_file(chat, call))};
}

// Always as an attachment: an uploaded page must not run as one of ours.
std::optional<Answer> download(Chat& chat, Call& call) {
  const File& file = readable_file(chat, call);
  return Answer{.headers = {{"Content-Type", "application/octet-stream"},
                            {"X-Content-Type-Options", "nosniff"},
                            {"Content-Disposition", "attachment"}},
                .bytes = file.bytes};
}

constexpr Route kRoutes[] = {
    {"POST", "files", upload},
    {"GET", "files/{file_id}", download},
    {"GET", "files/{file_id}/info", info},
};

}  // namespace

std::span<const Route> file_routes() { return kRoutes; }

}  // namespace countersign::adapters::sandbox
