"""Faults of the network itself: dropped packets, ICMP rejections, routing refusals, a bind address.

Makes a network namespace of its own. Where that is refused the cases are skipped, which in CI is a failure."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

RESET = "upstream_reset_before_response_started{%s}"
DELAYED = RESET % "remote_connection_failure|delayed_connect_error:_%s"
IMMEDIATE = RESET % "remote_connection_failure|immediate_connect_error:_%s|remote_address:%s"

RULES = """
table inet faults {
  chain input {
    type filter hook input priority 0;
    ip daddr 127.0.0.66 meta l4proto tcp drop
    ip daddr 127.0.0.67 meta l4proto tcp reject with icmp type admin-prohibited
    ip daddr 127.0.0.68 meta l4proto tcp reject with icmp type host-unreachable
    ip daddr 127.0.0.69 meta l4proto tcp reject with icmp type net-unreachable
    ip daddr 127.0.0.70 meta l4proto tcp reject with icmp type port-unreachable
    ip daddr 127.0.0.71 meta l4proto tcp reject with tcp reset
  }
}
"""
ROUTES = {"prohibit": "10.67.0.1", "unreachable": "10.67.0.2", "blackhole": "10.67.0.3"}

# address -> (status, flags, details), recorded with Envoy 1.38.2
CASES = {
    "127.0.0.66:80": RESET % "connection_timeout",
    "127.0.0.67:80": DELAYED % "No_route_to_host",
    "127.0.0.68:80": DELAYED % "No_route_to_host",
    "127.0.0.69:80": DELAYED % "Network_is_unreachable",
    "127.0.0.70:80": DELAYED % "Connection_refused",
    "127.0.0.71:80": DELAYED % "Connection_refused",
    "10.67.0.1:80": IMMEDIATE % ("Permission_denied", "10.67.0.1:80"),
    "10.67.0.2:80": IMMEDIATE % ("No_route_to_host", "10.67.0.2:80"),
    "10.67.0.3:80": IMMEDIATE % ("Invalid_argument", "10.67.0.3:80"),
    "203.0.113.1:80": IMMEDIATE % ("Network_is_unreachable", "203.0.113.1:80"),
}
BOUND = RESET % "local_connection_failure|failed_to_bind_to_10.98.0.77:0:_Cannot_assign_requested_address"


def probe(prober, folder, text):
    file = Path(folder) / "prober.yaml"
    file.write_text(text)
    done = subprocess.run([prober, "--once", "--format", "json", "-c", str(file)], capture_output=True, text=True, timeout=60)
    return json.loads(done.stdout)["routes"]


def routes(addresses):
    return "".join(f"- {{name: '{one}', from: 'https://x.example.com', to: 'http://{one}'}}\n" for one in addresses)


def inside(prober):
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["nft", "-f", "-"], input=RULES, text=True, check=True)
    for kind, address in ROUTES.items():
        subprocess.run(["ip", "route", "add", kind, f"{address}/32"], check=True)
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        head = "proxy: {connect_timeout: 1s}\n"
        got = probe(prober, folder, head + "routes:\n" + routes(CASES))
        bound = probe(prober, folder, head + "envoy_bind_config_source_address: 10.98.0.77\nroutes:\n" + routes(["127.0.0.1:1"]))
    wanted = [*CASES.values(), BOUND]
    for route, details in zip([*got, *bound], wanted, strict=True):
        one = route["predictions"][0]
        found = (one["status"], one["response_flags"], one["details"])
        if found != (503, "UF", details):
            failed += 1
            print(f"FAILED {route['name']}: {found}, not {(503, 'UF', details)}")
    print(f"{len(wanted) - failed} passed, {failed} failed")
    return 1 if failed else 0


def main():
    prober = os.path.abspath(sys.argv[1])
    if len(sys.argv) > 2:
        return inside(prober)
    namespace = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--net"]
    if subprocess.run([*namespace, "nft", "list", "tables"], capture_output=True).returncode != 0:
        print(f"SKIPPED: no network namespace can be made here: {', '.join(CASES)}, and the bind address")
        return 1 if os.environ.get("CI") else 77
    return subprocess.run([*namespace, sys.executable, __file__, prober, "inside"]).returncode


if __name__ == "__main__":
    sys.exit(main())
