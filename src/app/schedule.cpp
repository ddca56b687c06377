#include "schedule.h"

#include <algorithm>
#include <cstdint>

namespace prober::app {
namespace {

// FNV-1a: the same for the same name in every run and on every machine, unlike std::hash.
std::uint64_t hash_of(const std::string& name) {
  std::uint64_t out = 14695981039346656037ULL;
  for (const char c : name) {
    out = (out ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  }
  // Names that differ in the last letter only differ in the low bits; the fold spreads them.
  return out ^ (out >> 32);
}

}  // namespace

std::size_t Schedule::add(const std::string& name, Duration interval, TimePoint now) {
  const Duration step = std::max(interval, Duration(std::chrono::milliseconds(1)));
  const auto offset =
      static_cast<Duration::rep>(hash_of(name) % static_cast<std::uint64_t>(step.count()));
  entries_.push_back({Duration(offset), step});
  const std::size_t route = entries_.size() - 1;
  due_.push({slot_after(entries_[route], now), route});
  return route;
}

Schedule::TimePoint Schedule::slot_after(const Entry& entry, TimePoint now) const {
  const TimePoint first = epoch_ + entry.offset;
  if (now < first) {
    return first;
  }
  const auto passed = (now - first) / entry.interval + 1;
  return first + passed * entry.interval;
}

std::optional<Schedule::TimePoint> Schedule::next_due() const {
  return due_.empty() ? std::nullopt : std::optional(due_.top().at);
}

std::optional<std::size_t> Schedule::take(TimePoint now) {
  if (due_.empty() || due_.top().at > now) {
    return std::nullopt;
  }
  const std::size_t route = due_.top().route;
  due_.pop();
  return route;
}

void Schedule::finished(std::size_t route, TimePoint now) {
  due_.push({slot_after(entries_.at(route), now), route});
}

}  // namespace prober::app
