// Any text is a field of a schedule or an error; what is one allows only what its kind can be.
#include "bot/core/cron_field.h"
#include "tests/fuzz/replay.h"

namespace countersign::fuzz {
namespace {

using core::CronField;

FUZZ_TARGET(cron) {
  const std::string_view text = input.substr(std::min<std::size_t>(1, input.size()));
  const auto kind = static_cast<CronField::Kind>(
      input.empty() ? 0 : static_cast<unsigned char>(input[0]) % CronField::kKinds);
  const auto field = CronField::parse(kind, text);
  if (!field) {
    EXPECT_FALSE(field.error().message.empty());
    return;
  }
  bool any = false;
  for (int value = 0; value <= 10'000; ++value) any |= field->allows(value);
  using namespace std::chrono;
  for (int day = 1; day <= 31; ++day) any |= field->allows_day(year{2024} / January / day);
  EXPECT_TRUE(any) << "a field that allows nothing is an error";
}

}  // namespace
}  // namespace countersign::fuzz
