#include "bot/core/json.h"

template class nlohmann::basic_json<>;
