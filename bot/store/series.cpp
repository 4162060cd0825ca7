#include "bot/store/series.h"

#include "bot/core/repeats.h"
#include "bot/store/ids_param.h"

namespace countersign::store {
namespace {

std::int64_t number_or_zero(const Row& r, std::string_view column) {
  return r.is_null(column) ? 0 : r.number(column);
}

core::Episode episode_of(const Row& r) {
  const auto turn = core::parse_turn(r.text("turn"));
  if (!turn) throw StoreError(ErrorKind::internal, "unknown turn of a series: " + r.text("turn"));
  core::Episode e{*turn, number_or_zero(r, "episode"), id_of<core::EventId>(r, "began_by"),
                  {},    r.texts("flapping"),          number_or_zero(r, "new_keys")};
  for (const std::string& at : r.texts("changes"))
    e.changes.emplace_back(core::Duration(std::stoll(at)));
  return e;
}

FlappingSeries flapping_of(const Row& r) {
  FlappingSeries f;
  f.source = r.text("source");
  f.series = r.text("series");
  f.since = r.instant("since");
  f.status = r.text("status");
  f.changes = r.number("changes");
  f.event = {r.number("event_id")};
  f.within = core::Duration(r.number("within_us"));
  f.calm_at = r.instant("calm_at");
  for (const std::string& id : r.texts("held")) f.held.push_back({std::stoll(id)});
  for (const auto& post : r.json("posts"))
    f.posts.push_back(
        {post.at("place").get<core::ChatPlace>(), post.at("message").get<std::string>()});
  return f;
}

std::optional<FlappingSeries> one_flapping(const Rows& rows) {
  if (rows.empty()) return std::nullopt;
  return flapping_of(rows[0]);
}

}  // namespace

WindowHit meet_window(Tx& tx, const std::string& rule, const std::string& key,
                      const core::Dedup& dedup, const core::Event& event, std::int64_t new_keys) {
  const Row r =
      tx.exec(stmt::meet_window, {rule, key, core::name(dedup.mode), dedup.window, dedup.longest(),
                                  event.id.value, event.received_at, event.source, new_keys})[0];
  const std::int64_t counted = number_or_zero(r, "new_keys");
  if (r.is_null("number"))
    return {.passed = false, .refused = true, .opened_by = {}, .new_keys = counted};
  return {r.flag("passed"),
          false,
          r.number("number"),
          core::EventId{r.number("opened_by")},
          r.number("place"),
          r.instant("open_until"),
          counted};
}

core::Episode observe_series(Tx& tx, const core::Event& event, std::int64_t new_keys) {
  if (event.series.empty() || (event.status != "firing" && event.status != "resolved")) return {};
  return episode_of(
      tx.exec(stmt::observe_series, {event.source, event.series, event.status, core::alert_start(event),
                                     event.received_at, event.id.value, new_keys})[0]);
}

void hold_in_series(Tx& tx, const core::Event& event, const core::Rule& rule,
                    const core::Flaps& flaps, core::RunId run) {
  tx.exec(stmt::hold_in_series,
          {event.source, event.series, flaps.since, event.status, flaps.changes, event.id.value,
           rule.flapping.within, flaps.last, rule.ref(), run.value});
}

std::optional<FlappingSeries> lock_flapping(Tx& tx, const std::string& source,
                                            const std::string& series) {
  return one_flapping(tx.exec(stmt::lock_flapping, {source, series}));
}

std::optional<FlappingSeries> lock_flapping_of(Tx& tx, core::RunId run) {
  return one_flapping(tx.exec(stmt::lock_flapping_of_run, {run.value}));
}

std::vector<FlappingSeries> lock_calm_series(Tx& tx, int n) {
  std::vector<FlappingSeries> calm;
  for (const Row r : tx.exec(stmt::lock_calm_series, {n})) calm.push_back(flapping_of(r));
  return calm;
}

void save_flapping(Tx& tx, const FlappingSeries& f) {
  std::vector<std::string> held;
  for (const core::RunId id : f.held) held.push_back(id.text());
  Json posts = Json::array();
  for (const FlappingPost& post : f.posts)
    posts.push_back({{"place", post.place}, {"message", post.message}});
  tx.exec(stmt::save_flapping, {f.source, f.series, text_array(held), posts});
}

void end_flapping(Tx& tx, const FlappingSeries& f) {
  tx.exec(stmt::end_flapping, {f.source, f.series});
}

bool held_after_loss_since(Tx& tx, core::Instant then) {
  return tx.exec(stmt::held_after_loss_since, {then})[0].flag("held");
}

std::int64_t trim_windows(Tx& tx, int n) { return tx.exec(stmt::trim_windows, {n}).affected(); }

std::int64_t trim_series(Tx& tx, core::Duration keep, int n) {
  return tx.exec(stmt::trim_series, {keep, n}).affected();
}

}  // namespace countersign::store
