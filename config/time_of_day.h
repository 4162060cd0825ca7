// A time of the day, as people write it: "22:00".
#pragma once
#include "config/reader.h"

namespace countersign::config {

// In minutes since midnight; required, and a Problem if it is no time of the day.
int read_time_of_day(const Reader& reader);

}  // namespace countersign::config
