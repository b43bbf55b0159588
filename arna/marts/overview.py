"""How the marts stand, and whether what they hold is what their models say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from arna.errors import ConfigError
from arna.marts.refreshing import RefreshResult, lock_group, rebuild, refresh
from arna.marts.registry import GROUPS, VIEWS, MartGroup, find_view
from arna.warehouse.content import content_hash
from arna.warehouse.database import Database

ALL: Final = "all"
_MOST_TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class ViewState:
    """How a view stands.

    Attributes:
        view: the view, with its schema.
        group: the group it is refreshed with.
        is_refreshed: whether it ever was; else the rest is unset.
        rows: its rows; None for a view that is derived at reading.
        last_event_at: when the latest event in it happened.
        refreshed_at: when it was last brought up to date.
        as_of_date: the day it stands for.
        change_seq: the last number that changed a row of it; None for a view that is derived at reading.
        validated_at: when its expectations were last checked.
        is_valid: whether no critical one failed then.
    """

    view: str
    group: MartGroup
    is_refreshed: bool
    rows: int | None = None
    last_event_at: datetime | None = None
    refreshed_at: datetime | None = None
    as_of_date: date | None = None
    change_seq: int | None = None
    validated_at: datetime | None = None
    is_valid: bool | None = None


@dataclass(frozen=True, slots=True)
class ViewChange:
    """A refresh that changed a view: a row of the outbox ``ops.mart_change``.

    Attributes:
        change_id: its number in the outbox.
        view: the view.
        change_seq: the number its rows got.
        as_of_date: the day the refresh stands for.
        changed: rows added or changed.
        removed: rows removed.
        keys: keys named in the event; None: it says to pull.
        created_at: when.
        sent_at: when Kafka had it; None: it waits.
    """

    change_id: int
    view: str
    change_seq: int
    as_of_date: date
    changed: int
    removed: int
    keys: int | None
    created_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """What a rebuild of a group found.

    Attributes:
        result: the rebuild itself.
        rows: rows in the tables behind the group's views, by view.
        differing: views whose tables have another content hash than before.
        is_sure: False: batches were loaded meanwhile, so a difference may be theirs.
    """

    result: RefreshResult
    rows: Mapping[str, int]
    differing: tuple[str, ...]
    is_sure: bool


def find_groups(name: str | None) -> tuple[MartGroup, ...]:
    """The groups that a name means: a group, the group of a view, or all.

    Raises:
        ConfigError: there is neither a group nor a view of this name.
    """
    if name is None or name == ALL:
        return GROUPS
    for group in GROUPS:
        if name == group:
            return (group,)
    if "." not in name:
        raise ConfigError("NAME", f"there is no group {name}.", f"Use {', '.join(GROUPS)}, {ALL} or a view.")
    return (find_view(name)[0],)


def list_views(db: Database) -> list[ViewState]:
    """Every view of the registry, by group."""
    found = {row["view_name"]: row for row in db.fetch_all("ops/list_freshness.sql")}
    return [
        ViewState(name, group, is_refreshed=False)
        if (row := found.get(name)) is None
        else ViewState(
            name,
            group,
            is_refreshed=True,
            rows=row["row_count"],
            last_event_at=row["last_event_at"],
            refreshed_at=row["refreshed_at"],
            as_of_date=row["as_of_date"],
            change_seq=row["change_seq"],
            validated_at=row["validated_at"],
            is_valid=row["is_valid"],
        )
        for group, views in VIEWS.items()
        for name in views
    ]


def list_changes(db: Database, limit: int, view: str | None = None) -> list[ViewChange]:
    """The last changes of all views, or of one, the latest first."""
    return [
        ViewChange(
            row["change_id"],
            row["view_name"],
            row["change_seq"],
            row["as_of_date"],
            row["changed_count"],
            row["removed_count"],
            row["key_count"],
            row["created_at"],
            row["sent_at"],
        )
        for row in db.fetch_all("ops/list_mart_changes.sql", {"most": limit, "view_name": view})
    ]


def check_rebuild(db: Database, group: MartGroup) -> RebuildReport:
    """Brings a group up to date, computes it anew, and tells whether that made a difference: it must not.

    Nobody refreshes the group in between. Where a batch was loaded in between, it is done again.

    Raises:
        WarehouseUnavailable: the rebuild changed nothing; try again later.
    """
    with lock_group(db, group):
        for _ in range(_MOST_TRIES):
            before_result = refresh(db, group)
            before = _hash_views(db, group)
            result = rebuild(db, group)
            after = _hash_views(db, group)
            is_sure = not result.batches and result.as_of == before_result.as_of
            differing = tuple(view for view in after if after[view] != before[view])
            if is_sure or not (differing or any(result.changes.values())):
                break
    rows = {view: int(hashed.partition(":")[0]) for view, hashed in after.items()}
    return RebuildReport(result, rows, differing, is_sure)


def _hash_views(db: Database, group: MartGroup) -> dict[str, str]:
    # What stands beside is shared with the other group, which may be refreshed meanwhile.
    return {
        name: content_hash(db, f"mart.{view.table}") for name, view in VIEWS[group].items() if view.table is not None
    }
