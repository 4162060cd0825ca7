#include "adapters/sandbox/slack/blocks.h"

#include <algorithm>
#include <array>
#include <set>

#include "adapters/sandbox/fields.h"
#include "adapters/sandbox/slack/text.h"

namespace countersign::adapters::sandbox::slack {
namespace {

// The keys a thing may have besides `type`, `block_id` and `action_id`; those ending in '!' it
// must.
struct Shape {
  std::string_view type;
  std::string_view keys;
};
constexpr Shape kBlocks[] = {
    {"section", "text fields accessory expand"},
    {"divider", ""},
    {"header", "text! level"},
    {"context", "elements!"},
    {"actions", "elements!"},
    {"image", "image_url slack_file alt_text! title"},
    {"input", "label! element! hint optional dispatch_action"},
    {"markdown", "text!"},
    {"rich_text", "elements!"},
    {"table", "rows! column_settings"},
};
// Known, and taken as they are.
constexpr std::array<std::string_view, 9> kUnchecked = {
    "alert",      "card",      "carousel", "container", "context_actions",
    "data_table", "task_card", "plan",     "video"};
constexpr Shape kElements[] = {
    {"button", "text! url value style confirm accessibility_label"},
    {"overflow", "options! confirm"},
    {"static_select", "placeholder options option_groups initial_option confirm focus_on_load"},
    {"multi_static_select",
     "placeholder options option_groups initial_options confirm max_selected_items focus_on_load"},
    {"users_select", "placeholder initial_user confirm focus_on_load"},
    {"radio_buttons", "options! initial_option confirm focus_on_load"},
    {"checkboxes", "options! initial_options confirm focus_on_load"},
    {"plain_text_input",
     "placeholder initial_value multiline min_length max_length dispatch_action_config "
     "focus_on_load"},
    {"datepicker", "placeholder initial_date confirm focus_on_load"},
    {"image", "image_url slack_file alt_text!"},
};
constexpr std::string_view kInSection =
    "button overflow static_select multi_static_select users_select radio_buttons checkboxes "
    "datepicker image";
constexpr std::string_view kInActions =
    "button overflow static_select users_select radio_buttons checkboxes datepicker";
constexpr std::string_view kInInput =
    "static_select multi_static_select users_select radio_buttons checkboxes plain_text_input "
    "datepicker";

bool has_word(std::string_view words, std::string_view word) {
  const std::string padded = " " + std::string(words) + " ";
  return padded.find(" " + std::string(word) + " ") != padded.npos;
}

template <class Table>
const Shape* shape_of(const Table& table, const std::string& type) {
  const auto at = std::ranges::find(table, type, &Shape::type);
  return at == std::end(table) ? nullptr : &*at;
}

constexpr const char* kPlain = "plain_text";
constexpr const char* kEither = "plain_text mrkdwn";

// One look at one message or view; collects what is wrong.
class Inspector {
 public:
  explicit Inspector(Surface surface) : surface_(surface) {}

  void blocks(const Json& list, const std::string& at, std::size_t most) {
    if (!list.is_array()) return bad(at, "must be an array");
    if (list.size() > most) bad(at, "no more than " + std::to_string(most) + " items allowed");
    for (std::size_t i = 0; i < list.size(); ++i) block(list[i], at + "/" + std::to_string(i));
  }

  // A text object under `key`, of one of `kinds`.
  void text(const Json& owner, const char* key, const std::string& at, std::size_t most,
            std::string_view kinds) {
    if (const Json* const object = field_at(owner, key)) {
      text_object(*object, at + "/" + key, most, kinds);
    }
  }

  void length(const Json& owner, const char* key, const std::string& at, std::size_t most) {
    const Json* const value = field_at(owner, key);
    if (!value) return;
    if (!value->is_string()) return bad(at + "/" + key, "must be a string");
    if (length_of(text_at(owner, key)) > most) too_long(at + "/" + key, most);
  }

  void bad(const std::string& at, const std::string& what) {
    problems.push_back(what + " [json-pointer:" + at + "]");
  }

  std::vector<std::string> problems;

 private:
  void too_long(const std::string& at, std::size_t most) {
    bad(at, "must be less than " + std::to_string(most + 1) + " characters");
  }

  void text_object(const Json& object, const std::string& at, std::size_t most,
                   std::string_view kinds) {
    if (!object.is_object()) return bad(at, "must be an object");
    const std::string type = text_at(object, "type"), value = text_at(object, "text");
    if (!has_word(kinds, type)) bad(at + "/type", "must be one of: " + std::string(kinds));
    if (value.empty()) bad(at + "/text", "must be more than 0 characters");
    if (length_of(value) > most) too_long(at + "/text", most);
    const std::string_view allowed = type == kPlain ? "type text emoji" : "type text verbatim";
    for (const auto& [key, ignored] : object.items()) {
      if (!has_word(allowed, key)) bad(at, "invalid additional property: " + key);
    }
  }

