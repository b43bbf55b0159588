"""Changes of views on a real broker: in order, at least once, and enough to keep a copy by."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from arna.contracts import schemas
from arna.contracts.identifiers import make_synthetic_iin
from arna.embedded.processes import wait_until
from arna.errors import BrokerUnavailable
from arna.marts import GROUPS, refresh
from arna.privacy import scan_bytes
from arna.topics import read_messages, read_offsets
from arna.warehouse.database import Database
from consumers import mart_changes
from consumers.mart_changes import MartChangeAnnouncer, compose_message
from tests.support.core_rows import CoreWriter, with_today
from tests.support.exports import PULLED, Copy, full_rows
from tests.support.lander import LandingSite
from tests.support.worlds import add_reference, random_steps

pytestmark = pytest.mark.integration

TODAY = date(2026, 3, 15)


class Desk:
    """Marts that change, an announcer of it, and the topic."""

    def __init__(self, site: LandingSite) -> None:
        self.site = site
        self.topic = f"{site.name}.mart-changed"
        self.url = site.database_url
        site.create_topics([self.topic])
        self.writer = CoreWriter(site.database_url)
        self._announcers: list[MartChangeAnnouncer] = []

    def announcer(self, **settings: Any) -> MartChangeAnnouncer:
        given = self.site.settings.model_copy(update=settings)
        self._announcers.append(MartChangeAnnouncer(given, self.topic))
        return self._announcers[-1]

    def refresh(self, day: date = TODAY) -> None:
        with Database(with_today(self.url, day)) as db:
            for group in GROUPS:
                refresh(db, group)

    def enrol(self, number: int, version: int = 1, **values: Any) -> None:
        self.writer.load({"enrolment": [{"id": f"e{number}", "person": number, "version": version, **values}]})
        self.refresh()

    def messages(self) -> list[tuple[str, dict[str, Any]]]:
        offsets = read_offsets(self.site.bootstrap_servers, [self.topic])
        return [
            (message.key.decode(), json.loads(message.value))
            for (topic, partition), end in sorted(offsets.end.items())
            for message in read_messages(self.site.bootstrap_servers, topic, partition, 0, end)
        ]

    def numbers(self, view: str) -> list[int]:
        return [message["data"]["change_seq"] for key, message in self.messages() if key == view]

    def outbox(self) -> list[dict[str, Any]]:
        return self.site.rows("select * from ops.mart_change order by change_id")

    def close(self) -> None:
        for announcer in self._announcers:
            announcer.close()
        self.writer.close()


@pytest.fixture
def desk(kafka_bootstrap: str, database_url: str, tmp_path: Path) -> Iterator[Desk]:
    site = LandingSite(kafka_bootstrap, database_url, tmp_path)
    desk = Desk(site)
    yield desk
    desk.close()
    site.close()


def test_each_change_is_told_once_with_keys_and_numbers_only(desk: Desk) -> None:
    desk.enrol(1)
    desk.writer.load({"certification": [{"id": "a", "person": 1, "skills": ["Go"]}]})
    desk.refresh()
    announcer = desk.announcer()
    assert announcer.announce_once() == len(desk.outbox())
    assert announcer.announce_once() == 0
    messages = desk.messages()
    check = Draft202012Validator(schemas.mart_change_schema(), format_checker=FormatChecker())
    assert [error.message for _, message in messages for error in check.iter_errors(message)] == []
    assert sorted((key, message["data"]["change_seq"]) for key, message in messages) == sorted(
        (row["view_name"], row["change_seq"]) for row in desk.outbox()
    )
    assert all(key == message["subject"] == message["data"]["view"] for key, message in messages)
    [student] = [message["data"] for key, message in messages if key == "profile.student"]
    [row] = desk.site.rows(
        "select s.person_key::text, m.series_id::text from profile.student as s, ops.mart_state as m "
        "where m.mart_group = 'profile'"
    )
    assert (student["keys"], student["series_id"]) == ([{"person_key": row["person_key"]}], row["series_id"])
    assert (student["as_of_date"], student["changed_count"], student["removed_count"]) == ("2026-03-15", 1, 0)
    iins = {make_synthetic_iin(number) for number in range(30)}
    assert scan_bytes(json.dumps(messages).encode(), iins) == 0
    assert all(row["sent_at"] is not None for row in desk.outbox())


def test_what_was_not_acknowledged_is_sent_again_under_the_same_id_and_in_order(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 4):
        desk.enrol(number)
    announcer = desk.announcer()
    send = announcer._send

    def die_after_sending(messages: Any) -> None:
        send(messages)
        raise BrokerUnavailable("the answer got lost")

    with monkeypatch.context() as patch:
        patch.setattr(announcer, "_send", die_after_sending)
        with pytest.raises(BrokerUnavailable):
            announcer.announce_once()
    assert all(row["sent_at"] is None for row in desk.outbox())
    desk.enrol(4)
    assert desk.announcer().announce_once() == len(desk.outbox())
    assert desk.numbers("profile.student") == [1, 2, 3, 1, 2, 3, 4]
    ids = [message["id"] for key, message in desk.messages() if key == "profile.student"]
    assert ids[:3] == ids[3:6]
    assert len(set(ids)) == 4


def test_two_announcers_keep_the_order(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mart_changes, "_MOST_MESSAGES", 2)
    for number in range(1, 7):
        desk.enrol(number)
    stop = threading.Event()
    announcers = [desk.announcer(), desk.announcer()]
    threads = [threading.Thread(target=announcer.run, args=(stop,)) for announcer in announcers]
    for thread in threads:
        thread.start()
    is_told = wait_until(lambda: not desk.site.rows("select 1 from ops.mart_change where sent_at is null"), 30)
    stop.set()
    for thread in threads:
        thread.join()
    assert is_told
    assert desk.numbers("profile.student") == list(range(1, 7))


def test_what_was_told_long_ago_is_forgotten(desk: Desk) -> None:
    desk.enrol(1)
    desk.enrol(2)
    desk.announcer().announce_once()
    desk.writer.execute("update ops.mart_change set sent_at = now() - interval '4 days' where change_seq = 1")
    desk.announcer(mart_change_retention_days=5).announce_once()
    desk.enrol(3)
    desk.announcer(mart_change_retention_days=5).announce_once()
    assert {row["change_seq"] for row in desk.outbox()} == {1, 2, 3}
    desk.enrol(4)
    desk.announcer(mart_change_retention_days=3).announce_once()
    assert {row["change_seq"] for row in desk.outbox()} == {2, 3, 4}


def test_keys_that_are_too_large_for_a_message_are_left_out(desk: Desk) -> None:
    desk.enrol(1)
    row = desk.outbox()[0] | {"series_id": desk.site.rows("select series_id from ops.mart_state")[0]["series_id"]}
    assert json.loads(compose_message(row))["data"]["keys"] is not None
    large = row | {"keys": [{"skill_key": "ә" * 600}] * 1_000}
    assert json.loads(compose_message(large))["data"]["keys"] is None


def test_a_copy_that_is_kept_by_the_events_alone_is_the_view(desk: Desk, tmp_path: Path) -> None:
    add_reference(desk.writer)
    desk.refresh()
    copies = {view: Copy(view, tmp_path) for view in PULLED}
    announcer = desk.announcer()
    steps = random_steps(5, TODAY, 10)
    taken = 0
    with Database(with_today(desk.url, TODAY + timedelta(days=1))) as reader:
        for copy in copies.values():
            copy.pull(reader)
        before = {view: copy.pulls for view, copy in copies.items()}
        for number, step in enumerate(steps):
            step(desk.writer)
            desk.refresh(TODAY if number < len(steps) // 2 else TODAY + timedelta(days=1))
            if number % 3 == 0 or number == len(steps) - 1:
                announcer.announce_once()
                told = desk.messages()
                for view, message in told:
                    if message["data"]["change_seq"] > copies[view].change_seq:
                        copies[view].pull(reader)
                        taken += 1
        for view, copy in copies.items():
            assert copy.rows() == full_rows(reader, view, tmp_path / f"{view}-full"), view
            assert copy.pulls > before[view], view
    # Events are a doorbell: several of them need one pull.
    assert 0 < taken < len(desk.messages())


def test_the_outbox_process_may_do_this_and_no_more(desk: Desk) -> None:
    desk.enrol(1)
    with psycopg.connect(desk.site.settings.warehouse_url.replace("+psycopg", "")) as connection:  # type: ignore[union-attr]
        assert connection.execute("select current_user").fetchone() == ("arna_lander",)
        for statement in ("update ops.mart_change set keys = null", "select 1 from profile.student"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(statement)
