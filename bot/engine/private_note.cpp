#include "bot/engine/private_note.h"

#include "bot/core/digest.h"
#include "bot/core/sealed_text.h"

namespace countersign::engine {
namespace {

std::string bound_to(const std::string& person) { return "a note to " + person; }

}  // namespace

core::Message seal_note(const core::Message& inside, core::Message outside,
                        const std::string& person, const config::StepUp& step_up,
                        core::IdSource& ids) {
  outside.sealed =
      core::seal_text(Json(inside).dump(), step_up.key.reveal(),
                      core::unhex(ids.token(core::kSealNonce)).value(), bound_to(person));
  return outside;
}

Result<core::Message> open_note(const core::Message& note, const std::string& person,
                                const std::optional<config::StepUp>& step_up) {
  const auto text = step_up ? core::open_text(note.sealed, step_up->key.reveal(), bound_to(person))
                            : std::nullopt;
  if (!text) return refused("it was sealed with another step_up.key than is configured now");
  return Json::parse(*text).get<core::Message>();
}

}  // namespace countersign::engine
