"""Does prober read /etc/hosts as the c-ares inside a real Envoy does?

Both look the same names up in a mount namespace with another /etc/hosts, for each lookup family, and beside a DNS
server that has an address for every name. Envoy's answer is the list of hosts on its admin page. Some files are written
out, the others are random with a fixed seed.

    python3 hosts_test.py --prober build/dev/prober --venv .venv/envoy-1.38.2

Where no such namespace or no Envoy can be had the test is skipped, which in CI is a failure.
"""

import argparse
import json
import os
import random
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

SKIPPED = 77
START_S = 60
FAMILIES = ("V4_PREFERRED", "V4_ONLY", "V6_ONLY", "AUTO", "ALL")
DNS_V4, DNS_V6 = "127.1.0.200", "::ffff:127.1.0.201"

WRITTEN = [
    b"127.1.0.1 good.test\n127.1.0.1 two.test\n127.1.0.2 two.test\n",
    b"127.1.0.1 a.test\n127.1.0.2 b.test\n127.1.0.1 b.test c.test\n127.1.0.3 c.test\n",
    b"127.1.0.1 a.test\n::1 a.test\n127.1.0.2 a.test#x b.test\n127.1.0.3 b.test # c.test\n127.1.0.4 c.test\n",
    b"127.1.0.1 a_b.test a*b.test \xff.test c.test\n127.1.0.2 " + b"x" * 300 + b" b.test\n127.1.0.3 ok.test " + b"y" * 300
    + b" d.test\n  127.1.0.4\td.test\r\n127.1.0.5 f.test",
    b"127.001.0.1 a.test\n127.1 b.test\n::ffff:127.1.0.3 c.test\nfe80::1%lo d.test\n127.1.0.5\n127.1.0.6 f.test\n",
    b"127.1.0.5 a.test\n::1 b.test\n127.1.0.7 c.test\n::1 d.test c.test\n",
    b"127.0.0.1 localhost\n::1 localhost ip6-localhost\n127.1.0.5 a.localhost\n::7 c.localhost\n",
]  # fmt: skip
NAMES = ["a.test", "b.test", "c.test", "d.test", "good.test", "two.test", "f.test", "ok.test", "a_b.test", "ip6-localhost",
         "a.localhost", "b.localhost", "c.localhost", "d.localhost.", "x.onion"]  # fmt: skip


def random_file(chance):
    addresses = [f"127.1.0.{i}" for i in range(1, 7)] + ["::1", "::ffff:127.1.0.9"]
    names = ["a.test", "b.test", "c.test", "d.test", "f.test", "A.TEST", "a.localhost"]
    lines = (
        f"{chance.choice(addresses)} {' '.join(chance.sample(names, chance.randint(1, 3)))}" for _ in range(chance.randint(3, 9))
    )
    return ("\n".join(lines) + "\n").encode()


