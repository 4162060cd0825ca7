// The API's handlers about runs.
#pragma once
#include "bot/app/api_call.h"

namespace countersign::app {

ApiAnswer cancel_run(const ApiRoom& room, const ApiCall& call);

}  // namespace countersign::app
