#include "bot/core/jinja/yaml_text.h"

#include <fmt/format.h>
#include <re2/re2.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "bot/core/jinja/access.h"
#include "bot/core/jinja/operators.h"
#include "bot/core/jinja/printing.h"
#include "bot/core/jinja/yaml_scalars.h"
#include "bot/core/python_value.h"

namespace countersign::core::jinja {
namespace {

constexpr std::size_t kYamlLimit = 64 * 1024;

bool is_list(const Value& v) { return v.is(Kind::list) || v.is(Kind::tuple); }

class YamlWriter {
 public:
  YamlWriter(Rendering& r, std::int64_t indent)
      : r_(r), indent_(std::clamp<std::int64_t>(indent, 1, 9)) {}

  std::string whole(const Value& v) {
    write(v, 0, indent_);
    return std::move(out_);
  }

 private:
  // A value whose first line begins at the present place; `column` is where its next lines begin.
  void write(const Value& v, std::int64_t column, std::int64_t scalar_column) {
    const Deeper deeper(r_);
    if (!deeper) return;
    if (v.is(Kind::dict) && size_of(r_, v) > 0) return write_dict(v, column);
    if (is_list(v) && size_of(r_, v) > 0) return write_list(v, column);
    add(scalar(v, scalar_column) + "\n");
  }

  void write_dict(const Value& dict, std::int64_t column) {
    std::vector<Keyed> sorted;
    for (const auto& [key, value] : entries(r_, dict)) sorted.push_back({key, value});
    sort(r_, sorted, false);
    for (std::size_t i = 0; i < sorted.size() && !r_.failed(); ++i) {
      if (i > 0) blanks(column);
      add(scalar(sorted[i].key, -1) + ":");
      const Value& value = sorted[i].value;
      const bool block = (value.is(Kind::dict) || is_list(value)) && size_of(r_, value) > 0;
      // A list below a key is not indented.
      const std::int64_t inner = is_list(value) ? column : column + indent_;
      add(block ? "\n" : " ");
      if (block) blanks(inner);
      write(value, inner, column + indent_);
    }
  }

  void write_list(const Value& list, std::int64_t column) {
    const std::vector<Value> all = elements(r_, list);
    for (std::size_t i = 0; i < all.size() && !r_.failed(); ++i) {
      if (i > 0) blanks(column);
      // Only what goes on below is set off by the whole indent.
      const bool block = (all[i].is(Kind::dict) || is_list(all[i])) && size_of(r_, all[i]) > 0;
      add("-");
      blanks(block ? indent_ - 1 : 1);
      write(all[i], column + indent_, column + indent_);
    }
  }

  // `column`: where a text of several lines goes on; negative for a key.
  std::string scalar(const Value& v, std::int64_t column) {
    if (v.is(Kind::none)) return "null";
    if (v.is(Kind::boolean)) return v.truth ? "true" : "false";
    if (v.is(Kind::real)) return real(v.real);
    if (v.is_number()) return repr(r_, v);
    if (v.is_text()) return yaml_scalar(*v.text, column, column_now());
    if (v.is(Kind::dict)) return "{}";
    if (is_list(v)) return "[]";
    r_.fail(v.defined() ? fmt::format("a value of type {} cannot be YAML", type_name(v))
                        : why_undefined(v));
    return {};
  }

  static std::string real(double value) {
    if (std::isnan(value)) return ".nan";
    if (std::isinf(value)) return value < 0 ? "-.inf" : ".inf";
    std::string out = python::repr(Json(value));
    if (out.find('.') == out.npos && out.find('e') != out.npos) out.insert(out.find('e'), ".0");
    return out;
  }

  std::int64_t column_now() const {
    return static_cast<std::int64_t>(out_.size() - (out_.rfind('\n') + 1));
  }
  void blanks(std::int64_t n) { add(std::string(static_cast<std::size_t>(n), ' ')); }
  void add(std::string_view more) {
    if (!r_.spend(1 + more.size() / 64)) return;
    out_ += more;
    if (out_.size() > Rendering::kTextLimit)
      r_.fail("a text of the template is longer than 256 KiB");
  }

  Rendering& r_;
  const std::int64_t indent_;
  std::string out_;
};

Value value_of(Rendering& r, const YAML::Node& node);

Value dict_of_node(Rendering& r, const YAML::Node& node) {
  std::vector<std::pair<Value, Value>> own, merged;
  for (const auto& entry : node) {
    if (!r.spend()) break;
    const Value value = value_of(r, entry.second);
    const bool merge =
        entry.first.IsScalar() && entry.first.Scalar() == "<<" && entry.first.Tag() == "?";
    if (!merge) {
      own.emplace_back(value_of(r, entry.first), value);
      continue;
    }
    const bool many = value.is(Kind::list);
    for (const Value& from : many ? elements(r, value) : std::vector<Value>{value})
      for (const auto& pair : entries(r, from)) merged.push_back(pair);
  }
  // The dict's own members win, and among merged ones the first.
  std::ranges::reverse(merged);
  merged.insert(merged.end(), own.begin(), own.end());
  return make_dict(r, merged);
}

Value value_of(Rendering& r, const YAML::Node& node) {
  const Deeper deeper(r);
  if (!deeper || !r.spend()) return {};
  switch (node.Type()) {
    case YAML::NodeType::Scalar:
      // "!" stands for a quoted text, "?" for a plain one.
      if (node.Tag() == "?" || node.Tag().empty()) return plain_scalar(r, node.Scalar());
      return r.text(node.Scalar());
    case YAML::NodeType::Sequence: {
      std::vector<Value> out;
      for (const auto& child : node) {
        if (r.failed()) break;
        out.push_back(value_of(r, child));
      }
      return r.sequence(Kind::list, std::move(out));
    }
    case YAML::NodeType::Map:
      return dict_of_node(r, node);
    default:
      return Value::none();
  }
}

}  // namespace

std::string dump_yaml(Rendering& r, const Value& value, std::int64_t indent) {
  return YamlWriter(r, indent).whole(value);
}

Value parse_yaml(Rendering& r, const std::string& text) {
  if (text.size() > kYamlLimit) return r.fail("'from_yaml_string' takes at most 64 KiB");
  r.spend(text.size() / 4);
  if (r.failed()) return {};
  try {
    return value_of(r, YAML::Load(text));
  } catch (const YAML::Exception&) {
    return r.fail("'from_yaml_string' got text that is not YAML");
  }
}

}  // namespace countersign::core::jinja
