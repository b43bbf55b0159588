"""Whatever happens, in whatever order - answers, silence, refusals, kills - the spool loses nothing and keeps order."""

from __future__ import annotations

import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from producers import draining
from producers.direct import Delivery, Headers, Outcome, RawMessage
from producers.draining import Drainer
from producers.packets import decode
from producers.spool import Spool

pytestmark = pytest.mark.unit

TOPIC = "t"
SUBJECTS = st.lists(st.integers(0, 2), min_size=1, max_size=3)
ANSWERS = ["take", "take", "take", "refuse", "take in silence", "lose", "answer", "kill"]


class Killed(BaseException):
    """The process ends here and now."""


class MortalSpool(Spool):
    """A spool whose process can be killed: nothing is written any more, not even on the way out."""

    is_dead = False
    dies: str | None = None

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        if self.is_dead:
            raise Killed
        with super()._writing() as db:
            yield db
            if self.dies == "before commit":
                self.is_dead = True
                raise Killed
        if self.dies == "after commit":
            self.is_dead = True
            raise Killed


class Told(Delivery):
    """A delivery that comes out as the test says, as soon as somebody waits for an answer."""

    def __init__(self, kafka: Kafka, outcome: Outcome) -> None:
        super().__init__(TOPIC)
        self._kafka = kafka
        self._outcome = outcome
        self.is_answered = False

    @property
    def outcome(self) -> Outcome:
        return self._outcome if self.is_answered else Outcome.PENDING

    @property
    def error(self) -> str | None:
        return {Outcome.REFUSED: "MessageSizeTooLargeError", Outcome.UNKNOWN: "KafkaTimeoutError"}.get(self._outcome)

    def wait(self, timeout: float | None = None) -> Outcome:
        self._kafka.answer()
        return self.outcome


class Kafka:
    """A log, and what the broker does with the next messages: then it takes all."""

    cluster_id = "cluster"

    def __init__(self) -> None:
        self.log: list[bytes] = []
        self.script: list[str] = []
        self.spool: MortalSpool | None = None
        self._unanswered: list[Told] = []

    def send_raw(self, topic: str, value: bytes | None, headers: Headers = (), key: bytes | None = None) -> Told:
        assert value is not None
        what = self.script.pop(0) if self.script else "take"
        if what in {"take", "take in silence"}:
            self.log.append(value)
        if what == "kill":
            assert self.spool is not None
            self.spool.is_dead = True
            raise Killed
        if what == "answer":
            self.answer()
            return self.send_raw(topic, value, headers, key)
        outcome = {"take": Outcome.DELIVERED, "refuse": Outcome.REFUSED}.get(what, Outcome.UNKNOWN)
        self._unanswered.append(Told(self, outcome))
        return self._unanswered[-1]

    def answer(self) -> None:
        for delivery in self._unanswered:
            delivery.is_answered = True
        self._unanswered.clear()

    def missing_topics(self, names: Iterable[str]) -> set[str]:
        return set()

    def close(self, timeout: float | None = None) -> int:
        self._unanswered.clear()
        return 0


def last_of_each(values: Iterable[bytes]) -> list[bytes]:
    """The values in the order in which each comes for the last time."""
    return list(dict.fromkeys(reversed(list(values))))[::-1]


class SpoolMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="arna-t-", dir="/tmp")
        self.kafka = Kafka()
        self.versions: Counter[int] = Counter()
        self.calls: list[list[RawMessage]] = []
        self.entered: list[bytes] = []
        self.refused: set[bytes] = set()
        self.open()

    def open(self) -> None:
        self.spool = MortalSpool(Path(self.folder.name), "kafka:9092")
        self.kafka.spool = self.spool

    def die(self) -> None:
        """What the system does with a killed process: its locks and its open transaction are gone."""
        self.spool.close()
        self.open()

    def message(self, subject: int) -> RawMessage:
        self.versions[subject] += 1
        value = f"{subject}/{self.versions[subject]}".encode()
        return RawMessage(TOPIC, value, [("content-type", b"x")], str(subject).encode())

    def enter(self, messages: list[RawMessage]) -> None:
        waiting = self.positions()
        entries = self.spool.add(messages)
        self.entered += [
            one.value or b"" for one, entry in zip(messages, entries, strict=True) if entry.position not in waiting
        ]

    def positions(self) -> set[int]:
        return self.spool.waiting_positions(0, 1 << 60)

    def waiting(self) -> list[bytes]:
        found: list[bytes] = []
        position = 0
        while (packet := self.spool.read_after(position)) is not None:
            position = packet.position
            found += [item[0] or b"" for item in packet.items if item is not None]
        return found

    @rule(subjects=SUBJECTS)
    def publish(self, subjects: list[int]) -> None:
        self.calls.append([self.message(subject) for subject in subjects])
        self.enter(self.calls[-1])

    @rule(which=st.integers(0, 1000))
    def publish_again(self, which: int) -> None:
        again = self.calls[which % len(self.calls)] if self.calls else []
        if not self.refused.intersection(one.value for one in again):
            self.enter(again)

    @rule(subjects=SUBJECTS, commits=st.booleans())
    def be_killed_while_publishing(self, subjects: list[int], commits: bool) -> None:
        messages = [self.message(subject) for subject in subjects]
        self.spool.dies = "after commit" if commits else "before commit"
        with pytest.raises(Killed):
            self.spool.add(messages)
        self.die()
        if commits:  # nobody was told, and yet it must not be lost: the sender may have seen it on disk
            self.entered += [one.value or b"" for one in messages]

    @rule(
        calls=st.lists(SUBJECTS, min_size=1, max_size=4),
        script=st.lists(st.sampled_from(ANSWERS), min_size=2, max_size=12),
        dies=st.sampled_from([None, None, None, "before commit", "after commit"]),
    )
    def publish_and_drain(self, calls: list[list[int]], script: list[str], dies: str | None) -> None:
        for subjects in calls:
            self.publish(subjects)
        self.kafka.script = list(script)
        drainer = Drainer(self.spool, lambda: self.kafka)
        drainer._connected()
        self.spool.dies = dies
        try:
            drainer.drain()
        except Killed:
            self.die()
        self.spool.dies = None
        self.note_refused()

    @rule()
    def retry_refused(self) -> None:
        self.spool.retry_refused()
        # They come late by somebody's wish: their order is not looked at any more.
        self.entered = [value for value in self.entered if value not in self.refused]
        self.note_refused()

    @rule()
    def tidy(self) -> None:
        self.spool.tidy()

    def note_refused(self) -> None:
        with self.spool.reading() as db:
            rows = db.execute("select body from refused").fetchall()
        self.refused = {item[0] for (body,) in rows for item in decode(body) if item is not None}

    @invariant()
    def nothing_is_lost(self) -> None:
        waiting = self.waiting()
        assert set(self.entered) <= set(self.kafka.log) | set(waiting) | self.refused
        assert self.spool.count_waiting() == len(waiting)
        with self.spool.reading() as db:
            (kept,) = db.execute("select events from state").fetchone()
        assert kept == len(waiting) + self.spool.count_refused()

    def teardown(self) -> None:
        self.kafka.script = []
        Drainer(self.spool, lambda: self.kafka).drain()
        assert self.spool.is_empty()
        self.note_refused()
        for subject in range(4):
            prefix = f"{subject}/".encode()
            entered = [one for one in self.entered if one.startswith(prefix) and one not in self.refused]
            arrived = [one for one in last_of_each(self.kafka.log) if one in set(entered)]
            assert arrived == last_of_each(entered)
        self.spool.close()
        self.folder.cleanup()


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draining, "_FIRST_BACKOFF", 0.0)


class TestSpoolModel(SpoolMachine.TestCase):  # type: ignore[name-defined,misc]
    settings = settings(
        max_examples=60, stateful_step_count=12, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
