#include "adapters/sandbox/slack/content.h"

#include "adapters/sandbox/fields.h"
#include "adapters/sandbox/shape.h"
#include "adapters/sandbox/slack/blocks.h"
#include "adapters/sandbox/slack/elements.h"
#include "adapters/sandbox/slack/text.h"
#include "adapters/sandbox/slack/wire.h"

namespace countersign::adapters::sandbox::slack {
namespace {

constexpr std::size_t kLongestText = 40'000;
constexpr std::size_t kMostAttachments = 100;
constexpr std::size_t kLongestMarkdown = 12'000;

ApiError invalid_blocks(const std::vector<std::string>& problems) {
  ApiError error = bad_arguments(problems);
  error.code = "invalid_blocks";
  error.more["errors"] = problems;
  return error;
}

void check_blocks(Slack& slack, Json& blocks, const std::string& at) {
  if (const auto problems = block_problems(blocks, Surface::message, at); !problems.empty()) {
    throw invalid_blocks(problems);
  }
  complete_blocks(blocks, [&] { return slack.chat.world.ids.fresh(); });
}

// Numbered from one, with a colour that has lost its '#'.
Json read_attachments(Slack& slack, const ApiCall& call) {
  Json list = call.structure("attachments", "invalid_attachments");
  if (!list.is_array()) return nullptr;
  if (list.size() > kMostAttachments) throw ApiError{"too_many_attachments", {}};
  for (std::size_t i = 0; i < list.size(); ++i) {
    Json& one = list[i];
    if (!one.is_object()) throw ApiError{"invalid_attachments", {}};
    one["id"] = i + 1;
    if (!one.contains("fallback")) one["fallback"] = "[no preview available]";
    if (text_at(one, "color").starts_with('#')) one["color"] = text_at(one, "color").substr(1);
    if (one.contains("blocks")) {
      check_blocks(slack, one["blocks"], "/attachments/" + std::to_string(i) + "/blocks");
    }
  }
  return list;
}

Json read_metadata(const ApiCall& call) {
  Json metadata = call.structure("metadata", "invalid_metadata_format");
  if (!metadata.is_object() || metadata.empty()) return metadata;
  const Json* const payload = field_at(metadata, "event_payload");
  if (text_at(metadata, "event_type").empty() || !payload || !payload->is_object()) {
    throw ApiError{"invalid_metadata_format", {}};
  }
  return metadata;
}

std::string read_text(const ApiCall& call, bool& truncated) {
  std::string text = from_bot(call.text("text"));
  while (length_of(text) > kLongestText) {
    truncated = true;
    text.resize(std::min(text.size() - 1, kLongestText));
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80) {
      text.pop_back();
    }
  }
  return text;
}

// Standard Markdown stands in place of text and blocks, as one block of its own.
void read_markdown(Slack& slack, const ApiCall& call, Content& content) {
  const std::string markdown = call.text("markdown_text");
  if (markdown.empty()) return;
  if (call.has("text") || call.has("blocks")) throw ApiError{"markdown_text_conflict", {}};
  if (length_of(markdown) > kLongestMarkdown) throw ApiError{"msg_too_long", {}};
  content.text = escape(markdown);
  Json blocks = Json::array({{{"type", "markdown"}, {"text", markdown}}});
  check_blocks(slack, blocks, "/blocks");
  content.own["blocks"] = std::move(blocks);
}

// What is given, without asking whether it is enough.
Content read_given(Slack& slack, const ApiCall& call) {
  Content content;
  content.text = read_text(call, content.truncated);
  const std::pair<const char*, Json> parts[] = {{"blocks", read_blocks(slack, call)},
                                                {"attachments", read_attachments(slack, call)},
                                                {"metadata", read_metadata(call)}};
  for (const auto& [key, value] : parts) {
    if (!value.is_null()) content.own[key] = value;
  }
  read_markdown(slack, call, content);
  if (const std::string name = call.text("username"); !name.empty()) {
    content.own["username"] = name;
  }
  return content;
}

void drop_empty(Json& own) {
  for (auto at = own.begin(); at != own.end();) at = at->empty() ? own.erase(at) : std::next(at);
}

bool says_something(const Content& content) {
  return !content.text.empty() || content.own.contains("blocks") ||
         content.own.contains("attachments");
}

void tell(Slack& slack, const std::string& event_name, const Whisper& told) {
  Json shape = post_shape(slack.chat.world, told.post);
  Event event;
  event.name = event_name;
  event.data = {{"post", shape.dump(-1, ' ', false, Json::error_handler_t::replace)}};
  event.user_id = told.user_id;
  event.channel_id = told.post.channel_id;
  slack.chat.hub.publish(event);
}

}  // namespace

