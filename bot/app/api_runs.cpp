#include "bot/app/api_runs.h"

#include <algorithm>

#include "bot/app/approval_view.h"
#include "bot/engine/refs.h"
#include "bot/store/runs.h"

namespace countersign::app {
namespace {

struct Status {
  ErrorKind kind;
  int status;
  const char* word;
};
constexpr Status kStatuses[] = {{ErrorKind::conflict, 409, "too_late"},
                                {ErrorKind::refused, 403, "refused"},
                                {ErrorKind::not_found, 404, "not_found"},
                                {ErrorKind::unavailable, 503, "unavailable"}};

ApiAnswer refusal_of(const Error& error) {
  const auto found = std::ranges::find(kStatuses, error.kind, &Status::kind);
  if (found == std::end(kStatuses)) return refusal(500, "internal", error.message + ".");
  return refusal(found->status, found->word, error.message + ".");
}

}  // namespace

ApiAnswer cancel_run(const ApiRoom& room, const ApiCall& call) {
  const auto reference = engine::parse_reference(call.value("id"));
  const core::RunId id = reference ? reference->run : core::RunId{};
  const auto find = [&](store::Tx& tx) { return store::find_run(tx, id); };
  if (!room.deps.db.transact("api run", find))
    return refusal(404, "not_found", "There is no such run.");
  const auto who = room.deps.directory.identify(call.token.person);
  if (!who) return refusal(503, "not_known", who.error().message + ".");
  const auto electorate = room.voting.electorate_of(id);
  const std::string why = core::make_visible(call.value("reason"), 500);
  const auto done = room.deps.db.transact("api cancel", [&](store::Tx& tx) {
    return room.voting.withdraw(tx, id, *who, why, electorate);
  });
  room.deps.signals.stops.ring();
  room.deps.signals.outbox.ring();
  if (!done) return refusal_of(done.error());
  return {200, {{"run", run_json(*room.deps.db.transact("api run", find))}}};
}

}  // namespace countersign::app
