"""Builds the wheel: everything inside ``arna``, so that no general name goes into a publisher's site-packages.

A checkout keeps ``producers``, ``consumers``, ``expectations``, ``dags`` and ``sql`` side by side at the top. The wheel
has them as ``arna.producers`` and so on, with the imports among them rewritten (ADR 0013). An editable installation is
the checkout itself.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SIBLINGS = ("producers", "consumers", "expectations", "dags", "sql")
_IMPORT = re.compile(rf"^(\s*)from ({'|'.join(SIBLINGS)})(?=[. ])", re.MULTILINE)
# It would bind another name inside arna, so it has no equal there.
_PLAIN_IMPORT = re.compile(rf"^\s*import (?:{'|'.join(SIBLINGS)})\b", re.MULTILINE)
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc")


class SiblingsInside(BuildHookInterface):  # type: ignore[type-arg]
    """Puts the siblings into ``arna``."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Makes the tree that goes into the wheel."""
        if version == "editable":
            return
        self._folder = tempfile.mkdtemp(prefix="arna-wheel-")
        root, tree = Path(self.root), Path(self._folder) / "arna"
        shutil.copytree(root / "arna", tree, ignore=_LEFT_OUT)
        for name in SIBLINGS:
            shutil.copytree(root / name, tree / name, ignore=_LEFT_OUT)
        for path in tree.rglob("*.py"):
            path.write_text(rewrite(path.read_text(encoding="utf-8"), str(path.relative_to(tree))), encoding="utf-8")
        build_data["force_include"][str(tree)] = "arna"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Deletes it."""
        if version != "editable":
            shutil.rmtree(self._folder)


def rewrite(source: str, name: str) -> str:
    """A module's text with the siblings' imports as they are inside ``arna``.

    Raises:
        ValueError: it imports a sibling in a form that cannot be rewritten.
    """
    if _PLAIN_IMPORT.search(source):
        message = f"{name}: write `from producers import …`: the wheel has no `producers` to import"
        raise ValueError(message)
    return _IMPORT.sub(r"\1from arna.\2", source)
