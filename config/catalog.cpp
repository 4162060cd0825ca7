#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <deque>

#include "config/catalog_check.h"
#include "config/lint/lint.h"
#include "config/own_actions.h"
#include "config/pack_folder.h"
#include "config/pack_parts.h"
#include "config/policy_file.h"

namespace countersign::config {
namespace {

// Reads everything first and checks what refers to what afterwards, so that one mistake hides no
// other.
class Loader {
 public:
  Loader(const Settings& settings, const Scrutiny& scrutiny)
      : settings_(settings), scrutiny_(scrutiny) {}

  LoadedCatalog load() {
    for (const std::string& root : settings_.packs) {
      for (const std::string& folder : find_packs(root, problems_)) load_pack(folder);
    }
    apply_policies();
    check();
    lint();
    sort_by_place(problems_);
    return {std::make_shared<const Catalog>(std::move(catalog_)), std::move(problems_)};
  }

 private:
  // A file whose place problems found later still refer to.
  struct RuleFile {
    core::Rule rule;
    const Document* document;
    bool sound;  // without errors of its own
  };

  void load_pack(const std::string& folder) {
    const std::string pack = read_pack_name(folder);
    if (pack.empty()) return;
    for (const std::string& file : yaml_files(folder, "actions", problems_)) {
      load_action(file, folder, pack);
    }
    for (const std::string& file : yaml_files(folder, "rules", problems_)) load_rule(file, pack);
    for (const std::string& file : yaml_files(folder, "policies", problems_)) {
      if (const Document* document = open(file)) policies_.push_back({pack, document});
    }
    warn_of_unsupported(folder, problems_);
  }

  const Document* open(const std::string& file) {
    documents_.push_back(read_document(file));
    const Problems& found = documents_.back().problems;
    problems_.insert(problems_.end(), found.begin(), found.end());
    return found.empty() ? &documents_.back() : nullptr;
  }

  // Empty if the pack is not to be loaded. Unknown keys are allowed here, as in StackStorm, and
  // only here.
  std::string read_pack_name(const std::string& folder) {
    const Document* document = open(folder + "/pack.yaml");
    if (document == nullptr) return {};
    const Reader root(*document, problems_);
    root.members();
    const Reader name = root.at("ref").present() ? root.at("ref") : root.at("name");
    root.at("name").required_text();
    const std::string pack = name.text();
    static const re2::RE2 form("[a-z0-9_]+");
    static const re2::RE2 semver(R"(\d+\.\d+\.\d+(?:[-+].*)?)");
    if (!pack.empty() && !re2::RE2::FullMatch(pack, form)) {
      name.error(
          fmt::format("'{}' may only hold a-z, 0-9 and _ (a pack may have another ref:)", pack));
      return {};
    }
    const std::string version = root.at("version").required_text();
    if (!version.empty() && !re2::RE2::FullMatch(version, semver)) {
      root.at("version").error(
          fmt::format("expected a version such as 1.0.0, found '{}'", version));
    }
    if (pack == kOwnPack) {
      name.error("is the program's own; a pack of yours needs another name");
      return {};
    }
    const auto [first, fresh] = packs_.emplace(pack, folder);
    if (fresh || pack.empty()) return pack;
    name.error(fmt::format("the pack '{}' is in {} too", pack, first->second));
    return {};
  }

  void check_pack(const Reader& root, const std::string& given, const std::string& pack) {
    if (given != pack) root.at("pack").error(fmt::format("the file lies in the pack '{}'", pack));
  }

  void load_action(const std::string& file, const std::string& folder, const std::string& pack) {
    const Document* document = open(file);
    if (document == nullptr) return;
    Problems own;
    const Reader root(*document, own);
    core::Action action = read_action(root, folder, pack);
    if (!action.ref.empty()) check_pack(root, action.pack, pack);
    const auto [first, fresh] = files_.emplace(action.ref, file);
    if (!fresh && !action.ref.empty()) {
      root.at("name").error(fmt::format("the action {} is in {} too", action.ref, first->second));
    }
    if (has_errors(own)) broken_.insert(action.ref);
    problems_.insert(problems_.end(), own.begin(), own.end());
    if (!fresh || action.ref.empty()) return;
    action_documents_[action.ref] = document;
    catalog_.actions.emplace(action.ref, std::move(action));
  }

