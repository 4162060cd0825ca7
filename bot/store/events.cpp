#include "bot/store/events.h"

#include "bot/core/digest.h"
#include "bot/core/json_guard.h"
#include "bot/store/dead_letters.h"
#include "bot/store/ids_param.h"

namespace countersign::store {
namespace {

constexpr char kRawKey[] = "body";  // where an envelope has what was read out of the raw bytes

using RawIs = core::Incoming::RawIs;

// Whether the database can read the body out of the raw bytes again. It takes neither a NUL nor a
// byte order mark, which others take around a value.
bool readable_again(const core::Incoming& in) {
  return in.raw_is != RawIs::elsewhere && !in.body.is_null() &&
         !in.raw.starts_with("\xEF\xBB\xBF") && in.raw.find('\0') == std::string::npos;
}

Json without_raw(const Json& body) {
  Json rest = Json::object();
  for (const auto& [key, value] : body.items())
    if (key != kRawKey) rest[key] = value;
  return rest;
}

// The properties of many deliveries, side by side, in the order of cs.accept_deliveries.
class Deliveries {
 public:
  void add(const core::Incoming& in, const std::vector<Decision>& judged) {
    source_.add_text(in.source);
    trigger_.add_text(in.trigger);
    delivery_id_.add_text(in.delivery_id);
    add_digest(key_, in.dedup_key);
    add_digest(body_hash_, in.body_hash);
    add_digest(replay_key_, in.replay_key);
    keep_s_.add_number(std::chrono::duration_cast<std::chrono::seconds>(in.remember).count());
    add_digest(correlation_, in.correlation.text());
    raw_.add(in.raw);
    add_body(in);
    add_text(series_, in.series);
    add_text(status_, in.status);
    add_text(key_id_, in.key_id);
    add_decisions(judged);
  }
  std::vector<Column> columns() && {
    return {std::move(source_),    std::move(trigger_),     std::move(delivery_id_),
            std::move(key_),       std::move(body_hash_),   std::move(replay_key_),
            std::move(keep_s_),    std::move(correlation_), std::move(raw_),
            std::move(body_),      std::move(body_is_raw_), std::move(body_note_),
            std::move(series_),    std::move(status_),      std::move(key_id_),
            std::move(judged_),    std::move(of_),          std::move(rule_),
            std::move(rule_hash_), std::move(detail_)};
  }

 private:
  static void add_text(Column& column, const std::string& text) {
    text.empty() ? column.add_nothing() : column.add_text(text);
  }
  static void add_digest(Column& column, const std::string& hex) {
    const auto bytes = core::unhex(hex);
    if (!bytes) throw StoreError(ErrorKind::invalid, "not hex: " + hex);
    bytes->empty() ? column.add_nothing() : column.add(*bytes);
  }
  void add_body(const core::Incoming& in) {
    std::string note = in.body_note;
    const bool again = readable_again(in);
    const bool nothing = in.body.is_null() || (again && in.raw_is == RawIs::body);
    try {
      nothing ? body_.add_nothing() : body_.add((again ? without_raw(in.body) : in.body).dump());
    } catch (const Json::type_error&) {
      body_.add_nothing();
      note = "not valid UTF-8";
    }
    body_is_raw_.add_flag(again);
    add_text(body_note_, note);
  }
  void add_decisions(const std::vector<Decision>& judged) {
    ++number_;
    judged_.add_flag(!judged.empty());
    for (const Decision& decision : judged) {
      of_.add_number(number_);
      rule_.add_text(decision.rule);
      rule_hash_.add_text(decision.rule_hash);
      detail_.add(*Param(decision.detail).text());
    }
  }

  using enum Column::Of;
  std::int64_t number_ = 0;
  Column source_{texts}, trigger_{texts}, delivery_id_{texts}, key_{bytes}, body_hash_{bytes},
      replay_key_{bytes}, keep_s_{numbers}, correlation_{uuids}, raw_{bytes}, body_{texts},
      body_is_raw_{flags}, body_note_{texts}, series_{texts}, status_{texts}, key_id_{texts},
      judged_{flags}, of_{numbers}, rule_{texts}, rule_hash_{texts}, detail_{texts};
};

core::Acceptance acceptance_of(std::string_view verdict) {
  using enum core::Acceptance;
  for (const core::Acceptance a : {fresh, redelivery, conflict, replay}) {
    if (core::name(a) == verdict) return a;
  }
  throw StoreError(ErrorKind::internal, "unknown verdict " + std::string(verdict));
}

Json body_of(const Row& r) {
  Json kept = r.json("body_text");
  if (r.is_null("raw_text")) return kept;
  Json read = core::read_json(r.text("raw_text")).value;  // as it was read when it came
  if (kept.is_null()) return read;
  kept[kRawKey] = std::move(read);
  return kept;
}

core::Event event_of(const Row& r) {
  core::Event e;
  e.id = {r.number("event_id")};
  e.correlation = correlation_of(r);
  e.source = r.text("source");
  e.trigger = r.text("trigger");
  e.delivery_id = r.text("delivery_id");
  e.body = body_of(r);
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

}  // namespace

std::vector<core::Event> events_of(const Rows& rows) {
  std::vector<core::Event> events;
  for (const Row r : rows) events.push_back(event_of(r));
  return events;
}

void drop_what_raw_says(core::Incoming& in) {
  if (!readable_again(in)) return;
  if (in.raw_is == RawIs::body) {
    in.body = Json::object();
  } else {
    in.body.erase(kRawKey);
  }
}

std::vector<core::Accepted> accept_events(Tx& tx, const std::vector<core::Incoming>& deliveries,
                                          const std::vector<std::vector<Decision>>& judged) {
  if (deliveries.empty()) return {};
  Deliveries all;
  for (std::size_t i = 0; i < deliveries.size(); ++i)
    all.add(deliveries[i], judged.empty() ? std::vector<Decision>{} : judged.at(i));
  std::vector<core::Accepted> answers;
  for (const Row r : tx.exec(stmt::accept, std::move(all).columns())) {
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

std::set<core::EventId> finish_events(Tx& tx, std::span<const ClaimedEvent> claimed) {
  Column event(Column::Of::numbers), fence(Column::Of::numbers);
  for (const ClaimedEvent& one : claimed) {
    event.add_number(one.event.id.value);
    fence.add_number(one.fence);
  }
  std::set<core::EventId> finished;
  for (const Row r : tx.exec(stmt::finish_events, {event, fence}))
    finished.insert(core::EventId{r.number("event_id")});
  return finished;
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

void add_decisions(Tx& tx, const std::vector<DecisionOf>& decisions) {
  if (decisions.empty()) return;
  using enum Column::Of;
  Column event(numbers), received_at(numbers), rule(texts), rule_hash(texts), verdict(texts),
      run(numbers), detail(texts);
  for (const auto& [at, d] : decisions) {
    event.add_number(d.event.value);
    received_at.add_number(at.time_since_epoch().count());
    rule.add_text(d.rule);
    rule_hash.add_text(d.rule_hash);
    verdict.add_text(d.verdict);
    d.run ? run.add_number(d.run.value) : run.add_nothing();
    detail.add(*Param(d.detail).text());
  }
  tx.exec(stmt::add_decisions, {event, received_at, rule, rule_hash, verdict, run, detail});
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

std::int64_t queue_depth(Tx& tx) { return tx.exec(stmt::queue_depth)[0].number("depth"); }

std::int64_t queue_depth(Tx& tx, std::int64_t at_most) {
  return tx.exec(stmt::queue_depth_up_to, {at_most})[0].number("depth");
}

}  // namespace countersign::store
