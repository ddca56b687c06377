"""Man pages and completions say what the program says: every option, format and key, in the real mandoc and shells."""

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PATIENCE = 60  # seconds; each step takes well under one
COMMANDS = ("check", "explain", "demo")
LONG = re.compile(r"--[a-z][a-z-]*")
failures = []


def check(condition, *what):
    if not condition:
        failures.append(" ".join(map(str, what)))


def same(what, got, wanted):
    check(got == wanted, f"{what}: missing {sorted(wanted - got)}, too many {sorted(got - wanted)}")


def output_of(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True, **more).stdout


class Program:
    """What the program itself says."""

    def __init__(self, path):
        self.path = path
        self.main = self.options("once") | self.options("daemon")
        self.of = {command: self.options(command) for command in COMMANDS}
        self.all = set().union(self.main, *self.of.values())
        self.formats = set(re.findall(r"^  ([a-z]+) ", output_of(path, "help", "formats"), re.M))
        self.topics = set(re.search(r"there are: (.*)", subprocess.run([path, "help", "?"], capture_output=True, text=True).stderr)[1].split(", "))

    def options(self, topic):
        return set(re.findall(r"^  (?:-\w, |    )(--[a-z-]+)", output_of(self.path, "help", topic), re.M))

    def short_options(self):
        return {match for topic in ("once", *COMMANDS) for match in re.findall(r"^  (-\w), ", output_of(self.path, "help", topic), re.M)}


def manual(doc, program):
    for page in ("prober.1", "prober.yaml.5"):
        lint = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", doc / page], capture_output=True, text=True)
        check(lint.returncode == 0, "mandoc:", lint.stdout)
    text = (doc / "prober.1").read_text()
    items = " ".join(re.findall(r"^\.It (.*)", text, re.M))
    same("options with an entry in prober.1", {"--" + name for name in re.findall(r"Fl Fl ([a-z-]+)", items)}, program.all)
    same("short options in prober.1", {"-" + name for name in re.findall(r"Fl (\w) ,", items)}, program.short_options())
    same("options that prober.1 speaks of", {"--" + name for name in re.findall(r"Fl Fl ([a-z-]+)", text)}, program.all)
    formats = re.search(r"\.Bl -tag -width prometheus.*?\.El", text, re.S)[0]
    same("formats in prober.1", set(re.findall(r"\.It Cm (\w+)", formats)), program.formats)
    codes = re.search(r"\.Sh EXIT STATUS.*?\.El", text, re.S)[0]
    help_codes = set(re.findall(r"^  (\d+) ", output_of(program.path, "help", "exit-codes"), re.M))
    same("exit codes in prober.1", set(re.findall(r"\.It (\d+)", codes)), help_codes)


def keys_of_configuration(doc, schema):
    """The keys of prober's own blocks, and those that prober.yaml.5 explains."""
    source = schema.read_text()

    def known(name):
        return set(re.findall(r'"([a-z0-9_]+)"', re.search(rf"{name}\[\] = \{{(.*?)\}};", source, re.S)[1]))

    page = (doc / "prober.yaml.5").read_text()
    for section, names in (("probe", ("kProbe", "kExpect")), ("proxy", ("kProxy", "kRetryPolicy"))):
        part = re.search(rf"\.Ss {section}\n(.*?)\n\.S[sh]", page, re.S)[1]
        items = {key for line in re.findall(r"^\.It Cm (.*)", part, re.M) for key in line.split(" , ")}
        same(f"keys of `{section}` in prober.yaml.5", items, set().union(*map(known, names)))


