"""The spool's statements, for SQLite; not in ``sql/``, which is the warehouse's folder and no publisher has."""

from __future__ import annotations

from typing import Final

PRAGMAS: Final = (
    "auto_vacuum = incremental",
    "journal_mode = wal",
    "synchronous = full",
    "fullfsync = on",  # macOS calls a write done that its disk only holds in memory
    "secure_delete = on",
)
SCHEMA: Final = (
    """create table packet (
        position integer primary key, topic text not null, events integer not null, bytes integer not null,
        entered_at integer not null, digest blob not null unique, body blob not null)""",
    """create table refused (
        position integer not null, place integer not null, topic text not null, events integer not null,
        bytes integer not null, error text not null, refused_at integer not null, body blob not null,
        primary key (position, place))""",
    """create table state (
        address text not null, cluster_id text, next_position integer not null, events integer not null,
        bytes integer not null, last_error text, last_error_at integer)""",
    *(
        f"""create trigger {table}_{event} after {event} on {table} begin
            update state set events = events {change("events")}, bytes = bytes {change("bytes")}; end"""  # noqa: S608
        for table in ("packet", "refused")
        for event, change in (
            ("insert", "+ new.{}".format),
            ("delete", "- old.{}".format),
            ("update", "+ new.{0} - old.{0}".format),
        )
    ),
)
INSERT: Final = "insert into packet values (?, ?, ?, ?, ?, ?, ?) on conflict (digest) do nothing"
COLUMNS: Final = "position, topic, bytes, entered_at, digest, body"
NEXT: Final = f"""select {COLUMNS} from packet
    where position > ? and topic not in ({{}}) order by position limit 1"""  # noqa: S608
FIND: Final = f"select {COLUMNS} from packet where position = ?"  # noqa: S608
COUNT_WAITING: Final = """select state.events - (select coalesce(sum(events), 0) from refused) from state"""
REFUSE: Final = "insert into refused values (?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing"
MOVE_DAMAGED: Final = """insert into refused
    select position, ?, topic, events, bytes, ?, ?, body from packet where position = ?"""
