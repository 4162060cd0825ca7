// What the bot says, free of any platform's markup: an adapter renders it and escapes every span
// for its platform.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "bot/core/form.h"
#include "bot/core/instant.h"
#include "bot/core/json.h"

namespace countersign::core {

// A piece of text. `plain`, `bold` and `code` may hold anything a stranger wrote; the renderer
// makes it harmless (T43).
struct Span {
  enum class Kind { plain, bold, code, person, time } kind = Kind::plain;
  std::string text;   // person: "<chat>:<user id>" key; time: RFC 3339 UTC
  std::string label;  // person: the name to show if the platform cannot mention
  bool operator==(const Span&) const = default;
};
using Line = std::vector<Span>;

Span plain(std::string text);
Span bold(std::string text);
Span code(std::string text);
Span person(std::string key, std::string name);
Span time(Instant t);  // to the second

enum class Tone { neutral, waiting, running, good, bad, warning };

struct Field {
  std::string label;
  Line value;
  bool operator==(const Field&) const = default;
};
struct Button {
  std::string id;  // letters and digits only (Mattermost takes nothing else)
  std::string label;
  enum class Style { plain, primary, danger } style = Style::plain;
  Json context;                 // comes back with the click; made unforgeable by the engine
  std::vector<Choice> choices;  // not empty: a menu; what was chosen comes back in Act::choice
  bool operator==(const Button&) const = default;
};

// Text that is too long to show: a file in the message's thread.
struct File {
  std::string name;  // "R12-output.txt"
  std::string text;
  bool operator==(const File&) const = default;
};

struct Message {
  Tone tone = Tone::neutral;
  Line title;
  std::vector<Line> lines;
  std::vector<Field> fields;
  std::string block;  // preformatted text, shown as it is (dry-run or command output)
  std::vector<Button> buttons;
  Line without_buttons;      // shown in their place where clicks cannot reach us
  std::vector<Line> footer;  // small print: ids, expiry
  std::optional<File> file;
  std::string fallback;  // one line for notifications and search
  // Not empty: what is to be shown in place of all the above, which only whoever sends it can open;
  // the rest is for when it is gone (engine/private_note.h, T45). No adapter sees it.
  std::string sealed;
  bool operator==(const Message&) const = default;
};
void to_json(Json& j, const Message& m);
void from_json(const Json& j, Message& m);

// The message as plain text, for terminals and logs.
std::string as_text(const Message& m);

// Control, bidirectional and zero-width characters made visible, invalid UTF-8 replaced (T17); at
// most `limit` code points, with a mark where text was cut (T19).
std::string make_visible(std::string_view text, std::size_t limit);

}  // namespace countersign::core
