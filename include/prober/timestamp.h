#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace prober {

/// "2026-11-24T12:00:00.250Z" for milliseconds since 1970, UTC (RFC 3339).
[[nodiscard]] std::string rfc3339(std::int64_t milliseconds);

/// Reads back exactly that form; nothing for any other.
[[nodiscard]] std::optional<std::int64_t> parse_rfc3339(std::string_view text);

}  // namespace prober
