"""The spool's promises one by one: on disk, private, bounded, shared, tidy, and plain about what is wrong."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from arna.embedded.processes import wait_until
from arna.errors import ConfigError
from arna.settings import Settings, get_settings
from producers import draining
from producers.direct import Delivery, Headers, Outcome, RawMessage
from producers.draining import Drainer
from producers.packets import encode
from producers.spool import DAMAGED, OtherCluster, Spool, SpoolBusy, SpoolDamaged, SpoolFull
from producers.spool_files import DrainLock, command_folder, default_folder, normal_address, spool_file
from producers.spool_status import read_status
from producers.spooled import SpooledPublisher

pytestmark = pytest.mark.unit

SERVERS = "kafka:9092"


def message(number: int, topic: str = "t", size: int = 0) -> RawMessage:
    return RawMessage(topic, f"value-{number}".encode() + b"." * size, [("h", b"1")], f"key-{number % 3}".encode())


def contents(spool: Spool) -> list[bytes]:
    found: list[bytes] = []
    position = 0
    while (packet := spool.read_after(position)) is not None:
        position = packet.position
        found += [item[0] or b"" for item in packet.items if item is not None]
    return found


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    spool = Spool(tmp_path / "spool", SERVERS)
    yield spool
    spool.close()


@pytest.fixture(autouse=True)
def _no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_FIRST_BACKOFF", "_ASK_TOPICS_SECONDS"):
        monkeypatch.setattr(draining, name, 0.01)


class Answer(Delivery):
    def __init__(self, topic: str, outcome: Outcome, error: str | None = None) -> None:
        super().__init__(topic)
        self._outcome = outcome
        self._error = error

    @property
    def outcome(self) -> Outcome:
        return self._outcome

    @property
    def error(self) -> str | None:
        return self._error

    def wait(self, timeout: float | None = None) -> Outcome:
        return self._outcome


class Kafka:
    """A broker with some topics, which refuses the values it is told to."""

    def __init__(self, cluster_id: str = "one", topics: Iterable[str] = ("t", "u")) -> None:
        self.cluster_id: str | None = cluster_id
        self.topics = set(topics)
        self.log: list[bytes] = []
        self.bad: set[bytes] = set()
        self.batch_fails_with_bad = False
        self.is_away = False

    def send_raw(self, topic: str, value: bytes | None, headers: Headers = (), key: bytes | None = None) -> Delivery:
        if self.is_away or topic not in self.topics:
            raise draining.BrokerUnavailable("away")
        assert value is not None
        if value in self.bad:
            return Answer(topic, Outcome.REFUSED, "InvalidRecordError")
        if self.batch_fails_with_bad and value == b"value-0":
            return Answer(topic, Outcome.UNKNOWN, "KafkaError")
        self.log.append(value)
        return Answer(topic, Outcome.DELIVERED)

    def missing_topics(self, names: Iterable[str]) -> set[str]:
        if self.is_away:
            raise draining.BrokerUnavailable("away")
        return set(names) - self.topics

    def close(self, timeout: float | None = None) -> int:
        return 0


def drain(spool: Spool, kafka: Kafka, seconds: float = 10.0, **options: Any) -> None:
    drainer = Drainer(spool, lambda: kafka, **options)
    drainer.drain(monotonic() + seconds)
    drainer.close()


# --- on disk ---


def test_what_was_entered_is_there_after_the_process_was_killed(tmp_path: Path) -> None:
    script = f"""
import os, signal
from pathlib import Path
from producers.spool import Spool
from producers.direct import RawMessage
spool = Spool(Path({str(tmp_path)!r}), {SERVERS!r})
spool.add([RawMessage("t", b"one", (), b"k"), RawMessage("t", b"two", (), b"k")])
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -signal.SIGKILL
    spool = Spool(tmp_path, SERVERS)
    assert contents(spool) == [b"one", b"two"]
    spool.close()


def test_each_commit_waits_for_the_disk(spool: Spool) -> None:
    with spool.reading() as db:
        found = {name: db.execute(f"pragma {name}").fetchone()[0] for name in ("synchronous", "journal_mode")}
        assert (found, db.execute("pragma secure_delete").fetchone()[0]) == (
            {"synchronous": 2, "journal_mode": "wal"},
            1,
        )


