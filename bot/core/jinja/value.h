// What an expression of a template yields, with the manners of Python. A Value is small and copied
// freely; what it points to lives in the context, in the parsed template, or on the heap of the
// Rendering that made it, and so exactly as long as that rendering.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "bot/core/jinja/big_integer.h"
#include "bot/core/json.h"

namespace countersign::core::jinja {

class Rendering;

enum class Kind : std::uint8_t {
  absent,     // an argument that was not given
  undefined,  // strict: an error wherever it is used
  nothing,    // of an inline if without else: empty wherever it is printed
  none,
  boolean,
  integer,
  big,
  real,
  text,
  markup,  // text that needs no further escaping
  bytes,
  list,
  tuple,
  range,
  view,      // keys(), values(), items() of a dict
  iterator,  // what map, select and their kind give: to be walked over once
  dict,
  callable,
  names,   // namespace()
  loop,    // inside of {% for %}
  cycler,  // cycler(), joiner()
  lookup,  // a place in the datastore
};

struct Object {
  Object() = default;
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;
  virtual ~Object() = default;
};

struct Value {
  Kind kind = Kind::undefined;
  bool borrowed = false;  // a list or dict of the context: `json`, which cannot be changed
  union {
    bool truth;
    std::int64_t integer;
    double real;
    const std::string* text = nullptr;  // also why something is undefined; null: no reason known
    const Json* json;
    Object* object;
  };

  static Value none() { return made(Kind::none); }
  static Value nothing() { return made(Kind::nothing); }
  static Value absent() { return made(Kind::absent); }
  static Value of(bool truth);
  static Value of(std::int64_t integer);
  static Value of(double real);
  static Value of(Kind kind, Object* object);
  static Value of(const std::string& text);  // must outlive the value
  static Value of(std::string&& text) = delete;
  // A list or dict is not copied and must outlive the value. Numbers beyond 64 bits need the heap.
  static Value of(Rendering& r, const Json& json);

  bool is(Kind k) const { return kind == k; }
  bool given() const { return kind != Kind::absent; }
  bool defined() const { return kind != Kind::undefined && kind != Kind::nothing; }
  bool is_text() const { return kind == Kind::text || kind == Kind::markup; }
  bool is_whole() const { return kind == Kind::integer || kind == Kind::boolean; }
  bool is_number() const { return is_whole() || kind == Kind::big || kind == Kind::real; }
  bool is_sequence() const { return kind >= Kind::list && kind <= Kind::iterator; }
  std::int64_t whole() const { return kind == Kind::boolean ? (truth ? 1 : 0) : integer; }

 private:
  static Value made(Kind kind);
};

struct Text : Object {
  explicit Text(std::string t) : text(std::move(t)) {}
  std::string text;
};

struct Big : Object {
  explicit Big(BigInteger n) : number(std::move(n)) {}
  BigInteger number;
};

// Lists, tuples, ranges, views and iterators.
struct Sequence : Object {
  std::vector<Value> items;
  std::size_t next = 0;                     // of an iterator
  std::string_view name;                    // of a view: "dict_keys"
  bool is_group = false;                    // a tuple that has the attributes grouper and list
  std::int64_t from = 0, to = 0, step = 1;  // of a range
};

// Keeps the order of insertion. Keys are numbers, text, None or tuples of them.
struct Dict : Object {
  std::vector<std::pair<Value, Value>> entries;
  std::unordered_map<std::string, std::size_t> places;  // by key_of()
};

// namespace(): names that a template may set from inside a loop.
struct Names : Object {
  std::vector<std::pair<std::string, Value>> names;
};

struct Cycler : Object {
  std::vector<Value> items;
  std::size_t position = 0;
  bool is_joiner = false;
};

// st2kv.system.team.oncall: the scope's entries and the key as far as it was read.
struct Lookup : Object {
  Lookup(const Json& s, std::string k) : scope(&s), key(std::move(k)) {}
  const Json* scope;
  std::string key;
};

inline Sequence& sequence_of(const Value& v) { return *static_cast<Sequence*>(v.object); }
inline Dict& dict_of(const Value& v) { return *static_cast<Dict*>(v.object); }
inline Names& names_of(const Value& v) { return *static_cast<Names*>(v.object); }
inline Cycler& cycler_of(const Value& v) { return *static_cast<Cycler*>(v.object); }
inline const Lookup& lookup_of(const Value& v) { return *static_cast<const Lookup*>(v.object); }
inline const BigInteger& big_of(const Value& v) { return static_cast<Big*>(v.object)->number; }

// As Python names types: "str", "list"; for error messages.
std::string_view type_name(const Value& value);

}  // namespace countersign::core::jinja
