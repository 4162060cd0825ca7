// Statements out of the pieces of a template.
#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

#include "bot/core/jinja/expression_parser.h"
#include "bot/core/jinja/lexer.h"
#include "bot/core/jinja/syntax.h"

namespace countersign::core::jinja {
namespace {

constexpr int kBlocks = 32;  // of {% blocks %} in each other

using Ends = std::initializer_list<std::string_view>;

class Parser {
 public:
  explicit Parser(const Pieces& all) : all_(all) {}

  Result<Body> whole() {
    Body out = body({});
    if (error_) return *error_;
    return out;
  }

 private:
  struct Block {
    std::string_view word;
    Statement (Parser::*parse)(ExpressionParser&);
  };
  static const Block kTable[];

  // Up to a block that begins with one of `ends`, which is left in end_; or to the end of all.
  Body body(Ends ends) {
    Body out;
    const Piece* end = nullptr;
    if (++depth_ > kBlocks) fail("blocks are nested deeper than 32 levels");
    for (; next_ < all_.pieces.size() && !error_; ++next_) {
      const Piece& piece = all_.pieces[next_];
      if (piece.kind == Piece::Kind::text) {
        out.push_back({Statement::Kind::text, piece.text, {}, {}, {}, false});
        continue;
      }
      at_ = piece.at;
      if (piece.kind == Piece::Kind::output) {
        ExpressionParser in(piece.tokens);
        out.push_back(statement(Statement::Kind::output, in.tuple()));
        finish(in);
        continue;
      }
      const std::string& word = piece.tokens.front().text;
      if (std::ranges::find(ends, word) != ends.end() && !word.empty()) {
        end = &piece;
        ++next_;
        break;
      }
      out.push_back(block(piece, word));
    }
    --depth_;
    end_ = end;
    return out;
  }

  Statement block(const Piece& piece, const std::string& word) {
    const auto* const found =
        std::find_if(table_begin(), table_end(), [&](const Block& b) { return b.word == word; });
    if (found == table_end()) {
      fail(word.empty() ? "a tag is missing" : fmt::format("there is no tag '{}' here", word));
      return {};
    }
    ExpressionParser in(piece.tokens);
    in.name();
    ++next_;
    Statement out = (this->*found->parse)(in);
    --next_;  // the loop goes on behind it
    return out;
  }

  // The body of a block that only `end` closes.
  Body body_to(std::string_view end) {
    const std::size_t opened = at_;
    Body out = body({end});
    closed(opened);
    return out;
  }

  // False, and failed, if the block that opened at this place was never closed.
  bool closed(std::size_t opened) {
    if (end_ == nullptr && !error_) {
      at_ = opened;
      fail("unclosed '{%'");
    }
    return !error_;
  }

  Statement parse_if(ExpressionParser& first) {
    Statement out;
    out.kind = Statement::Kind::choice;
    const std::size_t opened = at_;
    out.expressions.push_back(first.tuple(false));
    finish(first);
    while (!error_) {
      out.bodies.push_back(body({"elif", "else", "endif"}));
      if (!closed(opened)) break;
      ExpressionParser in(end_->tokens);
      const std::string word = in.name();
      if (word == "elif") out.expressions.push_back(in.tuple(false));
      finish(in);
      if (word == "else") out.bodies.push_back(body_to("endif"));
      if (word != "elif") break;
    }
    return out;
  }

  Statement parse_for(ExpressionParser& in) {
    Statement out;
    out.kind = Statement::Kind::loop;
    const std::size_t opened = at_;
    out.targets.push_back(in.target(false));
    in.expect_name("in");
    out.expressions.push_back(in.tuple(false));
    out.expressions.push_back(in.take_name("if") ? in.expression() : Expression());
    out.recursive = in.take_name("recursive");
    finish(in);
    out.bodies.push_back(body({"endfor", "else"}));
    if (!closed(opened)) return out;
    const bool has_else = end_->tokens.front().text == "else";
    out.bodies.push_back(has_else ? body_to("endfor") : Body());
    return out;
  }

  Statement parse_set(ExpressionParser& in) {
    Statement out;
    out.targets.push_back(in.target(true));
    if (in.take_sign("=")) {
      out.kind = Statement::Kind::set;
      out.expressions.push_back(in.tuple());
      finish(in);
      return out;
    }
    out.kind = Statement::Kind::set_block;
    out.expressions.push_back(in.filters_of_block(true));
    finish(in);
    out.bodies.push_back(body_to("endset"));
    return out;
  }

