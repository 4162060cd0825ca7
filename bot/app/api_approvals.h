// The API's handlers about questions and votes.
#pragma once
#include "bot/app/api_call.h"

namespace countersign::app {

ApiAnswer list_approvals(const ApiRoom& room, const ApiCall& call);
ApiAnswer show_approval(const ApiRoom& room, const ApiCall& call);
ApiAnswer cast_vote(const ApiRoom& room, const ApiCall& call);

}  // namespace countersign::app
