"""A deterministic synthetic cohort: the same arguments give the same messages, byte for byte."""

# ruff: noqa: S311 - synthetic data wants a seed, not a secret.
from __future__ import annotations

import base64
import heapq
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random
from typing import Any, BinaryIO, Final

import orjson

from arna.contracts.identifiers import make_synthetic_iin
from arna.contracts.registry import Entity
from arna.errors import ConfigError
from producers.cohort import SOLE_TRADERS, Cohort, GeneratedMessage, topic_of
from producers.direct import DirectPublisher, Outcome
from producers.dirt import Dirt

__all__ = ["DEFAULT_AS_OF", "CohortSummary", "GeneratedMessage", "generate_cohort", "publish_cohort", "write_cohort"]

DEFAULT_AS_OF: Final = date(2026, 11, 1)
"""Everything happens in the year before it. A constant, so that a run on another day makes duplicates and no news."""
_PROGRESS_EVERY: Final = 2_000


def generate_cohort(
    people: int,
    seed: int = 1,
    dirty: float = 0.0,
    *,
    entities: Collection[Entity] = tuple(Entity),
    as_of: date | None = None,
    certificates_only: bool = False,
) -> Iterator[GeneratedMessage]:
    """The messages of a cohort, in the order in which they are to be sent.

    Args:
        people: how many people; at most ``SOLE_TRADERS``.
        seed: what everything follows from.
        dirty: pieces of dirt for each clean message, 0 to 1.
        entities: whose messages to make; the others are left out, these stay the same.
        as_of: the day before which everything happened; unset: ``DEFAULT_AS_OF``.
        certificates_only: exactly one issued certificate for each person and nothing else (for benchmarks).

    Raises:
        ConfigError: an argument is out of range.
    """
    if not 0 <= people <= SOLE_TRADERS:
        raise ConfigError("--people", f"must lie between 0 and {SOLE_TRADERS:,}.")
    if not 0 <= dirty <= 1:
        raise ConfigError("--dirty", "must lie between 0 and 1.")
    day = as_of or min(DEFAULT_AS_OF, date.today())  # noqa: DTZ011 - only keeps events out of the future on a slow clock
    cohort = Cohort(people, seed, day)
    clean = _clean(cohort, seed, set(entities), certificates_only=certificates_only)
    return clean if dirty == 0 else _with_dirt(clean, Dirt(Random(f"dirt/{seed}"), dirty))


def _clean(cohort: Cohort, seed: int, entities: set[Entity], *, certificates_only: bool) -> Iterator[GeneratedMessage]:
    streams = {entity: Random(f"{entity}/{seed}") for entity in Entity}
    if certificates_only:
        random = streams[Entity.CERTIFICATION]
        for person in cohort.people():
            yield from cohort.certificates(person, random, only_one=True)
        return
    makers = [
        (maker, streams[entity])
        for entity, maker in (
            (Entity.ENROLMENT, cohort.enrolments),
            (Entity.CERTIFICATION, cohort.certificates),
            (Entity.VACANCY, cohort.vacancies),
        )
        if entity in entities
    ]
    for person in cohort.people():
        for maker, random in makers:
            yield from maker(person, random)


def _with_dirt(clean: Iterable[GeneratedMessage], dirt: Dirt) -> Iterator[GeneratedMessage]:
    """Sends each piece of dirt so many messages later as it says; what is left at the end follows in its order."""
    waiting: list[tuple[int, int, GeneratedMessage]] = []
    made = 0
    for index, message in enumerate(clean):
        yield message
        for delay, piece in dirt.around(message):
            made += 1
            heapq.heappush(waiting, (index + delay, made, piece))
        while waiting and waiting[0][0] <= index:
            yield heapq.heappop(waiting)[2]
    while waiting:
        yield heapq.heappop(waiting)[2]


