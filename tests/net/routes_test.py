"""Routes that are not plain HTTP: udp, ssh, unix sockets, CONNECT, mixed lists, Kubernetes, TCP health checks; names that
are nearly addresses. The expectations were measured on a real Pomerium with Envoy 1.38.2."""

import contextlib
import json
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

BEFORE = "upstream_reset_before_response_started{%s}"
REFUSED = BEFORE % "remote_connection_failure|delayed_connect_error:_Connection_refused"
IMMEDIATE = BEFORE % "remote_connection_failure|immediate_connect_error:_%s|remote_address:%s"
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nok\n"


class Server:
    """Answers each connection with what `answer` makes of the first bytes; None closes at once."""

    def __init__(self, answer, family=socket.AF_INET, address=("127.0.0.1", 0), tls=None, speaks_first=False):
        self.seen = []
        self._answer, self._tls, self._first = answer, tls, speaks_first
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.bind(address)
        self._socket.listen(16)
        self.port = self._socket.getsockname()[1] if family != socket.AF_UNIX else None
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            connection, _ = self._socket.accept()
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with contextlib.suppress(OSError), connection:
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            data = b"" if self._first else connection.recv(65536)
            self.seen.append(data)
            answer = self._answer(data)
            if answer:
                connection.sendall(answer)
            if answer is not None:
                while connection.recv(65536):  # until the prober goes
                    pass


def datagrams(answer):
    """A UDP service that answers with `answer`, or never when it is None."""
    service = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    service.bind(("127.0.0.1", 0))

    def serve():
        while True:
            _, peer = service.recvfrom(2048)
            if answer is not None:
                service.sendto(answer, peer)

    threading.Thread(target=serve, daemon=True).start()
    return service.getsockname()[1]


def unused_port(kind):
    with socket.socket(socket.AF_INET, kind) as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def certificate(folder):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "60", "-subj", "/CN=up",
         "-addext", "subjectAltName=DNS:up.test,IP:127.0.0.1", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


