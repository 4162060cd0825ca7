// Filters from and to JSON and YAML, and StackStorm's small ones.
#include <fmt/format.h>

#include "bot/core/jinja/access.h"
#include "bot/core/jinja/methods.h"
#include "bot/core/jinja/operators.h"
#include "bot/core/jinja/printing.h"
#include "bot/core/jinja/texts.h"
#include "bot/core/jinja/yaml_text.h"
#include "bot/core/path.h"

namespace countersign::core::jinja {
namespace {

// StackStorm's stand-in for null in text; parameters turn it into null again.
constexpr char kNone[] = "%*****__%NONE%__*****%";

void set_indent(Rendering& r, const Value& indent, JsonStyle& style) {
  if (!indent.given() || indent.is(Kind::none)) return;
  style.lines = true;
  if (indent.is_text()) {
    style.indent = *indent.text;
    return;
  }
  const std::int64_t width = whole(r, indent, 0);
  if (width > 100) r.fail("an indent has more than 100 blanks");
  if (!r.failed())
    style.indent.assign(static_cast<std::size_t>(std::max<std::int64_t>(width, 0)), ' ');
}

Value to_json_string(Rendering& r, Call& c) {
  JsonStyle style{",", ": ", "", false, flag(r, c[1])};
  set_indent(r, c[0], style);
  if (c[2].given() && !c[2].is(Kind::none)) {
    const std::vector<Value> two = elements(r, c[2]);
    if (two.size() != 2) return r.fail("'separators' must be two texts");
    style.item_separator = str(r, two[0]);
    style.key_separator = str(r, two[1]);
  }
  return r.text(dump_json(r, c.self, style));
}

// Jinja's own: sorted keys, and nothing a page could take for a tag.
Value tojson(Rendering& r, Call& c) {
  JsonStyle style;
  style.sort_keys = true;
  set_indent(r, c[0], style);
  if (style.lines) style.item_separator = ",";
  std::string out;
  constexpr std::string_view kUnsafe = "<>&'";
  for (const char letter : dump_json(r, c.self, style)) {
    if (kUnsafe.find(letter) == std::string_view::npos) {
      out += letter;
    } else {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(letter));
    }
  }
  return r.text(std::move(out), Kind::markup);
}

Value from_json_string(Rendering& r, Call& c) {
  if (!c.self.is_text() && !c.self.is(Kind::lookup)) return r.fail("'from_json_string' needs text");
  const Value out = parse_json(r, str(r, c.self));
  return out.given() ? out : r.fail("'from_json_string' got text that is not JSON");
}

Value to_yaml_string(Rendering& r, Call& c) {
  return r.text(dump_yaml(r, c.self, whole(r, c[0].is(Kind::none) ? Value::absent() : c[0], 2)));
}

Value from_yaml_string(Rendering& r, Call& c) { return parse_yaml(r, str(r, c.self)); }

Value to_complex(Rendering& r, Call& c) { return r.text(dump_json(r, c.self)); }

// Wide values one element a line, as pprint's pformat() lays them out.
std::string laid_out(Rendering& r, const Value& v, std::size_t column, std::size_t after) {
  constexpr std::size_t kWidth = 80;
  const Deeper deeper(r);
  const bool dict = v.is(Kind::dict);
  if (!deeper || (!dict && !v.is(Kind::list) && !v.is(Kind::tuple))) return repr(r, v);
  std::vector<Keyed> all;
  if (dict) {
    for (const auto& [key, value] : entries(r, v)) all.push_back({key, value});
    sort(r, all, false);
  } else {
    for (const Value& element : elements(r, v)) all.push_back({Value::none(), element});
  }
  std::vector<std::pair<Value, Value>> sorted;
  for (const Keyed& one : all) sorted.emplace_back(one.key, one.value);
  const std::string line = repr(r, dict ? make_dict(r, sorted) : v);
  if (column + line.size() + after <= kWidth || all.empty() || r.failed()) return line;
  std::string out(1, line.front());
  const std::string margin = ",\n" + std::string(column + 1, ' ');
  for (std::size_t i = 0; i < all.size() && r.spend(); ++i) {
    const std::string key = dict ? repr(r, all[i].key) + ": " : "";
    out += (i == 0 ? "" : margin) + key;
    const bool last = i + 1 == all.size();
    out += laid_out(r, all[i].value, column + 1 + key.size(), last ? after + 1 : 1);
    if (out.size() > Rendering::kTextLimit) break;
  }
  return out + (v.is(Kind::tuple) && all.size() == 1 ? "," : "") + line.back();
}

Value pprint(Rendering& r, Call& c) { return r.text(laid_out(r, c.self, 0, 0)); }

Value json_escape(Rendering& r, Call& c) {
  const std::string quotes = "\"";
  return r.text(stripped(dump_json(r, c.self), &quotes, true, true));
}

Value use_none(Rendering& r, Call& c) { return c.self.is(Kind::none) ? r.text(kNone) : c.self; }

// All matches, or None without one.
Value jsonpath_query(Rendering& r, Call& c) {
  const Result<Path> path = Path::parse(words(r, c[0]));
  if (!path) return r.fail("'jsonpath_query': " + path.error().message);
  struct Root : Object {
    Json json;
  };
  auto* const root = r.make<Root>();
  root->json = to_json(r, c.self);
  std::vector<Value> out;
  if (r.failed()) return {};
  const Result<std::vector<const Json*>> all = path->all(root->json, 10'000);
  if (!all) return r.fail(all.error().message);
  for (const Json* const found : *all) out.push_back(Value::of(r, *found));
  return out.empty() ? Value::none() : r.sequence(Kind::list, std::move(out));
}

// The datastore is given in the clear, so there is nothing left to decrypt.
Value decrypt_kv(Rendering& r, Call& c) {
  if (!c.self.is(Kind::lookup)) return r.fail("'decrypt_kv' needs a value of the datastore");
  return r.text(str(r, c.self));
}

const Method kFilters[] = {
    {"to_json_string", "indent sort_keys separators", to_json_string},
    {"tojson", "indent", tojson},
    {"from_json_string", "", from_json_string},
    {"to_yaml_string", "indent allow_unicode", to_yaml_string},
    {"from_yaml_string", "", from_yaml_string},
    {"to_complex", "", to_complex},
    {"json_escape", "", json_escape},
    {"use_none", "", use_none},
    {"pprint", "", pprint},
    {"jsonpath_query", "query!", jsonpath_query},
    {"decrypt_kv", "", decrypt_kv},
};

}  // namespace

Methods data_filters() { return kFilters; }

}  // namespace countersign::core::jinja
