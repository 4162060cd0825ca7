#include <fmt/format.h>

#include <charconv>

#include "bot/core/path.h"
#include "bot/core/unicode.h"

namespace countersign::core {
namespace {

bool starts_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '@';
}
bool continues_name(char c) { return starts_name(c) || (c >= '0' && c <= '9') || c == '-'; }

// Recursive descent over the key. After the first problem every step fails.
class Parser {
 public:
  explicit Parser(std::string_view key) : key_(key) {}

  Result<std::vector<Path::Step>> path() {
    std::vector<Path::Step> steps;
    if (take("$")) {
      if (at_end()) return steps;
      if (peek() != '[' && peek() != '.') return error();
      if (peek() == '[') steps.push_back(step(false));
    } else {
      steps.push_back(step(false));
    }
    while (!failed_ && !at_end()) {
      if (take("..")) {
        steps.push_back(step(true));
      } else if (take(".")) {
        steps.push_back(step(false));
      } else {
        failed_ = true;
      }
    }
    if (failed_) return error();
    return steps;
  }

 private:
  Path::Step step(bool deep) {
    Path::Step step;
    step.deep = deep;
    do {
      step.alternatives.push_back(chain());
    } while (!failed_ && take("|"));
    return step;
  }

  std::vector<Path::Selector> chain() {
    std::vector<Path::Selector> selectors;
    if (peek() != '[') {
      selectors.push_back(members());
    }
    while (!failed_ && take("[")) {
      selectors.push_back(bracket());
      if (!take("]")) failed_ = true;
    }
    return selectors;
  }

  Path::Selector members() {
    Path::Selector selector;
    if (take("*")) {
      selector.kind = Path::Selector::Kind::all_members;
      return selector;
    }
    do {
      selector.names.push_back(name());
    } while (!failed_ && take(","));
    return selector;
  }

  Path::Selector bracket() {
    Path::Selector selector;
    if (take("*")) {
      selector.kind = Path::Selector::Kind::range;
      return selector;
    }
    const char c = peek();
    if (c == '\'' || c == '"' || starts_name(c)) return members();
    const std::optional<long> first = number();
    if (peek() != ':') {
      selector.kind = Path::Selector::Kind::element;
      if (!first) failed_ = true;
      selector.index = first.value_or(0);
      return selector;
    }
    selector.kind = Path::Selector::Kind::range;
    selector.range.from = first;
    if (take(":")) selector.range.to = number();
    if (take(":")) selector.range.step = number();
    return selector;
  }

  std::string name() {
    const char quote = peek();
    if (quote == '\'' || quote == '"') return quoted(quote);
    std::size_t end = at_;
    if (end < key_.size() && starts_name(key_[end]))
      while (end < key_.size() && continues_name(key_[end])) ++end;
    if (end == at_) failed_ = true;
    const std::string_view found = key_.substr(at_, end - at_);
    at_ = end;
    return std::string(found);
  }

  std::string quoted(char quote) {
    std::string out;
    for (++at_; at_ < key_.size(); ++at_) {
      if (key_[at_] == quote) {
        ++at_;
        return out;
      }
      if (key_[at_] == '\\' && at_ + 1 < key_.size()) ++at_;
      out += key_[at_];
    }
    failed_ = true;
    return out;
  }

  std::optional<long> number() {
    peek();
    long value = 0;
    const char* const end = key_.data() + key_.size();
    const auto read = std::from_chars(key_.data() + at_, end, value);
    if (read.ec != std::errc()) return std::nullopt;
    at_ = static_cast<std::size_t>(read.ptr - key_.data());
    return value;
  }

  // The next character that is not blank; zero at the end.
  char peek() {
    while (at_ < key_.size() && (key_[at_] == ' ' || key_[at_] == '\t')) ++at_;
    return at_ < key_.size() ? key_[at_] : '\0';
  }

  bool take(std::string_view word) {
    peek();
    if (!key_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  bool at_end() {
    peek();
    return at_ == key_.size();
  }

  Error error() const {
    return invalid(fmt::format("the path '{}' is not understood at character {}", key_, at_ + 1));
  }

  std::string_view key_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

}  // namespace

Result<Path> Path::parse(std::string_view key) {
  Result<std::vector<Step>> steps = Parser(trim(key.substr(0, key.find('#')))).path();
  if (!steps) return steps.error();
  Path path;
  path.steps_ = std::move(*steps);
  path.look_ahead();
  return path;
}

}  // namespace countersign::core
