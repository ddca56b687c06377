"""Does prober find the addresses of a name as the c-ares inside a real Envoy does?

Both look the same names up in namespaces of their own with another /etc/hosts, resolv.conf and nsswitch.conf, for each
lookup family, and with DNS servers that answer each name in another way. Envoy's answer is the list of hosts on its admin
page. Some files are written out, random ones of /etc/hosts have a fixed seed.

    python3 resolver_test.py --prober build/dev/prober --venv .venv/envoy-1.38.2

Where no such namespaces or no Envoy can be had the test is skipped, which in CI is a failure.
"""

import argparse
import dataclasses
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


@dataclasses.dataclass(frozen=True)
class Machine:
    """The files and variables that say how names are looked for."""

    hosts: bytes = b"127.0.0.1 localhost\n"
    resolv: str = "nameserver 127.0.0.1\n"
    nsswitch: str = "hosts: files dns\n"
    variables: dict = dataclasses.field(default_factory=dict)

    def differs(self):
        """What a report of a failure shows."""
        plain = Machine()
        pairs = ((name, getattr(self, name), getattr(plain, name)) for name in ("hosts", "resolv", "nsswitch", "variables"))
        return ", ".join(f"{name} {value!r}" for name, value, other in pairs if value != other) or "plain files"


HOSTS = [
    b"127.1.0.1 good.test\n127.1.0.1 two.test\n127.1.0.2 two.test\n",
    b"127.1.0.1 a.test\n127.1.0.2 b.test\n127.1.0.1 b.test c.test\n127.1.0.3 c.test\n",
    b"127.1.0.1 a.test\n::1 a.test\n127.1.0.2 a.test#x b.test\n127.1.0.3 b.test # c.test\n127.1.0.4 c.test\n",
    b"127.1.0.1 a_b.test a*b.test \xff.test c.test\n127.1.0.2 " + b"x" * 300 + b" b.test\n127.1.0.3 ok.test " + b"y" * 300
    + b" d.test\n  127.1.0.4\td.test\r\n127.1.0.5 f.test",
    b"127.001.0.1 a.test\n127.1 b.test\n::ffff:127.1.0.3 c.test\nfe80::1%lo d.test\n127.1.0.5\n127.1.0.6 f.test\n",
    b"127.1.0.5 a.test\n::1 b.test\n127.1.0.7 c.test\n::1 d.test c.test\n",
    b"127.0.0.1 localhost\n::1 localhost ip6-localhost\n127.1.0.5 a.localhost\n::7 c.localhost\n",
]  # fmt: skip
HOST_NAMES = ["a.test", "b.test", "c.test", "d.test", "good.test", "two.test", "f.test", "ok.test", "a_b.test",
              "ip6-localhost", "a.localhost", "b.localhost", "c.localhost", "d.localhost.", "x.onion", "127.1.0.08"]  # fmt: skip

SEARCH = "nameserver 127.0.0.1\nsearch corp.test second.test\n"
MACHINES = [
    Machine(resolv=text)
    for text in (
        "",
        SEARCH,
        SEARCH + "options ndots:0\n",
        SEARCH + "options timeout:1 ndots:5 rotate edns0 trust-ad\n",
        SEARCH + "options use-vc\n",
        SEARCH + "search second.test\n",
        SEARCH + "domain second.test\n",
        "domain corp.test\nnameserver 127.0.0.1\n",
        "nameserver 127.0.0.1\nsearch corp.test,second.test\n",
        "nameserver 127.0.0.1 # x\nsearch corp.test corp.test . second.test # x\n",
        "nameserver\t127.0.0.1\nsearch\tcorp.test\n",
        "nameserver 127.0.0.1\nsearch corp.test\tsecond.test\n",
        "; c\n# d\n nameserver 127.0.0.1\n  search corp.test\n",
        "nameserver 127.0.0.1\nsearch a.test b.test c.test d.test e.test f.test corp.test second.test\n",
        "nameserver 127.0.0.9\n" + SEARCH,  # nobody listens there
        "nameserver 127.0.0.2\n" + SEARCH,
        "nameserver 127.0.0.3\n" + SEARCH,
        "nameserver 127.0.0.4\n" + SEARCH,
    )
] + [
    Machine(resolv=SEARCH, nsswitch=text, hosts=b"127.1.1.200 x7 only-file\n")
    for text in (
        "hosts: dns files\n",
        "hosts: files\n",
        "hosts: mymachines resolve [!UNAVAIL=return] files myhostname dns\n",
        "hosts: mdns4_minimal [NOTFOUND=return] dns\n",
        "hosts:\tdns\tfiles\n",
        "passwd: files\n# hosts: dns\n",
    )
] + [
    Machine(resolv=SEARCH + "lookup bind file\n", nsswitch="", hosts=b"127.1.1.200 x7 only-file\n"),
    Machine(variables={"LOCALDOMAIN": "corp.test second.test"}),
    Machine(resolv=SEARCH, variables={"LOCALDOMAIN": "second.test", "RES_OPTIONS": "ndots:3"}),
]  # fmt: skip

