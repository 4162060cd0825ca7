#include "config/document.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "config/scalar.h"

namespace countersign::config {
namespace {

constexpr std::size_t kMostBytes = 1024 * 1024;
constexpr std::size_t kMostValues = 100'000;  // after aliases are expanded
constexpr std::size_t kDeepest = 64;

struct Refusal {
  int line;
  std::string message;
};

int line_of(const YAML::Mark& mark) { return mark.is_null() ? 0 : mark.line + 1; }

std::size_t count(const Value& value) {
  std::size_t n = 1;
  for (const Value& item : value.items) n += count(item);
  for (const Member& member : value.members) n += count(member.value);
  return n;
}

// Builds values from the parser's events. Unlike the library's own tree, an alias cannot lead back
// into itself and the size after expansion is known while it grows.
class Builder : public YAML::EventHandler {
 public:
  Value take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add({Value::Kind::null, {}, false, line_of(mark), {}, {}}, anchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    add({Value::Kind::scalar, text, is_text(tag, line_of(mark)), line_of(mark), {}, {}}, anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) throw Refusal{line_of(mark), "an alias inside its own anchor"};
    Value copy = found->second;
    charge(count(copy), line_of(mark));
    add(std::move(copy), YAML::NullAnchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Value::Kind::list, mark, anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Value::Kind::map, mark, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    Value value;
    YAML::anchor_t anchor = YAML::NullAnchor;
    std::optional<Member> member;  // of a map: the key that waits for its value
  };

  static bool is_text(const std::string& tag, int line) {
    static const std::set<std::string> plain = {
        "",
        "?",
        "tag:yaml.org,2002:null",
        "tag:yaml.org,2002:bool",
        "tag:yaml.org,2002:int",
        "tag:yaml.org,2002:float",
    };
    if (tag == "!" || tag == "tag:yaml.org,2002:str") return true;
    if (!plain.contains(tag))
      throw Refusal{line, fmt::format("the tag '{}' is not supported", tag)};
    return false;
  }

  void charge(std::size_t values, int line) {
    values_ += values;
    if (values_ > kMostValues) throw Refusal{line, "too many values (are aliases nested?)"};
  }

  void open(Value::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (open_.size() == kDeepest) throw Refusal{line_of(mark), "nested too deeply"};
    open_.push_back({{kind, {}, false, line_of(mark), {}, {}}, anchor, {}});
  }

  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    add(std::move(done.value), done.anchor);
  }

  void add(Value value, YAML::anchor_t anchor) {
    charge(1, value.line);
    if (anchor != YAML::NullAnchor) {
      charge(count(value), value.line);  // anchors inside anchors are stored once each
      anchors_[anchor] = value;
    }
    if (open_.empty()) {
      root_ = std::move(value);
      return;
    }
    Open& parent = open_.back();
    if (parent.value.kind == Value::Kind::list) {
      parent.value.items.push_back(std::move(value));
    } else if (!parent.member) {
      if (value.kind == Value::Kind::list || value.kind == Value::Kind::map) {
        throw Refusal{value.line, "a key must be text, not a list or a map"};
      }
      parent.member = Member{value.text, value.line, {}};
    } else {
      parent.member->value = std::move(value);
      parent.value.members.push_back(std::move(*parent.member));
      parent.member.reset();
    }
  }

  Value root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Value> anchors_;
  std::size_t values_ = 0;
};

// Reports keys given twice and keeps the first of each.
void drop_duplicates(Value& value, const std::string& path, Document& document) {
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    drop_duplicates(value.items[i], fmt::format("{}[{}]", path, i), document);
  }
  std::map<std::string, int> seen;
  std::vector<Member> kept;
  for (Member& member : value.members) {
    const std::string key = path.empty() ? member.key : path + "." + member.key;
    const auto [first, fresh] = seen.emplace(member.key, member.line);
    if (fresh) {
      drop_duplicates(member.value, key, document);
      kept.push_back(std::move(member));
    } else {
      document.problems.push_back(
          {Problem::Severity::error, document.file, member.line, key,
           fmt::format("given twice; the first is in line {}", first->second)});
    }
  }
  value.members = std::move(kept);
}

}  // namespace

Document parse_document(const std::string& yaml, const std::string& file) {
  Document document{file, {}, {}};
  const auto refuse = [&](int line, std::string message) {
    document.problems.push_back({Problem::Severity::error, file, line, {}, std::move(message)});
    return document;
  };
  if (yaml.size() > kMostBytes) return refuse(0, "larger than 1 MiB");
  try {
    std::istringstream in(yaml);
    YAML::Parser parser(in);
    Builder builder;
    parser.HandleNextDocument(builder);
    document.root = builder.take();
    if (parser.HandleNextDocument(builder)) return refuse(0, "more than one YAML document");
  } catch (const YAML::Exception& e) {
    return refuse(line_of(e.mark), "not valid YAML: " + e.msg);
  } catch (const Refusal& refusal) {
    return refuse(refusal.line, refusal.message);
  }
  drop_duplicates(document.root, {}, document);
  return document;
}

std::optional<std::string> read_bytes(const std::string& file, std::size_t limit,
                                      std::string& why) {
  std::error_code failure;
  const auto status = std::filesystem::status(file, failure);
  const bool regular = std::filesystem::is_regular_file(status);
  std::string bytes;
  if (!std::filesystem::exists(status)) {
    why = "there is no such file";
  } else if (!regular) {
    why = "not a regular file";
  } else if (std::ifstream in(file, std::ios::binary); !in) {
    why = "cannot be read";
  } else {
    const auto size = std::filesystem::file_size(file, failure);
    bytes.resize(std::min<std::uintmax_t>(failure ? 0 : size, limit) + 1);
    in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(in.gcount()));
    if (bytes.size() <= limit) return bytes;
    why = fmt::format("larger than {} bytes", limit);
  }
  return {};
}

Document read_document(const std::string& file) {
  std::string why;
  if (const auto bytes = read_bytes(file, kMostBytes, why)) return parse_document(*bytes, file);
  return {file, {}, {{Problem::Severity::error, file, 0, {}, why}}};
}

Json to_json(const Value& value) {
  switch (value.kind) {
    case Value::Kind::null:
      return nullptr;
    case Value::Kind::scalar:
      return value.quoted ? Json(value.text) : plain_scalar(value.text);
    case Value::Kind::list: {
      Json list = Json::array();
      for (const Value& item : value.items) list.push_back(to_json(item));
      return list;
    }
    case Value::Kind::map:
      break;
  }
  Json map = Json::object();
  for (const Member& member : value.members) map[member.key] = to_json(member.value);
  return map;
}

}  // namespace countersign::config
