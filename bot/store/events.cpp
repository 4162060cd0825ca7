#include "bot/store/events.h"

#include "bot/core/digest.h"
#include "bot/store/dead_letters.h"
#include "bot/store/ids_param.h"

namespace countersign::store {
namespace {

Json text_or_nothing(const std::string& text) { return text.empty() ? Json() : Json(text); }

// The body travels as text, so that the database can refuse it alone and not the whole batch.
Json item_of(const core::Incoming& in) {
  Json item{{"source", in.source},
            {"trigger", in.trigger},
            {"delivery_id", in.delivery_id},
            {"key", in.dedup_key},
            {"body_hash", in.body_hash},
            {"replay_key", text_or_nothing(in.replay_key)},
            {"keep_s", std::chrono::duration_cast<std::chrono::seconds>(in.remember).count()},
            {"correlation", in.correlation.text()},
            {"raw", core::base64(in.raw)},
            {"body", nullptr},
            {"body_note", text_or_nothing(in.body_note)},
            {"series", text_or_nothing(in.series)},
            {"status", text_or_nothing(in.status)}};
  if (in.body.is_null()) return item;
  try {
    item["body"] = in.body.dump();
  } catch (const Json::type_error&) {
    item["body_note"] = "not valid UTF-8";
  }
  return item;
}

core::Acceptance acceptance_of(std::string_view verdict) {
  using enum core::Acceptance;
  for (const core::Acceptance a : {fresh, redelivery, conflict, replay}) {
    if (core::name(a) == verdict) return a;
  }
  throw StoreError(ErrorKind::internal, "unknown verdict " + std::string(verdict));
}

core::Event event_of(const Row& r) {
  core::Event e;
  e.id = {r.number("event_id")};
  e.correlation = correlation_of(r);
  e.source = r.text("source");
  e.trigger = r.text("trigger");
  e.delivery_id = r.text("delivery_id");
  e.body = r.json("body");
  e.body_note = r.text_or("body_note", "");
  e.series = r.text_or("series", "");
  e.status = r.text_or("status", "");
  e.received_at = r.instant("received_at");
  return e;
}

std::optional<core::Event> one_event(const Rows& rows) {
  if (rows.empty()) return std::nullopt;
  return event_of(rows[0]);
}

// When the alert began, by its sender; compared only with the sender's other times.
std::optional<core::Instant> starts_at(const core::Event& event) {
  if (!event.body.is_object()) return std::nullopt;
  const auto found = event.body.find("startsAt");
  if (found == event.body.end() || !found->is_string()) return std::nullopt;
  return core::parse_instant(found->get<std::string>());
}

}  // namespace

std::vector<core::Accepted> accept_events(Tx& tx, const std::vector<core::Incoming>& deliveries) {
  Json items = Json::array();
  for (const core::Incoming& in : deliveries) items.push_back(item_of(in));
  std::vector<core::Accepted> answers;
  for (const Row r : tx.exec(stmt::accept, {items})) {
    answers.push_back(
        {core::EventId{r.number("event_id")}, correlation_of(r), acceptance_of(r.text("verdict"))});
  }
  if (answers.size() != deliveries.size()) {
    throw StoreError(ErrorKind::internal, "accept did not answer every delivery");
  }
  return answers;
}

std::vector<ClaimedEvent> claim_events(Tx& tx, const std::string& replica, int n,
                                       core::Duration lease) {
  std::vector<ClaimedEvent> claimed;
  for (const Row r : tx.exec(stmt::claim_events, {replica, n, lease})) {
    claimed.push_back(
        {event_of(r), r.number("fence"), static_cast<int>(r.number("attempt")), r.flag("replay")});
  }
  return claimed;
}

bool finish_event(Tx& tx, core::EventId event, std::int64_t fence) {
  return tx.exec(stmt::finish_event, {event.value, fence}).affected() == 1;
}

void delay_event(Tx& tx, core::EventId event, std::int64_t fence, core::Duration delay) {
  tx.exec(stmt::delay_event, {event.value, fence, delay});
}

core::DeadLetterId bury_event(Tx& tx, core::EventId event, std::int64_t fence,
                              const std::string& reason) {
  if (!finish_event(tx, event, fence)) return {};
  return add_dead_letter(
      tx, {.kind = "event", .ref = "event:" + event.text(), .reason = reason, .fence = fence});
}

std::optional<core::Event> find_event(Tx& tx, core::EventId event) {
  return one_event(tx.exec(stmt::find_event, {event.value}));
}

std::optional<core::Event> find_event_by_correlation(Tx& tx, const core::CorrelationId& id) {
  return one_event(tx.exec(stmt::find_event_by_correlation, {uuid_param(id)}));
}

void add_decision(Tx& tx, const Decision& d) {
  const auto added = tx.exec(stmt::add_decision, {d.event.value, d.rule, d.rule_hash, d.verdict,
                                                  id_param(d.run), d.detail});
  if (added.affected() != 1)
    throw StoreError(ErrorKind::internal, "a decision about no event: " + d.event.text());
}

std::vector<Decision> decisions_of(Tx& tx, core::EventId event) {
  std::vector<Decision> decisions;
  for (const Row r : tx.exec(stmt::decisions_of, {event.value})) {
    decisions.push_back({core::EventId{r.number("event_id")}, r.text("rule"), r.text("rule_hash"),
                         r.text("verdict"), id_of<core::RunId>(r, "run_id"), r.json("detail"),
                         r.instant("decided_at")});
  }
  return decisions;
}

WindowHit hit_window(Tx& tx, const std::string& rule, const std::string& key,
                     const core::Dedup& dedup, core::EventId event) {
  const Row r =
      tx.exec(stmt::hit_window, {rule, key, core::name(dedup.mode), dedup.window, event.value})[0];
  return {r.flag("passed"), r.number("number"), core::EventId{r.number("opened_by")}};
}

Episode observe_series(Tx& tx, const core::Event& event) {
  const bool firing = event.status == "firing";
  if (event.series.empty() || (!firing && event.status != "resolved")) return {};
  const Rows changed = tx.exec(firing ? stmt::begin_episode : stmt::end_episode,
                               {event.source, event.series, starts_at(event)});
  if (!changed.empty()) return {changed[0].number("episode"), true};
  const Rows known = tx.exec(stmt::current_episode, {event.source, event.series});
  return {known.empty() ? 0 : known[0].number("episode"), false};
}

std::int64_t queue_depth(Tx& tx) { return tx.exec(stmt::queue_depth)[0].number("depth"); }

}  // namespace countersign::store
