#include "bot/app/api_runs.h"

#include "bot/app/approval_view.h"
#include "bot/engine/refs.h"
#include "bot/store/runs.h"

namespace countersign::app {
namespace {

// Nothing can end it any more, whoever asks.
bool is_over(const core::Run& run) { return core::is_final(run.state) || run.stop; }

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
  const auto run = room.deps.db.transact("api run", find);
  if (done) return {200, {{"run", run_json(*run)}}};
  return refusal(is_over(*run) ? 409 : 403, is_over(*run) ? "too_late" : "refused",
                 done.error().message + ".");
}

}  // namespace countersign::app
