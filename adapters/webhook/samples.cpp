#include "adapters/webhook/samples.h"

#include <algorithm>
#include <iterator>
#include <stdexcept>

#include "samples/files.h"

namespace countersign::adapters::webhook {

Sample sample_of(std::string_view kind) {
  const auto found =
      std::ranges::find(kSampleFiles, std::string(kind) + ".http", &SampleFile::name);
  if (found == std::end(kSampleFiles)) throw std::logic_error("no sample for " + std::string(kind));
  std::string_view text = found->text;
  Sample sample;
  for (;;) {
    const auto end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (line.empty()) break;
    const auto colon = line.find(": ");
    sample.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
  }
  while (text.ends_with('\n')) text.remove_suffix(1);
  sample.body = text;
  return sample;
}

}  // namespace countersign::adapters::webhook
