#include "exchange_fuzz.h"

#include <algorithm>
#include <tuple>

#include "require.h"

namespace prober::fuzz {
namespace {

// Small, so that the fuzzer reaches the end of reading too. Input is at most 4 KiB by libFuzzer's
// default, less than a flood needs, which is judged by the read and so does depend on splitting.
constexpr std::uint64_t kMostBody = 64;

auto as_tuple(const HttpFacts& facts) {
  const auto violation = facts.violation.value_or(Violation{});
  return std::tuple(facts.bytes, facts.interim, facts.status, facts.headers, facts.trailers,
                    facts.body_bytes, facts.body, facts.complete, facts.close_delimited,
                    facts.violation.has_value(), violation.what, violation.after_head,
                    facts.reset_code, facts.goaway_code, facts.refused_by_goaway,
                    facts.head_too_large);
}

void take_output(wire::Exchange& exchange) {
  for (auto bytes = exchange.output(); !bytes.empty(); bytes = exchange.output()) {
    exchange.sent(bytes.size());
  }
}

HttpFacts read(wire::Exchange& exchange, std::string_view bytes, std::size_t step) {
  take_output(exchange);
  while (!bytes.empty() && !exchange.done()) {
    exchange.feed(bytes.substr(0, step));
    bytes.remove_prefix(std::min(step, bytes.size()));
    take_output(exchange);
  }
  const bool was_done = exchange.done();
  const auto before = as_tuple(exchange.facts());
  exchange.feed("more");
  require(!was_done || (exchange.done() && as_tuple(exchange.facts()) == before),
          "an exchange that was done went on");
  exchange.closed();
  require(exchange.done(), "an exchange goes on after its end");
  HttpFacts out = exchange.facts();
  out.bytes = 0;  // how much was handed over before it was done depends on the splitting
  return out;
}

}  // namespace

void check_exchange(MakeExchange make, std::string_view input) {
  if (input.empty()) {
    return;
  }
  const auto settings = static_cast<unsigned char>(input.front());
  input.remove_prefix(1);
  HttpRequest request;
  request.authority = "host";
  request.method = (settings & 1) != 0 ? "HEAD" : (settings & 2) != 0 ? "POST" : "GET";
  request.body_bytes = (settings & 2) != 0 ? 70'000 : 0;
  const wire::ExchangeOptions options{(settings & 4) != 0 ? kMostBody : std::uint64_t{1} << 20};
  const auto facts = [&](std::size_t step) {
    return as_tuple(read(*make(request, options), input, step));
  };
  const auto at_once = facts(input.size() + 1);
  require(facts(1) == at_once, "byte by byte gives other facts than at once");
  require(facts(2 + settings / 8) == at_once, "in pieces gives other facts than at once");
}

}  // namespace prober::fuzz
