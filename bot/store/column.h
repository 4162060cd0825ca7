// Many values of one property on their way into the database, as one array in its binary form:
// bytes travel as they are, and nothing is quoted or parsed on the way.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace countersign::store {

class Column {
 public:
  // Numbers are those of PostgreSQL's types.
  enum class Of : std::uint32_t { flags = 16, bytes = 17, numbers = 20, texts = 25, uuids = 2950 };
  explicit Column(Of type) : type_(type) {}

  void add(std::string_view value);       // bytes, 16 bytes of a uuid, or text that is storable
  void add_text(std::string_view value);  // any text, as Param takes it
  void add_number(std::int64_t value);
  void add_flag(bool value);
  void add_nothing();  // NULL
  std::string wire() const;

 private:
  const Of type_;
  std::uint32_t count_ = 0;
  std::string items_;
};

}  // namespace countersign::store
