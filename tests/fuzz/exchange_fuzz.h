#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "wire/exchange.h"

namespace prober::fuzz {

/// Makes a fresh exchange for each way of splitting the bytes.
using MakeExchange = std::unique_ptr<wire::Exchange> (*)(const HttpRequest& request,
                                                         const wire::ExchangeOptions& options);

/// Reads `input` as one byte of settings and the upstream's bytes. Aborts when the facts depend on
/// how the bytes are split, or when an exchange that was done goes on.
void check_exchange(MakeExchange make, std::string_view input);

}  // namespace prober::fuzz