# What the DNS server at 127.0.0.1 does with a name; any other one does not exist. A number ends the address.
ZONE = {
    "x1.corp.test": "servfail", "x1": 1, "x2.second.test": 2, "x3.corp.test": "nodata", "x3.second.test": 3,
    "x4": "servfail", "x4.corp.test": 4, "x5.corp.test": "refused", "x5.second.test": 5, "x6.sub.corp.test": 6,
    "x7": 7, "x7.corp.test": 8, "x8.sub": "servfail", "x8.sub.corp.test": 9, "x9": "cname",
    "x10.corp.test": "cname-alone", "x10.second.test": 10, "x11.corp.test": "formerr", "x11.second.test": 11,
    "x12.corp.test": "notimp", "x12.second.test": 12, "x13": "refused", "x13.second.test": 13, "x14": "other-name",
    "x15": "both", "x16": "truncated", "x17": "many", "x18": "no-a", "x19.a.b": 14, "x19.a.b.corp.test": 15,
}  # fmt: skip
DNS_NAMES = [*(f"x{i}" for i in (1, 2, 3, 4, 5, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20)), "x6.sub", "x7.", "x8.sub",
             "x19.a.b", "only-file"]  # fmt: skip
RCODES = {"formerr": 1, "servfail": 2, "absent": 3, "notimp": 4, "refused": 5}


def name_bytes(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def record(kind, data, owner=b"\xc0\x0c"):
    return owner + struct.pack("!HHIH", kind, 1, 60, len(data)) + data


def a_record(number, owner=b"\xc0\x0c"):
    return record(1, bytes([127, 1, 1, number]), owner)


def aaaa_record(number):
    return record(28, socket.inet_pton(socket.AF_INET6, f"::ffff:127.1.9.{number}"))


def records(action, kind, tcp):
    """The answers for a question of type A (1) or AAAA (28)."""
    v4 = kind == 1
    if isinstance(action, int):
        return [a_record(action) if v4 else aaaa_record(action)]
    if action in ("cname", "cname-alone"):
        chain = [record(5, name_bytes("y.other"))]
        return chain + [a_record(50, name_bytes("y.other"))] if v4 and action == "cname" else chain
    if action == "both":
        return [a_record(51), aaaa_record(51)]
    if action == "no-a":
        return [] if v4 else [aaaa_record(52)]
    if not v4:
        return []
    if action == "other-name":
        return [a_record(53, name_bytes("z.other"))]
    if action == "many":
        return [a_record(100 + i % 24) for i in range(30)]
    return [a_record(54)] if action == "truncated" and tcp else []


class Dns:
    """Answers over UDP and TCP, by the zone or always in one way."""

    def __init__(self, address, always=None, port=53):
        self.always = always
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind((address, port))
        self.tcp = socket.create_server((address, port))
        for serve in (self.serve_udp, self.serve_tcp):
            threading.Thread(target=serve, daemon=True).start()

    def serve_udp(self):
        while True:
            query, peer = self.udp.recvfrom(4000)
            self.udp.sendto(self.answer(query, False), peer)

    def serve_tcp(self):
        while True:
            connection, _ = self.tcp.accept()
            threading.Thread(target=self.serve_connection, args=(connection,), daemon=True).start()

    def serve_connection(self, connection):
        with connection:
            while size := connection.recv(2):
                answer = self.answer(connection.recv(struct.unpack("!H", size)[0]), True)
                connection.sendall(struct.pack("!H", len(answer)) + answer)

    def answer(self, query, tcp):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1 : at + 1 + query[at]].decode("latin-1"))
            at += 1 + query[at]
        kind = struct.unpack("!H", query[at + 1 : at + 3])[0]
        action = self.always or ZONE.get(".".join(labels).lower(), "absent")
        found = [] if action in RCODES else records(action, kind, tcp)
        cut = 0x200 if action == "truncated" and not tcp else 0
        head = struct.pack("!HHHHH", 0x8180 | cut | RCODES.get(action, 0), 1, len(found), 0, 0)
        return query[:2] + head + query[12 : at + 5] + b"".join(found)


def random_hosts(chance):
    addresses = [f"127.1.0.{i}" for i in range(1, 7)] + ["::1", "::ffff:127.1.0.9"]
    names = ["a.test", "b.test", "c.test", "d.test", "f.test", "A.TEST", "a.localhost"]
    lines = (
        f"{chance.choice(addresses)} {' '.join(chance.sample(names, chance.randint(1, 3)))}" for _ in range(chance.randint(3, 9))
    )
    return ("\n".join(lines) + "\n").encode()


