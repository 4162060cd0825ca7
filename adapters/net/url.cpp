#include "adapters/net/url.h"

#include <algorithm>
#include <charconv>
#include <map>

namespace countersign::net {
namespace {

const std::map<std::string, std::string, std::less<>>& default_ports() {
  static const std::map<std::string, std::string, std::less<>> kPorts = {
      {"http", "80"}, {"ws", "80"}, {"https", "443"}, {"wss", "443"}};
  return kPorts;
}

bool is_port(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number > 0 && number < 65536;
}

// Splits "host", "host:port", "[v6]" and "[v6]:port".
bool split_authority(std::string_view authority, Url& url) {
  std::string_view rest;
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    if (end == std::string_view::npos) return false;
    url.host = authority.substr(1, end - 1);
    rest = authority.substr(end + 1);
    if (!rest.empty() && rest.front() != ':') return false;
  } else {
    const auto colon = std::min(authority.find(':'), authority.size());
    url.host = authority.substr(0, colon);
    rest = authority.substr(colon);
  }
  url.port = rest.empty() ? default_ports().at(url.scheme) : std::string(rest.substr(1));
  return !url.host.empty() && is_port(url.port);
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
  const auto clean = [](char c) { return c > ' ' && c < '\x7f'; };
  if (!std::ranges::all_of(text, clean))
    return invalid("the address holds blanks or control characters");
  const auto colon = text.find("://");
  if (colon == std::string_view::npos) return invalid("the address has no scheme such as https://");
  Url url;
  url.scheme = text.substr(0, colon);
  std::ranges::transform(url.scheme, url.scheme.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  if (!default_ports().contains(url.scheme))
    return invalid("the address is neither http(s) nor ws(s)");
  text.remove_prefix(colon + 3);
  text = text.substr(0, text.find('#'));
  const auto path = std::min(text.find_first_of("/?"), text.size());
  const auto authority = text.substr(0, path);
  if (authority.find('@') != std::string_view::npos)
    return invalid("the address holds a user name");
  if (!split_authority(authority, url)) return invalid("the address has no valid host and port");
  url.target = text.substr(path);
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  const bool v6 = url.host.find(':') != std::string::npos;
  url.authority = v6 ? "[" + url.host + "]" : url.host;
  if (url.port != default_ports().at(url.scheme)) url.authority += ":" + url.port;
  return url;
}

bool sendable(std::string_view header_name, std::string_view header_value) {
  const auto token = [](char c) { return c > ' ' && c < '\x7f' && c != ':'; };
  const auto harmless = [](char c) { return c != '\r' && c != '\n' && c != '\0'; };
  return !header_name.empty() && std::ranges::all_of(header_name, token) &&
         std::ranges::all_of(header_value, harmless);
}

}  // namespace countersign::net
