"""Receipts as the warehouse has them: what became of each event, for its source and in its source's language.

No receipt is stored. ``ops.receipt_group`` keeps runs of offsets that share a cause; each event's fate is read from
where it is anyway, by key. Groups are numbered by one writer at a time (``consumers.receipts``), so a cursor that has
passed a number has passed all below it, and a reader misses nothing that is committed late.
"""

from __future__ import annotations

import base64
import binascii
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from arna.contracts.mends import find_mend
from arna.contracts.quality import QUALITY_WORDS
from arna.contracts.receipt import BatchTotals, Language, Notice, Outcome, Receipt
from arna.contracts.registry import Entity
from arna.contracts.rules import RULES, UNNAMED_RULE
from arna.errors import ArnaError, ConfigError
from arna.warehouse.database import Database, Session

MAX_PAGE: Final = 1_000
"""Most receipts in a page."""
END_CURSOR: Final = "end"
"""In place of a cursor: behind all receipts there are, to hear only of what comes later."""

_PLACE: Final = struct.Struct(">BIqq")
_CHECK: Final = struct.Struct(">I")
_FORMAT: Final = 1
# Above every offset; PostgreSQL writes a range after the highest bigint as one from the next, which there is not.
_END_OF_GROUP: Final = 2**62


class CursorError(ArnaError):
    """The cursor was not given out by Arna, or to another source, or by a warehouse that is gone: begin without one."""


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    """Some receipts of a source, in order.

    Attributes:
        receipts: the receipts.
        totals: of each batch that settled one of them, by number.
        next_cursor: where to go on; also after the last page, to hear what comes later.
        has_more: whether more are there already.
    """

    receipts: tuple[Receipt, ...]
    totals: tuple[BatchTotals, ...]
    next_cursor: str
    has_more: bool


@dataclass(frozen=True, slots=True)
class _Place:
    """After which receipt to go on."""

    group_id: int
    offset: int


_BEGINNING: Final = _Place(0, -1)


def read_receipts(
    database: Database,
    source_uri: str,
    *,
    cursor: str | None = None,
    limit: int = 500,
    language: Language | None = None,
    outcome: Outcome | None = None,
) -> ReceiptPage:
    """The receipts of one source that follow a cursor; of no other source, whatever the cursor says.

    Args:
        database: as a role that may run ``ops.list_receipts``.
        source_uri: whose.
        cursor: ``next_cursor`` of an earlier page of the same source, or ``END_CURSOR``; None: from the beginning.
        limit: most receipts in the page, 1 to ``MAX_PAGE``.
        language: of messages and mends; None: the source's own.
        outcome: only these. A cursor of such a page goes on behind all that was looked through.

    Raises:
        CursorError: the cursor is damaged or another source's.
        ConfigError: the source is not registered.
        ValueError: the limit is out of range.
        WarehouseUnavailable: try again.
    """
    if not 1 <= limit <= MAX_PAGE:
        message = f"limit must be from 1 to {MAX_PAGE}"
        raise ValueError(message)
    with database.session("repeatable read", read_only=True) as session:
        source = session.fetch_one("receipts/get_source.sql", {"source_uri": source_uri})
        if source is None:
            raise ConfigError(source_uri, "is not a registered source.", "See `arna source list`.")
        place = _find_place(cursor, source)
        rows = session.fetch_all(
            "receipts/list_receipts.sql",
            {
                "source_id": source["source_id"],
                "after_group_id": place.group_id,
                "after_offset": place.offset,
                "outcome": outcome,
                "max_rows": limit + 1,
            },
        )
        has_more = len(rows) > limit
        rows = rows[:limit]
        totals = read_totals(session, source["source_id"], rows)
        # Where nothing follows, a filter may have passed over groups: the cursor stands behind all there are.
        last = rows[-1] if has_more else {"receipt_group_id": source["last_group_id"] or 0, "offset": _END_OF_GROUP}
    chosen: Language = language or source["language_code"]
    return ReceiptPage(
        receipts=tuple(make_receipt(row, chosen) for row in rows),
        totals=tuple(totals.values()),
        next_cursor=_write_cursor(_Place(last["receipt_group_id"], last["offset"]), source["source_id"]),
        has_more=has_more,
    )