def bash(doc, *words):
    script = (
        'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
        '_prober prober "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    return set(output_of("bash", "--norc", "-c", script, "bash", doc / "prober.bash", *words).split())


def fish(doc, *words, folder="."):
    lines = output_of("fish", "--no-config", "-c", 'source $argv[1]; complete -C "$argv[2]"', doc / "prober.fish", " ".join(words), cwd=folder)
    return {line.split("\t")[0] for line in lines.splitlines()}


class Zsh:
    """An interactive zsh in a terminal: completion there is a matter of the line editor."""

    READY = r"READY> \x1b\[\?2004h"  # it has the terminal now: what is typed before goes to another reader

    def __init__(self, doc, home):
        (home / "_prober").write_text((doc / "prober.zsh").read_text())
        (home / ".zshrc").write_text(
            f"fpath=({home} $fpath); autoload -U compinit; compinit -D -u; LISTMAX=1000; PS1='READY> '; "
            "zstyle ':completion:*' menu no; unsetopt prompt_cr prompt_sp; stty cols 400 rows 200\n"
        )
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.chdir(home)
            os.execvpe("zsh", ["zsh", "-i"], {"PATH": os.environ["PATH"], "ZDOTDIR": str(home), "HOME": str(home), "TERM": "dumb", "LC_ALL": "C.UTF-8"})
        self.read_until(self.READY)

    def read_until(self, pattern):
        seen, end = "", time.monotonic() + PATIENCE
        while not re.search(pattern, seen, re.S):
            if not select.select([self.terminal], [], [], max(0, end - time.monotonic()))[0]:
                raise AssertionError(f"zsh did not print {pattern!r}: {seen[-500:]!r}")
            seen += os.read(self.terminal, 65536).decode(errors="replace")
        return seen

    def complete(self, line):
        """What ^D lists for the line, after which the prompt comes again; ^U then empties the line."""
        os.write(self.terminal, f"{line}\x04".encode())
        listed = self.read_until("READY> ")
        os.write(self.terminal, b"\x15print D''ONE\n")
        self.read_until("DONE.*" + self.READY)
        return listed.split("READY> ")[0].removeprefix(line)

    def close(self):
        os.close(self.terminal)
        os.waitpid(self.process, 0)


def completions(doc, program):
    values = {
        ("--format", ""): program.formats,
        ("--fail-on", ""): {"warning", "degraded", "failing"},
        ("--color", ""): {"auto", "always", "never"},
        ("--log-level", ""): {"trace", "debug", "info", "warning", "error", "off"},
        ("help", ""): program.topics,
    }
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        (home / "routes.yaml").write_text("routes: []\n")
        zsh = Zsh(doc, home)
        shells = {
            "bash": lambda *words: bash(doc, "prober", *words),
            "fish": lambda *words: fish(doc, "prober", *words, folder=home),
        }
        for shell, complete in shells.items():
            same(f"{shell}: options", {word for word in complete("--") if word.startswith("--")}, program.main)
            check({*COMMANDS, "help"} <= complete(""), f"{shell}: commands", complete(""))
            for command in COMMANDS:
                same(f"{shell}: options of {command}", {word for word in complete(command, "--") if word.startswith("--")}, program.of[command])
            for words, wanted in values.items():
                same(f"{shell}: {words[0]}", complete(*words), wanted)
        check("routes.yaml" in fish(doc, "prober", "-c", "rou", folder=home), "fish: files after -c")
        same("zsh: options", set(LONG.findall(zsh.complete("prober --"))), program.main)
        for command in COMMANDS:
            same(f"zsh: options of {command}", set(LONG.findall(zsh.complete(f"prober {command} --"))), program.of[command])
        for words, wanted in values.items():
            listed = zsh.complete(f"prober {' '.join(words)}")
            same(f"zsh: {words[0]}", wanted & set(re.findall(r"[a-z-]+", listed)), wanted)
        check("routes.yaml" in zsh.complete("prober -c r"), "zsh: files after -c")
        zsh.close()
        found = subprocess.run(
            ["bash", "--norc", "-c", f'cd {home}; source "$0"; COMP_WORDS=(prober --format json = rou); COMP_CWORD=4; _prober prober rou =; echo "${{COMPREPLY[*]}}"', doc / "prober.bash"],
            capture_output=True, text=True,
        ).stdout.strip()
        check(found == "routes.yaml", "bash: files after --format json=", found)


def main():
    program = Program(os.path.abspath(sys.argv[1]))
    root = Path(sys.argv[2]).resolve()
    doc = root / "src" / "app" / "doc"
    lacking = [tool for tool in ("mandoc", "bash", "zsh", "fish") if not shutil.which(tool)]
    check(not lacking, "not installed:", lacking)
    check(len(program.main) > 15 and len(program.formats) > 5, "the help is not understood:", program.main, program.formats)
    manual(doc, program)
    keys_of_configuration(doc, root / "src" / "config" / "schema_tables.cpp")
    completions(doc, program)
    print("\n".join(failures) or f"{len(program.all)} options, {len(program.formats)} formats: documented and completed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
