"""config/prober.schema.json against the loader: both accept and refuse the documents of tests/data/config.

What a schema cannot see (other routes, files, regular expressions, certificates) is listed in
tests/data/config/beyond_schema.txt, by the names of the documents; nothing else may differ."""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

VENV = Path(sys.argv[3] if len(sys.argv) > 3 else ".venv/consumers")  # `./dev test` makes it
try:
    import jsonschema
    import yaml
except ImportError:
    if Path(sys.prefix).resolve() != VENV.resolve() and (VENV / "bin/python").exists():
        os.execv(VENV / "bin/python", [str(VENV / "bin/python"), *sys.argv])
    print("schema: no jsonschema and PyYAML here")
    sys.exit(1 if os.environ.get("CI") == "true" else 77)

# The loader's verdict on each corpus: what `prober check` ends with.
ACCEPTED = {"refused": False, "all_down": False, "route_down": False, "warned": True, "own": False}


class Loader(yaml.SafeLoader):
    """Scalars as Go's yaml.v3 resolves them, and no key twice."""

    yaml_implicit_resolvers = {}


INT = re.compile(r"^[-+]?(0|0o?[0-7_]+|0b[01_]+|0x[0-9a-fA-F_]+|[1-9][0-9_]*)$")
FLOAT = re.compile(r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(~|null|Null|NULL|)$"), ["~", "n", "N", ""])
Loader.add_implicit_resolver("tag:yaml.org,2002:int", INT, list("-+0123456789"))
Loader.add_implicit_resolver("tag:yaml.org,2002:float", FLOAT, list("-+0123456789."))
Loader.add_implicit_resolver("tag:yaml.org,2002:timestamp", re.compile(r"^\d{4}-\d\d-\d\d$"), list("0123456789"))
Loader.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile(r"^<<$"), ["<"])


def construct_map(loader, node):
    if any(not isinstance(key, yaml.ScalarNode) for key, _ in node.value):
        raise yaml.YAMLError("a map or a list as a key")
    keys = [key.value for key, _ in node.value]
    if len(keys) != len(set(keys)):
        raise yaml.YAMLError("a key twice")
    loader.flatten_mapping(node)
    return {str(loader.construct_object(key)): loader.construct_object(value, deep=True) for key, value in node.value}


Loader.add_constructor("tag:yaml.org,2002:map", construct_map)
Loader.add_constructor("tag:yaml.org,2002:timestamp", lambda loader, node: [node.value])  # no type of JSON
Loader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(node.value.replace("_", ""), 0))
Loader.add_constructor("tag:yaml.org,2002:float", lambda loader, node: float(node.value))


def documents(path: Path):
    for part in re.split(r"^=== ", path.read_text(), flags=re.M)[1:]:
        name, _, rest = part.partition("\n")
        yield name, "".join(line + "\n" for line in rest.split("\n") if line and not line.startswith("> "))


def accepts(validator, text: str) -> tuple[bool, str]:
    try:
        document = next(yaml.load_all(text, Loader))
    except (yaml.YAMLError, RecursionError, StopIteration) as error:
        return False, str(error)
    errors = sorted(validator.iter_errors(document), key=lambda error: list(map(str, error.path)))
    return not errors, errors[0].message[:200] if errors else ""


def checks(prober: str, text: str) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "f").write_text(text)
        return subprocess.run([prober, "check", "--no-files", "-c", "f"], cwd=folder, capture_output=True, check=False).returncode == 0


def main() -> int:
    root, prober = Path(sys.argv[1]), str(Path(sys.argv[2]).resolve())
    data = root / "tests/data/config"
    schema = json.loads((root / "config/prober.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    beyond = {line for line in (data / "beyond_schema.txt").read_text().split("\n") if line and not line.startswith("#")}
    problems, seen = [], set()
    for corpus, accepted in ACCEPTED.items():
        for name, text in documents(data / f"{corpus}.txt"):
            seen.add(name)
            got, why = accepts(validator, text)
            if (got == accepted) == (name in beyond):
                problems.append(f"{corpus}: {name}: the schema {'accepts' if got else 'refuses'} it {why}")
    for path in [*sorted((data / "valid").glob("*.yaml")), root / "config/prober.example.yaml"]:
        got, why = accepts(validator, path.read_text())
        if not got:
            problems.append(f"{path.name}: the schema refuses it: {why}")
        if not checks(prober, path.read_text()):
            problems.append(f"{path.name}: prober check refuses it")
    problems += [f"beyond_schema.txt: there is no document {name!r}" for name in sorted(beyond - seen)]
    print("\n".join(problems) or f"schema: {len(seen)} documents and the valid files agree")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