def cases(folder):
    tls = certificate(folder)
    ca = str(folder / "cert.pem")
    dead, served, plain = folder / "dead.sock", folder / "ok.sock", folder / "plain"
    plain.write_text("")
    socket.socket(socket.AF_UNIX).bind(str(dead))
    unix = Server(lambda _: OK, socket.AF_UNIX, str(served))
    unix_tls = Server(lambda _: OK, socket.AF_UNIX, str(folder / "tls.sock"), tls=tls)
    http, http_tls = Server(lambda _: OK), Server(lambda _: OK, tls=tls)
    refusing = Server(lambda _: b"HTTP/1.1 405 No\r\ncontent-length: 0\r\n\r\n")
    echo = Server(lambda _: b"not HTTP\r\n")
    ssh = Server(lambda _: b"hello\r\nSSH-2.0-Test_1 x\r\n", speaks_first=True)
    silent, closing = Server(lambda _: b"", speaks_first=True), Server(lambda _: None, speaks_first=True)
    pong = Server(lambda data: b"..PO..NG" if data == b"PING" else b"no")
    partial = Server(lambda data: b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nalive, ok" if b"/body" in data else OK)
    closed, closed_udp = unused_port(socket.SOCK_STREAM), unused_port(socket.SOCK_DGRAM)
    check = "health_checks: [{timeout: 1s, interval: 5s, unhealthy_threshold: 1, healthy_threshold: 1, %s}], healthy_panic_threshold: 0"
    k8s = "kubernetes_service_account_token: x"
    good, fine = (200, "", "via_upstream"), "healthy"
    uh = (503, "UH", "no_healthy_upstream")
    web, tcp, udp, ssh_from = "https://x.example.com", "tcp+https://x.example.com:1", "udp+https://x.example.com:1", "ssh://x"
    # name, from, to, further keys, state, predictions, a text that the report must have
    return [
        ("udp answers", udp, f"udp://127.0.0.1:{datagrams(b'x')}", "", fine, [good], ""),
        ("udp nobody there", udp, f"udp://127.0.0.1:{closed_udp}", "", "failing", [good], "Connection refused"),
        ("udp silent", udp, f"udp://127.0.0.1:{datagrams(None)}", "", "unknown", [good], "stays silent"),
        ("udp without an address", udp, "udp://absent.invalid:9", "", "failing", [uh], ""),
        ("ssh", ssh_from, f"ssh://127.0.0.1:{ssh.port}", "", fine, [good], "SSH-2.0-Test_1 x"),
        ("ssh silent", ssh_from, f"ssh://127.0.0.1:{silent.port}", "", "failing", [good], "shows no SSH banner"),
        ("ssh closes", ssh_from, f"ssh://127.0.0.1:{closing.port}", "", "failing", [good], "without an SSH banner"),
        ("ssh refused", ssh_from, f"ssh://127.0.0.1:{closed}", "", "failing", [(503, "UF", REFUSED)], ""),
        ("tcp", tcp, f"tcp://127.0.0.1:{silent.port}", "", fine, [good], ""),
        ("tcp refused", tcp, f"tcp://127.0.0.1:{closed}", "timeout: 1s", "failing", [(503, "UF", REFUSED)], ""),
        ("tcp without an address", tcp, "tcp://absent.invalid:9", "", "failing", [uh], ""),
        ("CONNECT passed on", tcp, f"http://127.0.0.1:{refusing.port}", "", fine, [(405, "", "via_upstream")], ""),
        ("tcp under https", web, f"tcp://127.0.0.1:{echo.port}", "", "failing", [(502, "UPE", BEFORE % "protocol_error")], ""),
        ("unix", web, f"unix://{served}", "", fine, [good], ""),
        ("unix absent", web, f"unix://{folder}/no.sock", "", "failing", [(503, "UF", IMMEDIATE % ("No_such_file_or_directory", f"{folder}/no.sock"))], ""),
        ("unix dead", web, f"unix://{dead}", "", "failing", [(503, "UF", IMMEDIATE % ("Connection_refused", dead))], "srwxr-xr-x root:root"),
        ("unix plain file", web, f"unix://{plain}", "", "failing", [(503, "UF", IMMEDIATE % ("Connection_refused", plain))], "-rw-r--r-- root:root"),
        ("https+unix named", web, f"https+unix://{folder}/tls.sock", f"tls_upstream_server_name: up.test, tls_custom_ca_file: {ca}", fine, [good], ""),
        ("https+unix unnamed", web, f"https+unix://{folder}/tls.sock", f"tls_custom_ca_file: {ca}", "failing", [(503, "UF", "SAN_matcher")], ""),
        ("https+unix absent", web, f"https+unix://{folder}/no.sock", "", "failing", [(503, "UF", IMMEDIATE % ("No_such_file_or_directory", f"{folder}/no.sock"))], ""),
        ("mixed list", web, [f"https://127.0.0.1:{http_tls.port}", f"http://127.0.0.1:{refusing.port}"], f"tls_custom_ca_file: {ca}", "degraded",
         [(503, "UF", "WRONG_VERSION_NUMBER"), good], ""),
        ("mixed list, TLS everywhere", web, [f"http://127.0.0.1:{http_tls.port}", f"https://127.0.0.1:{http_tls.port}"], f"tls_custom_ca_file: {ca}", fine, [good], ""),
        ("kubernetes", web, f"http://127.0.0.1:{http.port}", k8s, fine, [good], ""),
        ("kubernetes refused", web, f"http://127.0.0.1:{closed}", k8s, "failing", [(502, "", "via_upstream")], ""),
        ("kubernetes without an address", web, "https://absent.invalid", k8s, "failing", [(502, "", "via_upstream")], ""),
        ("kubernetes, checks do not count", web, f"http://127.0.0.1:{http.port}", k8s + ", " + check % "http_health_check: {path: /, expected_statuses: [{start: 300, end: 301}]}",
         fine, [good], ""),
        ("tcp check answered", web, f"http://127.0.0.1:{pong.port}", check % "tcp_health_check: {send: {text: '50494e47'}, receive: [{text: '504f'}, {text: '4e47'}]}",
         "failing", [(502, "UPE", BEFORE % "protocol_error")], ""),
        ("tcp check not answered", web, f"http://127.0.0.1:{pong.port}", check % "tcp_health_check: {send: {text: '50'}, receive: [{text: '504f'}]}", "failing", [uh], "no answer within"),
        ("tcp check closed", web, f"http://127.0.0.1:{closing.port}", check % "tcp_health_check: {receive: [{text: '504f'}]}", "failing", [uh], "closed the connection before"),
        ("body check", web, f"http://127.0.0.1:{partial.port}", check % "http_health_check: {path: /body, receive: [{text: '616c'}, {text: '6f6b'}]}", fine, [good], ""),
        ("body check fails", web, f"http://127.0.0.1:{partial.port}", check % "http_health_check: {path: /other, receive: [{text: '616c'}]}", "failing", [uh], "does not contain"),
        ("localhost is 127.0.0.1", web, f"http://localhost:{http.port}", "", fine, [good], ""),
        ("zeros in an address", web, f"http://127.000.000.001:{http.port}", "", fine, [good], ""),
        ("every address", web, f"http://0.0.0.0:{http.port}", "", fine, [good], ""),
        ("short address", web, f"http://127.1:{http.port}", "", "failing", [uh], ""),
        ("hexadecimal address", web, f"http://0x7f000001:{http.port}", "", "failing", [uh], ""),
        ("a number", web, f"http://2130706433:{http.port}", "", "failing", [uh], ""),
        ("mapped address", web, f"http://[::ffff:127.0.0.1]:{http.port}", "", "failing", [(503, "UF", IMMEDIATE % ("Network_is_unreachable", f"[::ffff:127.0.0.1]:{http.port}"))], ""),
        ("one URL without an address", web, ["http://absent.invalid", f"http://127.0.0.1:{http.port}"], "", "warning", [good], "does not resolve"),
    ], {"unix": unix, "https+unix named": unix_tls, "CONNECT passed on": refusing}  # fmt: skip


def matches(found, wanted):
    """Status and flags alike; details alike, or a part of them."""
    return found[:2] == wanted[:2] and (found[2] == wanted[2] or "{" not in wanted[2] and wanted[2] in found[2])


def problems(case, route):
    name, _, _, _, state, wanted, text = case
    found = [(one["status"], one["response_flags"], one["details"]) for one in route["predictions"]]
    if route["state"] != state:
        yield f"{name}: {route['state']}, not {state}: {found} {route['reason']} {route['warnings']}"
    if len(found) != len(wanted) or not all(map(matches, found, wanted)):
        yield f"{name}: {found}, not {wanted}"
    if text not in json.dumps(route):
        yield f"{name}: nothing says {text!r}: {json.dumps(route)}"


def main():
    prober = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        wanted, servers = cases(folder)
        lines = [
            f"- {{name: {json.dumps(name)}, from: '{source}', to: {json.dumps(to)}, {more + ', ' if more else ''}prefix: /, probe: {{path: /x, expect: {{status: [200-299, 405]}}}}}}\n"
            for name, source, to, more, *_ in wanted
        ]
        file = folder / "prober.yaml"
        # A name server that is not there: the names need none.
        file.write_text("proxy: {connect_timeout: 1s}\ndns_resolvers: ['udp://127.0.0.1:1']\ndns_query_timeout: 1s\ndns_query_tries: 1\nroutes:\n" + "".join(lines))
        done = subprocess.run([prober, "--once", "--format", "json", "-c", str(file)], capture_output=True, text=True, timeout=120)
        try:
            routes = json.loads(done.stdout)["routes"]
        except ValueError:
            print(done.stderr)
            return 1
        failed = [text for case, route in zip(wanted, routes, strict=True) for text in problems(case, route)]
        for server, begin in (("unix", f"GET {folder}/ok.sockx HTTP/1.1\r\nhost: x.example.com\r\n"), ("CONNECT passed on", "CONNECT 127.0.0.1:")):
            seen = servers[server].seen
            if not any(one.startswith(begin.encode()) for one in seen):
                failed.append(f"{server}: the requests were {seen}")
    for text in failed:
        print("FAILED", text)
    print(f"{len(wanted) + 2 - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
