// A search by trial and error, on PCRE2, that gives up in time (T22): the only file that knows it.
#pragma once
#include <memory>
#include <string_view>

#include "bot/core/result.h"
#include "bot/core/text_match.h"

namespace countersign::core {

class BacktrackingRegex {
 public:
  static constexpr std::size_t kTextLimit = 16 * 1024;
  // Of one search, all places taken together; a character passed over is one too.
  static constexpr std::size_t kSteps = 5'000'000;
  static constexpr unsigned kMatchLimit = 100'000;  // from one place in the text
  static constexpr unsigned kDepthLimit = 2'000;
  static constexpr unsigned kHeapLimit = 4 * 1024;  // KiB

  // `pattern` as translate_regex made it: what else PCRE2 would understand never gets here.
  static Result<std::shared_ptr<const BacktrackingRegex>> compile(std::string_view pattern,
                                                                  RegexMode mode);
  // The same text takes the same number of steps everywhere: what is refused here is refused
  // always. Threads may search at once.
  Result<bool> search(std::string_view text) const;

 private:
  struct Code;
  std::shared_ptr<const Code> code_;
  bool at_start_ = false;
};

}  // namespace countersign::core
