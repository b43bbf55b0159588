"""Which reference skill a name means."""

from __future__ import annotations

import random

import pytest

from arna.skills.aliases import read_built_in
from arna.skills.matching import (
    FUZZY_THRESHOLD,
    LATIN_THRESHOLD,
    Kind,
    Label,
    Match,
    SkillMatcher,
    fold,
    strip,
)
from benchmarks.skill_matching import PARTS, read_sample

pytestmark = pytest.mark.unit

PYTHON, ML, ONE_C = "esco:py", "esco:ml", "local:1c"


def _name(text: str, key: str, rank: int = 1) -> Label:
    return Label(text, key, Kind.NAME, rank)


def _alias(text: str, key: str | None) -> Label:
    return Label(text, key, Kind.ALIAS, 0)


def _other(text: str, key: str) -> Label:
    return Label(text, key, Kind.OTHER, 1)


LABELS = [
    _name("python (computer programming)", PYTHON),
    _name("python", PYTHON),
    _alias("питон", PYTHON),
    _name("machine learning", ML),
    _alias("машинное обучение", ML),
    _alias("ml", ML),
    _name("ml", "esco:standard-ml"),
    _alias("1с", ONE_C),
    _name("1c:enterprise", ONE_C, 3),
    _name("node.js", "onet:Node.js", 2),
    _name("kubernetes", "onet:Kubernetes", 2),
    _name("postgresql", "esco:pg"),
    _name("visual analytics", "esco:va"),
    _alias("виртуализация", "esco:virtual"),
    _alias("анализ данных", "esco:da"),
    _alias("ведение технической документации", "esco:doc"),
    _name("c", "onet:C", 2),
    _name("windows 10", "onet:w10", 2),
]
MATCHER = SkillMatcher(LABELS)


@pytest.mark.parametrize(
    ("term", "method", "key"),
    [
        ("python", "exact", PYTHON),
        ("python (computer programming)", "exact", PYTHON),
        ("питон", "alias", PYTHON),
        ("python 3", "fuzzy", PYTHON),
        ("python3.11", "fuzzy", PYTHON),
        ("python 3.x+", "fuzzy", PYTHON),
        ("python (pandas)", "fuzzy", PYTHON),
        ("уверенное знание python", "fuzzy", PYTHON),
        ("опыт работы с python 3", "fuzzy", PYTHON),
        ("good knowledge of python", "fuzzy", PYTHON),
        ("машинное обучение", "alias", ML),
        ("машинного обучения", "none", None),
        ("ml", "alias", ML),
        ("1с", "alias", ONE_C),
        ("1c", "fuzzy", ONE_C),
        ("знание 1с 8.3", "fuzzy", ONE_C),
        ("nodejs", "fuzzy", "onet:Node.js"),
        ("node-js", "fuzzy", "onet:Node.js"),
        ("kubernets", "none", None),
        ("анализа данных", "fuzzy", "esco:da"),
        ("данных анализ", "fuzzy", "esco:da"),
        ("windows 10", "exact", "onet:w10"),
    ],
)
def test_a_name_means_the_skill_that_people_mean_by_it(term: str, method: str, key: str | None) -> None:
    match = MATCHER.match(term)
    assert (match.method, match.skill_key) == (method, key)


@pytest.mark.parametrize(
    "term",
    [
        "визуализация",  # one letter from виртуализация
        "опыт работы с",  # "с" is left, which looks like the language C
        "windows 11",
        "windows",
        "чтение технической документации",
        "mysql",
        "",
        "·",
        "12",
    ],
)
def test_what_is_merely_alike_is_not_the_same(term: str) -> None:
    assert MATCHER.match(term).skill_key is None


def test_an_unmatched_term_tells_what_was_nearest() -> None:
    match = MATCHER.match("kubernets")
    assert (match.method, match.label) == ("none", "kubernetes")
    assert 60 <= match.score < LATIN_THRESHOLD


def test_an_alias_wins_over_a_name_and_esco_over_others() -> None:
    labels = [_name("go", "onet:Go", 2), _name("go", "esco:go", 1), _name("go", "local:go", 3)]
    assert SkillMatcher(labels).match("go").skill_key == "esco:go"
    assert SkillMatcher([*labels, _alias("go", "local:baduk")]).match("go").skill_key == "local:baduk"


def test_a_term_said_to_mean_none_means_none() -> None:
    matcher = SkillMatcher([_name("python", PYTHON), _alias("python 3", None)])
    assert matcher.match("python 3") == Match("none", None, 0.0, "python 3")
    assert matcher.match("python 2").skill_key == PYTHON


def test_other_labels_of_one_word_or_of_several_skills_decide_nothing() -> None:
    matcher = SkillMatcher(
        [
            _other("data", "esco:statistics"),
            _other("big data", "esco:a"),
            _other("big data", "esco:b"),
            _other("x y", "k"),
        ]
    )
    assert matcher.match("data").skill_key is None
    assert matcher.match("big data").skill_key is None
    assert matcher.match("x y") == Match("alias", "k", 100.0, "x y")


def test_the_order_of_the_labels_does_not_matter() -> None:
    terms = ["python 3", "1c", "данных анализ", "ml", "node js", "kubernetes", "analytics visual"]
    expected = [MATCHER.match(term) for term in terms]
    for seed in range(5):
        shuffled = list(LABELS)
        random.Random(seed).shuffle(shuffled)
        assert [SkillMatcher(shuffled).match(term) for term in terms] == expected


@pytest.mark.parametrize(
    ("term", "folded"),
    [("1с", "1c"), ("c++", "c++"), ("c#", "c#"), (".net", ".net"), ("ci/cd", "ci cd"), ("node.js", "node js")],
)
def test_folding_keeps_what_tells_names_apart(term: str, folded: str) -> None:
    assert fold(term) == folded


@pytest.mark.parametrize("term", ["знание", "3", "(x)", "опыт работы", "хороший "])
def test_stripping_leaves_something(term: str) -> None:
    assert strip(term)


def test_every_built_in_alias_is_written_once_and_normalised() -> None:
    terms = [row["term"] for row in read_built_in()]
    assert len(terms) == len(set(terms)) > 700
    assert all(term == " ".join(term.casefold().split()) for term in terms)


def test_the_labelled_sample_is_large_enough_and_in_two_parts() -> None:
    sample = read_sample()
    assert len({row.term for row in sample}) == len(sample) >= 300
    assert {row.part for row in sample} == set(PARTS)
    assert min(sum(row.part == part for row in sample) for part in PARTS) > 150
    assert sum(row.skill_key is not None for row in sample) > 150


def test_the_thresholds_in_use_are_those_that_were_measured() -> None:
    assert (FUZZY_THRESHOLD, LATIN_THRESHOLD) == (90.0, 95.0)
