#include "adapters/sandbox/multipart.h"

#include "adapters/sandbox/refusal.h"

namespace countersign::adapters::sandbox {
namespace {

// The value of `key="..."` in a header line.
std::string quoted(std::string_view line, std::string_view key) {
  const std::string start = std::string(key) + "=\"";
  const std::size_t at = line.find(start);
  if (at == line.npos) return "";
  const std::size_t from = at + start.size();
  return std::string(line.substr(from, line.find('"', from) - from));
}

Part read_part(std::string_view text) {
  Part part;
  const std::size_t blank = text.find("\r\n\r\n");
  std::string_view head = text.substr(0, blank);
  if (blank != text.npos) part.bytes = text.substr(blank + 4);
  while (!head.empty()) {
    const std::size_t end = head.find("\r\n");
    const std::string_view line = head.substr(0, end);
    if (line.find("form-data") != line.npos) {
      part.name = quoted(line, "; name");
      part.filename = quoted(line, "filename");
    } else if (const std::size_t colon = line.find(": "); colon != line.npos) {
      part.type = line.substr(colon + 2);
    }
    head.remove_prefix(end == head.npos ? head.size() : end + 2);
  }
  return part;
}

}  // namespace

std::vector<Part> read_multipart(const net::HttpRequest& request) {
  const std::string* const type = net::find_header(request.headers, "Content-Type");
  const std::size_t at = type ? type->find("boundary=") : std::string::npos;
  if (at == std::string::npos) throw bad_body("multipart form");
  std::string boundary = type->substr(at + 9, type->find(';', at) - at - 9);
  std::erase(boundary, '"');
  const std::string mark = "--" + boundary;
  std::vector<Part> parts;
  std::string_view rest = request.body;
  std::size_t from = rest.find(mark);
  while (from != rest.npos) {
    rest.remove_prefix(from + mark.size());
    from = rest.find("\r\n" + mark);
    if (!rest.starts_with("\r\n") || from == rest.npos) break;
    parts.push_back(read_part(rest.substr(2, from - 2)));
    from += 2;
  }
  return parts;
}

}  // namespace countersign::adapters::sandbox
