#include "bot/store/events.h"

#include "bot/core/digest.h"
#include "bot/store/dead_letters.h"
#include "bot/store/ids_param.h"

namespace countersign::store {
namespace {

// The properties of many deliveries, side by side, in the order of cs.accept_deliveries.
class Deliveries {
 public:
  void add(const core::Incoming& in) {
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
  }
  std::vector<Column> columns() && {
    return {std::move(source_), std::move(trigger_),     std::move(delivery_id_),
            std::move(key_),    std::move(body_hash_),   std::move(replay_key_),
            std::move(keep_s_), std::move(correlation_), std::move(raw_),
            std::move(body_),   std::move(body_is_raw_), std::move(body_note_),
            std::move(series_), std::move(status_),      std::move(key_id_)};
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
  // What the database can read out of the raw bytes again is not sent twice. It takes neither a NUL
  // nor a byte order mark, which others take around a value.
  static bool readable_again(const core::Incoming& in) {
    return in.body_is_raw && !in.body.is_null() && !in.raw.starts_with("\xEF\xBB\xBF") &&
           in.raw.find('\0') == std::string::npos;
  }
  void add_body(const core::Incoming& in) {
    std::string note = in.body_note;
    const bool again = readable_again(in);
    try {
      in.body.is_null() || again ? body_.add_nothing() : body_.add(in.body.dump());
    } catch (const Json::type_error&) {
      body_.add_nothing();
      note = "not valid UTF-8";
    }
    body_is_raw_.add_flag(again);
    add_text(body_note_, note);
  }

  using enum Column::Of;
  Column source_{texts}, trigger_{texts}, delivery_id_{texts}, key_{bytes}, body_hash_{bytes},
      replay_key_{bytes}, keep_s_{numbers}, correlation_{uuids}, raw_{bytes}, body_{texts},
      body_is_raw_{flags}, body_note_{texts}, series_{texts}, status_{texts}, key_id_{texts};
};

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
  e.body = r.json("body_text");
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

std::vector<core::Accepted> accept_events(Tx& tx, const std::vector<core::Incoming>& deliveries) {
  if (deliveries.empty()) return {};
  Deliveries all;
  for (const core::Incoming& in : deliveries) all.add(in);
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

std::int64_t queue_depth(Tx& tx) { return tx.exec(stmt::queue_depth)[0].number("depth"); }

std::int64_t queue_depth(Tx& tx, std::int64_t at_most) {
  return tx.exec(stmt::queue_depth_up_to, {at_most})[0].number("depth");
}

}  // namespace countersign::store
