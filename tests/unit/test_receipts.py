"""Receipts without servers: cursors, messages, and words in three languages for every rule."""

from __future__ import annotations

import json
import re
import threading
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from arna import receipts
from arna.batches import BATCH_DISCARDED
from arna.contracts.identifiers import find_iins
from arna.contracts.mends import MENDS, find_mend
from arna.contracts.quality import QUALITY_WORDS
from arna.contracts.receipt import Outcome, Receipt, receipt_values
from arna.contracts.registry import Entity
from arna.contracts.rules import RULES
from arna.receipts import CursorError, make_receipt
from consumers.receipts import compose_messages, run_together

pytestmark = pytest.mark.unit

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SOURCE = {"source_id": 7, "last_group_id": 900}
GROUP = {
    "receipt_group_id": 5, "kind": "landed", "source_uri": "urn:test:one", "language_code": "kk",
    "topic_id": uuid.UUID(int=1), "partition": 2, "created_at": NOW,
}  # fmt: skip
KAZAKH = re.compile("[әғқңөұүһі]", re.IGNORECASE)


def receipt(offset: int, **values: Any) -> Receipt:
    given = {"entity": Entity.VACANCY, "outcome": Outcome.LANDED, "topic": "arna.vacancy.v1", "partition": 2, "at": NOW}
    return Receipt(offset=offset, **(given | values))


def row(**values: Any) -> dict[str, Any]:
    empty = dict.fromkeys(
        ("event_id", "subject", "record_version", "rejection_class", "rule_id", "pointer", "message_kk", "message_ru",
         "message_en", "also_failed", "warnings", "payload_sha256", "batch_id")
    )  # fmt: skip
    place = {"entity": "vacancy", "topic_name": "arna.vacancy.v1", "partition": 0, "offset": 3, "happened_at": NOW}
    return empty | place | {"outcome": "loaded"} | values


def test_a_cursor_is_read_as_it_was_written() -> None:
    for place in (receipts._Place(0, -1), receipts._Place(900, 2**62), receipts._Place(12, 34)):
        text = receipts._write_cursor(place, 7)
        assert re.fullmatch("[A-Za-z0-9_-]+", text)
        assert receipts._read_cursor(text, SOURCE) == place


def test_a_damaged_cursor_is_refused_and_never_taken_for_another() -> None:
    good = receipts._write_cursor(receipts._Place(12, 34), 7)
    damaged = [
        good[:position] + ("A" if good[position] != "A" else "B") + good[position + 1 :] for position in range(33)
    ]
    for text in ["", "x", "null", "курсор", good[:-1], good + "AAAA", good * 2, "=" * 34, "A" * 34, *damaged]:
        with pytest.raises(CursorError, match="not one that Arna gave out"):
            receipts._read_cursor(text, SOURCE)


def test_the_limit_has_bounds() -> None:
    for limit in (0, -1, receipts.MAX_PAGE + 1):
        with pytest.raises(ValueError, match="limit"):
            receipts.read_receipts(None, "urn:test:one", limit=limit)  # type: ignore[arg-type]


def test_a_rejection_is_told_in_the_language_asked_for_with_pointers_from_the_root() -> None:
    given = row(
        outcome="rejected", rule_id="salary_min_above_max", rejection_class="rule_failed", pointer="/salary/min",
        message_kk="қ", message_ru="ж", message_en="e", also_failed=["skills_missing", "rule_of_tomorrow"], batch_id=4,
        payload_sha256=b"\x01",
    )  # fmt: skip
    told = make_receipt(given, "kk")
    assert (told.message, told.mend) == ("қ", find_mend("salary_min_above_max", "kk"))
    assert (told.pointer, told.payload_sha256) == ("/data/salary/min", "01")
    known, unknown = told.also_failed
    assert (known.pointer, known.message) == ("/data/skills", QUALITY_WORDS["skills_missing"].rule.kk)
    assert (unknown.pointer, unknown.mend) == ("", None)
    assert make_receipt(given, "en").message == "e"
    refused = make_receipt(given | {"batch_id": None, "pointer": "/data/person/iin"}, "ru")
    assert refused.pointer == "/data/person/iin"


def test_what_is_unset_is_left_out_of_the_json() -> None:
    assert receipt_values(receipt(3)) == {
        "entity": "vacancy", "outcome": "landed", "topic": "arna.vacancy.v1", "partition": 2, "offset": 3, "at": NOW,
    }  # fmt: skip


def test_messages_are_cut_by_count_and_by_size_and_keep_the_order() -> None:
    many = [receipt(offset, subject="ә" * 100) for offset in range(25)]
    for cut in ({"most_receipts": 10}, {"most_bytes": 3_500}, {}):
        messages = [json.loads(value) for value in compose_messages(GROUP, None, many, **cut)]
        assert len(messages) == (1 if not cut else 3), cut
        assert [each["offset"] for message in messages for each in message["data"]["receipts"]] == list(range(25))
        assert {message["subject"] for message in messages} == {"urn:test:one"}
    assert list(compose_messages(GROUP, None, [])) == []


def test_a_message_has_the_same_id_when_it_is_sent_again_and_another_for_other_events() -> None:
    def ids(group: dict[str, Any], first: int) -> list[str]:
        messages = compose_messages(group, None, [receipt(first), receipt(first + 1)], most_receipts=1)
        return [json.loads(value)["id"] for value in messages]

    # A warehouse that was made anew numbers its groups otherwise.
    assert ids(GROUP, 1) == ids(GROUP | {"receipt_group_id": 77}, 1)
    every = [*ids(GROUP, 1), *ids(GROUP, 3), *ids(GROUP | {"kind": "settled"}, 1), *ids(GROUP | {"partition": 3}, 1)]
    every += ids(GROUP | {"source_uri": "urn:test:two"}, 1)
    assert len(set(every)) == 10


def test_when_one_worker_fails_the_others_stop_and_its_error_is_raised() -> None:
    class Waits:
        def run(self, stop: threading.Event) -> None:
            assert stop.wait(10)

    class Fails:
        def run(self, stop: threading.Event) -> None:
            raise LookupError

    stop = threading.Event()
    with pytest.raises(LookupError):
        run_together([Waits(), Fails()], stop)
    assert stop.is_set()


def test_every_rule_has_a_mend_in_three_languages() -> None:
    assert set(MENDS) == set(RULES) | set(QUALITY_WORDS) | {BATCH_DISCARDED.rule_id}
    for rule_id, mend in MENDS.items():
        assert re.search("[а-яё]", mend.ru), rule_id
        assert not KAZAKH.search(mend.ru), rule_id
        assert re.search("[a-z]{3}", mend.en), rule_id
        assert not re.search("[а-яё]", mend.en), rule_id
        assert KAZAKH.search(mend.kk), rule_id
        assert len({mend.kk, mend.ru, mend.en}) == 3, rule_id
        for language, sentence in (("kk", mend.kk), ("ru", mend.ru), ("en", mend.en)):
            assert sentence.endswith("."), (rule_id, language)
            assert 15 <= len(sentence) <= 200, (rule_id, language)
            assert not find_iins(sentence)
            assert find_mend(rule_id, language) == sentence
    assert find_mend("rule_of_tomorrow", "kk") is None


def test_a_mend_says_more_than_what_is_wrong() -> None:
    rules = {**RULES, **{rule_id: words.rule for rule_id, words in QUALITY_WORDS.items()}}
    for rule_id, rule in rules.items():
        assert {rule.kk, rule.ru, rule.en}.isdisjoint({MENDS[rule_id].kk, MENDS[rule_id].ru, MENDS[rule_id].en}), (
            rule_id
        )
