#include "bot/engine/dead_letter_words.h"

#include <algorithm>

#include "bot/engine/narrate.h"
#include "bot/engine/overview.h"
#include "bot/engine/refs.h"

namespace countersign::engine {
namespace {

constexpr std::size_t kReason = 80;  // two lines of a phone

// "run:12" as people write it; anything else as it is.
std::string shown_ref(const std::string& ref) {
  const auto colon = ref.find(':');
  if (ref.starts_with("run:")) return "R" + ref.substr(colon + 1);
  if (ref.starts_with("event:")) return "E" + ref.substr(colon + 1);
  return core::make_visible(ref, 60);
}

std::string age_of(const store::DeadLetter& letter, core::Instant now) {
  const auto age = std::chrono::duration_cast<std::chrono::seconds>(now - letter.at);
  return length_words(std::max(age, std::chrono::seconds(1)));
}

core::Line letter_line(const store::DeadLetter& letter, core::Instant now) {
  return {core::bold(show(letter.id)),
          core::plain(" " + subject_of(letter) + ": " + core::make_visible(letter.reason, kReason) +
                      " · " + age_of(letter, now) + " ago")};
}

}  // namespace

std::string subject_of(const store::DeadLetter& letter) {
  if (letter.kind == "start") return "a start that the database has forgotten";
  if (letter.kind != "outbox") return letter.kind + " " + shown_ref(letter.ref);
  return "a message" + (letter.about.empty() ? "" : " about " + shown_ref(letter.about));
}

core::Message dead_letters_message(const std::vector<store::DeadLetter>& letters, std::int64_t all,
                                   core::Instant now, const std::string& prefix) {
  if (letters.empty()) return note(core::Tone::good, "There are no dead letters");
  core::Message m = note(core::Tone::warning, "Dead letters: " + std::to_string(all));
  const auto shown = std::min(letters.size(), Overview::kListed);
  for (std::size_t i = 0; i < shown; ++i) m.lines.push_back(letter_line(letters[i], now));
  if (const auto more = all - static_cast<std::int64_t>(shown); more > 0)
    m.lines.push_back({core::plain("… and " + std::to_string(more) + " more")});
  m.footer = {{core::code(prefix + "retry ID"), core::plain(" tries it again, "),
               core::code(prefix + "discard ID"), core::plain(" puts it away")}};
  return m;
}

core::Message already_resolved(const store::DeadLetter& letter) {
  core::Message m = note(core::Tone::neutral, "");
  m.title = {core::plain(show(letter.id) + " was already " + letter.resolved_as + " by "),
             core::person(letter.resolved_by, letter.resolved_name)};
  m.fallback = show(letter.id) + " was already " + letter.resolved_as;
  if (letter.resolved_at) {
    m.title.push_back(core::plain(" at "));
    m.title.push_back(core::time(*letter.resolved_at));
  }
  if (!letter.resolved_why.empty())
    m.title.push_back(core::plain(": " + core::make_visible(letter.resolved_why, 200)));
  return m;
}

std::string what_next(core::DeadLetterId letter, const std::string& prefix) {
  const std::string id = show(letter);
  return prefix + "retry " + id + " tries it again, " + prefix + "discard " + id + " puts it away.";
}

}  // namespace countersign::engine
