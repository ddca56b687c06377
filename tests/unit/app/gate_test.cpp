#include "net/gate.h"

#include <doctest/doctest.h>

#include <memory>
#include <vector>

using prober::net::Gate;

TEST_CASE("gate: so many at once, the others in their order") {
  Gate gate(2);
  const auto alive = std::make_shared<int>();
  std::vector<int> entered;
  std::vector<std::unique_ptr<Gate::Pass>> passes;
  for (int i = 0; i < 5; ++i) {
    gate.enter(alive, [&, i](std::unique_ptr<Gate::Pass> pass) {
      entered.push_back(i);
      passes.push_back(std::move(pass));
    });
  }
  CHECK(entered == std::vector<int>{0, 1});
  // Giving a place up lets the next one in at once, which adds to `passes`.
  const auto leave = [&](std::size_t index) { const auto given_up = std::move(passes[index]); };
  leave(0);
  CHECK(entered == std::vector<int>{0, 1, 2});
  leave(1);
  CHECK(entered == std::vector<int>{0, 1, 2, 3});
  while (!passes.empty()) {
    const auto last = std::move(passes.back());
    passes.pop_back();
  }
}

TEST_CASE("gate: who gave up waiting is passed over") {
  Gate gate(1);
  const auto alive = std::make_shared<int>();
  auto gone = std::make_shared<int>();
  std::unique_ptr<Gate::Pass> held;
  int last = 0;
  gate.enter(alive, [&](std::unique_ptr<Gate::Pass> pass) { held = std::move(pass); });
  gate.enter(gone, [&](std::unique_ptr<Gate::Pass>) { last = 1; });
  gate.enter(alive, [&](std::unique_ptr<Gate::Pass>) { last = 2; });
  gone.reset();
  held.reset();
  CHECK(last == 2);
}
