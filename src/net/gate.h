#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>

namespace prober::net {

/// Lets so many connections be open at once; the others wait in the order in which they came.
/// Lives on the loop's thread.
class Gate {
 public:
  explicit Gate(std::size_t most) : free_(most) {}

  /// A place; giving it up lets the next one in. Empty: waiting was given up.
  class Pass {
   public:
    explicit Pass(Gate& gate) : gate_(&gate) {}
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;
    ~Pass() { gate_->leave(); }

   private:
    Gate* gate_;
  };
  using Entry = std::function<void(std::unique_ptr<Pass>)>;

  /// Calls `entry` with a place, at once or later. It is dropped when `alive` is gone by then.
  void enter(const std::weak_ptr<void>& alive, Entry entry);

 private:
  struct Waiting {
    std::weak_ptr<void> alive;
    Entry entry;
  };

  void leave();

  std::size_t free_;
  std::deque<Waiting> waiting_;
  bool admitting_ = false;
};

}  // namespace prober::net
