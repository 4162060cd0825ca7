#include "adapters/net/forwarded.h"

#include <algorithm>

namespace countersign::net {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Some proxies add a port: "192.0.2.1:4711", "[2001:db8::1]:4711", "[2001:db8::1]".
std::string_view without_port(std::string_view entry) {
  if (entry.starts_with('[')) return entry.substr(1, std::min(entry.find(']'), entry.size()) - 1);
  const bool one_colon = std::ranges::count(entry, ':') == 1;
  return one_colon ? entry.substr(0, entry.find(':')) : entry;
}

// Several lines mean the same as one with commas between them.
std::string joined(const std::vector<std::string>& lines) {
  std::string all;
  for (const auto& line : lines) all += (all.empty() ? "" : ",") + line;
  return all;
}

std::vector<std::string> entries_of(std::string_view list) {
  std::vector<std::string> out;
  for (;;) {
    const auto comma = std::min(list.find(','), list.size());
    out.emplace_back(trimmed(list.substr(0, comma)));
    if (comma == list.size()) return out;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace

std::string sender_of(const std::string& peer, const Headers& headers,
                      const std::vector<core::Cidr>& trusted) {
  std::string sender = peer;
  if (!core::any_contains(trusted, peer)) return sender;
  const auto lines = all_values(headers, "X-Forwarded-For");
  const auto hops = entries_of(joined(lines));
  for (auto hop = hops.rbegin(); hop != hops.rend() && !lines.empty(); ++hop) {
    const auto address = core::IpAddress::parse(without_port(*hop));
    if (!address) return sender;
    sender = address->text();
    if (!core::any_contains(trusted, sender)) return sender;
  }
  return sender;
}

}  // namespace countersign::net