  void keys(const Json& object, const Shape& shape, const std::string& at) {
    for (const auto& [key, ignored] : object.items()) {
      const bool known = has_word("type block_id action_id", key) || has_word(shape.keys, key) ||
                         has_word(shape.keys, key + "!");
      if (!known) bad(at, "invalid additional property: " + key);
    }
    std::string_view rest = shape.keys;
    while (!rest.empty()) {
      const std::string_view word = rest.substr(0, rest.find(' '));
      rest.remove_prefix(std::min(rest.size(), word.size() + 1));
      if (!word.ends_with('!')) continue;
      const std::string key(word.substr(0, word.size() - 1));
      if (!object.contains(key)) bad(at, "missing required field: " + key);
    }
  }

  void block(const Json& given, const std::string& at) {
    const std::string type = text_at(given, "type");
    length(given, "block_id", at, 255);
    const std::string id = text_at(given, "block_id");
    if (!id.empty() && !block_ids_.insert(id).second) {
      bad(at + "/block_id", "`block_id` must be unique");
    }
    if (std::ranges::find(kUnchecked, type) != kUnchecked.end()) return;
    const Shape* const shape = shape_of(kBlocks, type);
    if (!shape) return bad(at + "/type", "unsupported type: " + type);
    keys(given, *shape, at);
    action_ids_.clear();
    content(given, type, at);
  }

  void content(const Json& given, const std::string& type, const std::string& at) {
    if (type == "section") return section(given, at);
    if (type == "header") return text(given, "text", at, 150, kPlain);
    if (type == "context") return context(given, at);
    if (type == "actions") return elements(given, at, 25, kInActions);
    if (type == "image") return image(given, at);
    if (type == "input") return input(given, at);
    if (type == "markdown") return markdown(given, at);
    if (type == "table") items(given, "rows", at, 1, 100);
  }

  void section(const Json& given, const std::string& at) {
    if (!given.contains("text") && !given.contains("fields")) {
      bad(at, "missing required field: text");
    }
    text(given, "text", at, 3000, kEither);
    if (const Json* const fields = items(given, "fields", at, 1, 10)) {
      for (std::size_t i = 0; i < fields->size(); ++i) {
        text_object((*fields)[i], at + "/fields/" + std::to_string(i), 2000, kEither);
      }
    }
    if (const Json* const accessory = field_at(given, "accessory")) {
      element(*accessory, at + "/accessory", kInSection);
    }
  }

  void context(const Json& given, const std::string& at) {
    const Json* const list = items(given, "elements", at, 1, 10);
    for (std::size_t i = 0; list && i < list->size(); ++i) {
      const std::string here = at + "/elements/" + std::to_string(i);
      if (text_at((*list)[i], "type") == "image") {
        element((*list)[i], here, "image");
      } else {
        text_object((*list)[i], here, 3000, kEither);
      }
    }
  }

  void image(const Json& given, const std::string& at) {
    length(given, "image_url", at, 3000);
    length(given, "alt_text", at, 2000);
    text(given, "title", at, 2000, kPlain);
  }

  void input(const Json& given, const std::string& at) {
    text(given, "label", at, 2000, kPlain);
    text(given, "hint", at, 2000, kPlain);
    if (const Json* const inside = field_at(given, "element")) {
      element(*inside, at + "/element", kInInput);
    }
  }

  void markdown(const Json& given, const std::string& at) {
    if (surface_ != Surface::message) bad(at + "/type", "unsupported type: markdown");
    const std::string written = text_at(given, "text");
    if (written.empty()) bad(at + "/text", "must be more than 0 characters");
    markdown_ += length_of(written);
    if (markdown_ > 12'000) too_long(at + "/text", 12'000);
  }

  // The list under `key`, if it is one; says what is wrong with its size.
  const Json* items(const Json& owner, const char* key, const std::string& at, std::size_t least,
                    std::size_t most) {
    const Json* const list = field_at(owner, key);
    if (!list) return nullptr;
    const std::string here = at + "/" + key;
    if (!list->is_array()) {
      bad(here, "must be an array");
      return nullptr;
    }
    if (list->size() < least)
      bad(here, "no fewer than " + std::to_string(least) + " items allowed");
    if (list->size() > most) bad(here, "no more than " + std::to_string(most) + " items allowed");
    return list;
  }

  void elements(const Json& given, const std::string& at, std::size_t most,
                std::string_view allowed) {
    const Json* const list = items(given, "elements", at, 1, most);
    for (std::size_t i = 0; list && i < list->size(); ++i) {
      element((*list)[i], at + "/elements/" + std::to_string(i), allowed);
    }
  }

