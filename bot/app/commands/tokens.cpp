// countersign tokens create|list|revoke: what people's programs show at the API instead of a chat's
// account. A token is printed once and never kept in clear (T46).
#include <charconv>
#include <iostream>
#include <memory>

#include "bot/app/commands/commands.h"
#include "bot/app/exit_codes.h"
#include "bot/app/outpost.h"
#include "bot/core/digest.h"
#include "bot/core/message.h"
#include "bot/store/audit.h"
#include "bot/store/tokens.h"

namespace countersign::app {
namespace {

constexpr int kMost = 1000;
constexpr int kBytes = 32;
constexpr std::size_t kShown = 8;
constexpr core::Duration kLongest = std::chrono::hours(24 * 365);

struct Flags {
  ReachFlags reach;
  std::string whose, expires = "90d", note, id, as, reason;
  bool json = false;
};

std::string show(store::TokenId id) { return "T" + id.text(); }

std::optional<store::TokenId> parse_token_id(const std::string& text) {
  const bool named = text.starts_with('T') || text.starts_with('t');
  const std::string digits = named ? text.substr(1) : text;
  store::TokenId id;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), id.value);
  return error == std::errc() && *end == '\0' && id.value > 0 ? std::optional(id) : std::nullopt;
}

Json as_json(const store::Token& token) {
  const auto instant = [](const std::optional<core::Instant>& at) {
    return at ? Json(core::format_instant(*at)) : Json();
  };
  return {{"id", show(token.id)},
          {"person", token.person.key},
          {"name", token.person.name},
          {"begins_with", token.shown},
          {"note", token.note},
          {"created_at", core::format_instant(token.created_at)},
          {"expires_at", core::format_instant(token.expires_at)},
          {"used_at", instant(token.used_at)},
          {"revoked_at", instant(token.revoked_at)}};
}

void add_record(store::Tx& tx, const Outpost& outpost, const store::Token& token,
                const core::Person& by, const Flags& flags, const char* kind) {
  store::add_audit(tx, {by.key,
                        kind,
                        "token:" + token.id.text(),
                        outpost.deps().ids.correlation(),
                        {{"name", by.name},
                         {"via", "cli"},
                         {"why", flags.reason},
                         {"person", token.person.key},
                         {"person_name", token.person.name},
                         {"expires_at", core::format_instant(token.expires_at)},
                         {"note", token.note}},
                        {}});
}

int create(const Flags& flags, Outpost& outpost) {
  const auto lifetime = core::parse_duration(flags.expires);
  if (!lifetime || *lifetime <= core::Duration::zero() || *lifetime > kLongest)
    return complain("--expires is a length of time like 90d, of 365d at most", kUsage);
  const auto by = outpost.holder(flags.as);
  if (!by) return complain(by.error());
  const auto whose = outpost.person(flags.whose);
  if (!whose) return complain(whose.error());
  const std::string secret = "cs_" + outpost.deps().ids.token(kBytes);
  store::Token wanted;
  wanted.person = *whose;
  wanted.shown = secret.substr(0, kShown);
  wanted.note = core::make_visible(flags.note, 200);
  const auto made = outpost.deps().db.transact("create token", [&](store::Tx& tx) {
    const auto token = store::create_token(tx, wanted, core::sha256_hex(secret), *lifetime);
    add_record(tx, outpost, token, *by, flags, "token.created");
    return token;
  });
  if (flags.json) {
    Json out = as_json(made);
    out["token"] = secret;
    std::cout << out.dump(2) << "\n";
    return kDone;
  }
  std::cout << secret << "\n";
  std::cerr << show(made.id) << " is the token of " << made.person.name << " until "
            << core::format_instant(made.expires_at) << ". It is shown this once.\n";
  return kDone;
}

int revoke(const Flags& flags, Outpost& outpost) {
  const auto id = parse_token_id(flags.id);
  if (!id) return complain(flags.id + " is no id of a token: write T3", kUsage);
  const auto by = outpost.holder(flags.as);
  if (!by) return complain(by.error());
  const auto revoked = outpost.deps().db.transact("revoke token", [&](store::Tx& tx) {
    const auto token = store::revoke_token(tx, *id);
    if (token) add_record(tx, outpost, *token, *by, flags, "token.revoked");
    return token;
  });
  if (!revoked)
    return complain("there is no token " + show(*id) + ", or it is revoked already", kFailed);
  if (flags.json) {
    std::cout << as_json(*revoked).dump(2) << "\n";
  } else {
    std::cout << show(*id) << " of " << revoked->person.name << " is revoked\n";
  }
  return kDone;
}

std::string line_of(const store::Token& token) {
  std::string out = show(token.id) + "  " + token.shown + "...  " +
                    core::make_visible(token.person.name, 60) + "  until " +
                    core::format_instant(token.expires_at);
  out += token.used_at ? ", last used " + core::format_instant(*token.used_at) : ", never used";
  if (token.revoked_at) out += ", revoked " + core::format_instant(*token.revoked_at);
  return out + (token.note.empty() ? "" : "  " + token.note);
}

int list(const Flags& flags) {
  const auto db = reach_database(flags.reach);
  if (!db) return complain(db.error());
  const auto all =
      (*db)->transact("tokens", [](store::Tx& tx) { return store::tokens(tx, kMost); });
  Json out = Json::array();
  for (const auto& token : all) {
    out.push_back(as_json(token));
    if (!flags.json) std::cout << line_of(token) << "\n";
  }
  if (flags.json) std::cout << out.dump(2) << "\n";
  return kDone;
}

}  // namespace

void add_tokens(CLI::App& cli, int& exit_code) {
  auto* all = cli.add_subcommand("tokens", "Personal tokens for the API: make, list, revoke");
  all->require_subcommand(1);
  const auto flags = std::make_shared<Flags>();
  const auto add = [&](const char* name, const char* help) {
    return add_reaching(*all, name, help, flags->reach, flags->json);
  };
  const auto order = [&](CLI::App* command, int (*how)(const Flags&, Outpost&)) {
    add_order_flags(*command, flags->as, flags->reason);
    command->callback([flags, how, &exit_code] {
      exit_code =
          from_outpost(flags->reach, [&](Outpost& outpost) { return how(*flags, outpost); });
    });
  };
  auto* make = add("create", "Make one and print it, this once");
  make->add_option("--for", flags->whose, "Whose it is: CHAT:NAME")->required();
  make->add_option("--expires", flags->expires, "After so long; 365d at most")
      ->capture_default_str();
  make->add_option("--note", flags->note, "What it is for");
  order(make, create);
  add("list", "All there are, without the tokens themselves")->callback([flags, &exit_code] {
    exit_code = list(*flags);
  });
  auto* end = add("revoke", "End one, at once");
  end->add_option("id", flags->id, "T3")->required();
  order(end, revoke);
}

}  // namespace countersign::app
