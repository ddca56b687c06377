#pragma once

#include "prober/verdict.h"

namespace prober {

/// What visitors of a route get whose configuration takes it down: one outcome for all of its
/// requests, or, where Pomerium's port never opens, none at all and the reason. Pure.
[[nodiscard]] Verdict judge_fault(const Route& route, const ConfigFault& fault);

}  // namespace prober
