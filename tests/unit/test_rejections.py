"""From a contract's refusal to the row of ops.rejection."""

from __future__ import annotations

import hashlib
import uuid
from datetime import UTC, datetime

import pytest

from arna.contracts.rules import RULES
from arna.errors import ContractError
from arna.rejections import (
    REJECTION_COLUMNS,
    REJECTION_TYPES,
    MessagePlace,
    find_rule,
    reject_at_landing,
    rule_rows,
)
from arna.vault import Vault, make_keys
from arna.warehouse.sqlfiles import read_sql

pytestmark = pytest.mark.unit

PLACE = MessagePlace("vacancy", uuid.UUID(int=7), "arna.vacancy.v1", 3, 41)
NOW = datetime(2026, 1, 5, tzinfo=UTC)


def test_a_refusal_becomes_a_row_with_its_sentences_and_a_sealed_payload() -> None:
    vault = Vault(make_keys())
    value = b'{"person": {"iin": "990101100000"}}'
    event_id = str(uuid.uuid4())
    error = ContractError(
        "identifier_invalid", "iin_check_digit", "/data/person/iin", event_id=event_id, source="urn:x:y"
    )
    row = reject_at_landing(error, PLACE, value, vault=vault, rejected_at=NOW, source_id=4)
    rule = RULES["iin_check_digit"]
    assert (row.message_kk, row.message_ru, row.message_en) == (rule.kk, rule.ru, rule.en)
    assert (row.rule_id, row.pointer, row.stage, row.batch_id) == (
        "iin_check_digit",
        "/data/person/iin",
        "landing",
        None,
    )
    assert (row.event_id, row.source_uri, row.source_id) == (uuid.UUID(event_id), "urn:x:y", 4)
    assert row.payload_sha256 == hashlib.sha256(value).digest()
    assert row.payload_encrypted is not None
    assert b"990101100000" not in row.payload_encrypted
    assert vault.open_payload(row.payload_encrypted, row.key_id) == value


def test_a_tombstone_has_no_payload() -> None:
    error = ContractError("decode_error", "message_empty")
    row = reject_at_landing(error, PLACE, None, vault=Vault(make_keys()), rejected_at=NOW)
    assert (row.payload_encrypted, row.key_id, row.payload_sha256) == (None, None, hashlib.sha256(b"").digest())


def test_the_row_is_in_the_order_of_the_copy_statement() -> None:
    inside = read_sql("ops/copy_rejections.sql").split("(", 1)[1].split(")")[0]
    assert tuple(name.strip().strip('"') for name in inside.split(",")) == REJECTION_COLUMNS
    assert len(REJECTION_TYPES) == len(REJECTION_COLUMNS)


def test_a_rule_of_another_release_still_has_a_sentence_in_each_language() -> None:
    rule = find_rule("rule_of_tomorrow")
    assert rule.kk
    assert rule.ru
    assert rule.en


def test_rules_can_be_given_to_sql_as_rows() -> None:
    rows = rule_rows({"source_disabled": RULES["source_disabled"]})
    assert rows[0][:3] == ("source_disabled", "source_unknown", "critical")
    assert all(rows[0])
