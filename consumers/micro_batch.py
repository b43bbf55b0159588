"""What one poll becomes: packed rows, rejections, new persons, moves and gaps; nothing here does I/O."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from arna.contracts.decode import decode_message
from arna.contracts.registry import Entity
from arna.errors import ContractError, IntegrityError
from arna.rejections import MessagePlace, Rejection, reject_at_landing
from arna.sources import SourceRegistry
from arna.vault import Vault
from consumers.fetching import Message
from consumers.positions import Gap, GapReason, Move, Place
from consumers.rows import make_random_uuids, pack_person, pack_raw, pack_text

KNOWN_PERSONS: Final = 20_000
"""About how many persons a lander remembers. More would cost more than it saves: most events are of somebody else, and
a table that the processor's cache cannot hold is slow to look into."""


@dataclass(slots=True)
class MicroBatch:
    """All that one landing transaction writes.

    Attributes:
        rows: packed raw rows by entity.
        rejections: refused messages.
        tokens: IIN to token of persons not known to be stored; remembered once the batch is committed.
        persons: their packed vault rows, once ``Stager.seal`` has made them.
        moves: how far each partition goes.
        gaps: offsets without an event.
    """

    rows: dict[Entity, list[bytes]] = field(default_factory=dict, repr=False)
    rejections: list[Rejection] = field(default_factory=list)
    persons: list[bytes] = field(default_factory=list, repr=False)
    tokens: dict[str, str] = field(default_factory=dict, repr=False)
    moves: list[Move] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    @property
    def landed(self) -> int:
        """Events that go to raw."""
        return sum(len(rows) for rows in self.rows.values())


class Stager:
    """Turns messages into a micro-batch: decode, contract, source registry, tokens, rows.

    Args:
        vault: makes tokens and seals.
        sources: who may publish what.
    """

    def __init__(self, vault: Vault, sources: SourceRegistry) -> None:
        self._vault = vault
        self._sources = sources
        self._key_ids = pack_text(vault.token_key_id) + pack_text(vault.key_id)
        self._actions: dict[str, bytes] = {}
        self._known: dict[str, str] = {}

    def stage(
        self,
        batch: MicroBatch,
        place: Place,
        expected_offset: int,
        messages: Iterable[Message],
        position: int,
        now: datetime,
    ) -> None:
        """Adds a partition's messages to the micro-batch.

        Offsets that the broker skipped (transaction markers, aborted events, compaction) become declared gaps,
        those behind the last message included.

        Args:
            batch: gets the rows.
            place: where the messages come from.
            expected_offset: offset to land next, as PostgreSQL has it.
            messages: in the order of their offsets.
            position: offset the consumer reads next.
            now: time of landing, for the check of times in the future.

        Raises:
            IntegrityError: an offset below the expected one came.
        """
        rows = batch.rows.setdefault(place.entity, [])
        entity, prefix, actions, tokens, known = (
            place.entity,
            place.prefix,
            self._actions,
            batch.tokens,
            self._known.get,
        )
        sources: dict[str, int] = {}
        next_offset = expected_offset
        for offset, key, value, headers in messages:
            if offset != next_offset:
                self._skip(batch, place, next_offset, offset)
            next_offset = offset + 1
            try:
                event = decode_message(value, headers, key, entity, now=now)
                source_id = sources.get(event.source)
                if source_id is None:
                    source_id = sources[event.source] = self._sources.resolve(event.source, entity)
            except ContractError as error:
                batch.rejections.append(self._refuse(place, offset, value, error, now))
                continue
            _, action, event_id, _, subject, record_version, occurred_at, _, text, digest, numbers = event
            # The contract refuses an IIN anywhere but in these places, so each stands in the text once.
            for _, iin, _ in numbers:
                token = known(iin) or tokens.get(iin) or self._admit(tokens, iin)
                text = text.replace(iin.encode(), token.encode())
            rows.append(
                pack_raw(
                    prefix,
                    offset,
                    event_id,
                    source_id,
                    record_version,
                    occurred_at,
                    digest,
                    subject.encode(),
                    actions.get(action) or self._pack_action(action),
                    text,
                )
            )
        if position != next_offset:
            self._skip(batch, place, next_offset, position)
        if position != expected_offset:
            batch.moves.append(Move(place, expected_offset, position))

    def seal(self, batch: MicroBatch) -> None:
        """Seals the numbers of the persons that the micro-batch brought, once all its partitions are staged."""
        seal, key_ids = self._vault.seal_iin, self._key_ids
        batch.persons = [
            pack_person(token, person_id, key_ids, seal(iin, token))
            for (iin, token), person_id in zip(batch.tokens.items(), make_random_uuids(len(batch.tokens)), strict=True)
        ]

    def remember(self, batch: MicroBatch) -> None:
        """The micro-batch is committed: its persons are surely in the vault."""
        if len(self._known) > KNOWN_PERSONS:
            self._known.clear()
        self._known.update(batch.tokens)

    def _admit(self, tokens: dict[str, str], iin: str) -> str:
        token = tokens[iin] = self._vault.token(iin)
        return token

    def _pack_action(self, action: str) -> bytes:
        packed = self._actions[action] = pack_text(action)
        return packed

    def _skip(self, batch: MicroBatch, place: Place, from_offset: int, to_offset: int) -> None:
        if to_offset < from_offset:
            message = (
                f"{place.topic} partition {place.partition}: Kafka gave offset {to_offset} where {from_offset} "
                "was to come; nothing was landed."
            )
            raise IntegrityError(message)
        batch.gaps.append(Gap(place, from_offset, to_offset, GapReason.CONTROL))

    def _refuse(self, place: Place, offset: int, value: bytes | None, error: ContractError, now: datetime) -> Rejection:
        return reject_at_landing(
            error,
            MessagePlace(place.entity, place.topic_id, place.topic, place.partition, offset),
            value,
            vault=self._vault,
            rejected_at=now,
            source_id=self._sources.find_id(error.source),
        )
