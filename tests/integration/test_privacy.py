"""The privacy scanner over a real warehouse: it finds a known IIN wherever it hides, and nothing else."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from arna.contracts.identifiers import make_synthetic_bin, make_synthetic_iin
from arna.errors import IntegrityError
from arna.privacy import scan_database
from arna.reconciliation import _check_privacy
from arna.vault import Vault, make_keys, read_iins, verify_token_key
from arna.warehouse.database import Database
from tests.support.landing import Warehouse

pytestmark = pytest.mark.integration

IIN = next(iin for iin in map(make_synthetic_iin, range(0, 3_000_000, 10_000)) if not iin.startswith("0"))
BIN = make_synthetic_bin(7)


@pytest.fixture
def warehouse(database_url: str) -> Iterator[Warehouse]:
    warehouse = Warehouse(database_url)
    yield warehouse
    warehouse.close()


def put_in_raw(warehouse: Warehouse) -> None:
    topic_id = uuid.uuid4()
    warehouse.start("vacancy", topic_id, 0, 0)
    warehouse.land("vacancy", topic_id, 0, 0, data=f'{{"note": "tab\\there {IIN}\\n"}}')


def put_in_plain_bytes(warehouse: Warehouse) -> None:
    topic_id = uuid.uuid4()
    warehouse.start("vacancy", topic_id, 0, 0)
    warehouse.refuse("vacancy", topic_id, 0, 0, payload_encrypted=b'\x80{"iin":"' + IIN.encode() + b'"}')


def put_in_longer_digits(warehouse: Warehouse) -> None:
    warehouse.run("update ops.source set contact = %s", f"+7{IIN}9")


def put_as_number(warehouse: Warehouse) -> None:
    warehouse.run("create table mart.number as select %s::bigint as code", int(IIN))


@pytest.mark.parametrize(
    ("put", "place"),
    [
        (put_in_raw, "raw.vacancy.data"),
        (put_in_plain_bytes, "ops.rejection.payload_encrypted"),
        (put_in_longer_digits, "ops.source.contact"),
        (put_as_number, "mart.number.code"),
    ],
)
def test_a_known_number_is_found_where_it_stands(warehouse: Warehouse, put: object, place: str) -> None:
    warehouse.run("update ops.source set bin = %s", BIN)
    assert scan_database(warehouse.url, {IIN}) == []
    put(warehouse)  # type: ignore[operator]
    findings = scan_database(warehouse.url, {IIN})
    assert [(finding.place, finding.count) for finding in findings] == [(place, 1)]
    assert IIN not in repr(findings)


def test_the_vault_itself_says_which_numbers_to_look_for(warehouse: Warehouse) -> None:
    vault = Vault(make_keys())
    iins = {IIN, *(make_synthetic_iin(number) for number in range(299))}
    for iin in iins:
        token = vault.token(iin)
        warehouse.run(
            "insert into vault.person (token, token_key_id, iin_encrypted, key_id) values (%s, %s, %s, %s)",
            token, vault.token_key_id, vault.seal_iin(iin, token), vault.key_id,
        )  # fmt: skip
    with Database(warehouse.url) as database:
        assert read_iins(database, vault) == iins
        assert _check_privacy(database, vault).ok
        put_in_raw(warehouse)
        check = _check_privacy(database, vault)
        assert not check.ok
        assert check.detail == "raw.vacancy.data: 1 personal numbers"
        assert _check_privacy(database, None).detail == "not checked: no vault keys here"


def test_another_token_key_than_the_stored_one_is_an_alarm(warehouse: Warehouse) -> None:
    vault = Vault(make_keys())
    with Database(warehouse.url) as database:
        verify_token_key(database, vault)
        warehouse.run(
            "insert into vault.person (token, token_key_id, iin_encrypted, key_id) "
            "values (gen_random_uuid(), %s, '', 's')",
            vault.token_key_id,
        )
        verify_token_key(database, vault)
        with pytest.raises(IntegrityError, match="made by key"):
            verify_token_key(database, Vault(make_keys()))
