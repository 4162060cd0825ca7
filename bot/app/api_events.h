// Events over HTTP: whoever has a token may say that something happened. The record names the
// person; what the event starts is up to the rules, as for every other event.
#pragma once
#include "bot/app/api_call.h"

namespace countersign::app {

ApiAnswer post_event(const ApiRoom& room, const ApiCall& call);

}  // namespace countersign::app
