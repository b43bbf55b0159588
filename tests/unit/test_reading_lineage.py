"""Where a column comes from, on statements small enough to know the answer."""

# ruff: noqa: E501 - tables of cases

from __future__ import annotations

import pytest
import sqlglot

from arna.contracts.registry import Entity
from arna.reading.catalogue import Catalogue, Column, Relation
from arna.reading.lineage import ENVELOPE, Tracer, is_event_field
from arna.reading.sources import Resolver
from arna.reading.statements import Definition, Statements, _definitions, _schema

pytestmark = pytest.mark.unit

COLUMNS = {
    "core.thing": ("id", "name", "skills", "kato", "started", "ended"),
    "core.other": ("id", "amount"),
    "ref.region": ("region_code", "label"),
    "mart.thing": ("id", "text"),
    "raw.vacancy": ("subject", "data"),
}


def sources(text: str, relation: str = "mart.thing") -> dict[str, set[tuple[str, ...]]]:
    """Column to its sources, of one statement (or of the select a view is)."""
    statements = Statements(columns=dict(COLUMNS), lookups={"ref.region"})
    statements.schema = _schema(statements)
    parsed = sqlglot.parse_one(text, dialect="postgres")
    found = list(_definitions(statements, parsed, "here"))
    if not found:
        found = [Definition(relation, tuple(parsed.named_selects), parsed, "here")]
    result: dict[str, set[tuple[str, ...]]] = {}
    for definition in found:
        resolver = Resolver(definition, statements)
        for column in definition.columns:
            result.setdefault(column, set()).update(
                (f"{each.relation}.{each.column}", *each.path) for each in resolver.sources(column)
            )
    return result


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select t.name as a from core.thing t", {("core.thing.name",)}),
        ("select name as a from core.thing", {("core.thing.name",)}),
        ("with c as (select x.* from core.thing x) select c.name || c.kato as a from c", {("core.thing.name",), ("core.thing.kato",)}),
        ("select t.id as a from core.thing t union all select o.amount from core.other o", {("core.thing.id",), ("core.other.amount",)}),
        ("select count(*) as a from core.thing t join core.other o on t.id = o.id", {("core.thing.*",)}),
        ("select sum(1) as a from (select id from core.thing) t", {("core.thing.*",)}),
        ("select sum(o.amount) filter (where t.name = 'x') as a from core.thing t join core.other o using (id)",
         {("core.other.amount",), ("core.thing.name",)}),
        ("select (t.skills -> 'one') ->> 'two' as a from core.thing t", {("core.thing.skills", "one", "two")}),
        ("select s.e ->> 'name' as a from core.thing t cross join lateral jsonb_array_elements(t.skills) as s (e)",
         {("core.thing.skills", "*", "name")}),
        ("select (d.j ->> 'k')::date as a from (select x.skills -> 'p' as j from core.thing x offset 0) d",
         {("core.thing.skills", "p", "k")}),
        ("select case when jsonb_typeof(t.skills) = 'array' then t.skills else '[]' end -> 'k' as a from core.thing t",
         {("core.thing.skills", "k"), ("core.thing.skills",)}),
        ("select (select max(o.amount) from core.other o where o.id = t.id) as a from core.thing t", {("core.other.amount",)}),
        ("select exists (select 1 from core.other o where o.id = t.id) as a from core.thing t", {("core.other.*",)}),
        ("select l.amount as a from core.thing t left join lateral (select o.id, o.amount from core.other o where o.id = t.id limit 1) l on true",
         {("core.other.amount",)}),
        ("select r.label as a from core.thing t left join ref.region r on left(t.kato, 2) = r.region_code",
         {("ref.region.label",), ("core.thing.kato",)}),
        ("with recursive c as (select t.id, t.name from core.thing t union select c.id, o.amount::text from c join core.other o on c.id = o.id) select c.name as a from c",
         {("core.thing.name",), ("core.other.amount",)}),
        ("select lead(t.started) over w as a from core.thing t window w as (partition by t.id)", {("core.thing.started",)}),
        ("select mart.skill_key(t.name) as a from core.thing t", {("function.mart.skill_key",), ("core.thing.name",)}),
        ("select :today as a from core.thing t", {("parameter.today",)}),
        ("select 'x' as a from core.thing t", set()),
        ("select nowhere.x as a from core.thing t", {("?.here: nowhere.x",)}),
    ],
)  # fmt: skip
def test_a_column_is_made_of(text: str, expected: set[tuple[str, ...]]) -> None:
    assert sources(text)["a"] == expected


def test_next_tables_are_those_of_mart_and_others_are_temporary() -> None:
    assert sources("insert into next_thing (id, text) select t.id, g.text from core.thing t join given g on true") == {
        "id": {("core.thing.id",)},
        "text": {("temp.given.text",)},
    }


def test_what_a_delete_returns_is_what_it_deleted() -> None:
    text = """
        with gone as (delete from mart.thing as m using core.other as o where m.id = o.id returning m.id, m.text)
        insert into next_thing (id, text) select g.id, g.text from gone as g
    """
    assert sources(text) == {"id": {("mart.thing.id",)}, "text": {("mart.thing.text",)}}


def test_a_merge_is_made_of_what_it_merges() -> None:
    text = """
        merge into mart.thing as m using (select o.id, o.amount from core.other as o) as n on m.id = n.id
        when matched then update set text = m.text || n.amount
        when not matched then insert (id, text) values (n.id, n.amount)
    """
    assert sources(text) == {
        "id": {("core.other.id",)},
        "text": {("mart.thing.text",), ("core.other.amount",)},
    }


@pytest.mark.parametrize(
    ("entity", "pointer", "expected"),
    [
        (Entity.VACANCY, "/data/skills/*/framework", True),
        (Entity.CERTIFICATION, "/data/achievement/name/kk", True),
        (Entity.ENROLMENT, "/data/person/iin", True),
        (Entity.ENROLMENT, "/data/person/inn", False),
        (Entity.ENROLMENT, "/data/programme/*", False),
        *((entity, pointer, True) for entity in Entity for pointer in ENVELOPE.values()),
    ],
)
def test_a_pointer_is_one_of_the_contract(entity: Entity, pointer: str, expected: bool) -> None:
    assert is_event_field(entity, pointer) is expected


def tracer(view: str) -> Tracer:
    """A catalogue of raw.vacancy and one view over it, which ``core`` and the files under ``sql/`` know nothing of."""

    def table(name: str, columns: tuple[str, ...], definition: str = "") -> Relation:
        found = tuple(Column(column, "text", False, "") for column in columns)
        return Relation(name, bool(definition), "", "", (), found, definition, frozenset())

    relations = [table("raw.vacancy", ("subject", "data")), table("profile.thing", ("a",), view)]
    return Tracer(Catalogue({}, {each.name: each for each in relations}, []))


def test_a_field_that_the_contract_lacks_is_not_traced() -> None:
    found = tracer("select r.data::jsonb ->> 'titel' as a from raw.vacancy r").trace("profile.thing", "a")
    assert found.events == []
    assert found.untraced == ["raw.vacancy.data: the contract has no /data/titel"]
    found = tracer("select r.data::jsonb ->> 'title' as a from raw.vacancy r").trace("profile.thing", "a")
    assert [str(each) for each in found.events] == ["vacancy /data/title"]
    assert found.untraced == []


def test_a_view_that_cannot_be_read_is_named() -> None:
    found = tracer("select ((")
    assert "profile.thing: ParseError" in found.unread
    assert found.trace("profile.thing", "a").untraced == ["profile.thing.a: no statement fills it"]