def test_threads_that_enter_together_share_a_commit(spool: Spool) -> None:
    commits: list[str] = []
    with spool.reading() as db:
        db.set_trace_callback(lambda text: commits.append(text) if text == "commit" else None)
    threads = [threading.Thread(target=spool.add, args=([message(number)],)) for number in range(40)]
    with spool.reading():  # all of them queue up meanwhile
        for thread in threads:
            thread.start()
        assert wait_until(lambda: len(spool._calls) == 40, 10, poll=0.01)
    for thread in threads:
        thread.join()
    assert sorted(contents(spool)) == sorted(f"value-{number}".encode() for number in range(40))
    assert len(commits) < 10


def test_processes_enter_side_by_side(tmp_path: Path) -> None:
    script = f"""
import sys
from pathlib import Path
from producers.spool import Spool
from producers.direct import RawMessage
spool = Spool(Path({str(tmp_path)!r}), {SERVERS!r})
for number in range(30):
    spool.add([RawMessage("t", f"{{sys.argv[1]}}-{{number}}".encode(), (), b"k")])
"""
    running = [subprocess.Popen([sys.executable, "-c", script, str(number)]) for number in range(3)]
    spool, kafka = Spool(tmp_path, SERVERS), Kafka()
    while any(one.poll() is None for one in running):
        drain(spool, kafka)
    drain(spool, kafka)
    spool.close()
    assert [one.returncode for one in running] == [0, 0, 0]
    for number in range(3):
        mine = [value for value in kafka.log if value.startswith(f"{number}-".encode())]
        assert mine == [f"{number}-{count}".encode() for count in range(30)]


def test_a_spool_does_not_pass_a_fork(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getpid", lambda: -1)
    with pytest.raises(ConfigError, match="before this process was forked"):
        spool.add([message(1)])


# --- private ---


def test_only_the_owner_can_read_it(spool: Spool) -> None:
    spool.add([message(1)])
    lock = DrainLock(spool.file)
    with lock.hold():
        modes = {file.suffix: stat.S_IMODE(file.stat().st_mode) for file in spool.file.parent.iterdir()}
    lock.close()
    assert modes == dict.fromkeys((".spool", ".spool-wal", ".spool-shm", ".lock", ".drainer"), 0o600)
    assert stat.S_IMODE(spool.file.parent.stat().st_mode) == 0o700


def test_nothing_of_an_event_is_left_on_disk_once_it_is_delivered(tmp_path: Path) -> None:
    spool = Spool(tmp_path, SERVERS)
    spool.add([RawMessage("t", b"A-PERSON-%d" % number * 200, (), b"A-KEY") for number in range(300)])
    kafka = Kafka()
    drain(spool, kafka)
    assert len(kafka.log) == 300
    # Read before the file is closed: a process may keep it open for years.
    copy = subprocess.run(
        ["cat", *(str(file) for file in tmp_path.iterdir() if not file.name.endswith("-shm"))],
        stdout=subprocess.PIPE,
        check=True,
    ).stdout
    assert b"A-PERSON" not in copy
    assert b"A-KEY" not in copy
    assert len(copy) < 100_000
    spool.close()


# --- bounded ---


def test_a_full_spool_says_so_and_takes_nothing_of_the_call(tmp_path: Path) -> None:
    spool = Spool(tmp_path, SERVERS, max_events=10)
    spool.add([message(number) for number in range(8)])
    with pytest.raises(SpoolFull, match="10 events"):
        spool.add([message(number) for number in range(8, 12)])
    assert len(contents(spool)) == 8
    drain(spool, kafka := Kafka())
    spool.add([message(number) for number in range(8, 12)])
    assert (len(kafka.log), len(contents(spool))) == (8, 4)
    spool.close()


def test_a_full_spool_does_not_fail_another_call_of_the_same_commit(tmp_path: Path) -> None:
    spool = Spool(tmp_path, SERVERS, max_events=5)
    outcomes: list[str] = []

    def enter(count: int) -> None:
        try:
            spool.add([message(count * 100 + number) for number in range(count)])
            outcomes.append("entered")
        except SpoolFull:
            outcomes.append("full")

    threads = [threading.Thread(target=enter, args=(count,)) for count in (4, 9)]
    with spool.reading():
        for thread in threads:
            thread.start()
        assert wait_until(lambda: len(spool._calls) == 2, 10, poll=0.01)
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["entered", "full"]
    assert len(contents(spool)) == 4
    spool.close()


def test_bytes_are_bounded_too(tmp_path: Path) -> None:
    spool = Spool(tmp_path, SERVERS, max_bytes=4 << 20)
    with pytest.raises(SpoolFull):
        spool.add([message(number, size=1 << 20) for number in range(5)])
    spool.close()


def test_what_waits_already_is_not_entered_twice(spool: Spool) -> None:
    file = [message(number) for number in range(700)]
    first = spool.add(file)
    assert spool.add(file) == first
    assert spool.count_waiting() == 700


def test_a_full_disk_is_one_plain_sentence(spool: Spool) -> None:
    spool.add([message(1)])
    with spool.reading() as db:
        pages = db.execute("pragma page_count").fetchone()[0]
        db.execute(f"pragma max_page_count = {pages + 5}")
    with pytest.raises(SpoolFull, match=r"the disk that holds the spool .* is full"):
        spool.add([message(2, size=500_000)])
    assert contents(spool) == [b"value-1"]


def test_the_spool_leaves_room_on_its_disk_to_delete(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    spool.add([message(1)])
    usage = shutil.disk_usage(spool.file.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1 << 20))
    with pytest.raises(SpoolFull, match="nearly full"):
        spool.add([message(2)])
    drain(spool, kafka := Kafka())
    assert kafka.log == [b"value-1"]


# --- damaged ---


def test_a_file_that_is_no_spool_is_one_plain_sentence(tmp_path: Path) -> None:
    file = spool_file(tmp_path, normal_address(SERVERS))
    file.write_bytes(b"This is something else altogether.\n" * 500)
    with pytest.raises(SpoolDamaged, match=r"cannot be used \(SQLITE_NOTADB\).*publish again"):
        Spool(tmp_path, SERVERS)


def test_a_broken_file_is_one_plain_sentence(tmp_path: Path) -> None:
    spool = Spool(tmp_path, SERVERS)
    spool.add([message(number, size=2000) for number in range(300)])
    spool.tidy()
    spool.close()
    size = spool.file.stat().st_size
    with spool.file.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    with pytest.raises(SpoolDamaged, match="Check the disk"):
        contents(Spool(tmp_path, SERVERS))


def test_a_packet_that_changed_on_disk_is_put_aside_and_the_others_go(spool: Spool) -> None:
    for number in range(3):
        spool.add([message(number)])
    with spool.reading() as db:
        db.execute("update packet set body = ? where position = 2", (encode([(b"forged", [], b"k")]),))
    drain(spool, kafka := Kafka())
    assert kafka.log == [b"value-0", b"value-2"]
    assert [(one.error, one.events) for one in read_status(spool.file).refused] == [(DAMAGED, 1)]
    assert spool.fate(2).error_of(0) == DAMAGED
    assert spool.retry_refused() == 0


def test_a_spool_of_a_newer_release_is_left_alone(tmp_path: Path) -> None:
    spool = Spool(tmp_path, SERVERS)
    with spool.reading() as db:
        db.execute("pragma user_version = 99")
    spool.close()
    with pytest.raises(ConfigError, match="newer release"):
        Spool(tmp_path, SERVERS)


def test_a_folder_that_cannot_be_used_is_one_plain_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="ARNA_SPOOL"):
        Spool(tmp_path / "file" / "spool", SERVERS)


