#include "bot/core/jinja/printing.h"

#include <fmt/format.h>

#include "bot/core/jinja/access.h"
#include "bot/core/jinja/operators.h"
#include "bot/core/python_value.h"

namespace countersign::core::jinja {
namespace {

// Adds to a text, unless it becomes longer than a text may be.
void add(Rendering& r, std::string& out, std::string_view more) {
  if (!r.spend(1 + more.size() / 64)) return;
  out += more;
  if (out.size() > Rendering::kTextLimit) r.fail("a text of the template is longer than 256 KiB");
}

std::string listed(Rendering& r, std::string_view open, const Value& all, std::string_view close) {
  std::string out(open);
  const std::vector<Value> items = elements(r, all);
  for (std::size_t i = 0; i < items.size() && !r.failed(); ++i)
    add(r, out, (i == 0 ? "" : ", ") + repr(r, items[i]));
  if (all.is(Kind::tuple) && items.size() == 1) out += ',';
  return out + std::string(close);
}

std::string repr_of_dict(Rendering& r, const Value& dict) {
  std::string out = "{";
  for (const auto& [key, value] : entries(r, dict)) {
    if (r.failed()) break;
    add(r, out, (out.size() == 1 ? "" : ", ") + repr(r, key) + ": " + repr(r, value));
  }
  return out + "}";
}

std::string repr_of_bytes(const std::string& bytes) {
  const bool single = bytes.find('\'') != bytes.npos && bytes.find('"') == bytes.npos;
  const char quote = single ? '"' : '\'';
  std::string out = "b";
  out += quote;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == quote || c == '\\') {
      out += fmt::format("\\{}", c);
    } else if (c == '\n' || c == '\r' || c == '\t') {
      out += c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t";
    } else if (byte < 0x20 || byte >= 0x7F) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out + quote;
}

std::string repr_of_range(const Sequence& range) {
  if (range.step == 1) return fmt::format("range({}, {})", range.from, range.to);
  return fmt::format("range({}, {}, {})", range.from, range.to, range.step);
}

// A key may stand as it is ("team.oncall"), or level by level.
const Json* found_in(const Json& scope, std::string_view key) {
  if (!scope.is_object()) return nullptr;
  if (const auto whole = scope.find(key); whole != scope.end()) return &*whole;
  const auto dot = key.find('.');
  if (dot == key.npos) return nullptr;
  const auto level = scope.find(key.substr(0, dot));
  return level == scope.end() ? nullptr : found_in(*level, key.substr(dot + 1));
}

std::string looked_up(const Lookup& lookup) {
  const Json* found = found_in(*lookup.scope, lookup.key);
  return found == nullptr ? "" : python::str(*found);
}

}  // namespace

std::string str(Rendering& r, const Value& v) {
  if (v.is_text()) return *v.text;
  if (v.is(Kind::undefined)) r.fail(why_undefined(v));
  if (v.is(Kind::nothing)) return "";
  return repr(r, v);
}

std::string repr(Rendering& r, const Value& v) {
  const Deeper deeper(r);
  if (!deeper || !r.spend()) return {};
  switch (v.kind) {
    case Kind::none:
      return "None";
    case Kind::boolean:
      return v.truth ? "True" : "False";
    case Kind::integer:
      return std::to_string(v.integer);
    case Kind::big:
      return big_of(v).digits();
    case Kind::real:
      return python::repr(Json(v.real));
    case Kind::text:
      r.spend(v.text->size() / 16);
      return python::repr(Json(*v.text));
    case Kind::markup:
      return "Markup(" + python::repr(Json(*v.text)) + ")";
    case Kind::bytes:
      return repr_of_bytes(*v.text);
    case Kind::list:
      return listed(r, "[", v, "]");
    case Kind::tuple:
      return listed(r, "(", v, ")");
    case Kind::view:
      return listed(r, std::string(sequence_of(v).name) + "([", v, "])");
    case Kind::range:
      return repr_of_range(sequence_of(v));
    case Kind::dict:
      return repr_of_dict(r, v);
    case Kind::lookup:
      return looked_up(lookup_of(v));
    case Kind::undefined:
    case Kind::nothing:
      return "Undefined";  // inside of a list; str() fails for what stands alone
    default:
      break;
  }
  // Python prints an address here.
  r.fail(fmt::format("a value of type {} cannot be printed{}", type_name(v),
                     v.is(Kind::iterator) ? ": add '| list'" : ""));
  return {};
}

}  // namespace countersign::core::jinja
