#include "bot/core/jinja/list_work.h"

#include "bot/core/jinja/access.h"
#include "bot/core/jinja/methods.h"
#include "bot/core/jinja/texts.h"
#include "bot/core/unicode.h"

namespace countersign::core::jinja {

Value key_of_item(Rendering& r, const Value& element, const Value& attribute, bool must) {
  const Value out = attribute.is_text() ? attribute_path(r, element, *attribute.text)
                                        : item(r, element, attribute);
  return must && out.is(Kind::undefined) ? r.fail(why_undefined(out)) : out;
}

Value without_case(Rendering& r, const Value& value) {
  return value.is_text() ? r.text(to_lower(*value.text)) : value;
}

Value sort_key(Rendering& r, const Value& element, const Value& attribute, bool case_sensitive) {
  const auto plain = [&](const Value& v) { return case_sensitive ? v : without_case(r, v); };
  if (!attribute.given() || attribute.is(Kind::none)) return plain(element);
  if (!attribute.is_text() || attribute.text->find(',') == std::string::npos)
    return plain(key_of_item(r, element, attribute, true));
  std::vector<Value> parts;
  for (const std::string& name : split_at(*attribute.text, ",", -1))
    parts.push_back(plain(key_of_item(r, element, r.text(name), true)));
  return r.sequence(Kind::list, std::move(parts));
}

std::vector<Value> values_of(const std::vector<Keyed>& keyed) {
  std::vector<Value> out;
  for (const Keyed& one : keyed) out.push_back(one.value);
  return out;
}

}  // namespace countersign::core::jinja
