// policies/*.yaml of a StackStorm pack: what an action says about its failures, in a file of its
// own.
#pragma once
#include <map>
#include <set>
#include <string>

#include "bot/core/action.h"
#include "config/reader.h"

namespace countersign::config {

class Policies {
 public:
  // `broken` actions have been reported: what is for them is not judged.
  Policies(std::map<std::string, core::Action>& actions, const std::set<std::string>& broken)
      : actions_(actions), broken_(broken) {}

  // The action's own file has the say already.
  void said_by_action(const std::string& ref, const Reader& action);
  // Reads one file and gives its action what it says. An action under another policy is another
  // action (its hash covers it).
  void apply(const Reader& root, const std::string& pack);

 private:
  core::Action* find(const Reader& root);
  bool first_word(const Reader& type, const std::string& ref, const std::string& about);
  static void apply_retry(const Reader& parameters, core::Action& action);
  static void apply_concurrency(const Reader& parameters, core::Action& action, bool by_attributes);

  std::map<std::string, core::Action>& actions_;
  const std::set<std::string>& broken_;
  std::map<std::string, std::string> said_;  // "pack.action retry" -> the file that said it
};

}  // namespace countersign::config
