#include "bot/engine/button_seal.h"

#include "bot/core/digest.h"

namespace countersign::engine {
namespace {

std::string mac(const Press& press, const std::string& key) {
  const std::string parts =
      core::sha256_of_parts(press.verb, press.run.text(), press.approval.text(), press.plan_hash,
                            std::to_string(press.fence));
  return core::hex(core::hmac(core::HashAlgorithm::sha256, key, parts));
}

}  // namespace

Json seal(const Press& press, const std::string& key) {
  return {{"do", press.verb},        {"run", press.run.value}, {"approval", press.approval.value},
          {"plan", press.plan_hash}, {"fence", press.fence},   {"mac", mac(press, key)}};
}

std::optional<Press> unseal(const Json& context, const std::string& key) {
  const auto number = [&](const char* name) {
    const auto it = context.find(name);
    return it != context.end() && it->is_number_integer() ? it->get<std::int64_t>() : 0;
  };
  const auto text = [&](const char* name) {
    const auto it = context.find(name);
    return it != context.end() && it->is_string() ? it->get<std::string>() : std::string();
  };
  if (!context.is_object()) return std::nullopt;
  const Press press{
      text("do"), {number("run")}, {number("approval")}, text("plan"), number("fence")};
  if (!core::same_secret(text("mac"), mac(press, key))) return std::nullopt;
  return press;
}

}  // namespace countersign::engine
