// Texts that others publish and that a proof needs: keys of an issuer, certificates. Handed in, so
// that checking a proof stays pure.
#pragma once
#include <optional>
#include <string>

#include "bot/core/instant.h"

namespace countersign::adapters::webhook {

struct Document {
  std::string text;
  core::Instant fetched_at{};
};

class Documents {
 public:
  virtual ~Documents() = default;
  // What was fetched from there, if it was. Never blocks.
  virtual std::optional<Document> find(const std::string& url) const = 0;
};

}  // namespace countersign::adapters::webhook
