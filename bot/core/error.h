// The closed set of ways in which things fail, whatever layer they come from.
#pragma once
#include <string>
#include <utility>

namespace countersign {

enum class ErrorKind {
  invalid,      // the input is wrong; repeating it will not help
  refused,      // understood, and not allowed
  not_found,    // no such thing
  conflict,     // somebody else was first, or the thing has changed meanwhile
  unavailable,  // a database, chat or target does not answer; repeating may help
  in_doubt,     // it may have happened and nobody can tell yet
  internal,     // a defect of ours
};

struct Error {
  ErrorKind kind = ErrorKind::internal;
  std::string message;  // one line, fit for a person, free of secrets
};

inline Error invalid(std::string message) { return {ErrorKind::invalid, std::move(message)}; }
inline Error refused(std::string message) { return {ErrorKind::refused, std::move(message)}; }
inline Error not_found(std::string message) { return {ErrorKind::not_found, std::move(message)}; }
inline Error unavailable(std::string message) {
  return {ErrorKind::unavailable, std::move(message)};
}

}  // namespace countersign
