"""Names of skills in PostgreSQL: each decided once, kept, followed by the marts when it comes to mean another."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from arna.errors import ConfigError
from arna.marts import GROUPS, rebuild, refresh
from arna.reference import load_reference
from arna.skills.aliases import add_alias, list_aliases, load_built_in, remove_alias
from arna.skills.matching import SkillMatcher
from arna.skills.terms import decide_terms, explain, list_unmatched, read_labels
from arna.warehouse.database import Database, connection_string
from benchmarks.skill_matching import read_sample, score
from tests.support.core_rows import CoreWriter, with_today
from tests.support.stack import role_url

pytestmark = pytest.mark.integration

TODAY = "2026-03-15"
SHARED_DATA = Path(os.environ.get("ARNA_SHARED_DATA", "../shared/data"))
SKILLS = """
    insert into ref.skill (framework, skill_code, name_ru, name_en) values
    ('esco', 'py', null, 'Python (computer programming)'), ('onet', 'Python', null, 'Python'),
    ('esco', 'ml', null, 'machine learning'), ('onet', 'Go', null, 'Go'), ('local', '1c', '1С:Предприятие', null);
    insert into ref.load (relation_name, source_name, licence, row_count) values ('ref.skill', 'test', 'own', 5)
"""


@pytest.fixture
def writer(database_url: str) -> Iterator[CoreWriter]:
    core = CoreWriter(database_url)
    core.execute(SKILLS)
    yield core
    core.close()


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    with Database(with_today(database_url, TODAY)) as database:
        yield database


def _query(url: str, statement: str) -> list[dict[str, Any]]:
    with psycopg.connect(connection_string(url), row_factory=dict_row) as connection:
        return connection.execute(statement).fetchall()


def _terms(url: str) -> dict[str, tuple[str, str | None]]:
    rows = _query(url, "select term, method, skill_key from ref.skill_term")
    return {row["term"]: (row["method"], row["skill_key"]) for row in rows}


def _marts(url: str) -> dict[str, list[str]]:
    relations = (
        "person_skill",
        "supply_span",
        "skill_supply",
        "vacancy_span",
        "skill_demand",
        "skill",
        "skill_mention",
    )
    return {
        name: [
            row["r"]
            for row in _query(with_today(url, TODAY), f"select to_jsonb(t)::text as r from mart.{name} as t order by 1")
        ]
        for name in relations
    }


def _assert_a_rebuild_gives_the_same(db: Database, url: str) -> None:
    incremental = _marts(url)
    for group in GROUPS:
        rebuild(db, group)
    assert _marts(url) == incremental


def test_each_name_is_decided_once_and_kept(db: Database, database_url: str, writer: CoreWriter) -> None:
    writer.load({"vacancy": [{"skills": ["Python", "питон", "Python 3", "Unheard of"]}]})
    assert decide_terms(db, None).decided == 4
    assert decide_terms(db, None).decided == 0
    assert _terms(database_url) == {
        "python": ("exact", "esco:py"),
        "питон": ("none", None),
        "python 3": ("fuzzy", "esco:py"),
        "unheard of": ("none", None),
    }


def test_a_code_of_a_shared_framework_needs_no_name(db: Database, database_url: str, writer: CoreWriter) -> None:
    writer.load(
        {
            "certification": [
                {"person": 1, "skills": [{"framework": "esco", "code": "py", "name": "Snakes"}]},
                {"person": 2, "skills": [{"framework": "onet", "code": "Python", "name": "x"}]},
                {"person": 3, "skills": [{"framework": "esco", "code": " ", "name": "python"}]},
            ]
        }
    )
    add_alias(db, "nothing", framework="esco", code="ml")  # links the codes that are one skill
    refresh(db, "profile")
    assert set(_terms(database_url)) == {"python"}
    assert _query(database_url, "select distinct skill_key from mart.person_skill") == [{"skill_key": "esco:py"}]


def test_an_alias_remaps_history_for_what_it_touches_only(db: Database, database_url: str, writer: CoreWriter) -> None:
    people = [{"id": f"c{n}", "person": n, "skills": ["питон" if n < 3 else "Go"]} for n in range(20)]
    vacancies = [
        {"id": "v1", "skills": ["питон", "Go"]},
        {"id": "v2", "skills": ["Python"], "replaces_vacancy_id": "v1", "published_on": "2026-02-20"},
        {"id": "v3", "skills": ["Go"]},
    ]
    writer.load({"certification": people, "vacancy": vacancies})
    for group in GROUPS:
        refresh(db, group)

    change = add_alias(db, " ПИТОН ", framework="esco", code="py", language="ru")
    assert (change.term, change.skill_key, change.terms) == ("питон", "esco:py", 1)
    profile, retraining = refresh(db, "profile"), refresh(db, "retraining")
    assert (profile.persons, profile.is_rebuild) == (3, False)
    # The vacancy, and the one that reposts it.
    assert (retraining.persons, retraining.vacancies, retraining.is_rebuild) == (3, 2, False)
    found = _query(database_url, "select skill_key, count(*) as n from mart.person_skill group by 1 order by 1")
    assert [(row["skill_key"], row["n"]) for row in found] == [("esco:py", 3), ("onet:Go", 17)]
    assert "local:питон" not in {row["skill_key"] for row in _query(database_url, "select skill_key from mart.skill")}
    _assert_a_rebuild_gives_the_same(db, database_url)

    assert remove_alias(db, "питон").terms == 1
    assert refresh(db, "profile").persons == 3
    refresh(db, "retraining")
    assert _terms(database_url)["питон"] == ("none", None)
    _assert_a_rebuild_gives_the_same(db, database_url)


def test_an_alias_also_bears_on_terms_that_are_like_it(db: Database, database_url: str, writer: CoreWriter) -> None:
    writer.load({"vacancy": [{"skills": ["машинное обучение", "Машинного обучение", "знание машинное обучение 2"]}]})
    refresh(db, "retraining")
    assert add_alias(db, "машинное обучение", framework="esco", code="ml").terms == 3
    methods = {term: method for term, (method, _) in _terms(database_url).items()}
    assert methods == {
        "машинное обучение": "alias",
        "машинного обучение": "fuzzy",
        "знание машинное обучение 2": "fuzzy",
    }
    assert remove_alias(db, "машинное обучение").terms == 3
    assert set(_terms(database_url).values()) == {("none", None)}


def test_a_closer_alias_takes_over_what_was_merely_alike(db: Database, database_url: str, writer: CoreWriter) -> None:
    writer.load({"vacancy": [{"skills": ["Анализы данных"]}]})
    refresh(db, "retraining")
    add_alias(db, "анализ даных", framework="esco", code="ml")
    assert _terms(database_url)["анализы данных"] == ("fuzzy", "esco:ml")
    assert add_alias(db, "анализ данных", framework="esco", code="py").terms == 1
    assert _terms(database_url)["анализы данных"] == ("fuzzy", "esco:py")


def test_terms_end_alike_whether_aliases_came_before_them_or_after(
    db: Database, database_url: str, writer: CoreWriter
) -> None:
    rng = random.Random(3)
    words = ["анализ", "анализа", "данных", "данные", "машинное", "обучение", "python", "go", "1с", "3"]
    names = sorted({" ".join(rng.sample(words, rng.randint(1, 3))) for _ in range(120)})
    aliases = [("анализ данных", "ml"), ("данные go", "py"), ("обучение", "ml"), ("анализа", "py"), ("1с", "py")]
    writer.load({"vacancy": [{"skills": names}]})
    refresh(db, "retraining")
    for term, code in aliases:
        add_alias(db, term, framework="esco", code=code)
    remove_alias(db, "анализа")
    refresh(db, "retraining")
    incremental, marts = _terms(database_url), _marts(database_url)
    assert len({key for _, key in incremental.values()}) >= 4
    writer.execute("truncate ref.skill_term")
    rebuild(db, "retraining")
    assert _terms(database_url) == incremental
    assert _marts(database_url) == marts


def test_a_term_can_be_said_to_mean_none(db: Database, database_url: str, writer: CoreWriter) -> None:
    writer.load({"certification": [{"person": 1, "skills": ["Python 3"]}]})
    refresh(db, "profile")
    assert add_alias(db, "python 3").terms == 1
    for group in GROUPS:
        refresh(db, group)
    assert _query(database_url, "select skill_key from mart.person_skill") == [{"skill_key": "local:python 3"}]
    _assert_a_rebuild_gives_the_same(db, database_url)


def test_a_later_reference_is_followed_without_a_rebuild(db: Database, database_url: str, writer: CoreWriter) -> None:
    certificates = [{"id": f"c{n}", "person": n, "skills": ["Rust" if n < 2 else "Go"]} for n in range(9)]
    local = [{"id": "l", "person": 9, "skills": [{"framework": "local", "code": "X-1", "name": "Welding"}]}]
    writer.load({"certification": [*certificates, *local]})
    for group in GROUPS:
        refresh(db, group)
    writer.execute(
        "insert into ref.skill (framework, skill_code, name_en) values ('onet', 'Rust', 'Rust'), ('local', 'X-1', 'W')"
    )
    writer.execute(
        "insert into ref.load (relation_name, source_name, licence, row_count) values ('ref.skill', 't', 'own', 1)"
    )
    for group in GROUPS:
        result = refresh(db, group)
        assert (result.persons, result.is_rebuild) == (3, False)
    keys = {row["skill_key"] for row in _query(database_url, "select skill_key from mart.person_skill")}
    assert keys == {"onet:Rust", "onet:Go", "local:X-1"}
    _assert_a_rebuild_gives_the_same(db, database_url)


def test_unmatched_terms_come_by_how_often_they_are_named(db: Database, writer: CoreWriter) -> None:
    writer.load(
        {
            "vacancy": [{"skills": ["Machin learnin", "Odd"]}, {"skills": ["ODD"]}, {"skills": ["Go"]}],
            "certification": [{"skills": ["odd "]}, {"skills": ["rare"]}],
        }
    )
    for group in GROUPS:
        refresh(db, group)
    terms = list_unmatched(db, 10)
    assert [(term.term, term.vacancies, term.certificates) for term in terms] == [
        ("odd", 2, 1),
        ("machin learnin", 1, 0),
        ("rare", 0, 1),
    ]
    assert terms[1].nearest_label == "machine learning"
    assert [term.term for term in list_unmatched(db, 1)] == ["odd"]


def test_a_term_is_explained_whether_it_was_sent_or_not(db: Database, writer: CoreWriter) -> None:
    writer.load({"vacancy": [{"skills": ["1С:Предприятие"]}]})
    refresh(db, "retraining")
    sent = explain(db, " 1с:предприятие ")
    assert sent is not None
    assert (sent.match.method, sent.match.skill_key, sent.alias_origin) == ("exact", "local:1c", None)
    assert sent.decided_at is not None
    assert sent.skill is not None
    assert sent.skill["name_ru"] == "1С:Предприятие"
    add_alias(db, "змея", framework="esco", code="py")
    unsent = explain(db, "Змея")
    assert unsent is not None
    assert (unsent.match.skill_key, unsent.alias_origin, unsent.decided_at) == ("esco:py", "curated", None)
    assert explain(db, "  ") is None


def test_built_in_aliases_leave_curated_ones_alone_and_need_their_skill(
    db: Database, database_url: str, writer: CoreWriter
) -> None:
    add_alias(db, "1c", framework="esco", code="py")
    with db.session() as session:
        merged, removed, total = load_built_in(session)
    assert removed == 0
    aliases = {alias["term"]: alias for alias in list_aliases(db)}
    assert (aliases["1c"]["skill_key"], aliases["1c"]["origin"]) == ("esco:py", "curated")
    assert (aliases["1с"]["skill_key"], aliases["1с"]["skill_name"]) == ("local:1c", "1С:Предприятие")
    # Of the built-in ones only those whose skill is in this small reference.
    assert {alias["skill_key"] for alias in aliases.values()} == {"esco:py", "local:1c", "onet:Go"}
    assert merged + 1 == total == len(aliases)
    with pytest.raises(ConfigError, match="no alias that was added here"):
        remove_alias(db, "1с")
    assert [alias["term"] for alias in list_aliases(db, "curated")] == ["1c"]


def test_an_alias_needs_a_term_and_a_skill_of_the_reference(db: Database, writer: CoreWriter) -> None:
    with pytest.raises(ConfigError, match="is no skill of esco"):
        add_alias(db, "x", framework="esco", code="nothing")
    with pytest.raises(ConfigError, match="is empty"):
        add_alias(db, "  ", framework="esco", code="py")


def test_the_loader_decides_terms_and_readers_do_not_see_them(database_url: str, writer: CoreWriter) -> None:
    writer.load({"vacancy": [{"skills": ["Python"]}]})
    with Database(role_url(with_today(database_url, TODAY), "arna_loader")) as loader:
        refresh(loader, "retraining")
    with psycopg.connect(connection_string(role_url(database_url, "retraining_reader")), autocommit=True) as reader:
        for relation in ("ref.skill_term", "ref.skill_alias", "mart.skill_mention"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(f"select * from {relation}")
        assert reader.execute("select skill_key from retraining.skill_demand").fetchall()


@pytest.mark.skipif(not (SHARED_DATA / "reference").is_dir(), reason="the reference is not here (ARNA_SHARED_DATA)")
def test_matching_is_as_precise_as_the_page_says(db: Database) -> None:
    load_reference(db, SHARED_DATA)
    with db.session(read_only=True) as session:
        matcher = SkillMatcher(read_labels(session))
    sample = read_sample()
    for part in ("development", "held-out"):
        result = score(matcher, [row for row in sample if row.part == part])
        assert result.precision >= 0.95
        assert result.recall >= 0.85
    whole = score(matcher, sample)
    assert (round(whole.precision, 2), round(whole.recall, 2)) == (1.0, 0.94)
    assert {matcher.match(term).skill_key for term in ("python", "питон", "python 3", "уверенный python")} == {
        "esco:http://data.europa.eu/esco/skill/ccd0a1d9-afda-43d9-b901-96344886e14d"
    }
    assert len({matcher.match(term).skill_key for term in ("машинное обучение", "ml", "machine learning")}) == 1
    assert {matcher.match(term).skill_key for term in ("1с", "1c", "1с:предприятие 8.3")} == {"local:1c"}
