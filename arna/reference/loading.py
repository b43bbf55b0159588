"""Loads reference files into ``ref``, or says what a load would do; one transaction a file.

The statements of a load are composed from the columns of its table (``sql/reference/compose_merge.sql``), so a new
data set is a declaration in ``datasets.py`` and a table, nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

from arna.errors import ConfigError
from arna.reference.datasets import DATASETS, OWN_DATASETS, OWN_LICENCE, Dataset, Edition
from arna.reference.rechecking import recheck_warnings
from arna.skills.aliases import load_built_in
from arna.warehouse.database import Database, Session

Change = Literal["added", "changed", "retired"]
_SAMPLE_TABLES = (("kato", "KATO, regions only"), ("occupation", "ISCO-08, main groups only"))
_REGISTRY = Dataset(
    name="registered bodies",
    relation="organisation",
    file="",
    edition=Edition("Bodies registered as sources", date(2000, 1, 1)),
    licence=OWN_LICENCE,
    read=lambda _path: (),
    columns={},
    scope=("origin",),
)


@dataclass(frozen=True, slots=True)
class ReferenceLoad:
    """What one load did.

    Attributes:
        relation: the table.
        source: what was loaded, as it stands in ``ref.load``.
        licence: its licence.
        rows: codes in force after it, of those the file speaks for.
        added: codes that are new, or came back.
        changed: codes that say something else now.
        retired: codes that are no longer listed.
    """

    relation: str
    source: str
    licence: str
    rows: int
    added: int
    changed: int
    retired: int

    @property
    def differences(self) -> int:
        """Codes added, changed or retired; 0 is: all was known already."""
        return self.added + self.changed + self.retired


@dataclass(frozen=True, slots=True)
class DatasetDiff:
    """What a load of one file would do, and up to five codes of each kind of change."""

    relation: str
    source: str
    added: int
    changed: int
    retired: int
    examples: Mapping[Change, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Merge:
    """The statements that bring a table to what the stage says."""

    columns: tuple[str, ...]
    key_columns: tuple[str, ...]
    statements: Mapping[str, str]

    def run(self, session: Session, step: str) -> list[dict[str, Any]]:
        return session.run_sql(self.statements[step])


def load_reference(db: Database, directory: Path | None = None) -> list[ReferenceLoad]:
    """Loads every reference file found in a folder (or in its ``reference/``); without a folder, the built-in sample.

    Rows that waited for a code of these files are checked again.

    Raises:
        ConfigError: the folder holds none of the files, or one of them has no rows.
    """
    if directory is None:
        return load_sample(db)
    loads = [load_dataset(db, dataset, path) for dataset, path in _find_datasets(directory)]
    loads.append(_load_registry(db))
    loads.append(_load_aliases(db))
    recheck_warnings(db)
    return loads


def diff_reference(db: Database, directory: Path) -> list[DatasetDiff]:
    """What ``load_reference`` would add, change and retire; nothing is kept.

    The built-in aliases are left out: which of them are taken in depends on the skills that are loaded before them.

    Raises:
        ConfigError: as ``load_reference``.
    """
    found = [
        _diff_rows(db, dataset, dataset.edition_of(path), dataset.rows(path))
        for dataset, path in _find_datasets(directory)
    ]
    bodies = _registered_bodies(db)
    return [*found, *([_diff_rows(db, _REGISTRY, _REGISTRY.edition, bodies)] if bodies else [])]


def load_dataset(db: Database, dataset: Dataset, path: Path) -> ReferenceLoad:
    """Loads one file.

    Raises:
        ConfigError: it has no rows: that is a broken file, not the end of every code.
    """
    return _load_rows(db, dataset, dataset.edition_of(path), dataset.rows(path))


def load_sample(db: Database) -> list[ReferenceLoad]:
    """Regions and main occupation groups, only where nothing has been loaded."""
    loads = []
    for table, source in _SAMPLE_TABLES:
        with db.session() as session:
            count = session.execute(f"reference/sample_{table}.sql")
            rows = session.fetch_all(f"reference/count_{table}.sql", {"scheme": "isco08"})[0]["row_count"]
            load = ReferenceLoad(f"ref.{table}", source, OWN_LICENCE, rows, count, 0, 0)
            _note(session, load)
            loads.append(load)
    return loads


def list_loads(db: Database) -> list[dict[str, Any]]:
    """What was loaded from where, in order: columns of ``ref.load``."""
    return db.fetch_all("reference/list_loads.sql")


def _find_datasets(directory: Path) -> list[tuple[Dataset, Path]]:
    folder = directory / "reference" if (directory / "reference").is_dir() else directory
    found = [(dataset, folder / dataset.file) for dataset in DATASETS if (folder / dataset.file).is_file()]
    if not found:
        files = ", ".join(dict.fromkeys(dataset.file for dataset in DATASETS))
        raise ConfigError("--from", "holds no reference file.", f"Give a folder with one of: {files}.")
    return [*found, *((dataset, folder) for dataset in OWN_DATASETS)]


def _load_registry(db: Database) -> ReferenceLoad:
    bodies = _registered_bodies(db)
    if not bodies:
        return ReferenceLoad("ref.organisation", _REGISTRY.edition.source, OWN_LICENCE, 0, 0, 0, 0)
    return _load_rows(db, _REGISTRY, _REGISTRY.edition, bodies)


def _registered_bodies(db: Database) -> list[dict[str, str | None]]:
    """The bodies of ``ops.source`` as organisations; the language of their names is not told."""
    return [
        {"origin": "registry", "organisation_code": row["bin"], "bin": row["bin"], "name": row["name"]}
        for row in db.fetch_all("reference/list_sources.sql")
    ]


def _load_aliases(db: Database) -> ReferenceLoad:
    """The aliases that Arna brings, for the skills that are in the reference; then which codes are one skill."""
    with db.session() as session:
        merged, removed, total = load_built_in(session)
        session.execute("skills/link_skills.sql")
        load = ReferenceLoad("ref.skill_alias", "Aliases of skills", OWN_LICENCE, total, merged, 0, removed)
        _note(session, load)
        return load


def _load_rows(
    db: Database, dataset: Dataset, edition: Edition, rows: Iterable[Mapping[str, str | None]]
) -> ReferenceLoad:
    with db.session() as session:
        merge = _stage(session, dataset, edition, rows)
        counts = {row["change"]: int(row["row_count"]) for row in merge.run(session, "diff")}
        if counts:
            for step in ("close_changed", "correct_changed", "retire_missing", "insert_new"):
                merge.run(session, step)
        load = ReferenceLoad(
            relation=f"ref.{dataset.relation}",
            source=edition.source,
            licence=dataset.licence,
            rows=merge.run(session, "count_rows")[0]["row_count"],
            added=counts.get("added", 0),
            changed=counts.get("changed", 0),
            retired=counts.get("retired", 0),
        )
        _note(session, load)
        return load


def _diff_rows(
    db: Database, dataset: Dataset, edition: Edition, rows: Iterable[Mapping[str, str | None]]
) -> DatasetDiff:
    with db.session() as session:
        # The stage goes with the transaction, and nothing else is written.
        found = {row["change"]: row for row in _stage(session, dataset, edition, rows).run(session, "diff")}
    return DatasetDiff(
        relation=f"ref.{dataset.relation}",
        source=edition.source,
        added=found["added"]["row_count"] if "added" in found else 0,
        changed=found["changed"]["row_count"] if "changed" in found else 0,
        retired=found["retired"]["row_count"] if "retired" in found else 0,
        examples={change: tuple(row["examples"]) for change, row in found.items()},
    )


def _stage(session: Session, dataset: Dataset, edition: Edition, rows: Iterable[Mapping[str, str | None]]) -> _Merge:
    merge = _compose(session, dataset, edition)
    session.execute("reference/create_stage.sql", names={"relation": dataset.relation})
    count = 0
    with session.copy_in("reference/copy_stage.sql") as copy:
        for row in _unique(rows, merge.key_columns):
            copy.write_row([row.get(column) for column in merge.columns])
            count += 1
    if not count:
        raise ConfigError(dataset.file or dataset.name, "has no rows.", "Is the file whole?")
    session.execute("reference/analyze_stage.sql")
    if dataset.keeps_labels:
        merge.run(session, "keep_labels")
    return merge


def _compose(session: Session, dataset: Dataset, edition: Edition) -> _Merge:
    known = {"relation_name": f"ref.{dataset.relation}", "source_prefix": edition.source.split()[0]}
    is_first = not session.fetch_all("reference/has_load.sql", known)[0]["has_load"]
    row = session.fetch_all(
        "reference/compose_merge.sql",
        {
            "relation": dataset.relation,
            "scope": list(dataset.scope),
            "effective_on": edition.in_force_on if is_first else edition.changed_on or _today(),
        },
    )[0]
    return _Merge(tuple(row.pop("all_columns")), tuple(row.pop("key_columns")), row)


def _unique(
    rows: Iterable[Mapping[str, str | None]], key_columns: tuple[str, ...]
) -> Iterator[Mapping[str, str | None]]:
    """One row a key, the last that the file has."""
    keys = [column for column in key_columns if column != "valid_from"]
    return iter({tuple(row.get(column) for column in keys): row for row in rows}.values())


def _note(session: Session, load: ReferenceLoad) -> None:
    # A load that changed nothing leaves no trace: readers of ref.load take a new row for new content.
    if load.differences:
        session.execute(
            "reference/insert_load.sql",
            {
                "relation_name": load.relation,
                "source_name": load.source,
                "licence": load.licence,
                "row_count": load.rows,
                "added_count": load.added,
                "changed_count": load.changed,
                "retired_count": load.retired,
            },
        )


def _today() -> date:
    return datetime.now(UTC).date()
