#include "bot/core/journal.h"

#include <algorithm>
#include <array>

#include "bot/core/digest.h"
#include "bot/core/table.h"

namespace countersign::core {
namespace {

constexpr std::array kNames{"run_lost", "over", "asked", "repeatable", "unknown"};
constexpr std::size_t kChecksum = 16;

std::string checksum(std::string_view text) { return sha256_hex(text).substr(0, kChecksum); }

JournalRecord record_in(const Json& j) {
  const auto effect = parse_effect(j.at("effect").get<std::string>());
  return {{j.at("run").get<std::int64_t>()},
          j.at("key").get<std::string>(),
          j.at("fence").get<std::int64_t>(),
          j.at("attempt").get<int>(),
          j.at("nonce").get<std::string>(),
          effect.value_or(EffectClass::once),
          j.at("action").get<std::string>(),
          j.at("targets").get<std::vector<std::string>>(),
          Instant(Duration(j.at("at").get<std::int64_t>())),
          j.contains("alone") ? std::optional(j["alone"].get<Person>()) : std::nullopt};
}

}  // namespace

JournalRecord record_of(const Run& run, const std::string& nonce,
                        const std::optional<Person>& alone) {
  return {run.id,         run.key,
          run.fence,      run.attempt,
          nonce,          run.effect,
          run.action,     run.plan ? run.plan->targets : std::vector<std::string>{},
          run.updated_at, alone};
}

Json as_json(const JournalRecord& r) {
  Json out{{"run", r.run.value},   {"key", r.key},         {"fence", r.fence},
           {"attempt", r.attempt}, {"nonce", r.nonce},     {"effect", name(r.effect)},
           {"action", r.action},   {"targets", r.targets}, {"at", r.at.time_since_epoch().count()}};
  if (r.alone) out["alone"] = *r.alone;
  return out;
}

std::string journal_line(const JournalRecord& record) {
  const std::string text = as_json(record).dump(-1, ' ', false, Json::error_handler_t::replace);
  return checksum(text) + " " + text;
}

std::optional<JournalRecord> parse_journal_line(std::string_view line) {
  if (line.size() <= kChecksum || line[kChecksum] != ' ') return std::nullopt;
  const std::string_view text = line.substr(kChecksum + 1);
  if (line.substr(0, kChecksum) != checksum(text)) return std::nullopt;
  try {
    return record_in(Json::parse(text));
  } catch (const Json::exception&) {  // whole, and written by another version
    return std::nullopt;
  }
}

std::string_view name(Recollection recollection) {
  return kNames.at(static_cast<std::size_t>(recollection));
}

Recollection recollect(const JournalRecord& record, const std::optional<Run>& run) {
  if (!run) return Recollection::run_lost;
  if (is_final(run->state)) return Recollection::over;
  if (run->state == RunState::unknown) return Recollection::asked;
  return record.effect == EffectClass::idempotent ? Recollection::repeatable
                                                  : Recollection::unknown;
}

Run reminded(Run run, const JournalRecord& record) {
  const bool in_hands = run.state == RunState::claimed || run.state == RunState::executing;
  if (!in_hands) run.fence = std::max(run.fence, record.fence);
  run.attempt = std::max(run.attempt, record.attempt);
  run.first_started_at = std::min(run.first_started_at.value_or(record.at), record.at);
  if (!run.plan) {
    run.target_key.clear();
    for (const std::string& target : record.targets)
      run.target_key += (run.target_key.empty() ? "" : ",") + target;
  }
  return run;
}

}  // namespace countersign::core
