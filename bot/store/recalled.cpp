#include "bot/store/recalled.h"

#include "bot/store/ids_param.h"
#include "bot/store/runs.h"

namespace countersign::store {

std::vector<core::JournalRecord> forgotten_starts(Tx& tx,
                                                  const std::vector<core::JournalRecord>& records) {
  if (records.empty()) return {};
  std::vector<std::string> keys, nonces;
  for (const core::JournalRecord& record : records) {
    keys.push_back(record.key);
    nonces.push_back(record.nonce);
  }
  std::vector<core::JournalRecord> forgotten;
  for (const Row r : tx.exec(stmt::forgotten_starts, {text_array(keys), text_array(nonces)}))
    forgotten.push_back(records.at(static_cast<std::size_t>(r.number("place") - 1)));
  return forgotten;
}

std::optional<core::Run> lock_run_of_key(Tx& tx, const std::string& key) {
  const Rows found = tx.exec(stmt::run_of_key, {key});
  if (found.empty()) return std::nullopt;
  return lock_run(tx, {found[0].number("run_id")});
}

void note_recalled(Tx& tx, const core::JournalRecord& record, core::RunId run,
                   core::Recollection verdict, const std::string& replica) {
  tx.exec(stmt::note_recalled,
          {record.nonce, id_param(run), core::name(verdict), replica, core::as_json(record)});
}

}  // namespace countersign::store
