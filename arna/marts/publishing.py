"""Publishing: a table of ``mart`` becomes what its model says, and only what differs is written.

A model fills ``next_<table>`` with the rows that the touched things should have; ``scope_<table>`` fills
``old_<table>`` with the keys of the rows they have. Then rows that are no longer there go and leave a tombstone, rows
that differ are updated and new ones added, each with the number of the refresh in ``change_seq``. Identical rows are
left alone: a reader who pulls by ``change_seq`` gets what changed, and the table does not bloat.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from arna.marts.registry import View
from arna.marts.scope import Scope
from arna.warehouse.database import Params, Session

KEY_LIMIT = 1_000
"""Changed keys of one table that are named in an event; above it a reader pulls."""


@dataclass(frozen=True, slots=True)
class Change:
    """Rows of a table that one refresh added, updated and removed."""

    added: int = 0
    updated: int = 0
    removed: int = 0

    @property
    def growth(self) -> int:
        """By how many rows the table grew."""
        return self.added - self.removed

    def __bool__(self) -> bool:
        return bool(self.added or self.updated or self.removed)


class Publisher:
    """Brings tables up to date in the transaction of one refresh.

    Attributes:
        changes: what was changed, by table.
    """

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._scope = scope
        self._statements: dict[str, dict[str, str]] = {}
        self.changes: dict[str, Change] = {}

    def replace(
        self, table: str, params: Params = None, *, scope_params: Params = None, folder: str | None = None
    ) -> int:
        """Runs a table's scope and model, and publishes. Returns how many rows the model gave.

        Args:
            table: name in ``mart``; the files are ``scope_<table>.sql`` and ``<table>.sql``.
            params: values for the model.
            scope_params: values for the scope; given, the scope holds in a rebuild as well (a table of both groups).
            folder: where the files are; unset: the folder of the group.
        """
        place = folder or f"marts/{self._scope.group}"
        is_whole = self._scope.is_rebuild and scope_params is None
        self.prepare(table, is_whole=is_whole)
        if not is_whole:
            self._session.execute(f"{place}/scope_{table}.sql", scope_params)
        count = self._session.execute(f"{place}/{table}.sql", params)
        self.publish(table)
        return count

    def prepare(self, table: str, *, is_whole: bool) -> None:
        """Makes ``next_<table>`` and ``old_<table>``; whole: rows count as old without being named there."""
        values = {
            "table": table,
            "change_seq": self._scope.change_seq,
            "key_limit": KEY_LIMIT,
            "is_whole": is_whole,
        }
        composed = self._session.fetch_all("marts/compose_publish.sql", values)[0]
        self._statements[table] = {name: str(text) for name, text in composed.items()}
        self._session.run_sql(self._statements[table]["prepare"])

    def publish(self, table: str) -> Change:
        """Writes what differs, once ``next_<table>`` and ``old_<table>`` are filled."""
        statements = self._statements[table]
        self._session.run_sql(statements["gather"])
        removed = self._session.run_sql(statements["take_out"])[0]["removed"]
        taken = self._session.run_sql(statements["take_up"])[0]
        change = Change(taken["added"], taken["updated"], removed)
        self.changes[table] = change
        return change


def announce(session: Session, scope: Scope, views: Mapping[str, View], changes: Mapping[str, Change]) -> None:
    """Puts an event for each view that changed into the outbox, with the keys where they are few and all known.

    Args:
        session: the transaction of the refresh.
        scope: the refresh.
        views: the views of the group.
        changes: what was changed, by table.
    """
    for name, view in views.items():
        if not is_changed(view, changes):
            continue
        change = changes.get(view.table or "", Change())
        session.execute(
            "marts/announce_change.sql",
            {
                "view_name": name,
                "table_name": view.table,
                "change_seq": scope.change_seq,
                "today": scope.today,
                "changed_count": change.added + change.updated,
                "removed_count": change.removed,
                # Which rows show a label that changed is for the reader's pull to find out.
                "key_limit": -1 if _is_changed_beside(view, changes) else KEY_LIMIT,
            },
        )


def is_changed(view: View, changes: Mapping[str, Change]) -> bool:
    """Whether rows of a view got the number of the refresh, or went."""
    return view.table is not None and (bool(changes.get(view.table)) or _is_changed_beside(view, changes))


def _is_changed_beside(view: View, changes: Mapping[str, Change]) -> bool:
    return any(table in changes and changes[table].updated for table in view.beside)
