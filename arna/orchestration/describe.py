"""Writes docs/reference/dags.md from the docstrings of the DAG files: ``python -m arna.orchestration.describe``."""

from __future__ import annotations

import argparse
import ast
import sys
from pathlib import Path
from typing import Final

TARGET: Final = Path("docs/reference/dags.md")
_HEAD: Final = """# DAGs

Generated from the docstrings in `dags/` by `python -m arna.orchestration.describe`; the same text is shown in Airflow.

Each load wakes up by the doorbell of its entity; each refresh by the loads' assets. Nothing is passed in an event.

```
landed/<entity> ──► load_<entity>: claim ─► validate ─► load ──► core/<entity> ──► refresh_profile, refresh_retraining
```
"""


def describe(folder: Path) -> str:
    """The document for all DAG files of a folder; they are read, not imported."""
    parts = [_HEAD]
    for path in sorted(folder.glob("*.py")):
        if path.stem == "__init__":
            continue
        doc = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        # The file's own headings start at the third level.
        lines = [f"#{line}" if line.startswith("###") else line for line in doc.strip().splitlines()]
        parts.append(f"## {path.stem}\n\n" + "\n".join(lines) + "\n")
    return "\n".join(parts)


def main() -> int:
    """Writes the document, or with ``--check`` says by exit code 1 that it is stale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only compare")
    arguments = parser.parse_args()
    text = describe(Path("dags"))
    if arguments.check:
        is_fresh = TARGET.exists() and TARGET.read_text(encoding="utf-8") == text
        if not is_fresh:
            sys.stderr.write(f"{TARGET} is stale: python -m arna.orchestration.describe\n")
        return int(not is_fresh)
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
