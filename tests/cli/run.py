"""Runs the cases of cases.json on the real binary: arguments -> output and exit code."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent


def lookup(document, path):
    for part in path.split("."):
        document = document[int(part)] if part.isdigit() else document[part]
    return document


def run_case(prober, case, demo):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in case.get("files", {}).items():
            (Path(folder) / name).write_text(text)
        args = [demo if case.get("demo") and arg == "demo" else arg for arg in case["args"]]
        environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **case.get("env", {})}
        done = subprocess.run(
            [prober, *args], cwd=folder, env=environment, input=case.get("stdin", ""), capture_output=True, text=True, timeout=60
        )
        problems = []
        if done.returncode != case["code"]:
            problems.append(f"exit code {done.returncode}, not {case['code']}")
        for stream in ("stdout", "stderr"):
            text = getattr(done, stream)
            problems += [f"{stream} lacks {part!r}" for part in case.get(stream, []) if part not in text]
            problems += [f"{stream} has {part!r}" for part in case.get(f"not_{stream}", []) if part in text]
        if "stdout_is" in case and done.stdout != case["stdout_is"]:
            problems.append(f"stdout is not {case['stdout_is']!r}")
        if len(done.stdout.splitlines()) > case.get("most_lines", sys.maxsize):
            problems.append(f"stdout has {len(done.stdout.splitlines())} lines")
        if "most_lines" in case and max(map(len, done.stdout.splitlines())) > 80:
            problems.append("stdout is wider than 80 columns")
        if "json" in case:
            document = json.loads(done.stdout)
            for path, want in case["json"].items():
                got = lookup(document, path)
                if got != want:
                    problems.append(f"{path} is {got!r}, not {want!r}")
        if "out_file" in case:
            target = Path(folder) / case["out_file"]
            json.loads(target.read_text())
            if target.stat().st_mode & 0o777 != 0o644:
                problems.append(f"mode of {case['out_file']} is {oct(target.stat().st_mode)}")
            leftovers = [path.name for path in Path(folder).iterdir() if path.name not in {*case["files"], case["out_file"]}]
            problems += [f"left behind: {name}" for name in leftovers]
        if problems:
            print(f"FAILED {case['name']}: {'; '.join(problems)}\n  stdout: {done.stdout[-800:]!r}\n  stderr: {done.stderr[-800:]!r}")
        return not problems


def demo_configuration(stdout):
    """What `prober demo --serve` prints at once, before it goes on; its last route is the last fault's."""
    lines = []
    for line in stdout:
        lines.append(line)
        if "one-of-two-down" in line and "name:" in line:
            break
    return "".join(lines + [stdout.readline() for _ in range(4)])


def main():
    prober = os.path.abspath(sys.argv[1])
    cases = json.loads((HERE / "cases.json").read_text())
    with tempfile.TemporaryDirectory() as folder, subprocess.Popen(
        [prober, "demo", "--serve"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as served:
        try:
            demo = Path(folder) / "demo.yaml"
            demo.write_text(demo_configuration(served.stdout))
            failed = sum(not run_case(prober, case, str(demo)) for case in cases)
        finally:
            served.terminate()
            served.stdout.close()
            code = served.wait()
    if code != 0:
        print(f"FAILED: demo --serve ended with {code} on SIGTERM")
        failed += 1
    print(f"{len(cases) + 1 - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
