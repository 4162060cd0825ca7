// JSON out of values and values out of JSON.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "bot/core/jinja/access.h"
#include "bot/core/jinja/operators.h"
#include "bot/core/jinja/printing.h"
#include "bot/core/python_value.h"
#include "bot/core/unicode.h"

namespace countersign::core::jinja {
namespace {

std::string quoted(const std::string& text) {
  return Json(text).dump(-1, ' ', true, Json::error_handler_t::replace);
}

std::string number(Rendering& r, const Value& v) {
  if (v.is(Kind::real) && !std::isfinite(v.real))
    return std::isnan(v.real) ? "NaN" : v.real < 0 ? "-Infinity" : "Infinity";
  if (v.is(Kind::boolean)) return v.truth ? "true" : "false";
  return repr(r, v);
}

class JsonWriter {
 public:
  JsonWriter(Rendering& r, const JsonStyle& style) : r_(r), style_(style) {}

  void write(const Value& v) {
    const Deeper deeper(r_);
    if (!deeper) return;
    if (v.is(Kind::none)) {
      add("null");
    } else if (v.is_number()) {
      add(number(r_, v));
    } else if (v.is_text()) {
      add(quoted(*v.text));
    } else if (v.is(Kind::dict)) {
      write_dict(v);
    } else if (v.is(Kind::list) || v.is(Kind::tuple)) {
      write_list(v);
    } else if (!v.defined()) {
      r_.fail(why_undefined(v));
    } else {
      r_.fail(fmt::format("a value of type {} is not JSON", type_name(v)));
    }
  }

  std::string take() { return std::move(out_); }

 private:
  void write_dict(const Value& dict) {
    std::vector<std::pair<Value, Value>> all = entries(r_, dict);
    if (style_.sort_keys) sort_by_key(all);
    open('{', all.empty());
    for (std::size_t i = 0; i < all.size() && !r_.failed(); ++i) {
      if (i > 0) next();
      add(quoted(key(all[i].first)));
      add(style_.key_separator);
      write(all[i].second);
    }
    close('}', all.empty());
  }

  void write_list(const Value& list) {
    const std::vector<Value> all = elements(r_, list);
    open('[', all.empty());
    for (std::size_t i = 0; i < all.size() && !r_.failed(); ++i) {
      if (i > 0) next();
      write(all[i]);
    }
    close(']', all.empty());
  }

  void sort_by_key(std::vector<std::pair<Value, Value>>& all) {
    std::vector<Keyed> sorted;
    for (const auto& [key, value] : all) sorted.push_back({key, value});
    sort(r_, sorted, false);
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = {sorted[i].key, sorted[i].value};
  }

  std::string key(const Value& v) {
    if (v.is_text()) return *v.text;
    if (v.is(Kind::none)) return "null";
    if (v.is_number()) return number(r_, v);
    r_.fail(fmt::format("a key of type {} is not JSON", type_name(v)));
    return {};
  }

  void open(char c, bool empty) {
    add(std::string(1, c));
    ++level_;
    if (!empty) new_line();
  }
  void next() {
    add(style_.item_separator);
    new_line();
  }
  void close(char c, bool empty) {
    --level_;
    if (!empty) new_line();
    add(std::string(1, c));
  }
  void new_line() {
    if (!style_.lines) return;
    add("\n");
    for (int i = 0; i < level_; ++i) add(style_.indent);
  }

  void add(std::string_view more) {
    if (!r_.spend(1 + more.size() / 64)) return;
    out_ += more;
    if (out_.size() > Rendering::kTextLimit)
      r_.fail("a text of the template is longer than 256 KiB");
  }

  Rendering& r_;
  const JsonStyle& style_;
  std::string out_;
  int level_ = 0;
};

// Builds values as the parser comes across them, without recursion.
class ValueBuilder : public nlohmann::json_sax<Json> {
 public:
  explicit ValueBuilder(Rendering& r) : r_(r) {}

  bool null() override { return add(Value::none()); }
  bool boolean(bool b) override { return add(Value::of(b)); }
  bool number_integer(std::int64_t n) override { return add(Value::of(n)); }
  bool number_unsigned(std::uint64_t n) override {
    return add(r_.whole(BigInteger::of_unsigned(n)));
  }
  bool number_float(double n, const std::string& digits) override {
    const bool integral = digits.find_first_of(".eE") == std::string::npos;
    return add(integral ? r_.whole(BigInteger::parse(digits)) : Value::of(n));
  }
  bool string(std::string& text) override { return add(r_.text(std::move(text))); }
  bool binary(Json::binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(Value::of(Kind::dict, r_.make<Dict>())); }
  bool start_array(std::size_t) override { return open(r_.sequence(Kind::list, {})); }
  bool key(std::string& text) override {
    keys_.back() = r_.text(std::move(text));
    return !r_.failed();
  }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

  Value whole = Value::absent();

 private:
  bool add(const Value& v) {
    if (!r_.spend()) return false;
    if (open_.empty()) {
      whole = v;
    } else if (open_.back().is(Kind::dict)) {
      put(r_, dict_of(open_.back()), keys_.back(), v);
    } else {
      sequence_of(open_.back()).items.push_back(v);
    }
    return !r_.failed();
  }
  bool open(const Value& v) {
    if (!add(v) || open_.size() >= Rendering::kDepth / 2) return false;
    open_.push_back(v);
    keys_.emplace_back();
    return true;
  }
  bool close() {
    open_.pop_back();
    keys_.pop_back();
    return true;
  }

  Rendering& r_;
  std::vector<Value> open_;
  std::vector<Value> keys_;
};

Json json_of_float(double real) { return std::isfinite(real) ? Json(real) : Json(nullptr); }

}  // namespace

std::string dump_json(Rendering& r, const Value& value, const JsonStyle& style) {
  JsonWriter writer(r, style);
  writer.write(value);
  return writer.take();
}

Value parse_json(Rendering& r, const std::string& text) {
  ValueBuilder builder(r);
  if (!r.spend(text.size() / 16) || !Json::sax_parse(text, &builder)) return Value::absent();
  return builder.whole;
}

Json to_json(Rendering& r, const Value& v) {
  const Deeper deeper(r);
  if (!deeper || !r.spend()) return {};
  switch (v.kind) {
    case Kind::none:
      return nullptr;
    case Kind::boolean:
      return v.truth;
    case Kind::integer:
      return v.integer;
    case Kind::real:
      return json_of_float(v.real);
    case Kind::list:
    case Kind::tuple:
    case Kind::range:
    case Kind::view:
    case Kind::iterator: {
      if (v.borrowed) return *v.json;
      Json out = Json::array();
      for (const Value& element : elements(r, v)) out.push_back(to_json(r, element));
      return out;
    }
    case Kind::dict: {
      if (v.borrowed) return *v.json;
      Json out = Json::object();
      for (const auto& [key, value] : entries(r, v)) out[str(r, key)] = to_json(r, value);
      return out;
    }
    case Kind::big:
      // As the house reads them from outside: what fits no 64 bits is text.
      return r.failed() ? Json() : Json(str(r, v));
    default:
      return str(r, v);
  }
}

}  // namespace countersign::core::jinja
