"""OneRoster 1.1 and 1.2 CSV (a folder or a zip each, a full set and then its changes) as enrolments.

Mapping, rules and examples: ``docs/reference/mapping-oneroster.md``. Which files are there, and whether as *bulk* or as
*delta*, the manifest says; without one, all are bulk, and a ``roles.csv`` makes it 1.2. One row for each line of
``enrollments.csv``, and one for each line of another file that cannot be used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from arna.errors import ConfigError
from producers.adapters.csv_sets import CsvSet
from producers.adapters.roster_events import Roster, RosterOptions
from producers.adapters.rosters import RosterSet, Table, read_sets
from producers.rows import AdaptedRow

NAMESPACE: Final = "oneroster"
FILE: Final = "enrollments.csv"
VERSIONS: Final = ("1.1", "1.2")
_MODES: Final = frozenset({"bulk", "delta", "absent"})
_SYNC: Final = ("status", "dateLastModified")
_FILES: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "orgs": ("orgs", ("sourcedId", "type")),
    "sessions": ("academicSessions", ("sourcedId", "startDate", "endDate")),
    "courses": ("courses", ("sourcedId", "title")),
    "classes": ("classes", ("sourcedId", "title", "courseSourcedId", "schoolSourcedId", "termSourcedIds")),
    "users": ("users", ("sourcedId",)),
    "roles": ("roles", ("sourcedId", "userSourcedId", "role")),
    "demographics": ("demographics", ("sourcedId", "birthDate")),
}
"""Table of a roster to its file and the columns without which it says nothing."""
_ENROLMENT_COLUMNS: Final = ("sourcedId", "classSourcedId", "userSourcedId", "role")
_OPTIONAL: Final = frozenset({"demographics", "roles"})


def read_enrolments(paths: Path | Sequence[Path], options: RosterOptions) -> Iterator[AdaptedRow]:
    """One row for each enrolment as it stands after the last set, and one for each line that cannot be used.

    Args:
        paths: a set, or a full set and the changes that came after it, in their order.
        options: what they do not say.

    Raises:
        ConfigError: a set is of another version, or a file is not there, is in another encoding or lacks a column.
    """
    places = [paths] if isinstance(paths, Path) else list(paths)
    sets = (_open_set(path, options, is_first=index == 0) for index, path in enumerate(places))
    yield from read_sets(sets, Roster(NAMESPACE), options, is_only_set=len(places) == 1)


def _open_set(path: Path, options: RosterOptions, *, is_first: bool) -> RosterSet:
    archive = CsvSet(path, options.encoding)
    version, modes = _read_manifest(archive)
    enrolment_mode = modes["enrollments"]
    if enrolment_mode == "bulk" and not is_first:
        # It would take the place of what was given before it, which would then be published by nobody.
        raise ConfigError(
            "FILE", f"{path.name} is a full set, not changes of the one before.", "Publish them one by one."
        )
    if enrolment_mode == "absent" and is_first:
        raise ConfigError("FILE", f"{path.name} has no enrollments.csv.", "Give the full set before its changes.")
    tables = {}
    for table, (file, needed) in _FILES.items():
        if modes[file] == "absent":
            is_needed = table not in _OPTIONAL or (table == "roles" and version == "1.2")
            if is_needed and is_first and enrolment_mode == "bulk":
                raise ConfigError("FILE", f"{file}.csv is not in {path.name}, and its enrolments point into it.")
            continue
        columns = [*needed, *(_SYNC if modes[file] == "delta" else ())]
        if table == "users":
            columns += ["role"] if version == "1.1" else []
            columns += [options.iin_column] if options.iin_column else []
        tables[table] = Table(archive.read(file, columns), modes[file] == "delta")
    if enrolment_mode == "absent":
        return RosterSet(path.name, tables, None)
    is_delta = enrolment_mode == "delta"
    columns = [*_ENROLMENT_COLUMNS, *(_SYNC if is_delta else ())]
    return RosterSet(path.name, tables, Table(archive.read("enrollments", columns), is_delta))


def _read_manifest(archive: CsvSet) -> tuple[str, dict[str, str]]:
    """The version of the set, and bulk, delta or absent for each of the files."""
    names = [*(file for file, _ in _FILES.values()), "enrollments"]
    if not archive.has("manifest"):
        version = "1.2" if archive.has("roles") else "1.1"
        return version, {name: "bulk" if archive.has(name) else "absent" for name in names}
    entries: dict[str, str] = {}
    for record in archive.read("manifest", ("propertyName", "value")):
        if record.problem is not None:
            raise ConfigError("FILE", f"line {record.row + 1} of the manifest of {archive.name} is malformed.")
        entries[record.cells["propertyName"].strip()] = record.cells["value"].strip()
    version = entries.get("oneroster.version", "")
    if version not in VERSIONS:
        raise ConfigError(
            "FILE",
            f"the manifest of {archive.name} does not say OneRoster {' or '.join(VERSIONS)}.",
            "Other versions have other columns; export one of these.",
        )
    return version, {name: _mode(archive, name, entries) for name in names}


def _mode(archive: CsvSet, name: str, entries: Mapping[str, str]) -> str:
    mode = entries.get(f"file.{name}", "absent").lower()
    if mode not in _MODES:
        raise ConfigError("FILE", f"the manifest of {archive.name} says neither bulk, delta nor absent for {name}.")
    if mode != "absent" and not archive.has(name):
        raise ConfigError("FILE", f"the manifest of {archive.name} names {name}.csv, which is not there.")
    if mode == "absent" and archive.has(name):
        raise ConfigError(
            "FILE",
            f"{archive.name} holds {name}.csv, but its manifest does not say whether that is bulk or delta.",
            f"Add the line file.{name} to the manifest, or take the file out.",
        )
    return mode
