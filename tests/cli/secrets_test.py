"""Puts a marker into every place where a secret can stand, and looks for it in everything that prober writes.

Places: request headers, bodies and paths of the configuration, user info in URLs, keys and tokens in place and
in files, keys that only Pomerium reads, and of an upstream's answer all header fields, the body and the trailers,
sound and broken. Writers: every format, every verbosity, the log at trace, `check`, the scheduler, messages about
files that are wrong exactly where the secret is."""

import base64
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

MARK = "Tr0ub4dor"
ENCODED = base64.b64encode(MARK.encode()).decode()
SHARED = base64.b64encode((MARK * 8)[:32].encode()).decode()  # 32 bytes, as Pomerium asks for
BASIC = base64.b64encode(f"user:{MARK}".encode()).decode()
FORMATS = ["human", "json", "jsonl", "junit", "tap", "github", "sarif", "nagios", "prometheus", "markdown", "html", "csv"]

HEADERS = (f"Set-Cookie: session={MARK}\r\nAuthorization: Bearer {MARK}\r\nX-Api-Key: {MARK}\r\nWWW-Authenticate: Basic realm={MARK}\r\n"
           f"Location: https://user:{MARK}@login.example.com/{MARK}?token={MARK}#{MARK}\r\n")  # fmt: skip
ANSWERS = {
    "sound": f"HTTP/1.1 200 OK\r\n{HEADERS}Content-Length: {len(MARK)}\r\n\r\n{MARK}",
    "redirect": f"HTTP/1.1 302 Found\r\n{HEADERS}Content-Length: 0\r\n\r\n",
    "error": f"HTTP/1.1 503 {MARK}\r\n{HEADERS}Content-Length: {len(MARK)}\r\n\r\n{MARK}",
    "trailers": f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n9\r\n{MARK}\r\n0\r\nX: {MARK}\r\n\r\n",
    "interim": f"HTTP/1.1 103 Early Hints\r\nLink: <{MARK}>\r\n\r\nHTTP/1.1 200 OK\r\n{HEADERS}Content-Length: 0\r\n\r\n",
    "cut": f"HTTP/1.1 200 OK\r\n{HEADERS}Content-Length: 100\r\n\r\n{MARK}",
    "bad-field": f"HTTP/1.1 200 OK\r\n{HEADERS}X: {MARK}\x01\r\n\r\n",
    "bad-line": f"HTTP/1.1 200 OK\r\nSet-Cookie {MARK}\r\n\r\n",
    "bad-length": f"HTTP/1.1 200 OK\r\n{HEADERS}Content-Length: 1{MARK}\r\n\r\n",
    "bad-chunk": f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{MARK}\r\n",
    "two-lengths": f"HTTP/1.1 200 OK\r\n{HEADERS}Content-Length: 1\r\nContent-Length: 2\r\n\r\nx",
    "not-http": f"{MARK}\r\n",
}


def serve(text):
    """A port whose server answers every connection with the text and closes."""
    listener = socket.create_server(("127.0.0.1", 0))

    def run():
        while True:
            try:
                one, _ = listener.accept()
            except OSError:
                return
            with one:
                one.settimeout(5)
                try:
                    one.recv(65536)
                    one.sendall(text.encode("latin-1"))
                except OSError:
                    pass

    threading.Thread(target=run, daemon=True).start()
    return listener, listener.getsockname()[1]


def route(name, port, more=""):
    return (f"- name: {name}\n  from: https://{name}.example.com\n  to: http://127.0.0.1:{port}\n"
            f"  set_request_headers: {{Authorization: Bearer {MARK}, X-Key: {MARK}}}\n"
            f"  probe: {{path: '/health', headers: {{X-Probe: {MARK}}}, expect: {{body_contains: {MARK}x}}}}\n{more}")  # fmt: skip


def configuration(ports, folder):
    key = folder / "key.pem"
    key.write_text(f"-----BEGIN PRIVATE KEY-----\n{MARK}\n-----END PRIVATE KEY-----\n")
    token = folder / "token"
    token.write_text(MARK)
    first = next(iter(ports.values()))
    routes = "".join(route(name, port) for name, port in ports.items())
    routes += route("post", first).replace("path:", f"method: POST, body: {MARK}, path:")
    routes += route("query", first).replace("/health", f"/health?token={MARK}")
    routes += route("refused", 1, f"  kubernetes_service_account_token: {MARK}\n")
    routes += route("cluster", first, f"  kubernetes_service_account_token_file: {token}\n")
    return (f"shared_secret: {SHARED}\ncookie_secret: {SHARED}\nidp_client_secret: {MARK}\nsigning_key: {ENCODED}\n"
            f"databroker_storage_connection_string: postgres://u:{MARK}@db/x\nmetrics_basic_auth: {BASIC}\n"
            f"not_known_to_anybody: {MARK}\nroutes:\n{routes}")  # fmt: skip