# --- whose it is ---


def test_each_kafka_has_its_own_file(tmp_path: Path) -> None:
    one, other = Spool(tmp_path, "a:9092"), Spool(tmp_path, "b:9092")
    same = Spool(tmp_path, " B:9092")
    one.add([message(1)])
    other.add([message(2)])
    assert (contents(one), contents(same)) == ([b"value-1"], [b"value-2"])
    assert normal_address("b:1, A:1") == normal_address("a:1,b:1")
    for spool in (one, other, same):
        spool.close()


def test_another_cluster_at_the_address_gets_nothing(spool: Spool) -> None:
    spool.add([message(1)])
    drain(spool, first := Kafka("one"))
    spool.add([message(2)])
    with pytest.raises(OtherCluster, match="--accept-cluster"):
        drain(spool, Kafka("two"))
    drain(spool, second := Kafka("two"), accept_cluster=True)
    assert (first.log, second.log) == ([b"value-1"], [b"value-2"])
    drain(spool, Kafka("three"))  # nothing waits, so nobody minds


def test_the_default_folder_follows_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def folder(**environment: str) -> Path:
        for name in ("ARNA_SPOOL", "ARNA_HOME", "XDG_STATE_HOME"):
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        get_settings.cache_clear()
        return default_folder()

    try:
        assert folder(ARNA_SPOOL=f"{tmp_path}/a", ARNA_HOME=f"{tmp_path}/b") == tmp_path / "a"
        assert folder(ARNA_HOME=f"{tmp_path}/b") == tmp_path / "b" / "spool"
        if sys.platform == "linux":
            assert folder(XDG_STATE_HOME=f"{tmp_path}/c") == tmp_path / "c" / "arna" / "spool"
        assert command_folder(Settings(home=tmp_path)) == tmp_path / "spool"
    finally:
        get_settings.cache_clear()


