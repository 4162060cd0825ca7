// File descriptors of the process: the door must leave some to the chats, the database and the
// children (T12).
#pragma once
#include <cstddef>

namespace countersign::net {

// Kept back for everything that is no inbound connection.
inline constexpr std::size_t kDescriptorReserve = 256;

// Raises the soft limit of the process to its hard one, and says how many connections may be open
// at once: `wanted`, or fewer if that would touch the reserve. At least one.
std::size_t room_for_connections(std::size_t wanted);

}  // namespace countersign::net
