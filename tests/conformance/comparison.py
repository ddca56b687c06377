"""Holds prober's predictions against what Envoy answered."""

from collections import Counter

SHARED_REQUESTS = 12  # halves, thirds and quarters of it are whole, and round robin is exact


def of_prediction(one):
    return one["status"], one["response_flags"], one["details"]


def groups(predictions):
    """[(share, the outcomes of which one comes)]: the alternatives of a race are one group."""
    out = []
    races = {}
    for one in predictions:
        if one["share"] is not None:
            out.append((one["share"], {of_prediction(one)}))
            continue
        race = one["one_of"]
        if race["id"] not in races:
            races[race["id"]] = set()
            out.append((race["share"], races[race["id"]]))
        races[race["id"]].add(of_prediction(one))
    return out


def differences(predictions, answers):
    """In words, how the predictions of a route differ from Envoy's answers to its requests; empty when they agree.

    Equal are status, response flags and response code details. An answer of a race must be one of its alternatives.
    The shares must be those of the answers, give or take one request. A prediction that says itself that it is not exact
    is not held to it."""
    if not all(one["exact"] for one in predictions):
        return []
    predicted = groups(predictions)
    seen = Counter(answers)
    known = set().union(*(outcomes for _, outcomes in predicted)) if predicted else set()
    out = [f"Envoy answered {describe(one)}, not predicted" for one in seen if one not in known]
    for share, outcomes in predicted:
        count = sum(seen[one] for one in outcomes)
        if abs(count - share * len(answers)) > (0 if len(answers) == 1 else 1) or count == 0:
            text = " or ".join(map(describe, sorted(outcomes)))
            out.append(f"predicted for {share:.3f} of the requests, seen in {count} of {len(answers)}: {text}")
    return out


def describe(outcome):
    status, flags, details = outcome
    return f"{status} {flags or '-'} {details}"
