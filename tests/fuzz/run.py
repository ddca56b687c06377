"""Runs the fuzzers: for a time each, or a fixed number of runs from the seeds.

    run.py --build build/fuzz --seconds 60 [FUZZER ...]   the corpus stays in build/fuzz/corpus
    run.py --build build/fuzz --runs 3000 [FUZZER ...]    from the seeds alone

Ends with 1 at the first finding; libFuzzer then has printed the input and where it was kept.
A seed is a text of hexadecimal digits, in which white space does not count and # begins a comment,
or, as NAME.txt, the input itself.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
FUZZERS = tuple(sorted(path.stem for path in HERE.glob("fuzz_*.cpp")))


def seed(path: Path) -> bytes:
    if path.suffix == ".txt":
        return path.read_bytes()
    return bytes.fromhex("".join(line.split("#")[0] for line in path.read_text().splitlines()))


def write_seeds(fuzzer: str, corpus: Path) -> None:
    corpus.mkdir(parents=True, exist_ok=True)
    seeds = sorted((HERE / "seeds" / fuzzer).iterdir())
    if not seeds:
        raise SystemExit(f"{fuzzer} has no seeds")
    for path in seeds:
        (corpus / path.stem).write_bytes(seed(path))


def run(build: Path, fuzzer: str, corpus: Path, limits: list[str]) -> int:
    write_seeds(fuzzer, corpus)
    words = [str(build / fuzzer), *limits, "-timeout=10", f"-artifact_prefix={build}/{fuzzer}-", str(corpus)]
    dictionary = HERE / "seeds" / f"{fuzzer}.dict"
    if dictionary.exists():
        words.append(f"-dict={dictionary}")
    result = subprocess.run(words, stderr=subprocess.PIPE, text=True, errors="replace")
    lines = result.stderr.splitlines()
    if result.returncode != 0:
        print("\n".join(lines[-80:]))
        print(f"{fuzzer}: a finding; make it a seed and a row in a unit test")
        return 1
    done = [line for line in lines if line.startswith("Done ")]
    print(f"{fuzzer}: {done[-1] if done else 'done'}, corpus {len(os.listdir(corpus))}", flush=True)
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, required=True)
    limit = parser.add_mutually_exclusive_group(required=True)
    limit.add_argument("--seconds", type=int)
    limit.add_argument("--runs", type=int)
    parser.add_argument("fuzzers", nargs="*", metavar="FUZZER", help=", ".join(FUZZERS))
    arguments = parser.parse_args()
    if unknown := set(arguments.fuzzers) - set(FUZZERS):
        parser.error(f"no such fuzzer: {', '.join(sorted(unknown))}")
    build = arguments.build.resolve()
    status = 0
    for fuzzer in arguments.fuzzers or FUZZERS:
        if arguments.seconds is not None:
            corpus = build / "corpus" / fuzzer
            limits = [f"-max_total_time={arguments.seconds}"]
            status |= run(build, fuzzer, corpus, limits)
        else:
            with tempfile.TemporaryDirectory(prefix="prober-fuzz-") as scratch:
                # The same seed each time: a test that passes passes again.
                status |= run(build, fuzzer, Path(scratch), [f"-runs={arguments.runs}", "-seed=1"])
    return status


sys.exit(main())