def test_one_process_drains_at_a_time_and_a_killed_one_no_more(tmp_path: Path) -> None:
    spool = Spool(tmp_path, SERVERS)
    spool.add([message(1)])
    script = f"""
import time
from pathlib import Path
from producers.spool_files import DrainLock
with DrainLock(Path({str(spool.file)!r})).hold() as held:
    print(held, flush=True)
    time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "True\n"
        assert Drainer(spool, Kafka).drain(monotonic() + 5) is False
        holder = read_status(spool.file).drainer
        assert holder is not None
        assert holder.pid == other.pid
        spool.add([message(2)])
        other.kill()
    drain(spool, kafka := Kafka())
    assert kafka.log == [b"value-1", b"value-2"]
    assert read_status(spool.file).drainer is None
    spool.close()


def test_the_lock_is_one_within_a_process_too(spool: Spool) -> None:
    one, other = DrainLock(spool.file), DrainLock(spool.file)
    with one.hold() as mine, other.hold() as theirs:
        assert (mine, theirs) == (True, False)
    with other.hold() as theirs:
        assert theirs
    one.close()
    other.close()


# --- what Kafka refuses ---


def test_what_is_refused_is_kept_apart_and_holds_up_nobody(spool: Spool) -> None:
    kafka = Kafka()
    kafka.bad = {b"value-1", b"value-3"}
    entries = spool.add([message(number) for number in range(5)])
    drain(spool, kafka)
    assert kafka.log == [b"value-0", b"value-2", b"value-4"]
    status = read_status(spool.file)
    assert [(one.topic, one.error, one.events) for one in status.refused] == [("t", "InvalidRecordError", 2)]
    assert spool.fate(1).error_of(entries[3].place) == "InvalidRecordError"
    assert spool.fate(1).error_of(entries[2].place) is None
    kafka.bad = set()
    assert spool.retry_refused() == 2
    drain(spool, kafka)
    assert kafka.log[3:] == [b"value-1", b"value-3"]
    assert spool.count_refused() == 0


def test_a_refused_event_does_not_hold_up_the_batch_it_travels_in(spool: Spool) -> None:
    kafka = Kafka()
    kafka.bad = {b"value-1"}
    kafka.batch_fails_with_bad = True  # "it was part of a batch which had one or more invalid records"
    spool.add([message(0), message(1)])
    drainer = Drainer(spool, lambda: kafka)
    drainer.drain(monotonic() + 0.2)
    assert spool.count_refused() == 1
    kafka.bad, kafka.batch_fails_with_bad = set(), False
    drainer.drain(monotonic() + 5)
    assert kafka.log == [b"value-0"]


def test_discarding_touches_only_what_was_refused(spool: Spool) -> None:
    kafka = Kafka()
    kafka.bad = {b"value-1"}
    spool.add([message(1)])
    drain(spool, kafka)
    spool.add([message(2)])
    assert spool.discard_refused() == 1
    assert contents(spool) == [b"value-2"]


def test_a_missing_topic_is_waited_for_and_holds_up_no_other(spool: Spool) -> None:
    kafka = Kafka(topics=["t"])
    spool.add([message(0, "u"), message(1, "t"), message(2, "u")])
    drainer = Drainer(spool, lambda: kafka, topic_patience=60)
    drainer.drain(monotonic() + 0.3)
    assert (kafka.log, spool.count_waiting(), spool.count_refused()) == ([b"value-1"], 2, 0)
    kafka.topics.add("u")
    drainer.drain(monotonic() + 5)
    assert kafka.log == [b"value-1", b"value-0", b"value-2"]


def test_a_topic_that_stays_away_is_refused(spool: Spool) -> None:
    kafka = Kafka(topics=["t"])
    spool.add([message(0, "u"), message(1, "t")])
    drain(spool, kafka, topic_patience=0.05)
    assert [(one.topic, one.error) for one in read_status(spool.file).refused] == [
        ("u", "UnknownTopicOrPartitionError")
    ]
    assert kafka.log == [b"value-1"]


class Late(Answer):
    """An answer that takes a while."""

    def __init__(self, topic: str) -> None:
        super().__init__(topic, Outcome.DELIVERED)
        self._at = monotonic() + 0.2

    @property
    def outcome(self) -> Outcome:
        return Outcome.DELIVERED if monotonic() >= self._at else Outcome.PENDING

    def wait(self, timeout: float | None = None) -> Outcome:
        wait_until(lambda: monotonic() >= self._at, timeout or 0, poll=0.01)
        return self.outcome


def test_the_answers_on_their_way_are_waited_for_when_time_is_over(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    kafka = Kafka()
    monkeypatch.setattr(kafka, "send_raw", lambda topic, *_: Late(topic))
    for number in range(5):
        spool.add([message(number)])
    drain(spool, kafka, 0.05)
    assert spool.is_empty()


def test_a_disk_too_full_to_delete_does_not_send_for_ever(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draining, "_IDLE_SECONDS", 0.01)
    kafka, failures = Kafka(), iter([SpoolFull("full"), SpoolBusy("busy"), SpoolFull("full")])
    settle = spool.settle

    def fail_first(packets: Any) -> None:
        if (error := next(failures, None)) is not None:
            raise error
        settle(packets)

    monkeypatch.setattr(spool, "settle", fail_first)
    spool.add([message(1)])
    drain(spool, kafka)
    assert kafka.log == [b"value-1"]
    assert spool.is_empty()


# --- publishing through it ---


def publisher(spool: Spool, kafka: Kafka) -> SpooledPublisher:
    def connect() -> Kafka:
        if kafka.is_away:
            raise draining.BrokerUnavailable("away")
        return kafka

    return SpooledPublisher(spool, connect, flush_timeout=10, close_timeout=1, close_spool=False)


def test_publishing_goes_on_while_kafka_is_away(spool: Spool) -> None:
    kafka = Kafka()
    kafka.is_away = True
    publishing = publisher(spool, kafka)
    deliveries = publishing.send_many([message(number) for number in range(3)])
    assert publishing.flush(0.2) == 3
    assert {one.outcome for one in deliveries} == {Outcome.PENDING}
    assert read_status(spool.file).trouble is not None
    kafka.is_away = False
    assert publishing.flush(10) == 0
    assert {one.outcome for one in deliveries} == {Outcome.DELIVERED}
    assert publishing.counts()[Outcome.DELIVERED] == 3
    assert publishing.close() == 0


def test_closing_waits_a_bounded_time_and_says_what_waits(spool: Spool) -> None:
    kafka = Kafka()
    kafka.is_away = True
    publishing = publisher(spool, kafka)
    (delivery,) = publishing.send_many([message(1)])
    began = monotonic()
    assert publishing.close(0.2) == 1
    assert publishing.close() == 1
    assert monotonic() - began < 3
    assert delivery.outcome is Outcome.PENDING
    kafka.is_away = False
    after = publisher(spool, kafka)
    assert wait_until(spool.is_empty, 10, poll=0.02)
    after.close()
    assert kafka.log == [b"value-1"]


def test_a_refused_event_is_told_apart_from_its_neighbours(spool: Spool) -> None:
    kafka = Kafka()
    kafka.bad = {b"value-1"}
    publishing = publisher(spool, kafka)
    deliveries = publishing.send_many([message(number) for number in range(3)])
    assert [one.wait(10) for one in deliveries] == [Outcome.DELIVERED, Outcome.REFUSED, Outcome.DELIVERED]
    assert deliveries[1].error == "InvalidRecordError"
    publishing.flush()
    counts = publishing.counts()
    assert (counts[Outcome.DELIVERED], counts[Outcome.REFUSED]) == (2, 1)
    publishing.close()


def test_an_answer_is_noticed_when_another_process_drains(spool: Spool) -> None:
    lock = DrainLock(spool.file)
    with lock.hold():
        publishing = publisher(spool, Kafka())
        (delivery,) = publishing.send_many([message(1)])
        assert publishing.flush(0.2) == 1
        other = Spool.at(spool.file)
        other.settle([(1, {})])
        other.close()
        assert delivery.wait(5) is Outcome.DELIVERED
        assert publishing.close() == 0
    lock.close()


def test_what_only_a_person_can_put_right_is_told_to_the_publisher(spool: Spool) -> None:
    spool.bind_cluster("one")
    spool.add([message(0)])
    publishing = publisher(spool, Kafka("two"))
    assert wait_until(lambda: publishing._drainer.failure is not None, 10, poll=0.01)
    with pytest.raises(OtherCluster):
        publishing.send_many([message(1)])
    publishing.close()
    assert contents(spool) == [b"value-0"]
