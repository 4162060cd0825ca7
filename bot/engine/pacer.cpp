#include "bot/engine/pacer.h"

#include <algorithm>
#include <array>

namespace countersign::engine {
namespace {

using Op = core::Outgoing::Op;
constexpr std::array kOps{Op::post, Op::update, Op::tell};

}  // namespace

std::string Pacer::id_of(const std::string& name) const {
  const auto found = ids_.find(name);
  return found == ids_.end() ? name : found->second;
}

Pacer::Channel& Pacer::channel(const std::string& name, Time now) {
  auto& c = channels_.try_emplace(id_of(name), Channel{double(pace_.burst), now, {}}).first->second;
  if (pace_.every.count() > 0) {
    const double made = std::chrono::duration<double>(now - c.as_of) / pace_.every;
    c.room = std::min<double>(pace_.burst, c.room + std::max(0.0, made));
  } else {
    c.room = pace_.burst;
  }
  c.as_of = now;
  return c;
}

Pacer::Time Pacer::free_at(const Channel& c) const {
  const auto missing = std::chrono::duration<double>(pace_.every) * std::max(0.0, 1.0 - c.room);
  return std::max(c.closed_until, c.as_of + std::chrono::ceil<Length>(missing));
}

store::Holds Pacer::holds(Time now) {
  store::Holds out;
  for (const Op op : kOps) {
    const auto closed = ops_closed_until_.find(op);
    if (closed != ops_closed_until_.end() && now < closed->second) out.ops.push_back(op);
  }
  for (const auto& [id, unused] : channels_) {
    if (free_at(channel(id, now)) <= now) continue;
    out.channels.push_back(id);
    for (const auto& [name, same] : ids_) {
      if (same == id) out.channels.push_back(name);
    }
  }
  return out;
}

std::optional<Pacer::Length> Pacer::wait_for(const core::Outgoing& out, Time now) {
  const auto closed = ops_closed_until_.find(out.op);
  if (closed != ops_closed_until_.end() && now < closed->second) return closed->second - now;
  if (out.op != Op::post) return std::nullopt;
  Channel& c = channel(out.place.channel, now);
  if (const Time at = free_at(c); at > now) return at - now;
  c.room -= 1;
  return std::nullopt;
}

void Pacer::limited(const core::Outgoing& out, core::Delivery::Hold hold, Length pause, Time now) {
  using Hold = core::Delivery::Hold;
  const Time until = now + pause;
  if (hold == Hold::channel) channel(out.place.channel, now).closed_until = until;
  for (const Op op : kOps) {
    if (hold == Hold::chat || (hold == Hold::op && op == out.op)) ops_closed_until_[op] = until;
  }
}

void Pacer::same_channel(const std::string& name, const std::string& id) {
  if (name == id || id.empty() || !ids_.emplace(name, id).second) return;
  if (const auto known = channels_.find(name); known != channels_.end()) {
    channels_.try_emplace(id, known->second);
    channels_.erase(known);
  }
}

std::optional<Pacer::Time> Pacer::next(Time now) const {
  std::optional<Time> first;
  const auto consider = [&](Time at) {
    if (at > now && (!first || at < *first)) first = at;
  };
  for (const auto& [op, until] : ops_closed_until_) consider(until);
  for (const auto& [id, c] : channels_) consider(free_at(c));
  return first;
}

}  // namespace countersign::engine
