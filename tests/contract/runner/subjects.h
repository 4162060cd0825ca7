// The runners under the contract, each with a far side that it can reach and that remembers what it
// saw.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bot/core/ports/runner.h"

namespace countersign::actions::test {

class Subject {
 public:
  virtual ~Subject() = default;
  virtual core::Runner& runner() = 0;

  // What the far side is to do. Not every runner knows every wish: then the answer is null.
  enum class Wish { succeed, fail, hang, print_1000_bytes };
  virtual Json call(Wish wish) = 0;
  // Idempotency keys the far side saw, in order; nothing where there is no far side.
  virtual std::vector<std::string> keys() { return {}; }
  virtual bool shows_keys() const { return true; }

  // Called when the far side has begun to hang.
  std::function<void()> on_hanging;
};

std::unique_ptr<Subject> command_subject();
std::unique_ptr<Subject> http_subject();
std::unique_ptr<Subject> noop_subject();
std::unique_ptr<Subject> announcement_subject();

}  // namespace countersign::actions::test
