#include "adapters/net/request_head.h"

#include <algorithm>
#include <charconv>

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

bool is_control(char c) { return (c >= 0 && c < ' ' && c != '\t') || c == '\x7f'; }

// What a method or the name of a header is made of (RFC 9110, 5.6.2).
bool is_token(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  const auto fits = [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kMarks.find(c) != std::string_view::npos;
  };
  return !text.empty() && std::ranges::all_of(text, fits);
}

// "POST /hooks/a?b HTTP/1.1": three parts, one blank between them. Returns what is wrong.
std::string read_request_line(std::string_view line, HttpRequest& request, bool& http_1_1) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last)
    return "the first line is no method, target and version";
  const auto target = line.substr(first + 1, last - first - 1);
  const auto version = line.substr(last + 1);
  if (!is_token(line.substr(0, first))) return "the method is no token";
  if (target.empty() || target.find_first_of(" \t") != std::string_view::npos)
    return "blank in the target";
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return "the version is neither 1.0 nor 1.1";
  request.method = line.substr(0, first);
  request.target = target;
  http_1_1 = version == "HTTP/1.1";
  return "";
}

std::string read_field(std::string_view line, Headers& headers) {
  if (line.front() == ' ' || line.front() == '\t') return "folded header line";
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return "header line without a colon";
  if (!is_token(line.substr(0, colon))) return "the name of a header is no token";
  headers.emplace_back(line.substr(0, colon), trimmed(line.substr(colon + 1)));
  return "";
}

std::string read_lines(std::string_view raw, HttpRequest& request, bool& http_1_1) {
  for (bool request_line = true;; request_line = false) {
    const auto end = raw.find("\r\n");
    if (end == std::string_view::npos) return "the header has no end";
    if (end == 0) return request_line ? "the first line is empty" : "";
    const auto line = raw.substr(0, end);
    raw.remove_prefix(end + 2);
    if (std::ranges::any_of(line, is_control)) return "control character in the header";
    const auto flaw = request_line ? read_request_line(line, request, http_1_1)
                                   : read_field(line, request.headers);
    if (!flaw.empty()) return flaw;
  }
}

// How long the body is: the one thing that every reader on the way must agree on.
std::string read_framing(bool http_1_1, RequestHead& head) {
  const auto& headers = head.request.headers;
  const auto hosts = all_values(headers, "Host").size();
  if (hosts > 1 || (http_1_1 && hosts == 0)) return "exactly one Host is needed";
  const auto lengths = all_values(headers, "Content-Length");
  const auto encodings = all_values(headers, "Transfer-Encoding");
  if (lengths.size() > 1) return "more than one Content-Length";
  if (!lengths.empty() && !encodings.empty()) return "both Content-Length and Transfer-Encoding";
  if (encodings.size() > 1) return "more than one Transfer-Encoding";
  if (!encodings.empty() && (!http_1_1 || !same_token(encodings[0], "chunked"))) {
    return "Transfer-Encoding is not chunked";
  }
  head.chunked = !encodings.empty();
  if (lengths.empty()) return "";
  const char* end = lengths[0].data() + lengths[0].size();
  const auto read = std::from_chars(lengths[0].data(), end, head.length);
  return read.ec == std::errc() && read.ptr == end ? "" : "Content-Length is not a number";
}

// A proxy sends the target with scheme and host before the path.
void split_target(HttpRequest& request) {
  std::string_view target = request.target;
  if (const auto scheme = target.find("://"); !target.starts_with('/') && scheme != target.npos) {
    target.remove_prefix(std::min(target.find('/', scheme + 3), target.size()));
  }
  const auto split = std::min(target.find('?'), target.size());
  request.path = target.substr(0, split);
  request.query = target.substr(std::min(split + 1, target.size()));
}

bool any_has_token(const std::vector<std::string>& values, std::string_view token) {
  return std::ranges::any_of(values, [&](const auto& value) { return has_token(value, token); });
}

}  // namespace

Result<RequestHead> read_head(std::string_view raw) {
  RequestHead head;
  bool http_1_1 = false;
  auto flaw = read_lines(raw, head.request, http_1_1);
  if (flaw.empty()) flaw = read_framing(http_1_1, head);
  if (!flaw.empty()) return invalid(flaw);
  split_target(head.request);
  const auto connection = all_values(head.request.headers, "Connection");
  head.keep_alive =
      http_1_1 ? !any_has_token(connection, "close") : any_has_token(connection, "keep-alive");
  return head;
}

bool has_token(std::string_view value, std::string_view token) {
  for (;;) {
    const auto comma = std::min(value.find(','), value.size());
    if (same_token(trimmed(value.substr(0, comma)), token)) return true;
    if (comma == value.size()) return false;
    value.remove_prefix(comma + 1);
  }
}

}  // namespace countersign::net
