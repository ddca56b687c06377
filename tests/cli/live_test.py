"""What shows while a run is on: lines of jsonl as routes finish, the live line on a terminal, Ctrl-C.

An upstream of the test's own holds its answer back until the test has seen what it waits for, so nothing
here depends on how fast the machine is."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
from pathlib import Path

PATIENCE = 60  # seconds after which the test gives up


def check(holds, *what):
    if not holds:
        raise AssertionError(" ".join(map(str, what)))


class Held:
    """An upstream that takes a request and answers when told to."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(PATIENCE)
        self.port = self.listener.getsockname()[1]

    def answer(self, status="200 OK"):
        one, _ = self.listener.accept()
        with one:
            one.settimeout(PATIENCE)
            one.recv(65536)
            one.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())


def configuration(folder, held):
    path = Path(folder) / "prober.yaml"
    path.write_text(
        "routes:\n- {name: held, from: https://held.example.com, to: 'http://127.0.0.1:%d'}\n"
        "- {name: refused, from: https://refused.example.com, to: 'http://127.0.0.1:1'}\n" % held.port
    )
    return str(path)


def read_until(descriptor, wanted):
    text = b""
    while not re.search(wanted, text):
        ready, _, _ = select.select([descriptor], [], [], PATIENCE)
        check(ready, "nothing more after", text)
        try:
            part = os.read(descriptor, 65536)
        except OSError:  # the terminal's other end is closed
            part = b""
        check(part, "ended after", text)
        text += part
    return text


def lines_as_they_come(prober, folder):
    held = Held()
    command = [prober, "--once", "-c", configuration(folder, held), "--format", "jsonl"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        first = json.loads(process.stdout.readline())
        check(first["name"] == "refused" and process.poll() is None, "the first line is", first)
        held.answer()
        second = json.loads(process.stdout.readline())
        check(second["name"] == "held" and second["state"] == "healthy", "the second line is", second)
        check(process.stdout.read() == b"", "more lines than routes")
    check(process.returncode == 1, "code", process.returncode)


def lines_against_a_baseline(prober, folder):
    held = Held()
    command = [prober, "--once", "-c", configuration(folder, held), "--baseline", f"{folder}/known.json", "--format", "jsonl"]
    with subprocess.Popen([*command, "--format", f"json={folder}/known.json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        first = json.loads(process.stdout.readline())
        check((first["name"], first["change"]) == ("refused", "new") and process.poll() is None, "the first line is", first)
        held.answer()
        second = json.loads(process.stdout.read())
        check((second["name"], second["change"]) == ("held", None), "the second line is", second)
    for status, lines in (("200 OK", []), ("500 Broken", [("refused", "still_broken"), ("held", "new")])):
        with subprocess.Popen([*command, "--only-changes"], stdout=subprocess.PIPE) as process:
            held.answer(status)
            got = [json.loads(line) for line in process.stdout.read().splitlines()]
        check([(one["name"], one["change"]) for one in got] == lines, "--only-changes writes", got)


def lines_of_retries(prober, folder):
    """What is well in the first round is written then; the rest, here, when the run is interrupted."""
    held = Held()
    command = [prober, "--once", "-c", configuration(folder, held), "--retry-for", f"{PATIENCE}s", "--format", "jsonl"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        held.answer()
        first = json.loads(process.stdout.readline())
        check((first["name"], first["state"]) == ("held", "healthy") and process.poll() is None, "the first line is", first)
        check(b"round 2" in process.stderr.readline(), "no second round")
        process.send_signal(signal.SIGINT)
        second = json.loads(process.stdout.read())
        check((second["name"], second["state"]) == ("refused", "failing"), "the second line is", second)
    check(process.returncode == 130, "code", process.returncode)


def live_line(prober, folder, columns):
    """Returns what the terminal got until the line was there, and the report after Ctrl-C."""
    held = Held()
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    command = [prober, "--once", "-c", configuration(folder, held)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=slave, env={"TZ": "UTC", "LANG": "C.UTF-8"}) as process:
        os.close(slave)
        shown = read_until(master, rb"\r[^\r]*\x1b\[K").decode()
        process.send_signal(signal.SIGINT)
        report = process.stdout.read().decode()
    os.close(master)
    check(process.returncode == 130, "code", process.returncode)
    check(re.search(r"\? held  UNKNOWN\n  why    interrupted; waited for the answer of 127\.0\.0\.1:\d+\n", report), report)
    check("2 routes: 1 failing (refused), 1 unknown (held)" in report, report)
    line = shown.strip("\r").split("\r")[-1].replace("\x1b[K", "")
    check(len(line) < columns, "too wide:", line)
    return line


def main():
    prober = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        lines_as_they_come(prober, folder)
        lines_against_a_baseline(prober, folder)
        lines_of_retries(prober, folder)
        line = live_line(prober, folder, 120)
        pattern = r"1 of 2 done, 1 broken; waiting until \d\d:\d\d:\d\d at most \(\d+ s\) for held: the answer of 127\.0\.0\.1:\d+"
        check(re.fullmatch(pattern, line), "the live line is", line)
        line = live_line(prober, folder, 40)
        check(re.fullmatch(r"1 of 2 done, 1 broken; waiting until ?\.\.\.", line), "at 40 columns it is", line)
    print("lines, live line and interruption are as they should be")
    return 0


if __name__ == "__main__":
    sys.exit(main())
