#include "config/time_of_day.h"

#include <fmt/format.h>
#include <re2/re2.h>

namespace countersign::config {

int read_time_of_day(const Reader& reader) {
  const std::string text = reader.required_text();
  static const re2::RE2 form("([01]?[0-9]|2[0-3]):([0-5][0-9])");
  int hour = 0;
  int minute = 0;
  if (!text.empty() && !re2::RE2::FullMatch(text, form, &hour, &minute))
    reader.error(fmt::format("expected a time of the day such as 22:00, found '{}'", text));
  return hour * 60 + minute;
}

}  // namespace countersign::config
