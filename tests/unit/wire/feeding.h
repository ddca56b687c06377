#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "wire/exchange.h"

namespace prober::wire {

inline void take_output(Exchange& exchange) {
  for (auto bytes = exchange.output(); !bytes.empty(); bytes = exchange.output()) {
    exchange.sent(bytes.size());
  }
}

/// What an exchange makes of these bytes, fed in pieces of `step`, and of their end.
inline HttpFacts facts_of(Exchange& exchange, std::string_view bytes, std::size_t step,
                          bool closes) {
  take_output(exchange);
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    exchange.feed(bytes.substr(at, step));
    take_output(exchange);
  }
  if (closes) {
    exchange.closed();
  }
  return exchange.facts();
}

/// One line for a table: "200 complete", "refused", "200 refused", "100 open", "nothing".
inline std::string in_words(const HttpFacts& facts) {
  std::string out;
  const auto add = [&out](const std::string& word) { out += (out.empty() ? "" : " ") + word; };
  for (const int status : facts.interim) {
    add(std::to_string(status));
  }
  if (facts.status) {
    add(std::to_string(*facts.status));
  }
  if (facts.complete) {
    add("complete");
  } else if (facts.violation) {
    add("refused");
  } else if (facts.reset_code) {
    add("reset " + std::to_string(*facts.reset_code));
  } else if (facts.refused_by_goaway) {
    add("goaway");
  } else if (facts.head_too_large) {
    add("too large");
  } else {
    add(facts.bytes == 0 ? "nothing" : "open");
  }
  return out;
}

}  // namespace prober::wire