  void element(const Json& given, const std::string& at, std::string_view allowed) {
    const std::string type = text_at(given, "type");
    const Shape* const shape = shape_of(kElements, type);
    if (!shape || !has_word(allowed, type)) return bad(at + "/type", "unsupported type: " + type);
    keys(given, *shape, at);
    length(given, "action_id", at, 255);
    const std::string id = text_at(given, "action_id");
    if (!id.empty() && !action_ids_.insert(id).second) {
      bad(at + "/action_id", "`action_id` must be unique within a block");
    }
    text(given, "placeholder", at, 150, kPlain);
    confirm(given, at);
    if (type == "button") return button(given, at);
    if (type == "plain_text_input") return typing(given, at);
    if (type == "image") return image(given, at);
    choices(given, at, type == "overflow" ? 5 : type.ends_with("select") ? 100 : 10);
    const bool select = type == "static_select" || type == "multi_static_select";
    if (select && !given.contains("options") && !given.contains("option_groups")) {
      bad(at, "missing required field: options");
    }
  }

  void button(const Json& given, const std::string& at) {
    text(given, "text", at, 75, kPlain);
    length(given, "value", at, 2000);
    length(given, "url", at, 3000);
    length(given, "accessibility_label", at, 75);
    if (given.contains("style") && !has_word("primary danger", text_at(given, "style"))) {
      bad(at + "/style", "must be one of: primary, danger");
    }
  }

  void typing(const Json& given, const std::string& at) {
    for (const char* const key : {"min_length", "max_length"}) {
      if (number_at(given, key) > 3000) bad(at + "/" + key, "must be at most 3000");
    }
  }

  void choices(const Json& given, const std::string& at, std::size_t most) {
    if (const Json* const list = items(given, "options", at, 1, most)) {
      for (std::size_t i = 0; i < list->size(); ++i) {
        option((*list)[i], at + "/options/" + std::to_string(i));
      }
    }
    const Json* const groups = items(given, "option_groups", at, 1, 100);
    for (std::size_t i = 0; groups && i < groups->size(); ++i) {
      const std::string here = at + "/option_groups/" + std::to_string(i);
      text((*groups)[i], "label", here, 75, kPlain);
      choices((*groups)[i], here, 100);
    }
    const Json* const initial = field_at(given, "initial_option");
    const Json* const options = field_at(given, "options");
    if (initial && options && std::ranges::find(*options, *initial) == options->end()) {
      bad(at + "/initial_option", "must match one of the provided options");
    }
  }

  void option(const Json& given, const std::string& at) {
    text(given, "text", at, 75, kEither);
    text(given, "description", at, 75, kEither);
    length(given, "value", at, 150);
    length(given, "url", at, 3000);
    if (!given.contains("text")) bad(at, "missing required field: text");
    if (text_at(given, "value").empty()) bad(at, "missing required field: value");
  }

  void confirm(const Json& given, const std::string& at) {
    const Json* const dialog = field_at(given, "confirm");
    if (!dialog) return;
    const std::string here = at + "/confirm";
    text(*dialog, "title", here, 100, kPlain);
    text(*dialog, "text", here, 300, kEither);
    text(*dialog, "confirm", here, 30, kPlain);
    text(*dialog, "deny", here, 30, kPlain);
  }

  Surface surface_;
  std::set<std::string> block_ids_, action_ids_;
  std::size_t markdown_ = 0;
};

}  // namespace

std::vector<std::string> block_problems(const Json& blocks, Surface surface,
                                        const std::string& at) {
  Inspector inspector(surface);
  inspector.blocks(blocks, at, surface == Surface::message ? 50 : 100);
  return inspector.problems;
}

std::vector<std::string> view_problems(const Json& view, const std::string& at) {
  const std::string type = text_at(view, "type");
  Inspector inspector(type == "home" ? Surface::home : Surface::modal);
  if (type != "home" && type != "modal") inspector.bad(at + "/type", "must be one of: modal, home");
  const Json* const blocks = field_at(view, "blocks");
  if (!blocks) inspector.bad(at, "missing required field: blocks");
  if (blocks) inspector.blocks(*blocks, at + "/blocks", 100);
  inspector.length(view, "private_metadata", at, 3000);
  inspector.length(view, "callback_id", at, 255);
  inspector.length(view, "external_id", at, 255);
  if (type != "modal") return inspector.problems;
  if (!view.contains("title")) inspector.bad(at, "missing required field: title");
  for (const char* const key : {"title", "submit", "close"}) {
    inspector.text(view, key, at, 24, kPlain);
  }
  const bool asks = blocks && blocks->is_array() && std::ranges::any_of(*blocks, [](const Json& b) {
                      return text_at(b, "type") == "input";
                    });
  if (asks && !view.contains("submit")) {
    inspector.bad(at, "missing required field: submit, with an input block");
  }
  return inspector.problems;
}

}  // namespace countersign::adapters::sandbox::slack
