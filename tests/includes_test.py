"""The direction of data, held by the includes: which folder may see which, and which library is where."""

import re
import sys
from pathlib import Path

ALLOWED = {
    "core": {"core"},
    "config": {"core", "config"},
    "wire": {"wire"},
    "net": {"wire", "net"},
    "report": {"report"},
    "simulator": {"simulator"},
    "app": {"app", "config", "net", "report", "simulator"},
}
LIBRARIES = {
    "yaml-cpp": {"config"},
    "curl": {"net"},
    "ares": {"net"},
    "event2": {"net"},
    "openssl": {"config", "net", "simulator"},
    "re2": {"config", "core"},  # as Envoy rewrites: a function of its arguments
    "xxhash": {"config"},
    "nghttp2": {"wire"},
    "spdlog": {"app"},
    "CLI": {"app"},
    "nlohmann": {"report", "app"},
    "sys/socket": {"net", "simulator"},
    "netdb": {"net"},
}
INCLUDE = re.compile(r'^\s*#include\s+([<"])([^>"]+)[>"]')


def includes(path: Path):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if match := INCLUDE.match(line):
            yield number, match[1], match[2]


def check_source(path: Path, folder: str, folders: set[str]) -> list[str]:
    problems = []
    for number, _, name in includes(path):
        target = name.split("/")[0] if "/" in name else folder
        if target in folders and target not in ALLOWED[folder]:
            problems.append(f"{path}:{number}: {folder} must not include {name}")
        for library, users in LIBRARIES.items():
            if re.match(rf"{re.escape(library)}(/|\.h)", name) and folder not in users:
                problems.append(f"{path}:{number}: {library} belongs to {', '.join(sorted(users))}, not to {folder}")
    return problems


def check_header(path: Path) -> list[str]:
    return [
        f"{path}:{number}: include/prober sees only itself and the standard library, not {name}"
        for number, kind, name in includes(path)
        if not name.startswith("prober/") and (kind == '"' or "/" in name or name.endswith(".h"))
    ]


def main() -> int:
    root = Path(sys.argv[1])
    folders = {path.name for path in (root / "src").iterdir() if path.is_dir()}
    problems = [] if folders == set(ALLOWED) else [f"folders of src are {sorted(folders)}, known are {sorted(ALLOWED)}"]
    seen = 0
    for folder in sorted(folders & set(ALLOWED)):
        for path in sorted((root / "src" / folder).glob("*.[ch]*")):
            seen += 1
            problems += check_source(path, folder, folders)
    for path in sorted((root / "include" / "prober").glob("*.h")):
        seen += 1
        problems += check_header(path)
    print("\n".join(problems) or f"{seen} files include only what they may")
    return 1 if problems or seen < 50 else 0


if __name__ == "__main__":
    sys.exit(main())
