#include "bot/engine/excerpt.h"

#include <sstream>
#include <vector>

#include "bot/engine/narrate.h"
#include "bot/engine/refs.h"

namespace countersign::engine {
namespace {

constexpr std::size_t kBlockLines = 10;
constexpr std::size_t kBlockCharacters = 900;

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> out;
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

bool is_long(const std::string& text) {
  return text.size() > kBlockCharacters || lines_of(text).size() > kBlockLines;
}

std::string left_out(std::size_t n) {
  return "… " + std::to_string(n) + (n == 1 ? " line" : " lines") + " more …";
}

}  // namespace

std::string beginning(const std::string& text) {
  auto lines = lines_of(core::make_visible(text, kBlockCharacters));
  const std::size_t all = lines_of(text).size();
  if (lines.size() > kBlockLines) lines.resize(kBlockLines);
  if (lines.size() < all) lines.push_back(left_out(all - lines.size()));
  return join(lines, "\n");
}

std::string ending(const std::string& text) {
  const auto lines = lines_of(text);
  std::vector<std::string> kept;
  std::size_t size = 0;
  for (auto it = lines.rbegin(); it != lines.rend() && kept.size() < kBlockLines; ++it) {
    size += it->size() + 1;
    if (size > kBlockCharacters && !kept.empty()) break;
    kept.insert(kept.begin(), core::make_visible(*it, kBlockCharacters));
  }
  if (kept.size() < lines.size()) kept.insert(kept.begin(), left_out(lines.size() - kept.size()));
  return join(kept, "\n");
}

std::optional<core::File> file_if_long(const core::Run& run, const char* what,
                                       const std::string& text) {
  if (!is_long(text)) return std::nullopt;
  return core::File{show(run.id) + "-" + what + ".txt", core::make_visible(text, text.size())};
}

}  // namespace countersign::engine
