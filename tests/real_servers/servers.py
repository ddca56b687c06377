"""Real servers, each with a configuration of its own in a temporary folder and on loopback ports that were free."""

import contextlib
import getpass
import os
import random
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
START_S = 30
LARGE = b"x" * (3 << 20)  # more than prober reads


class Missing(RuntimeError):
    """A server that is not on this machine."""


class Site:
    """Where the servers find their certificate and files, and where their ports and ends are kept."""

    def __init__(self, folder, unpacked, venv):
        self.folder = Path(folder)
        self.folder.chmod(0o755)  # servers that give up root must read it
        self.unpacked = Path(unpacked).resolve()
        self.venv = Path(venv).resolve()
        self.certificate, self.key, self.ca = make_certificate(self.folder)
        self.pair = self.write("pair.pem", self.certificate.read_text() + self.key.read_text())
        self.root = self.folder / "htdocs"
        (self.root / "folder").mkdir(parents=True)
        (self.root / "index.html").write_text("<html>hello</html>\n" * 100)
        (self.root / "folder" / "index.html").write_text("in a folder\n")
        (self.root / "large.bin").write_bytes(LARGE)
        self._processes = []

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def program(self, name):
        """A server's program: installed, or unpacked from its package."""
        for folder in ("usr/sbin", "usr/bin"):
            if (self.unpacked / folder / name).exists():
                return str(self.unpacked / folder / name)
        found = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin")
        if not found:
            raise Missing(name)
        return found

    def start(self, name, command, ports):
        """Starts a server and waits for its ports."""
        libraries = ":".join(map(str, self.unpacked.glob("usr/lib/*-linux-gnu*")))
        environment = {
            **os.environ, "LD_LIBRARY_PATH": libraries, "HOME": str(self.folder),
            "XDG_DATA_HOME": str(self.folder), "XDG_CONFIG_HOME": str(self.folder),
        }  # fmt: skip
        log = self.folder / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                list(map(str, command)), stdout=output, stderr=output, env=environment, cwd=self.folder
            )
        self._processes.append(process)
        deadline = time.monotonic() + START_S
        for port in ports:
            while not listens(port):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"{name} does not listen: {log.read_text(errors='replace')[-2000:]}")
                time.sleep(0.05)

    def stop(self):
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def listens(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def free_ports(count):
    """Ports that nobody has, and that the kernel gives to no outgoing connection before a server takes them."""
    ports = []
    for port in random.sample(range(10240, 32000), 2000):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            ports.append(port)
        if len(ports) == count:
            return ports
    raise RuntimeError("no free ports")


def make_certificate(folder):
    """A CA, and a certificate of it for 127.0.0.1: (certificate, key, CA), all files."""
    paths = {name: folder / name for name in ("ca.pem", "ca.key", "leaf.pem", "leaf.key", "leaf.csr", "leaf.ext")}

    def openssl(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)

    new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout")
    openssl("req", "-x509", *new_key, paths["ca.key"], "-out", paths["ca.pem"], "-days", "365", "-subj", "/CN=test CA")
    openssl("req", *new_key, paths["leaf.key"], "-out", paths["leaf.csr"], "-subj", "/CN=server")
    paths["leaf.ext"].write_text("subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n")
    openssl(
        "x509", "-req", "-in", paths["leaf.csr"], "-CA", paths["ca.pem"], "-CAkey", paths["ca.key"], "-set_serial", "2",
        "-days", "300", "-extfile", paths["leaf.ext"], "-out", paths["leaf.pem"],
    )  # fmt: skip
    paths["leaf.key"].chmod(0o644)
    return paths["leaf.pem"], paths["leaf.key"], paths["ca.pem"]


def routes(server, urls, pages):
    """Each page by each way: {"name", "to", "path", "status"}. `pages` is path -> status."""
    return [
        {"name": f"{server} {way} {path}", "to": f"{url}", "path": path, "status": status}
        for way, url in urls.items()
        for path, status in pages.items()
    ]


def nginx(site):
    plain, h2c, tls, tls1, single = ports = free_ports(5)
    pages = """
      root %s;
      location = /unauthorized { auth_basic "here"; auth_basic_user_file /dev/null; }
      location = /redirect { return 301 https://elsewhere.example.com/; }
      location = /empty { return 204; }
      location = /unavailable-legal { return 451 "no"; }
    """ % site.root
    temporary = "".join(f"{kind}_temp_path {site.folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    config = site.write(
        "nginx.conf",
        f"""
        daemon off; {f"user {getpass.getuser()};" if os.geteuid() == 0 else ""}
        pid {site.folder}/nginx.pid; error_log stderr; events {{}}
        http {{
          access_log off; gzip on; gzip_min_length 1; {temporary}
          ssl_certificate {site.certificate}; ssl_certificate_key {site.key};
          server {{ listen 127.0.0.1:{plain}; {pages} }}
          server {{ listen 127.0.0.1:{h2c} http2; {pages} }}
          server {{ listen 127.0.0.1:{tls} ssl http2; {pages} }}
          server {{ listen 127.0.0.1:{tls1} ssl; {pages} }}
          server {{ listen 127.0.0.1:{single}; keepalive_timeout 0; {pages} }}
        }}""",
    )
    site.start("nginx", [site.program("nginx"), "-e", "stderr", "-c", config, "-p", site.folder], ports)
    urls = {
        "http": f"http://127.0.0.1:{plain}", "h2c": f"h2c://127.0.0.1:{h2c}", "https h2": f"https://127.0.0.1:{tls}",
        "https http/1.1": f"https://127.0.0.1:{tls1}", "no keep-alive": f"http://127.0.0.1:{single}",
    }  # fmt: skip
    pages = {
        "/": 200, "/large.bin": 200, "/folder": 301, "/missing": 404, "/unauthorized": 401, "/redirect": 301, "/empty": 204,
        "/unavailable-legal": 451,
    }  # fmt: skip
    return routes("nginx", urls, pages)


def apache(site):
    plain, tls, single = ports = free_ports(3)
    program = site.program("apache2")
    modules = site.unpacked / "usr/lib/apache2/modules"
    modules = modules if modules.exists() else Path("/usr/lib/apache2/modules")
    wanted = "mpm_event authz_core authz_host dir mime alias deflate filter ssl http2 socache_shmcb unixd_ asis"
    load = "\n".join(
        f"LoadModule {one}_module {modules}/mod_{one}.so" for one in wanted.split() if (modules / f"mod_{one}.so").exists()
    )
    types = site.write("mime.types", "text/html html\n")
    config = site.write(
        "apache.conf",
        f"""
        ServerRoot {site.folder}
        {load}
        {"User www-data" if os.geteuid() == 0 else ""}
        {"Group www-data" if os.geteuid() == 0 else ""}
        PidFile {site.folder}/apache.pid
        DefaultRuntimeDir {site.folder}
        TypesConfig {types}
        ErrorLog {site.folder}/apache-error.log
        ServerName test
        DocumentRoot {site.root}
        Listen 127.0.0.1:{plain}
        Listen 127.0.0.1:{tls}
        Listen 127.0.0.1:{single}
        Protocols h2 h2c http/1.1
        SetOutputFilter DEFLATE
        Redirect 302 /redirect https://elsewhere.example.com/
        Redirect gone /gone
        <Location /forbidden>
          Require all denied
        </Location>
        <VirtualHost 127.0.0.1:{tls}>
          SSLEngine on
          SSLCertificateFile {site.certificate}
          SSLCertificateKeyFile {site.key}
        </VirtualHost>
        <VirtualHost 127.0.0.1:{single}>
          KeepAlive Off
        </VirtualHost>
        """,
    )
    site.start("apache2", [program, "-D", "FOREGROUND", "-f", config], ports)
    urls = {
        "http": f"http://127.0.0.1:{plain}", "h2c": f"h2c://127.0.0.1:{plain}", "https": f"https://127.0.0.1:{tls}",
        "no keep-alive": f"http://127.0.0.1:{single}",
    }  # fmt: skip
    pages = {"/": 200, "/large.bin": 200, "/folder": 301, "/missing": 404, "/redirect": 302, "/gone": 410, "/forbidden": 403}
    return routes("apache", urls, pages)


def haproxy(site, behind):
    """In front of another server's plain port too: what a proxy makes of its answers."""
    plain, h2c, tls, proxied = ports = free_ports(4)
    binds = f"bind 127.0.0.1:{plain}\n bind 127.0.0.1:{h2c} proto h2\n bind 127.0.0.1:{tls} ssl crt {site.pair} alpn h2,http/1.1"
    config = site.write(
        "haproxy.cfg",
        f"""
defaults
 mode http
 timeout connect 5s
 timeout client 60s
 timeout server 60s
frontend own
 {binds}
 http-request return status 200 content-type text/plain string hello if {{ path / }}
 http-request redirect location https://elsewhere.example.com/ code 307 if {{ path /redirect }}
 http-request deny deny_status 429 if {{ path /too-many }}
 http-request return status 404
frontend proxied
 bind 127.0.0.1:{proxied}
 default_backend other
backend other
 server one 127.0.0.1:{behind}
""",
    )
    site.start("haproxy", [site.program("haproxy"), "-db", "-f", config], ports)
    urls = {"http": f"http://127.0.0.1:{plain}", "h2c": f"h2c://127.0.0.1:{h2c}", "https": f"https://127.0.0.1:{tls}"}
    through = {"in front of Node": f"http://127.0.0.1:{proxied}"}
    return [
        *routes("haproxy", urls, {"/": 200, "/redirect": 307, "/too-many": 429, "/missing": 404}),
        *routes("haproxy", through, NODE_PAGES),
    ]


NODE_PAGES = {
    "/": 200, "/redirect": 302, "/created": 201, "/empty": 204, "/unchanged": 304, "/unauthorized": 401, "/missing": 404,
    "/teapot": 418, "/hints": 200, "/continue": 200, "/trailers": 200, "/large": 200, "/large-chunked": 200, "/gzip": 200,
    "/slow": 200, "/head-hostile": 200, "/many-headers": 200, "/cookies": 200,
}  # fmt: skip


def node(site):
    """Gives the port of the plain server besides its routes."""
    plain, h2c, tls1, tls = ports = free_ports(4)
    site.start("node", [site.program("node"), HERE / "app.js", site.certificate, site.key, *ports], ports)
    urls = {
        "http": f"http://127.0.0.1:{plain}", "h2c": f"h2c://127.0.0.1:{h2c}", "https http/1.1": f"https://127.0.0.1:{tls1}",
        "https h2": f"https://127.0.0.1:{tls}",
    }  # fmt: skip
    first = {way: url for way, url in urls.items() if "h2" not in way}
    endless = routes("node", urls, {"/events": 200})
    for one in endless:
        one["endless"] = True
    found = [
        *routes("node", urls, {**NODE_PAGES, "/big-header": 200}),
        *routes("node", first, {"/closes": 200, "/until-close": 200}),
        *endless,
    ]
    return plain, found


def caddy(site):
    """A Go server: net/http and its HTTP/2."""
    plain, tls = ports = free_ports(2)
    pages = f"""
      root * {site.root}
      redir /redirect https://elsewhere.example.com/ 308
      respond /empty 204
      respond /unauthorized 401
      encode gzip
      file_server
    """
    config = site.write(
        "Caddyfile",
        f"""
{{
  admin off
  auto_https off
  servers {{
    protocols h1 h2 h2c
  }}
}}
http://127.0.0.1:{plain} {{
  bind 127.0.0.1
  {pages}
}}
https://127.0.0.1:{tls} {{
  bind 127.0.0.1
  tls {site.certificate} {site.key}
  {pages}
}}
""",
    )
    site.start("caddy", [site.program("caddy"), "run", "--config", config, "--adapter", "caddyfile"], ports)
    urls = {"http": f"http://127.0.0.1:{plain}", "h2c": f"h2c://127.0.0.1:{plain}", "https h2": f"https://127.0.0.1:{tls}"}
    pages = {"/": 200, "/large.bin": 200, "/folder": 308, "/missing": 404, "/redirect": 308, "/empty": 204, "/unauthorized": 401}
    return routes("caddy", urls, pages)


def lighttpd(site):
    (plain,) = free_ports(1)
    config = site.write(
        "lighttpd.conf",
        f"""
        server.modules = ("mod_redirect")
        server.document-root = "{site.root}"
        server.bind = "127.0.0.1"
        server.port = {plain}
        index-file.names = ("index.html")
        url.redirect = ("^/redirect" => "https://elsewhere.example.com/")
        """,
    )
    modules = site.unpacked / "usr/lib/lighttpd"
    place = ["-m", modules] if modules.exists() else []
    site.start("lighttpd", [site.program("lighttpd"), "-D", "-f", config, *place], [plain])
    urls = {"http": f"http://127.0.0.1:{plain}", "h2c": f"h2c://127.0.0.1:{plain}"}
    return routes("lighttpd", urls, {"/": 200, "/large.bin": 200, "/folder": 301, "/missing": 404, "/redirect": 301})


def http_server(site):
    """Python's own, in HTTP/1.0 as it comes and in HTTP/1.1."""
    old, new = free_ports(2)
    command = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "--directory", site.root]
    site.start("http-server-10", [*command, old], [old])
    site.start("http-server-11", [*command, "--protocol", "HTTP/1.1", new], [new])
    urls = {"HTTP/1.0": f"http://127.0.0.1:{old}", "HTTP/1.1": f"http://127.0.0.1:{new}"}
    return routes("http.server", urls, {"/": 200, "/large.bin": 200, "/folder": 301, "/missing": 404})


