// Time and chance, handed in so that tests can hold them.
#pragma once
#include <string>

#include "bot/core/ids.h"
#include "bot/core/instant.h"

namespace countersign::core {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;  // for showing and logging; guards use the database's clock
};

class IdSource {
 public:
  virtual ~IdSource() = default;
  virtual CorrelationId correlation() = 0;
  virtual std::string uuid() = 0;            // random, version 4
  virtual std::string token(int bytes) = 0;  // hex, unguessable
  virtual double chance() = 0;               // [0, 1), for jitter
};

}  // namespace countersign::core
