#include "adapters/net/request_head.h"

#include <algorithm>
#include <map>

namespace countersign::net {
namespace {

bool same_token(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, [&](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string flaw_of_line(std::string_view line, bool request_line) {
  const auto control = [](char c) { return (c >= 0 && c < ' ' && c != '\t') || c == '\x7f'; };
  if (std::ranges::any_of(line, control)) return "control character in the header";
  if (request_line) return "";
  if (line.front() == ' ' || line.front() == '\t') return "folded header line";
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return "header line without a name";
  if (line[colon - 1] == ' ' || line[colon - 1] == '\t')
    return "blank before a colon in the header";
  return "";
}

}  // namespace

std::string flaw_of_bytes(std::string_view raw) {
  for (bool request_line = true;; request_line = false) {
    const auto end = raw.find("\r\n");
    if (end == 0 || end == std::string_view::npos) return "";
    const auto flaw = flaw_of_line(raw.substr(0, end), request_line);
    if (!flaw.empty()) return flaw;
    raw.remove_prefix(end + 2);
  }
}

std::string flaw_of_fields(const Headers& headers, bool http_1_1) {
  const auto hosts = all_values(headers, "Host").size();
  if (hosts > 1 || (http_1_1 && hosts == 0)) return "exactly one Host is needed";
  const auto lengths = all_values(headers, "Content-Length");
  const auto encodings = all_values(headers, "Transfer-Encoding");
  if (lengths.size() > 1) return "more than one Content-Length";
  if (!lengths.empty() && !encodings.empty()) return "both Content-Length and Transfer-Encoding";
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (!lengths.empty() && (lengths[0].empty() || !std::ranges::all_of(lengths[0], digit))) {
    return "Content-Length is not a number";
  }
  if (encodings.size() > 1) return "more than one Transfer-Encoding";
  if (!encodings.empty() && (!http_1_1 || !same_token(encodings[0], "chunked"))) {
    return "Transfer-Encoding is not chunked";
  }
  return "";
}

bool has_token(std::string_view value, std::string_view token) {
  for (;;) {
    const auto comma = std::min(value.find(','), value.size());
    if (same_token(trimmed(value.substr(0, comma)), token)) return true;
    if (comma == value.size()) return false;
    value.remove_prefix(comma + 1);
  }
}

std::string_view reason_phrase(int status) {
  static const std::map<int, std::string_view> kPhrases = {
      {200, "OK"},
      {201, "Created"},
      {202, "Accepted"},
      {204, "No Content"},
      {302, "Found"},
      {304, "Not Modified"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {408, "Request Timeout"},
      {409, "Conflict"},
      {413, "Content Too Large"},
      {415, "Unsupported Media Type"},
      {417, "Expectation Failed"},
      {429, "Too Many Requests"},
      {431, "Request Header Fields Too Large"},
      {500, "Internal Server Error"},
      {501, "Not Implemented"},
      {502, "Bad Gateway"},
      {503, "Service Unavailable"},
  };
  const auto found = kPhrases.find(status);
  return found == kPhrases.end() ? "Status" : found->second;
}

}  // namespace countersign::net