  Statement parse_with(ExpressionParser& in) {
    Statement out;
    out.kind = Statement::Kind::with;
    while (!in.failed() && !in.at_end()) {
      if (!out.targets.empty()) in.expect_sign(",");
      out.targets.push_back(in.target(false));
      in.expect_sign("=");
      out.expressions.push_back(in.expression());
    }
    finish(in);
    out.bodies.push_back(body_to("endwith"));
    return out;
  }

  // "(a, b=1)": the parameters of a macro.
  void parameters(ExpressionParser& in, Statement& out) {
    in.expect_sign("(");
    while (!in.failed() && !in.at_sign(")")) {
      if (!out.targets.empty()) in.expect_sign(",");
      Target target;
      target.name = in.name();
      out.targets.push_back(std::move(target));
      out.expressions.push_back(in.take_sign("=") ? in.expression() : Expression());
    }
    in.expect_sign(")");
  }

  Statement parse_macro(ExpressionParser& in) {
    Statement out;
    out.kind = Statement::Kind::macro;
    out.text = in.name();
    parameters(in, out);
    finish(in);
    out.bodies.push_back(body_to("endmacro"));
    return out;
  }

  Statement parse_call(ExpressionParser& in) {
    Statement out;
    out.kind = Statement::Kind::call;
    if (in.at_sign("(")) parameters(in, out);
    out.expressions.push_back(in.expression());
    if (out.expressions.back().kind != Expression::Kind::call) in.fail("a call is missing");
    finish(in);
    out.bodies.push_back(body_to("endcall"));
    return out;
  }

  Statement parse_filter(ExpressionParser& in) {
    Statement out = statement(Statement::Kind::filter, in.filters_of_block(false));
    finish(in);
    out.bodies.push_back(body_to("endfilter"));
    return out;
  }

  Statement parse_block(ExpressionParser& in) {
    Statement out;
    out.kind = Statement::Kind::block;
    in.name();
    while (in.take_name("scoped") || in.take_name("required")) {
    }
    finish(in);
    out.bodies.push_back(body_to("endblock"));
    return out;
  }

  Statement parse_refused(ExpressionParser&) {
    Statement out;
    out.kind = Statement::Kind::refused;
    out.text = fmt::format("{{% {} %}} is refused: a template stands alone",
                           all_.pieces[next_ - 1].tokens.front().text);
    return out;
  }

  static Statement statement(Statement::Kind kind, Expression expression) {
    Statement out;
    out.kind = kind;
    out.expressions.push_back(std::move(expression));
    return out;
  }

  // Takes over the failure of an expression; nothing may be left of the tag.
  void finish(ExpressionParser& in) {
    if (!in.at_end()) in.unexpected();
    if (in.failed()) fail(in.error().message);
  }

  void fail(const std::string& message) {
    if (!error_) error_ = error_at(all_.source, at_, message);
  }

  static const Block* table_begin();
  static const Block* table_end();

  const Pieces& all_;
  std::size_t next_ = 0;
  std::size_t at_ = 0;          // of the tag at hand
  const Piece* end_ = nullptr;  // the block that ended a body
  int depth_ = 0;
  std::optional<Error> error_;
};

const Parser::Block Parser::kTable[] = {
    {"if", &Parser::parse_if},           {"for", &Parser::parse_for},
    {"set", &Parser::parse_set},         {"with", &Parser::parse_with},
    {"macro", &Parser::parse_macro},     {"call", &Parser::parse_call},
    {"filter", &Parser::parse_filter},   {"block", &Parser::parse_block},
    {"include", &Parser::parse_refused}, {"extends", &Parser::parse_refused},
    {"import", &Parser::parse_refused},  {"from", &Parser::parse_refused},
};

const Parser::Block* Parser::table_begin() { return std::begin(kTable); }
const Parser::Block* Parser::table_end() { return std::end(kTable); }

}  // namespace

Result<Body> parse_template(std::string_view source) {
  const Result<Pieces> pieces = split_template(source);
  if (!pieces) return pieces.error();
  return Parser(*pieces).whole();
}

}  // namespace countersign::core::jinja