def cursor_since(database: Database, source_uri: str, since: datetime) -> str | None:
    """The cursor after which the receipts made since a moment follow; None: all were.

    Args:
        database: as the owner or an engineer.
        source_uri: whose receipts.
        since: aware.
    """
    with database.session(read_only=True) as session:
        source = session.fetch_one("receipts/get_source.sql", {"source_uri": source_uri})
        found = session.fetch_one("receipts/find_before.sql", {"source_uri": source_uri, "since": since})
    if source is None or found is None or found["receipt_group_id"] is None:
        return None
    return _write_cursor(_Place(found["receipt_group_id"], _END_OF_GROUP), source["source_id"])


def read_totals(session: Session, source_id: int, rows: Sequence[Mapping[str, Any]]) -> dict[int, BatchTotals]:
    """The totals of the batches that settled some receipts, by batch."""
    batch_ids = sorted({row["batch_id"] for row in rows if row["batch_id"] is not None})
    if not batch_ids:
        return {}
    found = session.fetch_all("receipts/sum_batches.sql", {"source_id": source_id, "batch_ids": batch_ids})
    return {row["batch_id"]: BatchTotals(**{**row, "entity": Entity(row["entity"])}) for row in found}


def make_receipt(row: Mapping[str, Any], language: Language) -> Receipt:
    """The receipt of a row of ``ops.receipt``.

    Pointers of a batch's rules lead into the data of the event, those of the contract into the whole of it; here all
    begin at the root of the event.
    """
    entity, rule_id = Entity(row["entity"]), row["rule_id"]
    payload_sha256 = row["payload_sha256"]
    pointer = row["pointer"]
    return Receipt(
        event_id=row["event_id"],
        entity=entity,
        subject=row["subject"],
        record_version=row["record_version"],
        outcome=Outcome(row["outcome"]),
        rejection_class=row["rejection_class"],
        rule_id=rule_id,
        pointer=_rooted(pointer) if row["batch_id"] is not None else pointer,
        message=None if rule_id is None else row[f"message_{language}"],
        mend=None if rule_id is None else find_mend(rule_id, language),
        also_failed=_notices(row["also_failed"], entity, language),
        warnings=_notices(row["warnings"], entity, language),
        payload_sha256=None if payload_sha256 is None else bytes(payload_sha256).hex(),
        batch_id=row["batch_id"],
        topic=row["topic_name"],
        partition=row["partition"],
        offset=row["offset"],
        at=row["happened_at"],
    )


def _notices(rule_ids: Sequence[str] | None, entity: Entity, language: Language) -> tuple[Notice, ...]:
    return tuple(_notice(rule_id, entity, language) for rule_id in rule_ids) if rule_ids else ()


@cache
def _notice(rule_id: str, entity: Entity, language: Language) -> Notice:
    words = QUALITY_WORDS.get(rule_id)
    pointer = "" if words is None else words.pointer_in(entity)
    rule = RULES.get(rule_id, UNNAMED_RULE) if words is None else words.rule
    return Notice(rule_id, _rooted(pointer) or "", getattr(rule, language), find_mend(rule_id, language))


def _rooted(pointer: str | None) -> str | None:
    return f"/data{pointer}" if pointer else pointer


def _write_cursor(place: _Place, source_id: int) -> str:
    packed = _PLACE.pack(_FORMAT, source_id, place.group_id, place.offset)
    return base64.urlsafe_b64encode(packed + _CHECK.pack(zlib.crc32(packed))).decode().rstrip("=")


def _find_place(cursor: str | None, source: Mapping[str, Any]) -> _Place:
    if cursor is None:
        return _BEGINNING
    if cursor == END_CURSOR:
        return _Place(source["last_group_id"] or 0, _END_OF_GROUP)
    return _read_cursor(cursor, source)


def _read_cursor(cursor: str, source: Mapping[str, Any]) -> _Place:
    try:
        data = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        data = b""
    packed, check = data[: _PLACE.size], data[_PLACE.size :]
    if len(packed) != _PLACE.size or check != _CHECK.pack(zlib.crc32(packed)) or packed[0] != _FORMAT:
        message = "the cursor is not one that Arna gave out; repeat it as it came, or begin without one."
        raise CursorError(message)
    _, owner_id, group_id, offset = _PLACE.unpack(packed)
    if owner_id != source["source_id"]:
        message = "the cursor belongs to another source; begin without one."
        raise CursorError(message)
    if group_id > (source["last_group_id"] or 0):
        message = "the cursor is ahead of all receipts, so the warehouse was made anew; begin without one."
        raise CursorError(message)
    return _Place(group_id, offset)