class Dns(threading.Thread):
    """An A and an AAAA record for every name."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]

    def run(self):
        records = {1: socket.inet_aton(DNS_V4), 28: socket.inet_pton(socket.AF_INET6, DNS_V6)}
        while True:
            query, peer = self.socket.recvfrom(2000)
            end = query.index(b"\0", 12) + 5
            kind = struct.unpack("!H", query[end - 4 : end - 2])[0]
            answer = records.get(kind)
            head = query[:2] + struct.pack("!HHHHH", 0x8180, 1, 1 if answer else 0, 0, 0) + query[12:end]
            record = b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(answer)) + answer if answer else b""
            self.socket.sendto(head + record, peer)


def lookups():
    return [(name, family) for name in NAMES for family in FAMILIES]


def cluster(index, name, family, dns_port):
    kind = "type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig"
    return {
        "name": str(index),
        "type": "STRICT_DNS",
        "connect_timeout": "1s",
        "dns_lookup_family": family,
        "typed_dns_resolver_config": {
            "name": "envoy.network.dns_resolver.cares",
            "typed_config": {"@type": kind, "resolvers": [{"socket_address": {"address": "127.0.0.1", "port_value": dns_port}}]},
        },
        "load_assignment": {
            "cluster_name": str(index),
            "endpoints": [
                {"lb_endpoints": [{"endpoint": {"address": {"socket_address": {"address": name, "port_value": 9}}}}]}
            ],
        },
    }


def get(address, path):
    return urllib.request.urlopen(f"http://{address}{path}", timeout=10).read()


def hosts_of_envoy(binary, folder, dns_port):
    config = folder / "envoy.json"
    listen = {"socket_address": {"address": "127.0.0.1", "port_value": 0}}
    clusters = [cluster(i, *one, dns_port) for i, one in enumerate(lookups())]
    config.write_text(json.dumps({"admin": {"address": listen}, "static_resources": {"clusters": clusters}}))
    admin = folder / "admin"
    admin.unlink(missing_ok=True)
    flags = ["--concurrency", "1", "--disable-hot-restart", "-l", "error"]
    process = subprocess.Popen([binary, "-c", config, "--admin-address-path", admin, *flags])
    try:
        deadline = time.monotonic() + START_S
        while not (admin.exists() and admin.read_text() and get(admin.read_text(), "/server_info").find(b'"LIVE"') > 0):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("Envoy did not start")
            time.sleep(0.02)  # Envoy tells nobody when it is ready; the deadline decides
        status = json.loads(get(admin.read_text(), "/clusters?format=json"))["cluster_statuses"]
    finally:
        process.kill()
        process.wait()
    hosts = {
        one["name"]: sorted(host["address"]["socket_address"]["address"] for host in one.get("host_statuses", []))
        for one in status
    }
    return [hosts.get(str(i), []) for i in range(len(lookups()))]


def hosts_of_prober(prober, folder, version, dns_port):
    """The lookup family is a setting of all of Pomerium, so that there is one run for each."""
    found = {}
    for family in FAMILIES:
        text = f"proxy: {{envoy: '{version}'}}\ndns_resolvers: ['udp://127.0.0.1:{dns_port}']\n"
        text += f"dns_lookup_family: {family}\nroutes:\n"
        text += "".join(f"- {{name: '{name}', from: 'https://{i}.example.com', to: 'http://{name}:9'}}\n" for i, name in enumerate(NAMES))
        config = folder / "prober.yaml"
        config.write_text(text)
        done = subprocess.run([prober, "--once", "--format", "json", "-c", config], capture_output=True, text=True, timeout=120)
        try:
            routes = json.loads(done.stdout)["routes"]
        except ValueError as error:
            raise RuntimeError(f"prober: {done.stderr}") from error
        found |= {(route["name"], family): sorted(route["dns"]["addresses"]) for route in routes}
    return [found[one] for one in lookups()]


def compare(prober, binary, version, folder, dns_port, hosts):
    Path(folder / "hosts").write_bytes(hosts)
    subprocess.run(["mount", "--bind", folder / "hosts", "/etc/hosts"], check=True)
    try:
        theirs = hosts_of_envoy(binary, folder, dns_port)
        ours = hosts_of_prober(prober, folder, version, dns_port)
    finally:
        subprocess.run(["umount", "/etc/hosts"], check=True)
    bad = [
        f"{name} {family}: Envoy has {there}, prober {here}"
        for (name, family), there, here in zip(lookups(), theirs, ours, strict=True)
        if there != here
    ]
    if bad:
        print(f"/etc/hosts is {hosts!r}:")
        print("\n".join(f"  {line}" for line in bad))
    return not bad


def inside(prober, binary, version, files, seed):
    chance = random.Random(seed)
    layouts = WRITTEN + [random_file(chance) for _ in range(files)]
    dns = Dns()
    dns.start()
    with tempfile.TemporaryDirectory() as folder:
        sound = [compare(prober, binary, version, Path(folder), dns.port, hosts) for hosts in layouts]
    print(f"{sum(sound)}/{len(sound)} hosts files read as by Envoy {version}, {len(lookups())} lookups each")
    return 0 if all(sound) else 1


def skip(why):
    print(f"SKIPPED: {why}")
    return 1 if os.environ.get("CI") else SKIPPED


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--prober", required=True)
    options.add_argument("--venv", required=True)
    options.add_argument("--files", type=int, default=6, help="random ones")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--inside", action="store_true")
    args = options.parse_args()
    binary = next(Path(args.venv).glob("lib/python3*/site-packages/envoy/_bin/envoy"), None)
    if binary is None:
        return skip(f"no Envoy in {args.venv}")
    version = ".".join(Path(args.venv).name.removeprefix("envoy-").split(".")[:2])
    if args.inside:
        return inside(args.prober, binary, version, args.files, args.seed)
    namespace = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
    if subprocess.run([*namespace, "true"], capture_output=True).returncode != 0:
        return skip("no mount namespace can be made here")
    return subprocess.run([*namespace, sys.executable, __file__, *sys.argv[1:], "--inside"]).returncode


if __name__ == "__main__":
    sys.exit(main())
