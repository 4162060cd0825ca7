#include "adapters/slack/outcome.h"

#include <map>

namespace countersign::adapters::slack {
namespace {

using core::Delivery;

// What people can mend themselves, in words; "%" is the channel.
const std::map<std::string, std::string>& mendable() {
  static const std::map<std::string, std::string> kWords = {
      {"not_in_channel", "the bot is not in %: invite it there (/invite)"},
      {"channel_not_found", "there is no channel %, or the bot is not in it: invite it (/invite)"},
      {"is_archived", "% is archived"},
      {"restricted_action", "the bot may not post in %"},
      {"restricted_action_read_only_channel", "only some people may post in %, and not the bot"},
      {"restricted_action_thread_only_channel", "% takes only threads"},
      {"invalid_auth", "the bot token is not valid"},
      {"not_authed", "the bot token is not valid"},
      {"token_revoked", "the bot token was revoked: install the app again"},
      {"account_inactive", "the bot token is of an app that was removed"},
      {"message_not_found", "the message is gone"},
      {"cant_update_message", "the message is not one of the bot's"},
      {"edit_window_closed", "the message is too old to be changed"},
      {"message_limit_exceeded", "the workspace takes no more messages"}};
  return kWords;
}

std::string words_for(const WebApi::Answer& answer, const std::string& where) {
  const auto found = mendable().find(answer.error);
  if (found == mendable().end()) return answer.why;
  std::string words = found->second;
  if (const auto at = words.find('%'); at != std::string::npos)
    words.replace(at, 1, where.empty() ? "that channel" : where);
  return words + " (" + answer.error + ")";
}

}  // namespace

Delivery failed(bool retryable, std::string why) {
  Delivery delivery;
  delivery.kind = Delivery::Kind::failed;
  delivery.retryable = retryable;
  delivery.why = std::move(why);
  return delivery;
}

Delivery failed(const Error& error) {
  return failed(error.kind == ErrorKind::unavailable, error.message);
}

Delivery not_delivered(const WebApi::Answer& answer, const Attempt& attempt) {
  if (answer.unreachable()) return failed(true, answer.why);
  if (answer.limited()) {
    Delivery delivery = failed(true, answer.why);
    delivery.retry_after = answer.retry_after;
    delivery.hold = attempt.hold;
    return delivery;
  }
  if (answer.unclear()) {
    Delivery delivery = failed(true, answer.why);
    if (!attempt.repeatable) delivery.kind = Delivery::Kind::unknown;
    return delivery;
  }
  const bool moving = answer.is("team_added_to_org");  // refuses everything for a while
  return failed(moving, words_for(answer, attempt.where));
}

}  // namespace countersign::adapters::slack
