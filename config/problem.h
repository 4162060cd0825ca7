// What is wrong with a configuration, rule, action or pack file: always with the place.
#pragma once
#include <string>
#include <vector>

namespace countersign::config {

struct Problem {
  enum class Severity { error, warning } severity = Severity::error;
  std::string file;
  int line = 0;         // 1-based; 0: the file as a whole
  std::string key;      // "sources[1].auth.hmac.header"; may be empty
  std::string message;  // "unknown key 'chanel'; did you mean 'channel'?"
  std::string lint = {};  // the lint that found it, as a rule file would allow it; may be empty
  std::string mend = {};  // how to mend it; may be empty
  std::string text() const;  // "rules/a.yaml:12: key: message; mend [lint]"
};

using Problems = std::vector<Problem>;
bool has_errors(const Problems& problems);
void sort_by_place(Problems& problems);  // by file and line, as a person mends them

// The known word nearest to `word` (edit distance at most a third of its length), or empty.
std::string nearest(const std::string& word, const std::vector<std::string>& known);

}  // namespace countersign::config
