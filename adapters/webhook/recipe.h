// What stands in a delivery, named by a text such as "body:alert.alertId|body:action" or
// "header:x-github-delivery". Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "adapters/net/http.h"
#include "bot/core/json.h"

namespace countersign::adapters::webhook {

class Recipe {
 public:
  Recipe() = default;  // gives nothing
  // Recipes are written by us (config/senders.cpp): one that cannot be read throws.
  explicit Recipe(std::string_view text);

  // The parts with `joint` between them; parts that are missing are empty. Nothing (empty) if the
  // first one is. Numbers and what has structure stand as JSON; a header that comes twice is
  // missing.
  std::string of(const net::Headers& headers, const Json& body, char joint = '|') const;
  bool empty() const { return parts_.empty(); }
  // Whether it begins in the headers, which most signatures do not cover.
  bool in_headers() const { return !parts_.empty() && parts_.front().header; }

 private:
  struct Part {
    bool header = false;
    std::vector<std::string> path;  // one name for a header
  };
  std::vector<Part> parts_;
};

// The first of several that gives something; empty if none does.
std::string first_of(const std::vector<Recipe>& recipes, const net::Headers& headers,
                     const Json& body, char joint = '|');
std::vector<Recipe> recipes_of(const std::vector<std::string>& texts);

}  // namespace countersign::adapters::webhook