PYTHON_PAGES = {"/": 200, "/created": 201, "/empty": 204, "/unchanged": 304, "/unauthorized": 401, "/missing": 404}


def python_servers(site):
    program = site.venv / "bin" / "python"
    if not program.exists():
        raise Missing("uvicorn, gunicorn and hypercorn")
    plain, sync, hyper, tls = free_ports(4)
    python = [program, "-m"]
    site.start("uvicorn", [*python, "uvicorn", "--app-dir", HERE, "--port", plain, "app:site"], [plain])
    site.start("gunicorn", [*python, "gunicorn", "--chdir", HERE, "-b", f"127.0.0.1:{sync}", "app:application"], [sync])
    # hypercorn looks for the application where it is started.
    shutil.copy(HERE / "app.py", site.folder / "app.py")
    secure = ["--certfile", site.certificate, "--keyfile", site.key, "-b", f"127.0.0.1:{tls}", "--insecure-bind"]
    site.start("hypercorn", [*python, "hypercorn", *secure, f"127.0.0.1:{hyper}", "app:site"], [hyper, tls])
    return [
        *routes("uvicorn", {"http": f"http://127.0.0.1:{plain}"}, PYTHON_PAGES),
        *routes("gunicorn", {"http": f"http://127.0.0.1:{sync}"}, PYTHON_PAGES),
        *routes(
            "hypercorn",
            {"http": f"http://127.0.0.1:{hyper}", "h2c": f"h2c://127.0.0.1:{hyper}", "https h2": f"https://127.0.0.1:{tls}"},
            PYTHON_PAGES,
        ),
    ]
