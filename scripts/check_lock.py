"""Fails when a lock file names a registry host, lacks a hash, or no longer fits pyproject.toml."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.txt", "requirements-dev.txt", "requirements-uv.txt")
PINNED = re.compile(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==\S+", re.MULTILINE | re.IGNORECASE)


def canonical(name: str) -> str:
    """The name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def required_names(project: dict[str, object], groups: dict[str, list[str]]) -> set[str]:
    """Names of every direct dependency that pyproject.toml declares."""
    lists = [project["dependencies"], *project["optional-dependencies"].values(), *groups.values()]  # type: ignore[attr-defined]
    names = {canonical(re.split(r"[\s\[<>=!~;]", line, maxsplit=1)[0]) for lines in lists for line in lines}
    # An extra that takes in other extras names the project itself.
    return names - {canonical(str(project["name"]))}


def problems() -> list[str]:
    """One sentence for each thing that is wrong."""
    found = []
    for name in LOCKS:
        text = (ROOT / name).read_text(encoding="utf-8")
        if re.search(r"https?://|--index-url|--find-links", text):
            found.append(f"{name} names a host; run `make lock`.")
        blocks = re.split(r"\n(?=\S)", text.strip())
        unhashed = [block.split()[0] for block in blocks if not block.startswith("#") and "--hash=sha256:" not in block]
        if unhashed:
            found.append(f"{name} has no hash for {', '.join(unhashed)}; run `make lock`.")
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    locked = {canonical(name) for name in PINNED.findall((ROOT / "requirements-dev.txt").read_text(encoding="utf-8"))}
    missing = required_names(declared["project"], declared["dependency-groups"]) - locked
    if missing:
        found.append(f"requirements-dev.txt lacks {', '.join(sorted(missing))}; run `make lock`.")
    return found


if __name__ == "__main__":
    wrong = problems()
    sys.stderr.writelines(f"{line}\n" for line in wrong)
    sys.exit(1 if wrong else 0)
