"""The comparison itself: what it must find, and what it must let pass."""

import sys

from comparison import differences

OK = {"share": 1.0, "status": 200, "response_flags": "", "details": "via_upstream", "exact": True}
DOWN = {"share": 1.0, "status": 503, "response_flags": "UF", "details": "refused", "exact": True}
HALF = [{**OK, "share": 0.5}, {**DOWN, "share": 0.5}]
RACE = [{**one, "share": None, "one_of": {"id": 1, "share": 1.0}} for one in (OK, DOWN)]
UP = (200, "", "via_upstream")
REFUSED = (503, "UF", "refused")
OTHER = (503, "UC", "refused")

# predictions, answers, agree
CASES = [
    ([OK], [UP], True),
    ([OK], [REFUSED], False),
    ([DOWN], [REFUSED], True),
    ([DOWN], [OTHER], False),
    ([DOWN], [(502, "UF", "refused")], False),
    ([DOWN], [(503, "UF", "refused!")], False),
    ([DOWN], [REFUSED, REFUSED, UP], False),
    ([], [UP], False),
    (HALF, [UP] * 6 + [REFUSED] * 6, True),
    (HALF, [UP] * 12, False),
    (HALF, [UP] * 9 + [REFUSED] * 3, False),
    (HALF, [UP] * 6 + [REFUSED] * 5 + [OTHER], False),
    (RACE, [UP] * 5, True),
    (RACE, [UP, REFUSED], True),
    (RACE, [UP, OTHER], False),
    ([{**DOWN, "exact": False}], [OTHER], True),
]


def main():
    wrong = 0
    for predictions, answers, agree in CASES:
        found = differences(predictions, answers)
        if bool(found) == agree:
            wrong += 1
            print(f"{predictions}\n{answers}: {found or 'taken for equal'}")
    print(f"comparison: {len(CASES) - wrong} passed, {wrong} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
