"""An outbox table in SQLite: which rows wait, what they become, and how they are marked."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from arna.contracts.registry import Entity
from arna.errors import ConfigError
from producers.adapters.database import OutboxTable, SourceDatabaseUnavailable
from producers.adapters.outbox_rules import OutboxRules, load_outbox
from tests.support.adapted import outcomes
from tests.support.samples import SAMPLE_SOURCE, sample_data, sample_event

pytestmark = pytest.mark.unit

RULES: dict[str, Any] = {
    "url_env": "OUTBOX_URL",
    "table": "outbox",
    "source": SAMPLE_SOURCE,
    "mark": "column",
    "batch": 2,
    "columns": {
        "key": "id", "payload": "payload", "recordversion": "version", "time": "changed_at", "entity": "entity",
        "sent_at": "sent_at", "error": "problem",
    },
}  # fmt: skip
_TABLE = """create table outbox (
    id integer primary key, entity text, payload text, version integer, changed_at text, sent_at text, problem text)"""


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[sa.Engine]:
    url = f"sqlite:///{tmp_path / 'own.db'}"
    monkeypatch.setenv("OUTBOX_URL", url)
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text(_TABLE))
    yield engine
    engine.dispose()


@pytest.fixture
def put(database: sa.Engine) -> Callable[..., None]:
    def insert(key: int, data: Any = None, **columns: Any) -> None:
        row = {
            "id": key,
            "entity": "vacancy",
            "payload": json.dumps(sample_data(Entity.VACANCY, number=key) if data is None else data),
            "version": 1,
            "changed_at": "2026-05-04 10:00:00",
        } | columns
        names = ", ".join(row)
        marks = ", ".join(f":{name}" for name in row)
        with database.begin() as connection:
            connection.execute(sa.text(f"insert into outbox ({names}) values ({marks})"), row)

    return insert


def rules(**changes: Any) -> OutboxRules:
    return OutboxRules.model_validate(RULES | changes)


def left(database: sa.Engine) -> dict[int, tuple[bool, str | None]]:
    with database.connect() as connection:
        found = connection.execute(sa.text("select id, sent_at, problem from outbox order by id")).all()
    return {row[0]: (row[1] is not None, row[2]) for row in found}


def test_rows_are_read_in_their_order_and_by_batches(put: Callable[..., None]) -> None:
    for key in (3, 1, 2):
        put(key)
    with OutboxTable(rules()) as table:
        first = table.read()
        second = table.read(first[-1].key)
        assert table.read(second[-1].key) == []
    assert [row.key for row in (*first, *second)] == [1, 2, 3]
    assert outcomes(row.adapted for row in first) == {"ok": 2}


def test_the_same_row_is_the_same_event_each_time(put: Callable[..., None]) -> None:
    put(1)
    put(2, changed_at="2026-05-04T10:00:00+06:00", version=3)
    with OutboxTable(rules()) as table:
        drafts = [[row.adapted.draft for row in table.read()] for _ in range(2)]
    assert drafts[0] == drafts[1]
    assert [draft.occurred_at.isoformat() for draft in drafts[0] if draft] == [
        "2026-05-04T10:00:00+05:00", "2026-05-04T10:00:00+06:00",
    ]  # fmt: skip
    assert [draft.action for draft in drafts[0] if draft] == ["published", "amended"]


def test_a_row_of_a_lower_key_that_is_committed_later_is_found(database: sa.Engine, put: Callable[..., None]) -> None:
    put(5)
    with OutboxTable(rules()) as table:
        table.mark(table.read())
        put(4)
        assert [row.key for row in table.read()] == [4]
    assert left(database) == {4: (False, None), 5: (True, None)}


def test_a_row_that_was_changed_while_it_was_sent_stays_unmarked(database: sa.Engine, put: Callable[..., None]) -> None:
    put(1)
    put(2)
    with OutboxTable(rules()) as table:
        rows = table.read()
        with database.begin() as connection:
            connection.execute(sa.text("update outbox set version = 2 where id = 1"))
        table.mark(rows)
        assert [row.key for row in table.read()] == [1]
    assert left(database)[2] == (True, None)


def test_marking_by_deleting(database: sa.Engine, put: Callable[..., None]) -> None:
    put(1)
    columns = {name: column for name, column in RULES["columns"].items() if name != "sent_at"}
    with OutboxTable(rules(mark="delete", columns=columns)) as table:
        table.mark(table.read())
        table.mark([])
    assert left(database) == {}


def test_a_refused_row_keeps_its_reason_and_is_left_alone_until_that_is_cleared(
    database: sa.Engine, put: Callable[..., None]
) -> None:
    put(1, {"title": "x"})
    with OutboxTable(rules()) as table:
        (row,) = table.read()
        table.refuse([(row, "schema_invalid: field_missing at /data/employer")])
        assert table.read() == []
        assert left(database) == {1: (False, "schema_invalid: field_missing at /data/employer")}
        with database.begin() as connection:
            connection.execute(sa.text("update outbox set problem = null"))
        assert len(table.read()) == 1


@pytest.mark.parametrize(
    ("columns", "rule"),
    [
        ({"payload": "{"}, "json_malformed"),
        ({"payload": "[]"}, "payload_not_object"),
        ({"payload": None}, "payload_not_object"),
        ({"payload": '{"a":' * 50 + "1" + "}" * 50}, "json_too_deep"),
        ({"payload": '{"recordversion": 3}'}, "field_unknown"),
        ({"entity": "person"}, "entity_unknown"),
        ({"changed_at": "yesterday"}, "time_malformed"),
        ({"changed_at": None}, "time_malformed"),
        ({"version": None}, "attribute_missing"),
        ({"version": 0}, "record_version_malformed /recordversion"),
    ],
)
def test_what_is_wrong_with_a_row_is_its_refusal(put: Callable[..., None], columns: dict[str, Any], rule: str) -> None:
    put(1, **columns)
    with OutboxTable(rules()) as table:
        (row,) = table.read()
        assert outcomes([row.adapted]) == {rule: 1}
        table.refuse([(row, rule)])
        assert table.read() == []


def test_whole_cloud_events_and_ids_of_their_own(put: Callable[..., None]) -> None:
    event = sample_event(Entity.VACANCY, number=8)
    put(1, json.loads(event.to_structured()[0]))
    with OutboxTable(rules(payload="cloudevent", source=None)) as table:
        draft = table.read()[0].adapted.draft
    assert draft is not None
    assert draft.check().to_structured() == event.to_structured()
    own = str(uuid.uuid4())
    put(2, problem=own)
    columns = {name: column for name, column in RULES["columns"].items() if name != "error"}
    with OutboxTable(rules(columns=columns | {"event_id": "problem"})) as table:
        draft = table.read()[1].adapted.draft
    assert draft is not None
    assert draft.check().event_id == own


class TestDescription:
    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"mark": "column", "columns": {"key": "id", "payload": "p", "entity": "e"}}, "sent_at"),
            ({"source": None}, "payload: data needs source"),
            ({"mark": "delete", "columns": {"key": "id", "payload": "p", "entity": "e"}}, "needs recordversion, time"),
            ({"entity": "vacancy"}, "either entity"),
            ({"mark": "cursor"}, "delete"),
            ({"time_zone": "Almaty"}, "offset"),
            ({"colums": {}}, "did you mean columns?"),
        ],
    )
    def test_what_is_missing_is_said(self, tmp_path: Path, changes: dict[str, Any], reason: str) -> None:
        path = tmp_path / "outbox.yaml"
        path.write_text(json.dumps(RULES | changes))
        with pytest.raises(ConfigError) as caught:
            load_outbox(path)
        assert reason in str(caught.value)

    @pytest.mark.parametrize(
        ("url", "reason"),
        [
            (None, "is not set"),
            ("nonsense", "no address"),
            ("mysql+nosuchdriver://u:hidden@localhost/x", "no address"),
        ],
    )
    def test_an_address_that_cannot_be_used_is_a_sentence_without_it(
        self, monkeypatch: pytest.MonkeyPatch, url: str | None, reason: str
    ) -> None:
        monkeypatch.delenv("OUTBOX_URL", raising=False)
        if url is not None:
            monkeypatch.setenv("OUTBOX_URL", url)
        with pytest.raises(ConfigError, match=reason) as caught:
            OutboxTable(rules())
        assert "hidden" not in str(caught.value)

    def test_a_table_or_a_column_that_is_not_there_is_named(self, database: sa.Engine) -> None:
        with pytest.raises(ConfigError, match="no such table"):
            OutboxTable(rules(table="outbocks"))
        with pytest.raises(ConfigError, match="no column payloads"):
            OutboxTable(rules(columns=RULES["columns"] | {"payload": "payloads"}))

    def test_a_database_that_is_away_is_transient(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OUTBOX_URL", f"sqlite:///{tmp_path}/no/such/folder/own.db")
        with pytest.raises(SourceDatabaseUnavailable, match="OUTBOX_URL"):
            OutboxTable(rules())
