// Who may send events.
#include "bot/core/text_template.h"
#include "config/pack_parts.h"
#include "config/sections.h"
#include "config/source_auth.h"

namespace countersign::config {
namespace {

constexpr int kMostPerMinute = 1'000'000;

const Sender* sender_named_in(const Reader& reader) {
  const std::string given = reader.required_text();
  if (given.empty()) return nullptr;
  if (const Sender* sender = find_sender(given)) return sender;
  std::vector<std::string> names;
  for (const Sender& sender : senders()) names.push_back(sender.kind);
  reader.error(unknown("source kind", given, names));
  return nullptr;
}

std::optional<SourceDedup> read_dedup(const Reader& reader) {
  if (!reader.map_of({"key", "window"})) return {};
  SourceDedup dedup;
  dedup.key = reader.at("key").required_text();
  const auto parsed = core::TextTemplate::parse(dedup.key);
  if (!parsed) reader.at("key").error(parsed.error().message);
  dedup.window = reader.at("window").duration(dedup.window);
  return dedup;
}

// Whom a sender of CloudEvents may be before it is let in (the handshake with OPTIONS).
void read_origins(const Reader& reader, Source& source) {
  if (!reader.present() || !reader.map_of({"origins", "rate"})) return;
  source.origins = reader.at("origins").texts();
  source.rate = static_cast<int>(reader.at("rate").number(1, kMostPerMinute, 0));
}

Source read_source(const Reader& reader, const Sender& sender, const Secrets& secrets) {
  Source source;
  source.kind = sender.kind;
  std::vector<std::string> keys = {
      "name", "kind", "trigger", "dedup", "rate_limit", "handshake", "new_keys_per_minute"};
  const auto proof = proof_keys(sender);
  keys.insert(keys.end(), proof.begin(), proof.end());
  reader.map_of(keys);
  const Reader trigger = reader.at("trigger");
  source.trigger = sender.trigger.empty() ? trigger.required_text() : trigger.text(sender.trigger);
  source.dedup = read_dedup(reader.at("dedup"));
  source.rate_limit = read_rate_limit(reader.at("rate_limit"));
  source.new_keys_per_minute = static_cast<int>(
      reader.at("new_keys_per_minute").number(1, kMostPerMinute, source.new_keys_per_minute));
  read_origins(reader.at("handshake"), source);
  read_proof(reader, sender, secrets, source);
  return source;
}

}  // namespace

std::vector<Source> read_sources(const Reader& sources, const Secrets& secrets) {
  std::vector<Source> out;
  std::vector<std::string> taken;
  for (const Reader& reader : sources.items()) {
    const std::string name = unique_name(reader, taken);
    const Sender* sender = sender_named_in(reader.at("kind"));
    if (sender == nullptr) continue;
    Source source = read_source(reader, *sender, secrets);
    source.name = name;
    out.push_back(std::move(source));
  }
  return out;
}

}  // namespace countersign::config
