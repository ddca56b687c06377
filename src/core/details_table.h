#pragma once

#include <array>
#include <span>
#include <string_view>

#include "explanation_words.h"

namespace prober {

/// What is known of one name among the response code details, or of one reason in their braces.
struct DetailsEntry {
  std::string_view name;
  std::string_view meaning;
  std::array<std::string_view, 4> causes;  // likeliest first; empty ones at the end mean nothing
  std::array<std::string_view, 4> checks;  // in the order in which to look; likewise
  const char* docs = kErrorDocs;
};

/// What is known of the words after a reason: "Connection_refused", "WRONG_VERSION_NUMBER".
struct TransportReason {
  std::string_view words;
  std::string_view cause;
  std::string_view check;
};

/// The details that stand alone. Statuses and flags in the texts are Envoy 1.38's.
[[nodiscard]] std::span<const DetailsEntry> details_entries();
/// Envoy's StreamResetReason, which stands in the braces of upstream_reset_...
[[nodiscard]] std::span<const DetailsEntry> reset_reasons();
/// In the order in which to look for them: the closer words come first.
[[nodiscard]] std::span<const TransportReason> transport_reasons();

}  // namespace prober
