// The recorded exchanges, and how one of them is held against what the sandbox says.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <set>

#include "tests/unit/adapters/sandbox_harness.h"

namespace countersign::adapters::sandbox {
namespace {

const std::filesystem::path kSamples =
    std::filesystem::path(TEST_SOURCE_DIR) / "tests/unit/adapters/mattermost_samples";

// Values that depend on what happened before, not on the protocol.
const std::set<std::string> kFree = {"detailed_error",   "server_version",
                                     "total_msg_count",  "total_msg_count_root",
                                     "msg_count",        "msg_count_root",
                                     "mention_count",    "mention_count_root",
                                     "last_viewed_at",   "seq",
                                     "invite_id",        "trigger_id",
                                     "unread_replies",   "unread_mentions",
                                     "last_activity_at", "purpose"};

bool looks_like_id(const std::string& text) {
  return text.size() == 26 && std::ranges::all_of(text, [](unsigned char c) {
           return std::isdigit(c) || std::islower(c);
         });
}

bool looks_like_ids(const std::string& text) {
  const std::size_t middle = text.find("__");
  return middle == 26 && looks_like_id(text.substr(0, 26)) && looks_like_id(text.substr(28));
}

bool is_time(const Json& value) { return value.is_number() && value.get<double>() > 1e12; }

bool is_json_text(const Json& value) {
  if (!value.is_string()) return false;
  const auto text = value.get<std::string>();
  return !text.empty() && (text.front() == '{' || text.front() == '[') && Json::accept(text);
}

bool keyed_by_ids(const Json& object) {
  return !object.empty() && std::ranges::all_of(object.items(), [](const auto& entry) {
    return looks_like_id(entry.key());
  });
}

Json values_of(const Json& object) {
  Json list = Json::array();
  for (const Json& value : object) list.push_back(value);
  return list;
}

std::vector<std::string> object_differences(const Json& recorded, const Json& actual,
                                            const std::string& path) {
  std::vector<std::string> found;
  const bool is_error = recorded.contains("status_code") && recorded.contains("detailed_error");
  for (const auto& [key, value] : recorded.items()) {
    if (!actual.contains(key)) {
      found.push_back(path + "/" + key + " is missing");
    } else if (kFree.contains(key) || (is_error && key == "message")) {
      if (actual[key].type() != value.type() && !(actual[key].is_number() && value.is_number())) {
        found.push_back(path + "/" + key + " has another type");
      }
    } else {
      std::ranges::move(differences(value, actual[key], path + "/" + key),
                        std::back_inserter(found));
    }
  }
  for (const auto& [key, value] : actual.items()) {
    if (!recorded.contains(key)) found.push_back(path + "/" + key + " is new");
  }
  return found;
}

// In whatever order; each recorded element must have its like.
std::vector<std::string> array_differences(const Json& recorded, const Json& actual,
                                           const std::string& path) {
  if (recorded.size() != actual.size()) {
    return {path + " has " + std::to_string(actual.size()) + " elements, recorded " +
            std::to_string(recorded.size())};
  }
  std::vector<std::string> found;
  for (std::size_t i = 0; i < recorded.size(); ++i) {
    const bool has_like = std::ranges::any_of(
        actual, [&](const Json& element) { return differences(recorded[i], element).empty(); });
    if (has_like) continue;
    std::ranges::move(differences(recorded[i], actual[i], path + "/" + std::to_string(i)),
                      std::back_inserter(found));
  }
  return found;
}

}  // namespace

std::vector<std::string> differences(const Json& recorded, const Json& actual,
                                     const std::string& path) {
  if (is_json_text(recorded)) {
    if (!is_json_text(actual)) return {path + " is not JSON in a string"};
    return differences(Json::parse(recorded.get<std::string>()),
                       Json::parse(actual.get<std::string>()), path);
  }
  if (recorded.is_object() && actual.is_object()) {
    if (keyed_by_ids(recorded) && keyed_by_ids(actual)) {
      return array_differences(values_of(recorded), values_of(actual), path);
    }
    return object_differences(recorded, actual, path);
  }
  if (recorded.is_array() && actual.is_array()) return array_differences(recorded, actual, path);
  if (is_time(recorded) && is_time(actual)) return {};
  if (recorded.is_string() && actual.is_string()) {
    const auto a = recorded.get<std::string>(), b = actual.get<std::string>();
    if (looks_like_id(a) && looks_like_id(b)) return {};
    if (looks_like_ids(a) && looks_like_ids(b)) return {};
  }
  if (recorded == actual) return {};
  return {path + " is " + actual.dump() + ", recorded " + recorded.dump()};
}

std::string joined(const std::vector<std::string>& lines) {
  std::string all;
  for (const std::string& line : lines) all += line + "\n";
  return all;
}

Json sample(const std::string& name) {
  std::ifstream in(kSamples / (name + ".json"));
  Json read = Json::parse(in, nullptr, false);
  if (read.is_discarded()) throw std::runtime_error("no sample " + name);
  return read;
}

std::vector<std::string> sample_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kSamples)) {
    names.push_back(entry.path().stem().string());
  }
  std::ranges::sort(names);
  return names;
}

// The exchanges were recorded in two runs of the same world.
Names::Names(const Harness& harness) {
  struct Known {
    const char *first, *second;
    std::string here;
  };
  const Known known[] = {
      {"pnnwoipymtnh3prdc3ppibzb9a", "gn9y69hyxj8kdnfxi937i1iska", harness.info.team_id},
      {"rbst5y39ffdd9xyc6n84p8mt4o", "p1hapx5c3fbouf5acacyeqxuia", harness.channel("ops")},
      {"gw1a7enyhbn8uguyxnpemffuzr", "", harness.channel("ops-prod")},
      {"rktn7aygoid8mrfusmipqkmgfo", "gacwci4ykigjjx7bxir9oeet5o", harness.id("bot")},
      {"fxc3bg6krj867qa7dmcmtecmty", "", harness.id("admin")},
      {"3cpxuhxzufg1urn3j65nctr4oc", "t73b5o7bufd1ddbw9s87qrq63a", harness.id("alice")},
      {"3pqjjdz3giyfpg1sp4gsfkr6pr", "zt6ninbk1pga3f7z3mnhkyo89y", harness.id("bob")},
      {"mos5dwq4fpb48kgh99usttm5oc", "gmocchzpp3y49qamt9mhyi7q3c", harness.id("carol")},
  };
  for (const Known& one : known) {
    ids_[one.first] = one.here;
    if (*one.second) ids_[one.second] = one.here;
  }
}

std::string Names::here(std::string text) const {
  for (const auto& [recorded, actual] : ids_) {
    for (std::size_t at = text.find(recorded); at != text.npos; at = text.find(recorded, at)) {
      text.replace(at, recorded.size(), actual);
      at += actual.size();
    }
  }
  return text;
}

}  // namespace countersign::adapters::sandbox