  void load_rule(const std::string& file, const std::string& pack) {
    const Document* document = open(file);
    if (document == nullptr) return;
    Problems own;
    const Reader root(*document, own);
    core::Rule rule = read_rule(root, pack);
    check_pack(root, rule.pack.empty() ? pack : rule.pack, pack);
    const auto [first, fresh] = rule_files_.emplace(rule.ref(), file);
    if (!fresh && !rule.name.empty()) {
      root.at("name").error(fmt::format("the rule {} is in {} too", rule.ref(), first->second));
    }
    problems_.insert(problems_.end(), own.begin(), own.end());
    if (fresh && !rule.name.empty()) rules_.push_back({std::move(rule), document, !has_errors(own)});
  }

  // After all actions are read: a policy may be for another pack's.
  void apply_policies() {
    Policies policies(catalog_.actions, broken_);
    for (const auto& [ref, document] : action_documents_) {
      policies.said_by_action(ref, Reader(*document, problems_));
    }
    for (const auto& [pack, document] : policies_) {
      policies.apply(Reader(*document, problems_), pack);
    }
  }

  void check() {
    const CatalogCheck check(settings_, catalog_.actions, broken_);
    for (const auto& [ref, document] : action_documents_) {
      check.check_action(catalog_.actions.at(ref), Reader(*document, problems_));
    }
    std::ranges::sort(rules_, {}, [](const RuleFile& file) { return file.rule.ref(); });
    for (RuleFile& file : rules_) {
      if (!file.rule.action.empty()) check.check_rule(file.rule, Reader(*file.document, problems_));
      catalog_.rules.push_back(std::move(file.rule));
    }
    check.check_policies(catalog_.rules, problems_);
    check.check_freezes(catalog_.rules, problems_);
  }

  void lint() {
    LintInput input{settings_, scrutiny_, {}, {}};
    for (std::size_t i = 0; i < rules_.size(); ++i) {
      const core::Rule& rule = catalog_.rules[i];
      const auto action = catalog_.actions.find(rule.action);
      const bool known = action != catalog_.actions.end() && !broken_.contains(rule.action);
      input.rules.push_back({&rule, known ? &action->second : nullptr,
                             Reader(*rules_[i].document, problems_), rules_[i].sound});
    }
    for (const auto& [ref, document] : action_documents_) {
      input.action_files.emplace(ref, Reader(*document, problems_));
    }
    Problems found = find_lints(input);
    problems_.insert(problems_.end(), found.begin(), found.end());
  }

  const Settings& settings_;
  const Scrutiny& scrutiny_;
  Problems problems_;
  Catalog catalog_;
  std::deque<Document> documents_;  // a deque: readers keep pointing into it
  std::vector<RuleFile> rules_;
  std::vector<std::pair<std::string, const Document*>> policies_;  // with the pack they lie in
  std::map<std::string, std::string> packs_;                       // folder by name
  std::map<std::string, std::string> files_;                       // of actions, by ref
  std::map<std::string, std::string> rule_files_;                  // by ref
  std::map<std::string, const Document*> action_documents_;
  std::set<std::string> broken_;  // refs of actions with errors of their own
};

}  // namespace

const core::Rule* Catalog::rule(const std::string& ref) const {
  const auto found = std::find_if(rules.begin(), rules.end(),
                                  [&](const core::Rule& rule) { return rule.ref() == ref; });
  return found == rules.end() ? nullptr : &*found;
}

const core::Action* Catalog::action(const std::string& ref) const {
  const auto found = actions.find(ref);
  return found == actions.end() ? own_action(ref) : &found->second;
}

LoadedCatalog load_catalog(const Settings& settings, const Scrutiny& scrutiny) {
  return Loader(settings, scrutiny).load();
}

}  // namespace countersign::config
