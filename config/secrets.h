// Where secrets come from: {env: NAME} or {file: PATH}, never from the configuration itself unless
// it says so.
#pragma once
#include <filesystem>
#include <optional>

#include "config/reader.h"
#include "config/settings.h"

namespace countersign::config {

class Secrets {
 public:
  // `folder` anchors relative paths.
  Secrets(std::filesystem::path folder, bool allow_literals)
      : folder_(std::move(folder)), allow_literals_(allow_literals) {}

  // Nothing, with a Problem that names the variable or file and never the value (T45).
  std::optional<Secret> read(const Reader& reader) const;
  // Absent is a Problem too.
  std::optional<Secret> required(const Reader& reader) const;
  // `secret: S` or `secrets: [S, ...]`; exactly one of the two. For rotation each S may hold `id`,
  // its name in the record, and `until`, when it ends.
  std::vector<Credential> credentials(const Reader& one, const Reader& list) const;
  // A place where text without a password is no secret.
  std::optional<Secret> database_url(const Reader& reader) const;

 private:
  std::optional<Secret> read_with(const Reader& reader,
                                  const std::vector<std::string>& further_keys) const;
  std::optional<Credential> credential(const Reader& reader, std::size_t place) const;
  std::optional<Secret> from_environment(const Reader& reader) const;
  std::optional<Secret> from_file(const Reader& reader) const;

  std::filesystem::path folder_;
  bool allow_literals_;
};

}  // namespace countersign::config
