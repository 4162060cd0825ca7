// Forms as Mattermost's dialogs. Pure. Of what comes back only user_id is the server's word; the
// context proves itself to the engine.
#pragma once
#include <map>
#include <string>

#include "bot/core/form.h"
#include "bot/core/json.h"
#include "bot/core/result.h"

namespace countersign::adapters::mattermost {

// What a dialog carries along and gives back.
struct DialogState {
  Json context;
  std::string channel_id;
  std::string opened;  // differs for each opening
};

struct Submission {
  std::string user_id;
  DialogState state;
  std::map<std::string, std::string> values;
  std::string digest;  // the same for the same answers of the same person to the same opening
  bool cancelled = false;
};

// The body for POST /actions/dialogs/open.
Json dialog_request(const core::Form& form, const DialogState& state, const std::string& trigger_id,
                    const std::string& url);

bool is_submission(const Json& callback);
// An Error (invalid) says in one line what is wrong.
Result<Submission> submission_of(const Json& callback);

}  // namespace countersign::adapters::mattermost
