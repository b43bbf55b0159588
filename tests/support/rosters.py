"""OneRoster sets made in a test: rows by file, written as a folder or as a zip."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

Rows = list[dict[str, str]]
Files = dict[str, Rows]

SYNC = {"status": "active", "dateLastModified": "2026-09-01T03:00:00.000Z"}


def full_set(*, is_dated: bool = True, learners: int = 3) -> Files:
    """A school with one class of grade 8; ``user-0`` teaches, the others learn."""
    sync = dict(SYNC) if is_dated else {"status": "", "dateLastModified": ""}
    roles = ["teacher", *["student"] * learners]
    return {
        "orgs": [{"sourcedId": "school", **sync, "name": "Мектеп", "type": "school", "identifier": "",
                  "parentSourcedId": ""}],
        "academicSessions": [{"sourcedId": "term", **sync, "title": "2026/27", "type": "term",
                              "startDate": "2026-09-01", "endDate": "2027-05-26", "schoolYear": "2027"}],
        "courses": [{"sourcedId": "course", **sync, "title": "Информатика", "courseCode": "INF", "orgSourcedId": ""}],
        "classes": [{"sourcedId": "class", **sync, "title": "8А", "grades": "08", "courseSourcedId": "course",
                     "classType": "scheduled", "schoolSourcedId": "school", "termSourcedIds": "term"}],
        "users": [{"sourcedId": f"user-{number}", **sync, "enabledUser": "true", "role": role, "userIds": "",
                   "username": f"u{number}", "identifier": "", "grades": "08"} for number, role in enumerate(roles)],
        "enrollments": [{"sourcedId": f"e-{number}", **sync, "classSourcedId": "class", "schoolSourcedId": "school",
                         "userSourcedId": f"user-{number}", "role": role, "primary": "", "beginDate": "",
                         "endDate": ""} for number, role in enumerate(roles)],
    }  # fmt: skip


def csv_text(rows: Sequence[Mapping[str, str]]) -> str:
    """Rows as CSV, everything quoted, as OneRoster wants it."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def manifest(modes: Mapping[str, str], version: str = "1.1") -> Rows:
    entries = {"manifest.version": "1.0", "oneroster.version": version}
    entries |= {f"file.{name}": mode for name, mode in modes.items()}
    return [{"propertyName": name, "value": value} for name, value in entries.items()]


def write_set(
    folder: Path,
    files: Mapping[str, Sequence[Mapping[str, str]]],
    *,
    mode: str | None = "bulk",
    version: str = "1.1",
    encoding: str = "utf-8",
) -> Path:
    """A folder with the files and, unless the mode is None, a manifest that gives all of them that mode."""
    folder.mkdir(parents=True)
    named = dict(files) if mode is None else {**files, "manifest": manifest(dict.fromkeys(files, mode), version)}
    for name, rows in named.items():
        (folder / f"{name}.csv").write_text(csv_text(rows), encoding=encoding, newline="")
    return folder


def zip_set(folder: Path) -> Path:
    """The folder as a zip beside it."""
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, file.name)
    return path