def broken_configurations(folder):
    """Wrong exactly where the secret stands, so that a message is tempted to show it."""
    key = folder / "key.pem"
    head = "routes:\n- name: a\n  from: https://a.example.com\n  to: "
    good = head + "http://127.0.0.1:1\n"
    tls = head + "https://127.0.0.1:1\n"
    return {
        "user info in to": head + f"http://user:{MARK}@127.0.0.1:1\n",
        "user info in a bad to": head + f"http://user:{MARK}@127.0.0.1:99999\n",
        "user info without a scheme": head + f"user:{MARK}@127.0.0.1:1\n",
        "user info in a bad address": head + f"http://user:{MARK}@[::1:1\n",
        "user info with a space": head + f"'http://user:{MARK} x@127.0.0.1:1'\n",
        "user info in from": good.replace("https://a.", f"https://u:{MARK}@a."),
        "user info in from, bad port": good.replace("a.example.com", f"u:{MARK}@a.example.com:port"),
        "headers are a text": good + f"  set_request_headers: {MARK}\n",
        "headers are a list": good + f"  set_request_headers: [{MARK}]\n",
        "a header's value is a list": good + f"  set_request_headers: {{Authorization: [{MARK}]}}\n",
        "a header's value is a map": good + f"  set_request_headers: {{Authorization: {{a: {MARK}}}}}\n",
        "a header's value has a line end": good + f'  set_request_headers: {{Authorization: "{MARK}\\n{MARK}"}}\n',
        "a header twice": good + f"  set_request_headers: {{A: {MARK}, A: {MARK}}}\n",
        "probe headers are a text": good + f"  probe: {{headers: {MARK}}}\n",
        "a probe header's value has a line end": good + f'  probe: {{headers: {{A: "{MARK}\\r\\n"}}}}\n',
        "body with a length": good + f"  probe: {{method: POST, body: {MARK}, body_bytes: 3}}\n",
        "body is no base64": good + f"  probe: {{method: POST, body_base64: '{MARK}!'}}\n",
        "body is a list": good + f"  probe: {{method: POST, body: [{MARK}]}}\n",
        "key is no base64": tls + f"  tls_client_cert: '{MARK}!'\n  tls_client_key: '{MARK}!'\n",
        "key is no key": tls + f"  tls_client_cert: {ENCODED}\n  tls_client_key: {ENCODED}\n",
        "key without certificate": tls + f"  tls_client_key: {ENCODED}\n",
        "key file is no key": tls + f"  tls_client_cert_file: {key}\n  tls_client_key_file: {key}\n",
        "CA is no CA": tls + f"  tls_custom_ca: {ENCODED}\n",
        "token is a list": good + f"  kubernetes_service_account_token: [{MARK}]\n",
        "token twice": good + f"  kubernetes_service_account_token: {MARK}\n  kubernetes_service_account_token_file: {key}\n",
        "secret is a list": f"shared_secret: [{MARK}]\ncookie_secret: {{a: {MARK}}}\n" + good,
        "not YAML at a secret": good + f'  set_request_headers: {{Authorization: "{MARK}\n',
        "a tab at a secret": good + f"  set_request_headers:\n\tAuthorization: {MARK}\n",
    }


class Test:
    def __init__(self, prober):
        self.prober = prober
        self.texts = 0
        self.problems = []

    def look(self, what, text):
        self.texts += 1
        for number, line in enumerate(text.split("\n"), 1):
            if MARK in line or ENCODED in line or BASIC in line:
                self.problems.append(f"{what}, line {number}: {line[:300]}")

    def run(self, what, args, folder):
        # A proxy's name may hold a password too, and no report may come near the environment.
        environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "http_proxy": f"http://u:{MARK}@127.0.0.1:9"}
        done = subprocess.run([self.prober, *args], cwd=folder, env=environment, capture_output=True, timeout=120, check=False)
        if done.returncode < 0 or done.returncode > 4:
            self.problems.append(f"{what}: ended with {done.returncode}")
        self.look(f"{what}, stdout", done.stdout.decode("utf-8", "replace"))
        self.look(f"{what}, stderr", done.stderr.decode("utf-8", "replace"))
        return done

    def reports(self, folder, routes):
        files = [word for one in FORMATS for word in ("--format", f"{one}={folder}/report.{one}")]
        done = self.run("--once", ["--once", "-c", "prober.yaml", "--log-level", "trace", *files], folder)
        for one in FORMATS:
            text = (folder / f"report.{one}").read_text(encoding="utf-8", errors="replace")
            self.look(one, text)
            # An empty report would hold no secret either.
            if "trailers" not in text:
                self.problems.append(f"{one} does not name the routes; stderr: {done.stderr[-300:]}")
        for verbosity in ("-v", "-vv"):
            done = self.run(verbosity, ["--once", "-c", "prober.yaml", verbosity], folder)
            if done.stdout.count(b"127.0.0.1:") < routes:
                self.problems.append(f"{verbosity} tells too little")
        self.run("--log-json", ["--once", "-c", "prober.yaml", "--log-level", "trace", "--log-json"], folder)

    def daemon(self, folder):
        process = subprocess.Popen([self.prober, "-c", "prober.yaml", "--log-level", "trace"], cwd=folder, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True)  # fmt: skip
        said = []
        for line in process.stdout:
            said.append(line)
            if len(said) == 6:
                process.send_signal(signal.SIGHUP)
            if len(said) == 8:
                process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
        self.look("the scheduler", "".join(said))
        if len(said) < 6:
            self.problems.append(f"the scheduler says only {said}")


def main():
    test = Test(os.path.abspath(sys.argv[1]))
    servers = {name: serve(text) for name, text in ANSWERS.items()}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        text = configuration({key: port for key, (_, port) in servers.items()}, folder)
        text = text.replace("routes:\n", "probe: {interval: 2s}\nroutes:\n", 1)
        (folder / "prober.yaml").write_text(text)
        test.run("check", ["check", "-c", "prober.yaml", "--log-level", "trace"], folder)
        test.reports(folder, len(re.findall("^- name", text, re.MULTILINE)))
        test.daemon(folder)
        for what, broken in broken_configurations(folder).items():
            (folder / "broken.yaml").write_text(broken)
            for args in (["check", "-c", "broken.yaml"], ["--once", "-c", "broken.yaml", "--log-level", "trace", "-vv"]):
                test.run(f"{what}, {args[0]}", args, folder)
    for listener, _ in servers.values():
        listener.close()
    print("\n".join(test.problems))
    print(f"{test.texts} texts, {len(test.problems)} problems")
    return 1 if test.problems else 0


if __name__ == "__main__":
    sys.exit(main())
