#include "adapters/webhook/lock.h"

#include "adapters/webhook/jwt.h"
#include "adapters/webhook/signature.h"
#include "adapters/webhook/sns.h"
#include "adapters/webhook/tokens.h"

namespace countersign::adapters::webhook {

Lock::Lock(const config::Source& source) {
  for (const std::string& text : source.allow) {
    // The configuration has been checked; whatever it holds now, it opens to nobody else.
    if (auto block = core::Cidr::parse(text)) allowed_.push_back(*block);
  }
}

Proof Lock::check(const config::Source& source, const net::HttpRequest& request, core::Instant now,
                  const Documents& documents) const {
  std::vector<Proof> proofs;
  if (!source.secrets.empty() || !source.public_keys.empty())
    proofs.push_back(check_signature(source, request.headers, request.body, now));
  if (wants_token(source)) proofs.push_back(check_token(source, request, now));
  if (source.oidc)
    proofs.push_back(
        check_jwt(*source.oidc, authorization(request.headers, "bearer"), now, documents));
  if (source.sns) proofs.push_back(check_sns(source, request.body, now, documents));

  if (proofs.empty()) return disproved("the source asks for nothing");
  if (!source.allow.empty() && !core::any_contains(allowed_, request.peer))
    return disproved("the address is not allowed");
  for (const Proof& proof : proofs) {
    if (proof.kind != Proof::Kind::good) return proof;
  }
  return proofs.front();
}

}  // namespace countersign::adapters::webhook
