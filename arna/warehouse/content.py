"""Content hashes: whether two states of a relation are the same, whatever the order of their rows (invariant C6)."""

from __future__ import annotations

from collections.abc import Iterable

from arna.warehouse.database import Database

VOLATILE_COLUMNS = ("landed_at", "loaded_at", "batch_id", "refreshed_at", "change_seq")
"""When, in which batch and by which refresh a row was written: no part of what it says."""


def content_hash(database: Database, relation: str, exclude: Iterable[str] = VOLATILE_COLUMNS) -> str:
    """Hash of all rows of a table or view.

    Args:
        database: the warehouse.
        relation: ``schema.name``.
        exclude: columns that do not count; the lineage to the Kafka offset does count.

    Raises:
        LookupError: there is no such relation.

    Returns:
        Row count and hash as text; equal for equal content.
    """
    schema, _, name = relation.partition(".")
    wanted = {"schema": schema, "relation": name, "excluded": list(exclude)}
    with database.session(read_only=True) as session:
        composed = session.fetch_one("ops/compose_content_hash.sql", wanted)
        if composed is None:
            message = f"there is no relation {relation}"
            raise LookupError(message)
        [row] = session.run_sql(composed["hash_statement"])
    return f"{row['row_count']}:{int(row['hash_sum']) % 2**64:016x}{int(row['hash_xor']) % 2**64:016x}"
