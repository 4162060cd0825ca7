// Files: upload, information, contents.
#include <optional>

#include "adapters/sandbox/multipart.h"
#include "adapters/sandbox/router.h"
#include "adapters/sandbox/shape.h"

namespace countersign::adapters::sandbox {
namespace {

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
    file.id = chat.world.ids.fresh("file");
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
