// How one source proves itself, as its configuration says.
#pragma once
#include <string>
#include <vector>

#include "config/reader.h"
#include "config/secrets.h"
#include "config/settings.h"

namespace countersign::config {

// The keys of a source of this kind that have to do with proof.
std::vector<std::string> proof_keys(const Sender& sender);
// Reads them into the source; no proof at all is a Problem that says what to add.
void read_proof(const Reader& source, const Sender& sender, const Secrets& secrets, Source& out);

}  // namespace countersign::config
