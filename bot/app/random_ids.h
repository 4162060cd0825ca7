// Ids and chance from the operating system's generator (OpenSSL). Thread-safe.
#pragma once
#include "bot/core/ports/services.h"

namespace countersign::app {

class RandomIds : public core::IdSource {
 public:
  core::CorrelationId correlation() override;
  std::string uuid() override;
  std::string token(int bytes) override;
  double chance() override;
};

}  // namespace countersign::app
