"""The scheduler: lines for changes of state, reload on SIGHUP, a refused reload, an end on SIGTERM."""

import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PATIENCE = 30  # seconds; everything here takes well under three


class Handler(BaseHTTPRequestHandler):
    status = 200
    seen = queue.Queue()

    def do_GET(self):
        Handler.seen.put(self.path)
        self.send_response(Handler.status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def route(name, port):
    return f"- {{name: {name}, from: 'https://{name}.example.com', to: 'http://127.0.0.1:{port}'}}\n"


def expect(stream, *parts):
    """The next line that has all of the parts."""
    alarm = threading.Timer(PATIENCE, lambda: os.kill(os.getpid(), signal.SIGALRM))
    alarm.start()
    try:
        for line in stream:
            if all(part in line for part in parts):
                return line
    finally:
        alarm.cancel()
    raise AssertionError(f"no line with {parts}")


def main():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]
    head = "probe: {interval: 200ms}\nroutes:\n"
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "prober.yaml"
        config.write_text(head + route("web", port) + route("down", 1))
        daemon = subprocess.Popen(
            [os.path.abspath(sys.argv[1]), "-c", str(config)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        try:
            expect(daemon.stdout, " down: failing: 503 UF upstream_reset_before_response_started{remote_connection_failure|")
            for _ in range(3):  # the healthy route is probed again and again, and says nothing
                Handler.seen.get(timeout=PATIENCE)
            Handler.status = 500
            expect(daemon.stdout, " web: healthy -> failing: 500 via_upstream")
            Handler.status = 200
            expect(daemon.stdout, " web: failing -> healthy")

            config.write_text(head + "- {name: broken\n")
            daemon.send_signal(signal.SIGHUP)
            expect(daemon.stderr, "the old one goes on")
            Handler.status = 500
            expect(daemon.stdout, " web: healthy -> failing")

            config.write_text(head + route("web", port) + route("added", 1))
            daemon.send_signal(signal.SIGHUP)
            line = expect(daemon.stdout, " added: failing")
            assert "down" not in line

            begun = time.monotonic()
            daemon.send_signal(signal.SIGTERM)
            code = daemon.wait(PATIENCE)
            took = time.monotonic() - begun
            assert code == 0, f"exit code {code}"
            assert took < 10, f"took {took} s to end"  # a second is promised; the margin is for a slow machine
        finally:
            daemon.kill()
            daemon.wait()
            print(daemon.stderr.read()[-2000:])
    print("daemon: ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
