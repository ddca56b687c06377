"""Runs that know of other runs: --baseline, --only-changes, --retry-for and --lock, against an upstream that changes."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PATIENCE = 60


class Handler(BaseHTTPRequestHandler):
    status = 200
    bad_answers_left = 0
    seen = 0

    def answer(self):
        Handler.seen += 1
        status = Handler.status
        if Handler.bad_answers_left > 0:
            Handler.bad_answers_left -= 1
            status = 503
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    do_GET = answer
    do_POST = answer

    def log_message(self, *_):
        pass


class Bench:
    def __init__(self, prober, folder, port):
        self.prober, self.folder, self.port = prober, Path(folder), port
        self.configure("web")

    def configure(self, *names, probe="{}", port=None):
        routes = "".join(
            f"- {{name: {name}, from: 'https://{name}.example.com', to: 'http://127.0.0.1:{port or self.port}', probe: {probe}}}\n" for name in names
        )
        (self.folder / "prober.yaml").write_text("routes:\n" + routes)

    def start(self, *args):
        return subprocess.Popen([self.prober, "--once", *args], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, *args):
        process = self.start(*args)
        out, err = process.communicate(timeout=PATIENCE)
        return process.returncode, out, err

    def state(self, name="state.json"):
        return json.loads((self.folder / name).read_text())


def check(condition, *what):
    if not condition:
        raise AssertionError(" ".join(map(str, what)))


def own_state(bench):
    """One line of a crontab that keeps its own state: only what changes is told, and only that fails."""
    line = ("--baseline", "state.json", "--format", "json=state.json", "--format", "human", "--only-changes")
    code, out, err = bench.run(*line)
    check(code == 0 and "is not there: every problem counts as new" in err, "first run:", code, out, err)
    started = bench.state()["started_at"]
    check(bench.state()["baseline"] == {**dict.fromkeys(("new", "changed", "still_broken", "fixed", "unknown"), 0), "file": "state.json", "started_at": None, "gone": []}, bench.state()["baseline"])
    check(bench.run(*line) == (0, "", ""), "a sound route that stays sound says nothing")
    check(bench.state()["baseline"]["started_at"] >= started, "the state is the last run's")

    Handler.status = 500
    code, out, err = bench.run(*line)
    check(code == 1 and "new, was healthy" in out and "1 new" in out and not err, "broken:", code, out, err)
    broke = bench.state()["started_at"]
    check(bench.state()["routes"][0]["change"] == "new", bench.state())
    check(bench.run(*line) == (0, "", ""), "still broken is no news")
    route = bench.state()["routes"][0]
    check((route["change"], route["since"], route["state"]) == ("still_broken", broke, "failing"), route)
    code, out, _ = bench.run(*line[:-1])
    check(code == 0 and f"still the same, since {broke}" in out and "why" not in out, "in one line:", code, out)

    Handler.status = 502
    code, out, _ = bench.run(*line)
    check(code == 1 and "new, was failing: 500 via_upstream" in out, "another error:", code, out)
    Handler.status = 200
    code, out, _ = bench.run(*line)
    check(code == 0 and "fixed, was failing: 502 via_upstream" in out, "fixed:", code, out)
    check(bench.state()["routes"][0]["since"] is None, bench.state())

    bench.configure("web", "second")
    check(bench.run(*line) == (0, "", ""), "a new route that is sound says nothing")
    bench.configure("second")
    code, out, _ = bench.run(*line)
    check(code == 0 and "1 gone (web)" in out, "a route that is gone:", code, out)
    bench.configure("web")


def unfinished_hands_on(bench):
    """A run that could not find out does not make the next one forget."""
    Handler.status = 500
    bench.run("--format", "json=state.json")
    broke = bench.state()["started_at"]
    line = ("--baseline", "state.json", "--format", "json=state.json")
    code, _, _ = bench.run(*line, "--timeout", "1us")
    route = bench.state()["routes"][0]
    check(code == 1 and (route["state"], route["change"], route["since"]) == ("unknown", "unknown", broke), code, route)
    check(bench.state()["ended_early"] == "the run ended after --timeout 1 us", bench.state())
    code, _, _ = bench.run(*line)
    route = bench.state()["routes"][0]
    check(code == 0 and (route["change"], route["since"]) == ("still_broken", broke), code, route)
    check("ended_early" not in bench.state(), bench.state())


def retries(bench):
    Handler.bad_answers_left = 2
    code, out, err = bench.run("--retry-for", f"{PATIENCE}s")
    check(code == 0 and "in round 3, at first failing: 503 via_upstream" in out and "3 rounds" in out, "retried:", code, out, err)
    check("round 2 after" in err and "probing 1 of 1 routes again: web" in err, err)
    Handler.bad_answers_left = 1
    code, out, _ = bench.run("--retry-for", f"{PATIENCE}s", "--format", "json")
    document = json.loads(out)
    route = document["routes"][0]
    check(document["retry"] == {"for_s": float(PATIENCE), "rounds": 2}, document["retry"])
    check((route["rounds"], route["first"]) == (2, {"state": "failing", "problems": ["503 via_upstream"]}), route)

    code, out, err = bench.run("--retry-for", f"{PATIENCE}s")
    check((code, err) == (0, "") and "round" not in out, "a sound route is probed once:", out, err)

    Handler.status = 500
    code, out, err = bench.run("--retry-for", "50ms")
    check(code == 1 and "in round 2 as in the first" in out, "a last look when the time is over:", out, err)
    code, out, err = bench.run("--retry-for", f"{PATIENCE}s", "--timeout", "300ms")
    check(code == 1 and "FAILING" in out and "UNKNOWN" not in out, "--timeout keeps what is known:", out, err)
    check("; the run ended after --timeout 300 ms" in out, "it is not said that --timeout ended the run:", out)
    bench.run("--format", "json=known.json")
    code, _, err = bench.run("--baseline", "known.json", "--retry-for", f"{PATIENCE}s")
    check((code, err) == (0, ""), "a known problem is not waited for:", code, err)

    bench.configure("web", probe="{method: POST}")
    before = Handler.seen
    code, out, err = bench.run("--retry-for", "50ms")
    check(code == 1 and Handler.seen == before + 1 and not err, "a POST is sent once:", Handler.seen - before, err)
    bench.configure("web")


def signals_between_rounds(bench):
    Handler.status = 500
    for number in (signal.SIGINT, signal.SIGTERM):
        process = bench.start("--retry-for", f"{PATIENCE}s", "-o", "out.txt")
        check("round 2" in process.stderr.readline(), "no second round")
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE)
        text = (bench.folder / "out.txt").read_text()
        check(process.returncode == 130 and "FAILING" in text, number, process.returncode, text, err)
    left = {path.name for path in bench.folder.iterdir() if path.name.startswith("out.txt")}
    check(left == {"out.txt"}, "left behind:", left)


def signals_around_the_run(bench):
    """A signal while targets are still opened, and one while reports are written already, leaves no part of a file."""
    bench.configure(*(f"web{i}" for i in range(100)), port=1)  # nobody listens there
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)  # as nohup has it; the program would inherit that
        # It waits for a reader of the second FIFO: the first is open by then, and the file was before that.
        fifos = [str(bench.folder / name) for name in ("first", "second")]
        for path in fifos:
            os.mkfifo(path)
        process = bench.start("--format", "json=out.json", *(word for path in fifos for word in ("--format", f"tap={path}")))
        with open(fifos[0], "rb"):
            check(len(list(bench.folder.glob("out.json*"))) == 1, "the file is not made first")
            process.send_signal(number)
            process.communicate(timeout=PATIENCE)
        check(process.returncode == -number, number, "while opening:", process.returncode)
        check(not list(bench.folder.glob("out.json*")), "left behind while opening")
        # The reader has seen the first byte of more than a pipe takes.
        process = bench.start("--format", f"html={fifos[0]}", "--format", "json=out.json")
        with open(fifos[0], "rb", buffering=0) as reader:
            check(reader.read(1) == b"<", "no page")
            process.send_signal(number)
            process.communicate(timeout=PATIENCE)
        check(process.returncode == -number, number, "while writing:", process.returncode)
        check(not list(bench.folder.glob("out.json*")), "left behind while writing")
        for path in fifos:
            os.unlink(path)
    check(len(bench.run("--format", "html")[1]) > 1 << 17, "a pipe takes the page")


def locks(bench):
    path = bench.folder / "lock"
    code, _, err = bench.run("--lock", "lock")
    check((code, err) == (0, "") and path.exists(), "the lock is taken and stays:", code, err)
    with path.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        before = Handler.seen
        code, out, err = bench.run("--lock", "lock", "-o", "untouched.txt")
        check(code == 4 and "holds the lock lock; nothing was probed" in err, code, out, err)
        check(Handler.seen == before and not (bench.folder / "untouched.txt").exists(), "it probed nevertheless")
    check(bench.run("--lock", "lock")[0] == 0, "free again")
    Handler.status = 500
    first = bench.start("--lock", "lock", "--retry-for", f"{PATIENCE}s")
    first.stderr.readline()
    code, _, err = bench.run("--lock", "lock")
    check(code == 4 and f"another run (process {first.pid}) holds" in err, code, err)
    first.kill()
    first.communicate()
    Handler.status = 200
    check(bench.run("--lock", "lock")[0] == 0, "a killed run leaves no lock")
    (bench.folder / "precious.txt").write_text("do not touch\n")
    check(bench.run("--lock", "precious.txt")[0] == 0, "any file can be locked")
    check((bench.folder / "precious.txt").read_text() == "do not touch\n", "its content stays")


def streams(bench):
    """Standard output that goes away: no message, no corrupted file."""
    process = bench.start("-v")
    process.stdout.close()
    err = process.stderr.read()
    check((process.wait(PATIENCE), err) == (0, ""), "a closed pipe:", err)
    for command in (["--once"], ["--version"], ["help", "once"], ["explain", "no_healthy_upstream"], ["check"]):
        line = " ".join([bench.prober, *command])
        done = subprocess.run(["sh", "-c", f"{line} >&-"], cwd=bench.folder, capture_output=True, text=True, timeout=PATIENCE)
        check(done.returncode == 4 and "standard output" in done.stderr, "closed:", command, done)
        done = subprocess.run(["sh", "-c", f"{line} >/dev/full"], cwd=bench.folder, capture_output=True, text=True, timeout=PATIENCE)
        check(done.returncode == 4 and "No space left" in done.stderr, "full:", command, done)


def main():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for part in (own_state, unfinished_hands_on, retries, signals_between_rounds, signals_around_the_run, locks, streams):
        with tempfile.TemporaryDirectory() as folder:
            Handler.status = 200
            begun = time.monotonic()
            part(Bench(os.path.abspath(sys.argv[1]), folder, server.server_address[1]))
            print(f"{part.__name__}: ok ({time.monotonic() - begun:.1f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
