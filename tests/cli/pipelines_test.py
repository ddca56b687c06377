"""The lines for pipelines in README.md and config/ do what they promise: each is run against the demo's upstreams."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from run import demo_configuration

PATIENCE = 120
failures = []


def check(condition, *what):
    if not condition:
        failures.append(" ".join(map(str, what)))


def yaml(text):
    # Debian's python3-yaml belongs to Debian's Python, which need not be the one that runs this.
    script = "import json, sys, yaml; print(json.dumps(yaml.load(sys.stdin, yaml.BaseLoader)))"
    return json.loads(subprocess.run(["/usr/bin/python3", "-c", script], input=text, capture_output=True, text=True, check=True).stdout)


def strings(value):
    if isinstance(value, str):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from strings(one)


def crontab_commands(text, with_user):
    for line in text.splitlines():
        if re.match(r"[*\d]", line):
            yield line.split(None, 6 if with_user else 5)[-1]


def icinga_command(text):
    return " ".join(shlex.split(re.search(r"command = \[(.*?)\]", text)[1].replace(",", " "))) + " -c /etc/pomerium/config.yaml"


def commands_of(kind, text):
    """Every run of prober in a text of that kind, as a line for the shell."""
    if kind == "yaml":
        return [one for one in strings(yaml(text)) if one.startswith("prober ")]
    if kind == "crontab":
        return list(crontab_commands(text, True))
    if kind == "groovy":
        return re.findall(r"sh '(prober .*?)'", text)
    if kind == "nagios":
        return [line.replace("$ARG1$", "healthy") for line in re.findall(r"command_line\s+(.*)", text)]
    if kind == "icinga":
        return [icinga_command(text)]
    if kind == "systemd":
        return [line.replace("${CREDENTIALS_DIRECTORY}", "/etc/pomerium").replace("${STATE_DIRECTORY}", "/var/lib/prober")
                for line in re.findall(r"^ExecStart=(.*)", text, re.M)]  # fmt: skip
    return []


class Place:
    """A folder that stands for the machine on which the lines run."""

    def __init__(self, folder, prober, routes):
        self.folder, self.prober = Path(folder), prober
        for name in ("etc/pomerium", "var/lib/prober", "var/lib/prometheus/node-exporter", "checkout"):
            (self.folder / name).mkdir(parents=True)
        (self.folder / "etc/pomerium/config.yaml").write_text(routes)
        (self.folder / "checkout/config.yaml").write_text(routes)

    def run(self, command):
        command = re.sub(r"(?<![\w/])/(etc/pomerium|var/lib)/", lambda match: f"{self.folder}/{match[1]}/", command)
        command = re.sub(r"^(/usr/bin/)?prober ", f"{self.prober} ", command)
        command = command.replace("--retry-for 60s", "--retry-for 1s")
        return subprocess.run(["sh", "-c", command], cwd=self.folder / "checkout", capture_output=True, text=True, timeout=PATIENCE)


def run_command(where, command, prober, routes):
    with tempfile.TemporaryDirectory() as folder:
        place = Place(folder, prober, routes)
        done = place.run(command)
        nagios = "--format nagios" in command
        wanted = (0 if "--route" in command else 2) if nagios else 1
        check(done.returncode == wanted, where, command, done.returncode, done.stdout[-300:], done.stderr[-300:])
        if nagios:
            check(done.stdout.startswith("PROBER OK" if "--route" in command else "PROBER CRITICAL") and " | " in done.stdout, where, done.stdout[:200])
        if "junit=" in command:
            suites = ElementTree.parse(place.folder / "checkout/report.xml").getroot()
            check(int(suites.get("failures")) > 0, where, "no failures in the report")
        if "--format github" in command:
            check("\n::error file=config.yaml,line=" in done.stdout, where, "no annotations")
        if "prometheus=" in command:
            text = (place.folder / "var/lib/prometheus/node-exporter/prober.prom").read_text()
            check("# TYPE " in text and not done.stdout, where, text[:200])
        if "--only-changes" in command:
            check("FAILING" in done.stdout, where, "the first run says nothing")
            again = place.run(command)
            check((again.returncode, again.stdout, again.stderr) == (0, "", ""), where, "the second run:", again)


def verify_units(folder, prober):
    """systemd's own check, with the program where it is now."""
    with tempfile.TemporaryDirectory() as copy:
        for unit in folder.iterdir():
            (Path(copy) / unit.name).write_text(unit.read_text().replace("/usr/bin/prober", prober))
        units = [str(path) for path in sorted(Path(copy).iterdir())]
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, timeout=PATIENCE)
        ours = [line for line in done.stderr.splitlines() if "prober" in line]
        check(done.returncode == 0 and not ours, "systemd-analyze:", done.stderr)


def main():
    prober = os.path.abspath(sys.argv[1])
    root = Path(sys.argv[2]).resolve()
    check(shutil.which("systemd-analyze"), "systemd-analyze is not installed")
    sources = [("README.md", kind, text) for kind, text in re.findall(r"^```(\w+)\n(.*?)^```", (root / "README.md").read_text(), re.M | re.S)]
    kinds = {"ci/github.yml": "yaml", "ci/gitlab.yml": "yaml", "ci/Jenkinsfile": "groovy", "cron/prober": "crontab", "nagios/prober.cfg": "nagios",
             "nagios/icinga2.conf": "icinga", "systemd/prober-once.service": "systemd"}  # fmt: skip
    sources += [(f"config/{name}", kind, (root / "config" / name).read_text()) for name, kind in kinds.items()]
    commands = {command: where for where, kind, text in sources for command in commands_of(kind, text)}
    for where, least in (("README.md", 6), *((f"config/{name}", 1) for name in kinds)):
        found = [one for place, kind, text in sources if place == where for one in commands_of(kind, text)]
        check(len(found) >= least, where, "has only the commands", found)
    with subprocess.Popen([prober, "demo", "--serve"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as served:
        try:
            routes = demo_configuration(served.stdout)
            for command, where in commands.items():
                run_command(where, command, prober, routes)
        finally:
            served.terminate()
    verify_units(root / "config" / "systemd", prober)
    print("\n".join(failures) or f"{len(commands)} commands of {len(sources)} texts ran")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
