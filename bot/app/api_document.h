// The OpenAPI document, made from the table of routes, so that it describes what is served.
#pragma once
#include "bot/core/json.h"

namespace countersign::app {

Json api_document();

}  // namespace countersign::app
