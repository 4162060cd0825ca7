// why_message: the chain in words, one step a line.
#include <algorithm>
#include <array>

#include "bot/core/match.h"
#include "bot/engine/chain.h"
#include "bot/engine/narrate.h"
#include "bot/engine/narrate_approval.h"

namespace countersign::engine {
namespace {

using core::Line;

std::string value_words(const Json& value) {
  return core::make_visible(
      value.is_string() ? "\"" + value.get<std::string>() + "\"" : value.dump(), 120);
}

void criteria_lines(const Json& detail, std::vector<Line>& out) {
  if (!detail.contains("criteria")) return;
  for (const auto& j : detail["criteria"])
    out.push_back(criterion_line(j.get<core::CriterionResult>()));
}

struct VerdictWords {
  std::string_view verdict;
  const char* words;
};
constexpr std::array kVerdicts{
    VerdictWords{"run_created", "matched, so it made a run"},
    VerdictWords{"joined_run", "matched and joined the run that exists for the same thing"},
    VerdictWords{"dry_run", "matched, but is a dry run: it only shows what it would do"},
    VerdictWords{"no_match", "did not match"},
    VerdictWords{"duplicate", "matched, but this is a duplicate"},
    VerdictWords{"flapping", "matched, but its alert is flapping"},
    VerdictWords{"rate_limited", "matched, but a limit stopped it"},
    VerdictWords{"breaker_open", "matched, but it is stopped"},
    VerdictWords{"frozen", "matched, but a freeze is in force"},
    VerdictWords{"other_environment", "matched, but is not for that environment"},
    VerdictWords{"replay", "was not asked: the delivery is a replay"},
    VerdictWords{"rule_error", "could not be applied"},
};

std::string why_of(const store::Decision& d) {
  const std::string why = d.detail.value("why", "");
  constexpr std::array told{"matched", "criterion_failed", "criterion_error", ""};
  for (const auto* known : told) {
    if (why == known) return "";
  }
  const std::string detail = d.detail.value("detail", "");
  return " (" + why + (detail.empty() ? "" : ": " + detail) + ")";
}

std::string ordinal(std::int64_t n) {
  constexpr std::array endings{"th", "st", "nd", "rd"};
  const auto last = static_cast<std::size_t>(n % 10);
  const bool teen = n % 100 / 10 == 1;
  return std::to_string(n) + (teen || last >= endings.size() ? endings[0] : endings.at(last));
}

Line window_line(const Json& window, core::RunId joined) {
  Line line{
      core::plain("    "), core::code(core::make_visible(window.value("key", ""), 100)),
      core::plain(": the " + ordinal(window.value("place", std::int64_t{1})) + " of its " +
                  window.value("mode", "leading") + " window of " + window.value("length", ""))};
  if (joined && window.value("place", std::int64_t{1}) > 1)
    line.push_back(core::plain(", joined " + show(joined)));
  const core::EventId opened{window.value("opened_by", std::int64_t{0})};
  line.push_back(core::plain("; " + show(opened) + " opened it"));
  if (const auto until = core::parse_instant(window.value("until", ""))) {
    line.push_back(core::plain(", it is open until "));
    line.push_back(core::time(*until));
  }
  return line;
}

Line episode_line(const Json& episode, core::RunId joined) {
  const core::EventId began{episode.value("began_by", std::int64_t{0})};
  const std::string turn = episode.value("turn", "");
  std::string words = "    of the alert's episode";
  if (began) words += " that " + show(began) + " began";
  if (turn == "repeat") words += ", which says nothing new";
  if (turn == "ended") words += ", and ends it";
  if (turn == "repeat" && joined) words += "; joined " + show(joined);
  return {core::plain(words)};
}

void flapping_lines(const Json& flaps, std::vector<Line>& out) {
  out.push_back({core::plain("    flapping: " + std::to_string(flaps.value("changes", 0)) +
                             " changes in " + flaps.value("within", "") + ", the limit is " +
                             std::to_string(flaps.value("limit", 0)))});
  if (!flaps.value("held", false)) {
    out.push_back({core::plain("    what only looks goes on all the same")});
    return;
  }
  Line line{core::plain("    held until it has been quiet for " + flaps.value("within", ""))};
  if (const auto until = core::parse_instant(flaps.value("until", ""))) {
    line.push_back(core::plain(", which is not before "));
    line.push_back(core::time(*until));
  }
  out.push_back(std::move(line));
}

// Which one of several for the same thing it is.
void repeat_lines(const store::Decision& d, std::vector<Line>& out) {
  if (const auto window = d.detail.find("window"); window != d.detail.end())
    out.push_back(window_line(*window, d.run));
  const auto episode = d.detail.find("episode");
  if (episode != d.detail.end() && episode->value("turn", "") != "began")
    out.push_back(episode_line(*episode, d.run));
  if (const auto flaps = d.detail.find("flapping"); flaps != d.detail.end())
    flapping_lines(*flaps, out);
}

void decision_lines(const store::Decision& d, std::vector<Line>& out) {
  if (d.rule == "-") {
    out.push_back({core::plain("No rule: " + d.detail.value("why", "none matched"))});
    return;
  }
  if (d.verdict == "command") {
    out.push_back({core::plain("It was the command "),
                   core::bold(d.rule.substr(d.rule.find(':') + 1)), core::plain(".")});
    return;
  }
  const char* words = d.verdict.c_str();
  for (const auto& known : kVerdicts) {
    if (known.verdict == d.verdict) words = known.words;
  }
  Line line{core::plain("Rule "), core::bold(d.rule),
            core::plain(std::string(" ") + words + why_of(d) + ".")};
  if (d.run) line.push_back(core::plain(" → " + show(d.run)));
  out.push_back(std::move(line));
  criteria_lines(d.detail, out);
  repeat_lines(d, out);
}

// "not_eligible" as people write it.
std::string spaced(std::string name) {
  std::ranges::replace(name, '_', ' ');
  return name;
}

void approval_lines(const ApprovalStory& story, std::vector<Line>& out) {
  const core::Approval& a = story.approval;
  out.push_back(
      {core::plain("Plan " + std::to_string(a.plan_no) + " "),
       core::code(a.plan_hash.substr(0, 12)),
       core::plain(" needed " + demand_words(a.demand) + ": " + std::string(core::name(a.state)))});
  for (const auto& v : story.votes) {
    constexpr std::array did{" approved", " denied", " withdrew"};
    constexpr std::array tried{" tried to approve", " tried to deny", " tried to withdraw"};
    const auto& words = v.counted ? did : tried;
    Line line{core::plain(v.counted ? "    ✓ " : "    ✗ "), core::person(v.voter, v.voter_name),
              core::plain(std::string(words.at(static_cast<std::size_t>(v.choice))) + " by " +
                          v.via + " at "),
              core::time(v.at)};
    if (!v.counted) line.push_back(core::plain(": not counted, " + spaced(v.why)));
    if (!v.reason.empty()) line.push_back(core::plain(": " + core::make_visible(v.reason, 200)));
    out.push_back(std::move(line));
  }
}

// What happened to a plan or its question, as the record says it: the kind of a row in words.
struct Turn {
  std::string_view kind;
  std::string (*words)(const Json& body);
};
std::string texts_of(const Json& list) {
  std::vector<std::string> out;
  for (const Json& item : list) {
    if (item.is_string()) out.push_back(core::make_visible(item.get<std::string>(), 200));
  }
  return join(out, "; ");
}
const Turn kTurns[] = {
    {"run.edited",
     [](const Json& body) {
       return body.value("name", "") +
              " changed the plan: " + texts_of(body.value("changes", Json::array()));
     }},
    {"run.plan_changed",
     [](const Json& body) {
       return "Right before the start it was not what had been approved, so the votes were void: " +
              texts_of(body.value("differences", Json::array()));
     }},
    {"approval.reminded", [](const Json&) { return std::string("People were reminded"); }},
    {"approval.escalated", [](const Json&) { return std::string("Others were asked as well"); }},
    {"approval.expired",
     [](const Json& body) {
       return std::string(body.value("from", "") == "approved" ? "The approval was not used in time"
                                                               : "Nobody decided in time");
     }},
    {"run.given_back",
     [](const Json& body) {
       return "It did not start: " + core::make_visible(body.value("why", ""), 200);
     }},
    {"review.closed",
     [](const Json& body) {
       return body.value("name", "") +
              " closed the review: " + core::make_visible(body.value("remark", ""), 300);
     }},
};

// Those of this run within a span of time.
void turn_lines(const Chain& chain, const core::Run& run, core::Instant from, core::Instant until,
                std::vector<Line>& out) {
  for (const store::AuditRow& row : chain.audit) {
    if (row.ref != "run:" + run.id.text() || row.at < from || row.at >= until) continue;
    const auto* turn = std::ranges::find(kTurns, row.kind, &Turn::kind);
    if (turn == std::end(kTurns)) continue;
    out.push_back({core::plain("    " + turn->words(row.body) + ", at "), core::time(row.at)});
  }
}

// Question after question, each with what came of it.
void question_lines(const Chain& chain, const RunStory& story, std::vector<Line>& out) {
  const auto& all = story.approvals;
  turn_lines(chain, story.run, core::Instant::min(),
             all.empty() ? core::Instant::max() : all.front().approval.asked_at, out);
  for (std::size_t i = 0; i < all.size(); ++i) {
    approval_lines(all[i], out);
    turn_lines(chain, story.run, all[i].approval.asked_at,
               i + 1 < all.size() ? all[i + 1].approval.asked_at : core::Instant::max(), out);
  }
}

void standing_lines(const RunStory& story, std::vector<Line>& out) {
  if (!story.standing) return;
  out.push_back({core::plain("It starts ")});
  for (auto& span : standing_line(*story.standing)) out.back().push_back(std::move(span));
  for (const auto& vote : story.standing_by) {
    if (vote.counted && vote.choice == core::VoteChoice::approve)
      out.push_back({core::plain("    given by "), core::person(vote.voter, vote.voter_name),
                     core::plain(" at "), core::time(vote.at)});
  }
}

void attempt_lines(const RunStory& story, std::vector<Line>& out) {
  for (const auto& a : story.attempts) {
    if (a.phase == "intent") {
      out.push_back(
          {core::plain("Try " + std::to_string(a.attempt) + " started at "), core::time(a.at)});
    } else {
      const std::string error = a.detail.is_object() ? a.detail.value("error", "") : "";
      out.push_back({core::plain("    ended at "), core::time(a.at),
                     core::plain(": " + a.outcome +
                                 (error.empty() ? "" : ", " + core::make_visible(error, 200)))});
    }
  }
}

void run_lines(const Chain& chain, const RunStory& story, std::vector<Line>& out) {
  const core::Run& r = story.run;
  Line line{core::bold(show(r.id)), core::plain(" is "), core::code(r.action)};
  if (r.plan && !r.plan->targets.empty())
    line.push_back(core::plain(" on " + core::make_visible(join(r.plan->targets, ", "), 200)));
  if (r.plan) line.push_back(core::plain(" with " + parameters_words(r.plan->parameters)));
  line.push_back(core::plain(", tier " + std::string(core::name(r.tier))));
  if (!r.requester.empty()) {
    line.push_back(core::plain(", asked for by "));
    line.push_back(core::person(r.requester, r.requester_name));
  }
  if (r.purpose == core::Purpose::verify) line.push_back(core::plain(", checks " + show(r.parent)));
  if (r.purpose == core::Purpose::rollback)
    line.push_back(core::plain(", takes it back because " + show(r.parent) + " failed"));
  out.push_back(std::move(line));
  question_lines(chain, story, out);
  standing_lines(story, out);
  if (story.approvals.empty() && !story.standing && r.plan)
    out.push_back({core::plain(r.simulated ? "No approval asked: a dry run."
                                           : "No approval needed for this tier.")});
  attempt_lines(story, out);
  if (r.stop) out.push_back(stop_line(*r.stop));
  if (waits_for_retry(r))
    out.push_back({core::plain("Try " + std::to_string(r.attempt + 1) + " of " +
                               std::to_string(r.retry.attempts) + " starts not before "),
                   core::time(r.next_at)});
  for (const auto& review : story.reviews) {
    if (!review.closed_at)
      out.push_back({core::bold(show(review.id)), core::plain(" is open: "),
                     core::person(review.by.key, review.by.name),
                     core::plain(" started it alone, and nobody else has looked at it yet")});
  }
  Line result{core::plain("Result: "), core::bold(std::string(state_words(r.state)))};
  if (r.outcome.is_object() && r.outcome.contains("settled_by")) {
    result.push_back(core::plain(", settled by " + r.outcome.value("settled_by", "") + ": " +
                                 r.outcome.value("settled_as", "")));
  }
  out.push_back(std::move(result));
}

}  // namespace

Line criterion_line(const core::CriterionResult& c) {
  Line line{core::plain(c.matched ? "    ✓ " : "    ✗ "), core::code(c.key),
            core::plain(" " + c.op + " "), core::code(value_words(c.expected))};
  line.push_back(core::plain(c.matched ? ": the event says " : ", but the event says "));
  line.push_back(core::code(value_words(c.actual)));
  if (!c.error.empty()) line.push_back(core::plain(" (" + core::make_visible(c.error, 120) + ")"));
  return line;
}

std::vector<core::Line> decision_words(const store::Decision& decision) {
  std::vector<Line> out;
  decision_lines(decision, out);
  return out;
}

core::Message why_message(const Chain& chain) {
  const core::Event& e = chain.event;
  core::Message m = note(core::Tone::neutral, "");
  m.title = {core::bold("Why")};
  m.fallback = "Why: the chain behind event " + show(e.id);
  const std::string what =
      e.body.is_object() && e.body.contains("labels") && e.body["labels"].is_object()
          ? " " + e.body["labels"].value("alertname", "")
          : "";
  m.lines.push_back({core::bold(show(e.id)),
                     core::plain(" " + e.trigger + core::make_visible(what, 100) + " came from " +
                                 e.source + " at "),
                     core::time(e.received_at),
                     core::plain(e.delivery_id.empty()
                                     ? ""
                                     : ", delivery " + core::make_visible(e.delivery_id, 120))});
  if (e.trigger == core::kChatCommand)
    m.lines.push_back({core::plain("    typed: "),
                       core::code(core::make_visible(e.body.value("text", ""), 300))});
  for (const auto& d : chain.decisions) decision_lines(d, m.lines);
  for (const auto& r : chain.runs) run_lines(chain, r, m.lines);
  m.footer = {{core::plain("trace "), core::code(e.correlation.text())}};
  return m;
}

}  // namespace countersign::engine
