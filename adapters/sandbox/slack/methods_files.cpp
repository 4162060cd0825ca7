// files.*: the upload in three steps, and reading a file back.
#include "adapters/sandbox/fields.h"
#include "adapters/sandbox/multipart.h"
#include "adapters/sandbox/slack/content.h"
#include "adapters/sandbox/slack/text.h"
#include "adapters/sandbox/slack/wire.h"
#include "bot/core/digest.h"

namespace countersign::adapters::sandbox::slack {
namespace {

Json get_upload_url(Slack& slack, ApiCall& call) {
  World& world = slack.chat.world;
  call.number("length", 0, SIZE_MAX);  // only refused if it is none
  const std::string secret = world.ids.fresh();
  File file;
  file.id = world.ids.fresh("file");
  file.user_id = slack.who.bot_user_id;
  file.name = call.text("filename");
  file.mime_type = "text/plain";
  file.create_at = world.now();
  slack.uploads[secret] = file.id;
  const std::string id = file.id;
  world.files.emplace(id, std::move(file));
  return {{"upload_url", slack.base_url + "/upload/v1/" + secret}, {"file_id", id}};
}

// An uploaded file of the bot's that was not shared yet.
File& uploaded(Slack& slack, const std::string& id) {
  const auto file = slack.chat.world.files.find(id);
  const bool ours = file != slack.chat.world.files.end() &&
                    file->second.user_id == slack.who.bot_user_id && file->second.post_id.empty();
  if (!ours) throw ApiError{"file_not_found", {}};
  for (const auto& [secret, upload] : slack.uploads) {
    if (upload == id) throw ApiError{"file_not_found", {}};  // nothing has come yet
  }
  return file->second;
}

void share(Slack& slack, const ApiCall& call, const std::string& channel_id,
           const std::vector<std::string>& files) {
  Channel& channel = visible_channel(slack, channel_id);
  if (!slack.chat.world.is_member(channel, slack.who.bot_user_id)) {
    throw ApiError{"not_in_channel", {}};
  }
  Draft draft;
  draft.user_id = slack.who.bot_user_id;
  draft.channel_id = channel.id;
  draft.message = from_bot(call.text("initial_comment"));
  draft.file_ids = files;
  const std::string thread_ts = call.text("thread_ts");
  if (!thread_ts.empty()) {
    const Post* const parent = find_message(slack, channel.id, thread_ts);
    if (!parent) throw ApiError{"invalid_thread_ts", {}};
    draft.root_id = parent->thread();
  }
  const Json blocks = read_blocks(slack, call);
  if (!blocks.is_null()) draft.props = props_of({{"blocks", blocks}});
  slack.chat.posting.create(std::move(draft));
}

Json complete_upload(Slack& slack, ApiCall& call) {
  const Json files = call.structure("files");
  if (!files.is_array() || files.empty()) {
    throw bad_arguments({"missing required field: files"});
  }
  std::vector<std::string> ids;
  for (const Json& one : files) {
    File& file = uploaded(slack, text_at(one, "id"));
    file.title = text_at(one, "title");
    ids.push_back(file.id);
  }
  std::string channel = call.text("channel_id");
  if (channel.empty()) channel = call.text("channels").substr(0, call.text("channels").find(','));
  if (!channel.empty()) share(slack, call, channel, ids);
  Json shapes = Json::array();
  for (const std::string& id : ids) {
    shapes.push_back(file_shape(slack, slack.chat.world.files.at(id)));
  }
  return {{"files", std::move(shapes)}};
}

const Method kMethods[] = {
    {"files.getUploadURLExternal", get_upload_url, "files:write", {"filename", "length"}, false},
    {"files.completeUploadExternal", complete_upload, "files:write", {"files"}},
};

std::string last_segment(const std::string& path) { return path.substr(path.rfind('/') + 1); }

net::HttpResponse plain(int status, std::string text) {
  return {status, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(text)};
}

}  // namespace

std::span<const Method> file_methods() { return kMethods; }

// The address is the permission. Raw bytes, or a form with one file.
net::HttpResponse receive_upload(Slack& slack, const net::HttpRequest& request) {
  const auto upload = slack.uploads.find(last_segment(request.path));
  if (upload == slack.uploads.end()) return plain(404, "no such upload");
  File& file = slack.chat.world.files.at(upload->second);
  const std::string* const type = net::find_header(request.headers, "Content-Type");
  if (type && type->starts_with("multipart/")) {
    for (const Part& part : read_multipart(request)) {
      if (!part.filename.empty() || part.name == "file") file.bytes = part.bytes;
    }
  } else {
    file.bytes = request.body;
  }
  slack.uploads.erase(upload);
  return plain(200, "OK - " + std::to_string(file.bytes.size()));
}

net::HttpResponse private_file(Slack& slack, const net::HttpRequest& request) {
  const std::size_t from = std::string_view("/files-pri/").size();
  const std::string id = request.path.substr(from, request.path.find('/', from) - from);
  const auto file = slack.chat.world.files.find(id);
  const bool allowed = core::same_secret(token_of(request), slack.who.bot_token);
  if (!allowed || file == slack.chat.world.files.end()) return plain(404, "no such file");
  return {200,
          {{"Content-Type", "application/octet-stream"},
           {"X-Content-Type-Options", "nosniff"},
           {"Content-Disposition", "attachment"}},
          file->second.bytes};
}

}  // namespace countersign::adapters::sandbox::slack
