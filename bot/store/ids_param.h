// How the core's identifiers become parameters and come back: one place for "0 is NULL" and "empty
// is NULL".
#pragma once
#include "bot/core/ids.h"
#include "bot/store/pg.h"

namespace countersign::store {

template <class Tag>
Param id_param(core::Id<Tag> id) {
  return id ? Param(id.value) : Param(std::nullopt);
}
template <class IdType>
IdType id_of(const Row& row, std::string_view column) {
  return IdType{row.is_null(column) ? 0 : row.number(column)};
}

inline Param uuid_param(const core::CorrelationId& id) { return text_or_null(id.text()); }
inline core::CorrelationId correlation_of(const Row& row,
                                          std::string_view column = "correlation_id") {
  return core::CorrelationId::parse(row.text_or(column, ""));
}

}  // namespace countersign::store
