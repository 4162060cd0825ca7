#include "adapters/net/descriptors.h"

#include <sys/resource.h>

#include <algorithm>

namespace countersign::net {

std::size_t room_for_connections(std::size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  if (limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) ::getrlimit(RLIMIT_NOFILE, &limit);
  }
  if (limit.rlim_cur == RLIM_INFINITY) return wanted;
  const auto all = static_cast<std::size_t>(limit.rlim_cur);
  const std::size_t reserve = std::min(kDescriptorReserve, all / 2);
  return std::max<std::size_t>(1, std::min(wanted, all - reserve));
}

}  // namespace countersign::net
