#include "bot/core/backtracking_regex.h"

#include <fmt/format.h>

#include <array>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace countersign::core {
namespace {

template <auto free>
struct Freed {
  template <class T>
  void operator()(T* what) const {
    free(what);
  }
};
using CompileContext = std::unique_ptr<pcre2_compile_context, Freed<pcre2_compile_context_free>>;
using MatchContext = std::unique_ptr<pcre2_match_context, Freed<pcre2_match_context_free>>;
using MatchData = std::unique_ptr<pcre2_match_data, Freed<pcre2_match_data_free>>;

std::string words_of(int code) {
  std::array<PCRE2_UCHAR, 256> text{};
  pcre2_get_error_message(code, text.data(), text.size());
  return reinterpret_cast<const char*>(text.data());
}

PCRE2_SPTR units(std::string_view text) { return reinterpret_cast<PCRE2_SPTR>(text.data()); }

// What a search may still do. A repetition walks over many characters in one step, so the way is
// counted as well.
struct Budget {
  std::size_t left;
  std::size_t place = 0;
};

// Called before every step of a match; anything but zero ends it.
int count_step(pcre2_callout_block* step, void* given) {
  auto& budget = *static_cast<Budget*>(given);
  const std::size_t place = step->current_position;
  const std::size_t way = place > budget.place ? place - budget.place : budget.place - place;
  budget.place = place;
  if (budget.left <= way) return PCRE2_ERROR_MATCHLIMIT;
  budget.left -= way + 1;
  return 0;
}

bool ran_out(int code) {
  return code == PCRE2_ERROR_MATCHLIMIT || code == PCRE2_ERROR_DEPTHLIMIT ||
         code == PCRE2_ERROR_HEAPLIMIT;
}

}  // namespace

struct BacktrackingRegex::Code {
  std::unique_ptr<pcre2_code, Freed<pcre2_code_free>> compiled;
};

Result<std::shared_ptr<const BacktrackingRegex>> BacktrackingRegex::compile(
    std::string_view pattern, RegexMode mode) {
  const CompileContext context(pcre2_compile_context_create(nullptr));
  pcre2_set_newline(context.get(), PCRE2_NEWLINE_LF);
  std::uint32_t options =
      PCRE2_UTF | PCRE2_UCP | PCRE2_AUTO_CALLOUT | PCRE2_NEVER_BACKSLASH_C | PCRE2_NO_AUTO_POSSESS;
  if (mode.ignore_case) options |= PCRE2_CASELESS;
  if (mode.dot_matches_newline) options |= PCRE2_DOTALL;
  int fault = 0;
  PCRE2_SIZE where = 0;
  auto code = std::make_shared<Code>();
  code->compiled.reset(
      pcre2_compile(units(pattern), pattern.size(), options, &fault, &where, context.get()));
  if (!code->compiled) return invalid("bad regular expression: " + words_of(fault));
  auto regex = std::make_shared<BacktrackingRegex>();
  regex->code_ = std::move(code);
  regex->at_start_ = mode.at_start;
  return std::shared_ptr<const BacktrackingRegex>(std::move(regex));
}

Result<bool> BacktrackingRegex::search(std::string_view text) const {
  if (text.size() > kTextLimit)
    return invalid(fmt::format(
        "the text is longer than the {} bytes a backtracking regular expression may have",
        kTextLimit));
  const MatchContext context(pcre2_match_context_create(nullptr));
  pcre2_set_match_limit(context.get(), kMatchLimit);
  pcre2_set_depth_limit(context.get(), kDepthLimit);
  pcre2_set_heap_limit(context.get(), kHeapLimit);
  Budget budget{kSteps};
  pcre2_set_callout(context.get(), count_step, &budget);
  const MatchData data(pcre2_match_data_create(1, nullptr));
  const int found = pcre2_match(code_->compiled.get(), units(text), text.size(), 0,
                                at_start_ ? PCRE2_ANCHORED : 0, data.get(), context.get());
  if (found == PCRE2_ERROR_NOMATCH) return false;
  if (found >= 0) return true;
  if (ran_out(found))
    return invalid("the regular expression needs too many steps for this text, so it was given up");
  return invalid("the regular expression failed: " + words_of(found));
}

}  // namespace countersign::core
