"""Makes recordings.txt: what a real Envoy answered for each faulty upstream, and what prober observes of it.

    python -m oracle conform --prober "$PWD/build/dev/observe" --jobs 2 --keep KEPT
    tests/data/recordings.py TRUTH.json KEPT > tests/data/recordings.txt

`oracle` is the recorder: it sets faulty upstreams up, records Envoy's answers (TRUTH.json) and runs a prober beside
each upstream. Here that is `observe`, which leaves the facts beside the configuration that it was given, and no
prediction, so that the table holds the core to Envoy and not to itself. Outcomes that need the proxy's past, load or a
race between requests are not among them.

A recording is a block of lines: its id, the route (a configuration in JSON), Envoy's answers (status, flags, details;
several when requests or runs differed), and the facts in the form of observation_text.h. Ports are written as 8080 and
up, files as their kind, so that two runs differ in milliseconds and races alone.
"""

import argparse
import json
import re
from pathlib import Path

HEADING = """\
# What Envoy 1.38.2, configured as Pomerium configures it, answered for each of these upstreams, and what prober
# observed of them. Made by recordings.py; see there for the form. The unit test `recordings` holds the core to it.
"""
# Settings that take part in no prediction.
DROPPED = ("dns_resolvers", "dns_query_timeout", "dns_query_tries")
FILES = ("tls_custom_ca_file", "tls_client_cert_file", "tls_client_key_file")


def ports_of(document):
    """The upstreams' ports, in their order."""
    urls = document["routes"][0]["to"]
    return list(dict.fromkeys(re.search(r":(\d+)(?:,\d+)?$", url)[1] for url in urls))


def steady(text, ports):
    for number, port in enumerate(ports):
        text = re.sub(rf"(:|port=){port}\b", rf"\g<1>{8080 + number}", text)
    return text


def route_of(document):
    """The configuration on one line, under one name for all: none may be known to the core."""
    (route,) = document["routes"]
    del route["name"]
    route["from"] = "https://route.example.com"
    for key in FILES:
        if key in route:
            route[key] = key.removesuffix("_file") + ".pem"
    return json.dumps({key: value for key, value in document.items() if key not in DROPPED}, separators=(",", ":"))


def answers(truth):
    for one in truth.get("outcomes") or [truth]:
        flags = "-" if one["flags"] in (None, "", "-") else one["flags"]
        yield f"{one['logged_status'] or one['status']} {flags} {one['details'].replace(':PORT', ':8080')}"


def block(truth, folder):
    document = json.loads((folder / "prober.yaml").read_text())
    facts = (folder / "prober.yaml.facts").read_text()
    ports = ports_of(document)
    # Several requests in a run are outcomes of their own; else runs that differ are a race.
    race = not truth["stable"] and truth["samples"] == truth["runs"]
    lines = [
        truth["id"],
        "route " + steady(route_of(document), ports),
        *("answer " + one for one in sorted(set(answers(truth)))),
        *(["race"] if race else []),
        *steady(facts, ports).splitlines(),
    ]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("truth", type=Path)
    parser.add_argument("kept", type=Path)
    arguments = parser.parse_args()
    truths = json.loads(arguments.truth.read_text())["scenarios"]
    print(HEADING)
    print("\n".join(block(one, arguments.kept / one["id"]) for one in truths if (arguments.kept / one["id"]).is_dir()), end="")


main()
