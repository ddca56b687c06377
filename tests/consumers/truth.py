"""What a report says, from its JSON document; every other format is held against it."""

import json
import re
from pathlib import Path

STATES = ["failing", "degraded", "unknown", "warning", "healthy", "skipped"]
# Every error that prober predicts; each must be among the scenes that the readers are given.
ERRORS = {
    "max_duration_timeout", "no_healthy_upstream", "request_overall_timeout", "stream_idle_timeout",
    "upstream_max_stream_duration_reached", "upstream_per_try_idle_timeout", "upstream_per_try_timeout",
    "upstream_reset_after_response_started", "upstream_reset_before_response_started", "upstream_response_timeout",
    "via_upstream",
}  # fmt: skip
DOCS = ("https://www.pomerium.com/", "https://pomerium.com/")


def hidden(code):
    """Whether a report must not hold the character as it is."""
    return code < 0x20 or 0x7F <= code < 0xA0 or 0x2028 <= code <= 0x202E or 0x2066 <= code <= 0x2069 or code in (0xFFFE, 0xFFFF)


def visible(text):
    """Foreign text as the line formats show it: \\xNN for each byte of what is hidden."""
    return "".join("".join(f"\\x{b:02x}" for b in c.encode()) if hidden(ord(c)) else c for c in text)


def same(text, wanted, shown=visible):
    """JSON has U+FFFD for bytes that are not UTF-8, the others show them as \\xNN."""
    parts = (re.escape(shown(part)) for part in wanted.split("\ufffd"))
    return re.fullmatch(r"(?:\\x[0-9a-f]{2}|\ufffd)+".join(parts), text, re.DOTALL) is not None


class Truth:
    def __init__(self, path):
        self.document = json.loads(Path(path).read_text(encoding="utf-8"))
        self.routes = self.document["routes"]
        self.order = sorted(range(len(self.routes)), key=lambda i: STATES.index(self.routes[i]["state"]))

    def broken_first(self):
        return [self.routes[i] for i in self.order]

    @staticmethod
    def known(route):
        """Whether the baseline had the problem already: then it does not fail a build again."""
        return route.get("change") in ("still_broken", "changed") and route["state"] not in ("healthy", "skipped")

    def not_told(self, route):
        """With a baseline, people are not told of what is as well as it was."""
        return "baseline" in self.document and route["change"] is None

    @staticmethod
    def history(route):
        """Whether --baseline or --retry-for has something to say of the route."""
        return bool(route.get("first") or route.get("change"))

    def rounds(self):
        return self.document.get("retry", {}).get("rounds", 1)

    def check_run_told(self, text):
        """What happened to the whole run must stand in a text for people."""
        early = self.document.get("ended_early", "")
        check(early in text, "not said: ended early:", early)
        check(self.rounds() == 1 or f"{self.rounds()} rounds" in text, "not said:", self.rounds(), "rounds")
        for word, number in self.document.get("baseline", {}).items():
            check(not isinstance(number, int) or not number or f"{number} {word.replace('_', ' ')}" in text, "not said:", number, word)

    @staticmethod
    def check_first_told(route, text):
        if "first" in route:
            wanted = f"in round {route['rounds']}, at first {route['first']['state']}"
            check(wanted in text or f"in round {route['rounds']} as in the first" in text, route["name"], "is not said to be", wanted)

    @staticmethod
    def failing(route):
        """The predictions that somebody must act on: those that come with a cause."""
        return [one for one in route["predictions"] if one["cause"]]

    def findings(self, route):
        silent = route["state"] == "failing" and not route["predictions"]
        return ([("unfinished", route["reason"])] if route["state"] == "unknown" else []) + \
            ([("no_answer", route["reason"])] if silent else []) + \
            [(one["error"], one["details"]) for one in self.failing(route)] + \
            [(one["code"], one["message"]) for one in route["warnings"]]  # fmt: skip


class Mismatch(Exception):
    """A reader understood something else than the report says."""


def check(holds, *what):
    if not holds:
        raise Mismatch(" ".join(str(one)[:400] for one in what))


def check_same(text, wanted, what, shown=visible):
    check(same(text, wanted, shown), f"{what} is {text!r}, not {wanted!r}")


def check_clean(text):
    """No character but line ends that acts on a terminal or a reader of lines."""
    for number, line in enumerate(text.split("\n"), 1):
        bad = [hex(ord(c)) for c in line if hidden(ord(c))]
        check(not bad, f"line {number} holds {bad[:3]}")