Json read_blocks(Slack& slack, const ApiCall& call) {
  Json blocks = call.structure("blocks", "invalid_blocks_format");
  if (blocks.is_null()) return blocks;
  if (!blocks.is_array()) throw ApiError{"invalid_blocks_format", {}};
  check_blocks(slack, blocks, "/blocks");
  return blocks;
}

Json read_view(Slack& slack, const ApiCall& call) {
  Json view = call.structure("view");
  if (!view.is_object()) throw bad_arguments({"missing required field: view"});
  if (view.dump(-1, ' ', false, Json::error_handler_t::replace).size() > 250'000) {
    throw ApiError{"view_too_large", {}};
  }
  if (const auto problems = view_problems(view, "/view"); !problems.empty()) {
    throw bad_arguments(problems);
  }
  complete_blocks(view["blocks"], [&] { return slack.chat.world.ids.fresh(); });
  return view;
}

Content read_content(Slack& slack, const ApiCall& call) {
  Content content = read_given(slack, call);
  drop_empty(content.own);
  if (!says_something(content)) throw ApiError{"no_text", {}};
  return content;
}

// Blocks, attachments and metadata stay unless others are given; empty ones take them away.
Content changed_content(Slack& slack, const ApiCall& call, const Post& post) {
  Content content = read_given(slack, call);
  const bool given = call.has("text") || call.has("blocks") || call.has("attachments") ||
                     call.has("markdown_text");
  if (!given) throw ApiError{"no_text", {}};
  if (!call.has("text") && !call.has("markdown_text")) content.text = post.message;
  for (const char* const key : {"blocks", "attachments", "metadata", "username"}) {
    const Json* const had = own_prop(post, key);
    if (had && !content.own.contains(key)) content.own[key] = *had;
  }
  drop_empty(content.own);
  if (!says_something(content)) throw ApiError{"no_text", {}};
  return content;
}

Json props_of(Json own) { return {{kOwn, std::move(own)}}; }

std::string whisper(Slack& slack, const std::string& user_id, const std::string& channel_id,
                    const std::string& thread_ts, Content content, const std::string& ts) {
  Post post;
  post.id = ts.empty() ? slack.chat.world.new_post_id() : post_id_of(ts);
  post.user_id = slack.who.bot_user_id;
  post.channel_id = channel_id;
  post.root_id = post_id_of(thread_ts);
  post.message = std::move(content.text);
  post.type = "system_ephemeral";
  post.create_at = slack.chat.world.now();
  post.update_at = post.create_at;
  post.props = props_of(std::move(content.own));
  const std::string made = ts_of(post.id);
  Whisper& told = slack.whispers[made];
  if (!told.user_id.empty()) post.create_at = told.post.create_at;
  told = {user_id, std::move(post)};
  tell(slack, "ephemeral_message", told);
  return made;
}

void unwhisper(Slack& slack, const std::string& ts) {
  const auto at = slack.whispers.find(ts);
  if (at == slack.whispers.end()) return;
  const Whisper told = at->second;
  slack.whispers.erase(at);
  tell(slack, "post_deleted", told);
}

}  // namespace countersign::adapters::sandbox::slack