@dataclass(slots=True)
class CohortSummary:
    """What was made, and what must become of it.

    Attributes:
        arguments: what it was made from.
        kinds: messages by entity and kind.
        expected: messages by entity and outcome: loaded, superseded, duplicate, or class and rule of a rejection.
        people: how many people.
        deliveries: what became of the publishing, by outcome; empty where it went to files.
    """

    arguments: dict[str, Any]
    people: int
    kinds: dict[Entity, Counter[str]] = field(default_factory=lambda: {entity: Counter() for entity in Entity})
    expected: dict[Entity, Counter[tuple[str, ...]]] = field(
        default_factory=lambda: {entity: Counter() for entity in Entity}
    )
    deliveries: dict[str, int] = field(default_factory=dict)

    def count(self, message: GeneratedMessage) -> None:
        """Counts a message."""
        self.kinds[message.entity][message.kind] += 1
        self.expected[message.entity][message.expected] += 1

    @property
    def messages(self) -> int:
        """How many messages there are."""
        return sum(counter.total() for counter in self.kinds.values())

    def as_json(self) -> dict[str, Any]:
        """The manifest."""
        return {
            "arguments": self.arguments,
            "people": self.people,
            "messages": self.messages,
            "entities": {entity.value: self._entity_json(entity) for entity in Entity if self.kinds[entity]},
            **({"deliveries": self.deliveries} if self.deliveries else {}),
        }

    def _entity_json(self, entity: Entity) -> dict[str, Any]:
        rejected: dict[str, dict[str, int]] = {}
        settled = {"loaded": 0, "superseded": 0, "duplicate": 0}
        for outcome, count in sorted(self.expected[entity].items()):
            if len(outcome) == 1:
                settled[outcome[0]] = count
            else:
                rejected.setdefault(outcome[0], {})[outcome[1]] = count
        return {
            "messages": self.kinds[entity].total(),
            "kinds": dict(sorted(self.kinds[entity].items())),
            "expected": {**settled, "rejected": rejected},
        }

    def iins(self) -> Iterator[str]:
        """Every identity number that can stand in the messages: the people's and the sole traders'."""
        yield from map(make_synthetic_iin, range(self.people))
        yield from (make_synthetic_iin(SOLE_TRADERS + number) for number in range(400))


def publish_cohort(
    messages: Iterable[GeneratedMessage],
    publisher: DirectPublisher,
    summary: CohortSummary,
    on_progress: Callable[[int], None] | None = None,
) -> CohortSummary:
    """Publishes a cohort as it is made; ``summary.deliveries`` says what Kafka answered.

    Without a spool: it can be made again, and the spool would enter its intended duplicates once.
    """
    before = publisher.counts()
    for count, message in enumerate(messages, 1):
        summary.count(message)
        publisher.send_raw(topic_of(message), message.value, message.headers, message.key)
        if on_progress is not None and count % _PROGRESS_EVERY == 0:
            on_progress(_PROGRESS_EVERY)
    publisher.flush()
    after = publisher.counts()
    summary.deliveries = {
        "delivered": after[Outcome.DELIVERED] - before[Outcome.DELIVERED],
        "refused": after[Outcome.REFUSED] - before[Outcome.REFUSED],
        "unknown": after[Outcome.UNKNOWN] - before[Outcome.UNKNOWN] + after[Outcome.PENDING],
    }
    if on_progress is not None:
        on_progress(summary.messages % _PROGRESS_EVERY)
    return summary


def _as_line(message: GeneratedMessage) -> bytes | None:
    """The message as a line of UTF-8, or None where no line can hold it."""
    value = message.value
    if not value or b"\n" in value or b"\r" in value:
        return None
    if message.kind == "malformed":
        try:
            value.decode()
        except UnicodeDecodeError:
            return None
    return value


def _as_record(message: GeneratedMessage) -> bytes:
    return orjson.dumps(
        {
            "value_base64": None if message.value is None else base64.b64encode(message.value).decode(),
            "key_base64": None if message.key is None else base64.b64encode(message.key).decode(),
            "headers": {name: text.decode() for name, text in message.headers},
            "expected": list(message.expected),
        }
    )


def write_cohort(
    messages: Iterable[GeneratedMessage],
    folder: Path,
    summary: CohortSummary,
    on_progress: Callable[[int], None] | None = None,
) -> CohortSummary:
    """Writes a cohort into a folder.

    ``<entity>.jsonl`` has a CloudEvent a line, ``<entity>.malformed.bin.jsonl`` in base64 what no line of UTF-8 can
    hold, ``manifest.json`` what was made and what must become of it, ``iins.txt`` the numbers for privacy scans.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, BinaryIO] = {}
    with ExitStack() as stack:

        def file_of(name: str) -> BinaryIO:
            if name not in files:
                files[name] = stack.enter_context((folder / name).open("wb"))
            return files[name]

        for count, message in enumerate(messages, 1):
            summary.count(message)
            if (line := _as_line(message)) is not None:
                file_of(f"{message.entity}.jsonl").write(line + b"\n")
            else:
                file_of(f"{message.entity}.malformed.bin.jsonl").write(_as_record(message) + b"\n")
            if on_progress is not None and count % _PROGRESS_EVERY == 0:
                on_progress(_PROGRESS_EVERY)
    (folder / "manifest.json").write_bytes(orjson.dumps(summary.as_json(), option=orjson.OPT_INDENT_2))
    (folder / "iins.txt").write_text("".join(f"{iin}\n" for iin in summary.iins()), encoding="ascii")
    return summary
