// T45: a secret comes from the environment or a file, and no message repeats it.
#include <gtest/gtest.h>

#include "config/settings.h"
#include "tests/unit/config/folder.h"

namespace countersign::config {
namespace {

std::string source(const std::string& secret) {
  return "sources: [{name: gh, kind: github, secret: " + secret + "}]\n";
}

Loaded load(const Folder& folder, const std::string& yaml) {
  return parse_settings(yaml, folder.path("c.yaml"));
}

TEST(Secrets, a_file_loses_one_line_end) {
  const Folder folder;
  folder.write("s/unix", "one\n");
  folder.write("s/dos", "two\r\n");
  folder.write("s/inner", "a\nb\n\n");
  const auto reveal = [&](const std::string& name) {
    const Loaded loaded = load(folder, source("{file: s/" + name + "}"));
    EXPECT_EQ(texts(loaded.problems), Texts{});
    return loaded.settings.sources.at(0).secrets.at(0).secret.reveal();
  };
  EXPECT_EQ(reveal("unix"), "one");
  EXPECT_EQ(reveal("dos"), "two");
  EXPECT_EQ(reveal("inner"), "a\nb\n");
}

TEST(Secrets, name_what_is_missing) {
  const Folder folder;
  const std::string at = folder.path("c.yaml") + ":1: sources[0].secret";
  folder.write("empty", "\n");
  const Variable nothing("CS_TEST_EMPTY", "");
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"{env: CS_TEST_UNSET}", ".env: the environment variable CS_TEST_UNSET is not set"},
      {"{env: CS_TEST_EMPTY}", ".env: the environment variable CS_TEST_EMPTY is empty"},
      {"{file: none}", ".file: the file " + folder.path("none") + ": there is no such file"},
      {"{file: empty}", ".file: the file " + folder.path("empty") + ": is empty"},
      {"{}", ": a secret is either {env: NAME} or {file: PATH}"},
      {"{env: A, file: B}", ": a secret is either {env: NAME} or {file: PATH}"},
      {"{enw: A, env: PATH}", ".enw: unknown key 'enw'; did you mean 'env'?"},
  };
  for (const auto& [secret, problem] : cases) {
    EXPECT_EQ(texts(load(folder, source(secret)).problems).at(0), at + problem);
  }
}

TEST(Secrets, a_literal_is_refused_and_not_repeated) {
  const Folder folder;
  for (const std::string literal : {"hunter2", "12345", "[hunter2]"}) {
    const Texts found = texts(load(folder, source(literal)).problems);
    EXPECT_EQ(
        found,
        Texts{folder.path("c.yaml") +
              ":1: sources[0].secret: a secret is {env: NAME} or {file: PATH}, never a literal"});
  }
  const Loaded allowed = load(folder, "allow_literal_secrets: true\n" + source("hunter2"));
  EXPECT_EQ(texts(allowed.problems), Texts{});
  EXPECT_EQ(allowed.settings.sources.at(0).secrets.at(0).secret.reveal(), "hunter2");
}

TEST(Secrets, several_can_be_valid_while_one_is_replaced) {
  const Folder folder;
  const Variable a("CS_TEST_A", "a");
  const Loaded both =
      load(folder,
           "sources: [{name: gh, kind: github, secrets: [{env: CS_TEST_A}, {env: CS_TEST_A}]}]\n");
  EXPECT_EQ(texts(both.problems), Texts{});
  EXPECT_EQ(both.settings.sources.at(0).secrets.size(), 2U);
  EXPECT_EQ(texts(load(folder, "sources: [{name: gh, kind: github, secrets: []}]\n").problems),
            Texts{folder.path("c.yaml") + ":1: sources[0].secrets: must name at least one secret"});
}

TEST(Secrets, a_database_address_is_one_when_it_holds_a_password) {
  const Folder folder;
  const auto problems = [&](const std::string& url) {
    return texts(load(folder, "database: {url: '" + url + "'}\n").problems);
  };
  for (const char* harmless :
       {"postgresql:///cs", "postgresql://cs@localhost:5432/cs", "host=/run/pg dbname=cs",
        "postgresql://[::1]:5432/cs?sslmode=require"}) {
    EXPECT_EQ(problems(harmless), Texts{}) << harmless;
  }
  for (const char* revealing :
       {"postgresql://cs:pw@localhost/cs", "host=x password=pw", "postgresql://h/cs?password=pw"}) {
    EXPECT_EQ(problems(revealing),
              Texts{folder.path("c.yaml") +
                    ":1: database.url: holds a password: give it as {env: NAME} or {file: PATH}"});
  }
}

}  // namespace
}  // namespace countersign::config
