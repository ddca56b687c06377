#include "gate.h"

#include <utility>

namespace prober::net {

void Gate::enter(const std::weak_ptr<void>& alive, Entry entry) {
  if (free_ == 0) {
    waiting_.push_back({alive, std::move(entry)});
    return;
  }
  --free_;
  entry(std::make_unique<Pass>(*this));
}

void Gate::leave() {
  ++free_;
  if (std::exchange(admitting_, true)) {
    return;  // the loop below is at work further up the stack
  }
  while (free_ > 0 && !waiting_.empty()) {
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    if (!next.alive.expired()) {
      --free_;
      next.entry(std::make_unique<Pass>(*this));
    }
  }
  admitting_ = false;
}

}  // namespace prober::net
