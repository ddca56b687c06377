"""Holds prober beside a raw client, in one run on one machine.

Client on one core, target on the other; the runs are interleaved and the least of each is taken, since
everything else on the machine only adds. CPU is user + system time of the client process, start-up included."""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIMITS = {"plain": 2.3, "tls": 1.5, "memory_mb": 60, "growth": 1.25}
NAME = "bench.test"


def address(number):
    return f"127.{1 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"


def configuration(path, count, port, tls_ca, concurrency):
    scheme = "https" if tls_ca else "http"
    with open(path, "w") as out:
        out.write(f"probe: {{concurrency: {concurrency}}}\nroutes:\n")
        for i in range(count):
            tls = f", tls_custom_ca_file: {tls_ca}, tls_upstream_server_name: {NAME}" if tls_ca else ""
            out.write(f"- {{name: r{i}, from: 'https://r{i}.example.com', to: '{scheme}://{address(i)}:{port}'{tls}}}\n")


def measure(command):
    """Runs it on the second core: CPU seconds, wall seconds, peak memory in MB."""
    begun = time.perf_counter()
    process = subprocess.Popen(["taskset", "-c", "1", *command], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024


def certificates(folder):
    run = lambda *words: subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=folder)
    run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-keyout", "ca.key",
        "-out", "ca.pem", "-subj", "/CN=Bench CA")  # fmt: skip
    run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "leaf.key", "-out", "leaf.csr",
        "-subj", f"/CN={NAME}")  # fmt: skip
    (Path(folder) / "leaf.ext").write_text(f"subjectAltName=DNS:{NAME}\n")
    run("x509", "-req", "-in", "leaf.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30", "-extfile",
        "leaf.ext", "-out", "leaf.pem")  # fmt: skip


def least(runs):
    return [min(column) for column in zip(*runs, strict=True)]


def compare(options, folder, kind, count):
    """The least CPU of raw client and prober over interleaved runs of `count` probes, 100 in flight."""
    tls = [str(folder / "leaf.pem"), str(folder / "leaf.key")] if kind == "tls" else []
    ca = str(folder / "ca.pem") if tls else None
    config = str(folder / "prober.yaml")
    with subprocess.Popen(["taskset", "-c", "0", str(options.build / "bench_target"), *tls], stdout=subprocess.PIPE, text=True) as target:
        try:
            port = target.stdout.readline().strip()
            configuration(config, count, port, ca, 100)
            raw, ours = [], []
            for _ in range(options.runs):
                raw.append(measure([str(options.build / "bench_raw_client"), port, str(count), "100", *([ca, NAME] if ca else [])]))
                ours.append(measure([str(options.prober), "--once", "--quiet", "-c", config]))
            configuration(config, count, port, ca, 1024)
            whole = least([measure([str(options.prober), "--once", "--quiet", "-c", config]) for _ in range(2)])
        finally:
            target.terminate()
    return least(raw), least(ours), whole


# Routes, bytes of each: seconds and peak MB of `prober check`, start-up included.
LOADING = ((10_000, 100, 0.3, 20), (10_000, 300, 0.6, 30), (200_000, 300, 10, None))


def big_file(path, count, size):
    with open(path, "w") as out:
        out.write("routes:\n")
        for i in range(count):
            line = f"- {{name: r{i}, from: 'https://r{i}.example.com', to: 'http://10.{i >> 16}.{i >> 8 & 255}.{i & 255}:80'"
            rest = size - len(line) - 2
            line += f", description: {'x' * (rest - 15)}" if rest > 16 else ""
            out.write(line + "}\n")


def loading(options, folder):
    """How long reading and checking a big file takes, the least of the runs, against the limits."""
    problems = []
    for count, size, seconds, memory in LOADING:
        path = folder / "big.yaml"
        big_file(path, count, size)
        _, wall, peak = least([measure([str(options.prober), "check", "-c", str(path)]) for _ in range(options.runs if count < 100_000 else 1)])
        print(f"check {count:>7,} routes, {path.stat().st_size / 1e6:5.1f} MB: {wall:.2f} s, {peak:.1f} MB")
        if wall > seconds or (memory and peak > memory):
            problems.append(f"check of {count} routes of {size} bytes: {wall:.2f} s and {peak:.1f} MB, at most {seconds} s and {memory} MB")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, default=Path("build/release"), help="where bench_target and bench_raw_client are")
    parser.add_argument("--prober", type=Path, help="the binary (default: the build's)")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--check", action="store_true", help="exit 1 beyond the limits")
    options = parser.parse_args()
    options.prober = options.prober or options.build / "prober"
    problems = []
    per_probe = {}
    print(f"{'':18}{'raw':>10}{'prober':>10}{'ratio':>8}{'wall':>9}{'memory':>10}   (CPU us a probe; wall and peak memory at 1,024 in flight)")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        problems += loading(options, folder)
        certificates(folder)
        for kind, counts in (("plain", (1000, 10000)), ("tls", (1000,))):
            for count in counts:
                raw, ours, whole = compare(options, folder, kind, count)
                ratio = ours[0] / raw[0]
                per_probe[kind, count] = ours[0] / count
                print(f"{kind:6}{count:>8,}    {raw[0] / count * 1e6:10.1f}{ours[0] / count * 1e6:10.1f}{ratio:8.2f}{whole[1]:8.2f}s{whole[2]:8.1f}MB")
                if count == max(counts) and ratio > LIMITS[kind]:
                    problems.append(f"{kind}: {ratio:.2f} x the raw client, at most {LIMITS[kind]}")
                if kind == "plain" and whole[2] > LIMITS["memory_mb"]:
                    problems.append(f"{kind} {count}: {whole[2]:.1f} MB, at most {LIMITS['memory_mb']}")
    growth = per_probe["plain", 10000] / per_probe["plain", 1000]
    print(f"growth of the cost per probe from 1,000 to 10,000: {growth:.2f}")
    if growth > LIMITS["growth"]:
        problems.append(f"the cost per probe grows {growth:.2f} times")
    print("a report of 10,000 routes in each format:", flush=True)
    if subprocess.run([str(options.build / "bench_formats")], check=False).returncode != 0:
        problems.append("a format takes a second or more")
    print("\n".join(problems))
    return 1 if problems and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
