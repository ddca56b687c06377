"""A real Envoy in front of the routes of a configuration, and a client that sends requests through it."""

import asyncio
import base64
import contextlib
import itertools
import json
from pathlib import Path
from urllib.parse import urlsplit

import pomerium

START_S = 60  # for all clusters to be warm: DNS asked, hosts checked once
REQUEST_S = 30  # the longest that a reply may take
LOG_S = 10  # from the reply's end to the line in the access log


class Envoy:
    """An async context: Envoy runs inside it. `answers` maps a request's id to (status, flags, details)."""

    def __init__(self, binary, document, folder):
        self.folder = Path(folder)
        self.access_log = self.folder / "access.log"
        generator = pomerium.Generator(document, self.folder)
        (self.folder / "envoy.json").write_text(json.dumps(generator.bootstrap(self.access_log), indent=1))
        self.binary = binary
        self.process = None
        self.admin_port = self.port = 0
        self._ids = itertools.count()

    async def __aenter__(self):
        address = self.folder / "admin-address"
        for stale in (address, self.access_log):  # of an earlier run in the same folder
            stale.unlink(missing_ok=True)
        flags = ["--concurrency", "1", "--disable-hot-restart", "--file-flush-interval-msec", "20", "-l", "warning"]
        with (self.folder / "envoy.out").open("wb") as output:
            self.process = await asyncio.create_subprocess_exec(
                self.binary, "-c", self.folder / "envoy.json", "--admin-address-path", address, *flags,
                stdout=output, stderr=output,
            )  # fmt: skip
        try:
            async with asyncio.timeout(START_S):
                while not (address.exists() and address.read_text()):
                    await self._pause()
                self.admin_port = int(address.read_text().rpartition(":")[2])
                while (await self.admin("/ready")).strip() != "LIVE":
                    await self._pause()
                listeners = json.loads(await self.admin("/listeners?format=json"))
            self.port = listeners["listener_statuses"][0]["local_address"]["socket_address"]["port_value"]
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(self, *_):
        await self._stop()

    async def _stop(self):
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def _pause(self):
        if self.process.returncode is not None:
            raise RuntimeError("Envoy ended: " + (self.folder / "envoy.out").read_text()[-2000:])
        await asyncio.sleep(0.05)

    async def admin(self, path):
        """The body of a page of Envoy's admin interface; "" while it does not answer."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.admin_port)
        except ConnectionError:
            return ""
        writer.write(f"GET {path} HTTP/1.1\r\nhost: admin\r\nconnection: close\r\n\r\n".encode())
        reply = await reader.read(-1)
        writer.close()
        head, _, body = reply.partition(b"\r\n\r\n")
        return (unchunked(body) if b"chunked" in head else body).decode()

    async def hosts(self):
        """The number of hosts of each cluster."""
        clusters = json.loads(await self.admin("/clusters?format=json"))["cluster_statuses"]
        return {one["name"]: len(one.get("host_statuses", [])) for one in clusters}

    async def send(self, route):
        """One request to a route, as its `probe` says; its id in the access log. Ends with the reply."""
        id = str(next(self._ids))
        with contextlib.suppress(ConnectionError, TimeoutError):
            async with asyncio.timeout(REQUEST_S):
                await self._exchange(request(route, id))
        return id

    async def _exchange(self, bytes_to_send):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        sender = asyncio.create_task(send_all(writer, bytes_to_send))
        try:
            while await reader.read(1 << 16):  # the access log tells what came
                pass
        finally:
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
            writer.transport.abort()

    async def answers(self, ids):
        """What the access log says of these requests: id -> (status, flags, details)."""
        wanted = set(ids)
        deadline = asyncio.get_running_loop().time() + LOG_S
        while True:
            lines = self.access_log.read_text().splitlines() if self.access_log.exists() else []
            entries = [json.loads(line) for line in lines]
            found = {
                one["id"]: (one["status"] or 0, flags_of(one), one["details"]) for one in entries if one["id"] in wanted
            }
            if len(found) == len(wanted) or asyncio.get_running_loop().time() > deadline:
                return found
            await asyncio.sleep(0.05)


def flags_of(entry):
    return "" if entry["flags"] in (None, "-") else entry["flags"]


def request(route, id):
    """The bytes of a route's request, after which Envoy closes the connection."""
    probe = route.get("probe", {})
    body = b""
    if "body_bytes" in probe:
        body = b"x" * probe["body_bytes"]
    elif "body_base64" in probe:
        body = base64.b64decode(probe["body_base64"])
    elif "body" in probe:
        body = probe["body"].encode()
    method = probe.get("method", "GET")
    fields = {
        "host": urlsplit(route["from"]).netloc,
        "accept": "*/*",
        "connection": "close",
        "x-conformance-id": id,
        **probe.get("headers", {}),
    }
    if body or method == "POST":
        fields["content-length"] = str(len(body))
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"{method} {probe.get('path', '/')} HTTP/1.1\r\n{head}\r\n".encode() + body


async def send_all(writer, data):
    for at in range(0, len(data), 1 << 16):
        writer.write(data[at : at + (1 << 16)])
        await writer.drain()


def unchunked(body):
    out = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        count = int(size, 16)
        out, body = out + body[:count], body[count + 2 :]
    return out
