// The house rules that a machine can check: floors, sizes, the coroutine rule, the purity of the
// core.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

namespace fs = std::filesystem;

namespace {

struct Source {
  std::string path;  // from the top of the tree
  std::vector<std::string> lines;
};

std::vector<Source> sources() {
  std::vector<Source> out;
  const fs::path top = TEST_SOURCE_DIR;
  for (const char* root : {"bot", "adapters", "actions", "config"}) {
    for (const auto& entry : fs::recursive_directory_iterator(top / root)) {
      const auto ext = entry.path().extension();
      if (ext != ".h" && ext != ".cpp") continue;
      Source s{fs::relative(entry.path(), top).string(), {}};
      std::ifstream in(entry.path());
      for (std::string line; std::getline(in, line);) s.lines.push_back(line);
      out.push_back(std::move(s));
    }
  }
  return out;
}

// What each room may include of ours, besides itself. An arrow only points down.
const std::map<std::string, std::vector<std::string>> kFloors{
    {"bot/core", {}},
    {"bot/obs", {}},
    {"bot/store", {"bot/core", "bot/obs", "sql"}},
    {"config", {"bot/core"}},
    {"adapters/net", {"bot/core", "bot/obs"}},
    {"adapters/chat", {"bot/core", "bot/obs"}},
    {"adapters/mattermost", {"adapters/chat", "adapters/net", "bot/core", "bot/obs", "config"}},
    {"adapters/slack", {"adapters/chat", "adapters/net", "bot/core", "bot/obs", "config"}},
    {"adapters/sensor", {"adapters/net", "bot/core", "bot/obs", "config"}},
    {"adapters/webhook", {"adapters/net", "bot/core", "bot/obs", "config", "samples"}},
    {"adapters/sandbox", {"adapters/net", "bot/core", "bot/obs", "web"}},
    {"actions", {"adapters/net", "bot/core", "bot/obs", "config"}},
    {"bot/engine", {"bot/store", "bot/core", "bot/obs", "config"}},
    {"bot/app",
     {"bot/engine", "bot/store", "bot/core", "bot/obs", "config", "adapters/net",
      "adapters/chat", "adapters/mattermost", "adapters/slack", "adapters/webhook",
      "adapters/sensor", "adapters/sandbox", "actions"}},
};

std::string room_of(const std::string& path) {
  std::string best;
  for (const auto& [room, below] : kFloors) {
    if (path.starts_with(room + "/") && room.size() > best.size()) best = room;
  }
  return best;
}

TEST(House, an_include_points_only_downwards) {
  const std::regex include(R"(^#include "([^"]+)\")");
  for (const auto& s : sources()) {
    const std::string room = room_of(s.path);
    ASSERT_FALSE(room.empty()) << s.path << " stands in no room";
    for (const auto& line : s.lines) {
      std::smatch m;
      if (!std::regex_search(line, m, include)) continue;
      const std::string target = m[1];
      const auto inside = [&](const std::string& r) { return target.starts_with(r + "/"); };
      const auto& below = kFloors.at(room);
      EXPECT_TRUE(inside(room) || std::any_of(below.begin(), below.end(), inside))
          << s.path << " includes " << target;
    }
  }
}

TEST(House, the_core_has_no_clock_no_chance_no_log_and_no_io) {
  const std::regex impure(
      R"(system_clock::now|steady_clock::now|\brand\(|random_device|std::(cout|cerr|ifstream|ofstream)|getenv|#include <(fstream|iostream|thread|mutex)>)");
  for (const auto& s : sources()) {
    if (room_of(s.path) != "bot/core") continue;
    for (std::size_t i = 0; i < s.lines.size(); ++i)
      EXPECT_FALSE(std::regex_search(s.lines[i], impure))
          << s.path << ":" << i + 1 << ": " << s.lines[i];
  }
}

// g++ 12 miscompiles these forms: conditions that await, awaited expressions that make a capturing
// lambda.
TEST(House, a_co_await_stands_alone) {
  const std::regex condition(R"((if|while|switch|for)\s*\(.*co_await)"),
      lambda(R"(co_await.*\[.*\].*\{)");
  for (const auto& s : sources()) {
    for (std::size_t i = 0; i < s.lines.size(); ++i) {
      EXPECT_FALSE(std::regex_search(s.lines[i], condition) ||
                   std::regex_search(s.lines[i], lambda))
          << s.path << ":" << i + 1;
    }
  }
}

TEST(House, no_pqxx_outside_the_store_and_no_beast_outside_net) {
  const std::pair<std::string, std::string> homes[] = {
      {"#include <pqxx", "bot/store/"},
      {"#include <boost", "adapters/net/"},
      {"#include <httplib", "adapters/net/http_client.cpp"},
      {"#include <spdlog", "bot/obs/log.cpp"}};
  for (const auto& s : sources()) {
    for (const auto& line : s.lines) {
      for (const auto& [include, home] : homes)
        EXPECT_TRUE(!line.starts_with(include) || s.path.starts_with(home))
            << s.path << ": " << line;
    }
  }
}

TEST(House, a_file_can_be_held_in_the_head) {
  std::vector<std::size_t> sizes;
  for (const auto& s : sources()) {
    sizes.push_back(s.lines.size());
    EXPECT_LE(s.lines.size(), 500u) << s.path;
  }
  std::sort(sizes.begin(), sizes.end());
  EXPECT_LE(sizes[sizes.size() / 2], 120u) << "median";
  EXPECT_LE(sizes[sizes.size() * 9 / 10], 350u) << "p90";
}

TEST(House, digests_are_never_compared_byte_by_byte_T6) {
  const std::regex compare(R"(\bmemcmp\()");
  for (const auto& s : sources()) {
    for (const auto& line : s.lines) EXPECT_FALSE(std::regex_search(line, compare)) << s.path;
  }
}

TEST(House, headers_guard_themselves_and_say_what_they_are_for) {
  for (const auto& s : sources()) {
    if (!s.path.ends_with(".h")) continue;
    EXPECT_TRUE(std::find(s.lines.begin(), s.lines.end(), "#pragma once") != s.lines.end())
        << s.path;
    EXPECT_TRUE(s.lines.front().starts_with("//") || s.lines.size() < 12)
        << s.path << " begins without a word about its purpose";
  }
}

}  // namespace