def cluster(index, name, family):
    kind = "type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig"
    return {
        "name": str(index),
        "type": "STRICT_DNS",
        "connect_timeout": "1s",
        "dns_lookup_family": family,
        "typed_dns_resolver_config": {
            "name": "envoy.network.dns_resolver.cares",
            "typed_config": {"@type": kind, "query_timeout_seconds": 1, "query_tries": 2, "udp_max_queries": 100},
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


def addresses_of_envoy(binary, folder, lookups, environment):
    config = folder / "envoy.json"
    listen = {"socket_address": {"address": "127.0.0.1", "port_value": 0}}
    clusters = [cluster(i, *one) for i, one in enumerate(lookups)]
    config.write_text(json.dumps({"admin": {"address": listen}, "static_resources": {"clusters": clusters}}))
    admin = folder / "admin"
    admin.unlink(missing_ok=True)
    flags = ["--concurrency", "1", "--disable-hot-restart", "-l", "error"]
    process = subprocess.Popen([binary, "-c", config, "--admin-address-path", admin, *flags], env=environment)
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
    return [hosts.get(str(i), []) for i in range(len(lookups))]


def addresses_of_prober(prober, folder, version, lookups, environment):
    """The lookup family is a setting of all of Pomerium, so that there is one run for each."""
    found = {}
    names = dict.fromkeys(name for name, _ in lookups)
    for family in FAMILIES:
        text = f"proxy: {{envoy: '{version}'}}\ndns_query_timeout: 1s\ndns_query_tries: 2\n"
        text += f"dns_lookup_family: {family}\nroutes:\n"
        for i, name in enumerate(names):
            text += f"- {{name: '{name}', from: 'https://{i}.example.com', to: 'http://{name}:9'}}\n"
        config = folder / "prober.yaml"
        config.write_text(text)
        done = subprocess.run(
            [prober, "--once", "--format", "json", "-c", config], capture_output=True, text=True, timeout=120, env=environment
        )
        try:
            routes = json.loads(done.stdout)["routes"]
        except ValueError as error:
            raise RuntimeError(f"prober: {done.stderr}") from error
        found |= {(route["name"], family): sorted(route["dns"]["addresses"]) for route in routes}
    return [found[one] for one in lookups]


def compare(prober, binary, version, folder, machine, names):
    files = {"/etc/hosts": machine.hosts, "/etc/resolv.conf": machine.resolv.encode(),
             "/etc/nsswitch.conf": machine.nsswitch.encode()}  # fmt: skip
    lookups = [(name, family) for name in names for family in FAMILIES]
    environment = {**os.environ, **machine.variables}
    for place, content in files.items():
        ours = folder / Path(place).name
        ours.write_bytes(content)
        subprocess.run(["mount", "--bind", ours, place], check=True)
    try:
        theirs = addresses_of_envoy(binary, folder, lookups, environment)
        ours = addresses_of_prober(prober, folder, version, lookups, environment)
    finally:
        for place in files:
            subprocess.run(["umount", place], check=True)
    bad = [
        f"{name} {family}: Envoy has {there}, prober {here}"
        for (name, family), there, here in zip(lookups, theirs, ours, strict=True)
        if there != here
    ]
    if bad:
        print(f"{machine.differs()}:")
        print("\n".join(f"  {line}" for line in bad))
    return not bad


def inside(prober, binary, version, files, seed):
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    servers = [Dns("127.0.0.1"), Dns("127.0.0.2", "servfail"), Dns("127.0.0.3", "refused"), Dns("127.0.0.4", "absent")]
    chance = random.Random(seed)
    hosts = HOSTS + [random_hosts(chance) for _ in range(files)]
    cases = [(Machine(hosts=text), HOST_NAMES) for text in hosts] + [(machine, DNS_NAMES) for machine in MACHINES]
    with tempfile.TemporaryDirectory() as folder:
        sound = [compare(prober, binary, version, Path(folder), *case) for case in cases]
    print(f"{sum(sound)}/{len(sound)} machines resolve as for Envoy {version}, {len(servers)} DNS servers")
    return 0 if all(sound) else 1


def skip(why):
    print(f"SKIPPED: {why}")
    return 1 if os.environ.get("CI") else SKIPPED


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--prober", required=True)
    options.add_argument("--venv", required=True)
    options.add_argument("--files", type=int, default=6, help="random ones of /etc/hosts")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--inside", action="store_true")
    args = options.parse_args()
    binary = next(Path(args.venv).glob("lib/python3*/site-packages/envoy/_bin/envoy"), None)
    if binary is None:
        return skip(f"no Envoy in {args.venv}")
    version = ".".join(Path(args.venv).name.removeprefix("envoy-").split(".")[:2])
    if args.inside:
        return inside(args.prober, binary, version, args.files, args.seed)
    spaces = ["--mount", "--net"] if os.geteuid() == 0 else ["--map-root-user", "--mount", "--net"]
    if subprocess.run(["unshare", *spaces, "true"], capture_output=True).returncode != 0:
        return skip("no mount and network namespaces can be made here")
    return subprocess.run(["unshare", *spaces, sys.executable, __file__, *sys.argv[1:], "--inside"]).returncode


if __name__ == "__main__":
    sys.exit(main())
