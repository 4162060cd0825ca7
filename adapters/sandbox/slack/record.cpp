#include "adapters/sandbox/slack/record.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <mutex>

namespace countersign::adapters::sandbox::slack {

void Record::add(Json entry) {
  entries_.push_back(std::move(entry));
  if (entries_.size() > kKept) entries_.pop_front();
}

void log_sent(const std::string& method, const Json& args, const std::string& encoding) {
  const char* const folder = std::getenv("COUNTERSIGN_SENT_LOG");
  if (!folder || !*folder) return;
  static std::mutex writing;  // several sandboxes of one process share the file
  const std::lock_guard lock(writing);
  std::ofstream out(std::string(folder) + "/sent-" + std::to_string(getpid()) + ".jsonl",
                    std::ios::app);
  const Json line = {{"method", method}, {"args", args}, {"encoding", encoding}};
  out << line.dump(-1, ' ', false, Json::error_handler_t::replace) << "\n";
}

}  // namespace countersign::adapters::sandbox::slack
