"""What `cmake --install` puts where, and that it works from there: program, man pages, completions, examples, schemas, licence.

    install_test.py CMAKE BUILD SOURCE"""

import json
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

PATIENCE = 60
failures = []

# From SOURCE to the prefix. A folder stands for all that is in it.
FILES = {
    "src/app/doc/prober.1": "share/man/man1/prober.1",
    "src/app/doc/prober.yaml.5": "share/man/man5/prober.yaml.5",
    "src/app/doc/prober.bash": "share/bash-completion/completions/prober",
    "src/app/doc/prober.zsh": "share/zsh/site-functions/_prober",
    "src/app/doc/prober.fish": "share/fish/vendor_completions.d/prober.fish",
    "config/prober.example.yaml": "share/doc/prober/examples/prober.example.yaml",
    "config/ci": "share/doc/prober/examples/ci",
    "config/cron": "share/doc/prober/examples/cron",
    "config/nagios": "share/doc/prober/examples/nagios",
    "config/systemd": "share/doc/prober/examples/systemd",
    "config/report.schema.json": "share/prober/report.schema.json",
    "config/prober.schema.json": "share/prober/prober.schema.json",
    "LICENSE": "share/doc/prober/LICENSE",
    "CHANGELOG.md": "share/doc/prober/CHANGELOG.md",
    "README.md": "share/doc/prober/README.md",
}
READERS = {  # each refuses a file that is not what it should be
    "share/man/man1/prober.1": ["mandoc", "-T", "lint", "-W", "warning"],
    "share/man/man5/prober.yaml.5": ["mandoc", "-T", "lint", "-W", "warning"],
    "share/bash-completion/completions/prober": ["bash", "-n"],
    "share/zsh/site-functions/_prober": ["zsh", "-n"],
    "share/fish/vendor_completions.d/prober.fish": ["fish", "--no-execute"],
    "share/prober/report.schema.json": ["jq", "-e", '."$schema"'],
    "share/prober/prober.schema.json": ["jq", "-e", '."$schema"'],
}


def check(holds, *what):
    if not holds:
        failures.append(" ".join(map(str, what)))


def run(*command):
    return subprocess.run([str(one) for one in command], capture_output=True, text=True, timeout=PATIENCE)


def files_under(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def check_files(prefix, source):
    wanted = {"bin/prober"}
    for origin, place in FILES.items():
        inside = files_under(source / origin) or {""}
        for name in inside:
            copy, original = prefix / place / name, source / origin / name
            wanted.add(str(copy.relative_to(prefix)))
            check(copy.is_file() and copy.read_bytes() == original.read_bytes(), place, name, "is not", original)
    there = files_under(prefix)
    check(there == wanted, "too much:", sorted(there - wanted), "too little:", sorted(wanted - there))
    for name in there:
        mode = stat.S_IMODE((prefix / name).stat().st_mode)
        check(mode == (0o755 if name == "bin/prober" else 0o644), name, "has the mode", oct(mode))


def check_works(prefix):
    prober = prefix / "bin/prober"
    version = run(prober, "--version")
    check(version.returncode == 0 and version.stdout.startswith("prober "), version)
    example = run(prober, "check", "-c", prefix / "share/doc/prober/examples/prober.example.yaml")
    check(example.returncode == 0 and "0 warnings: ok" in example.stdout, example)
    demo = run(prober, "demo", "--format", "json")
    check(demo.returncode == 0 and json.loads(demo.stdout)["schema"] == "prober/1", demo.returncode, demo.stderr)
    for name, command in READERS.items():
        check(shutil.which(command[0]), command[0], "is not installed")
        read = run(*command, prefix / name)
        check(read.returncode == 0, name, read.stdout[-300:], read.stderr[-300:])


def main():
    cmake, build, source = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        prefix = Path(folder).resolve() / "prefix"
        done = run(cmake, "--install", build, "--prefix", prefix)
        check(done.returncode == 0, done.stdout[-300:], done.stderr[-300:])
        if not failures:
            check_files(prefix, Path(source).resolve())
            check_works(prefix)
    print("\n".join(failures) or "installed and works")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
