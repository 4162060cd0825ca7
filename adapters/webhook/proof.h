// What came of asking a delivery to prove itself.
#pragma once
#include <string>
#include <utility>

namespace countersign::adapters::webhook {

struct Proof {
  enum class Kind {
    good,
    refused,
    needs,  // a document has to be fetched first: a key, a certificate
  } kind = Kind::refused;
  std::string key_id;  // good: which secret was shown, for the record
  std::string why;     // refused: for the operator and never for the sender; without secrets
  std::string url;     // needs: where the document is
};

inline Proof proven(std::string key_id) { return {Proof::Kind::good, std::move(key_id), {}, {}}; }
inline Proof disproved(std::string why) { return {Proof::Kind::refused, {}, std::move(why), {}}; }
inline Proof wants(std::string url) { return {Proof::Kind::needs, {}, {}, std::move(url)}; }

}  // namespace countersign::adapters::webhook
