#include "adapters/mattermost/handover.h"

#include "bot/obs/log.h"

namespace countersign::adapters::mattermost {

void Handover::command(core::Incoming incoming, std::int64_t at) {
  heard_.begin(at);
  offer(incoming, at, 0);
}

void Handover::act(core::Act act, std::int64_t at) {
  heard_.begin(at);
  offer(act, at, 0);
}

void Handover::taken(std::int64_t at) {
  heard_.end(at);
  outside_.taken();
}

void Handover::offer(const core::Incoming& incoming, std::int64_t at, int attempt) {
  outside_.inbox.accept(
      {incoming}, [weak = weak_from_this(), incoming, at, attempt](const auto& accepted) {
        const auto self = weak.lock();
        if (!self) return;
        if (accepted) return self->taken(at);
        if (accepted.error().kind != ErrorKind::unavailable) {
          obs::error("a command was not accepted",
                     {{"chat", incoming.source}, {"why", accepted.error().message}});
          return self->taken(at);
        }
        self->outside_.later(attempt, [weak, incoming, at, attempt] {
          if (const auto again = weak.lock()) again->offer(incoming, at, attempt + 1);
        });
      });
}

void Handover::offer(const core::Act& act, std::int64_t at, int attempt) {
  outside_.desk.act(act,
                    [weak = weak_from_this(), act, at, attempt](const core::ActAnswer& answer) {
                      const auto self = weak.lock();
                      if (!self) return;
                      if (answer.kept) {
                        if (!answer.tell.empty()) self->outside_.tell(act, answer.tell);
                        return self->taken(at);
                      }
                      self->outside_.later(attempt, [weak, act, at, attempt] {
                        if (const auto again = weak.lock()) again->offer(act, at, attempt + 1);
                      });
                    });
}

}  // namespace countersign::adapters::mattermost
