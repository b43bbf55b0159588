"""The suites themselves: enough rules, each told in three languages, none with a value in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from arna.contracts.identifiers import find_iins
from arna.contracts.registry import SPECS, Entity
from arna.contracts.rules import RULES, Severity
from arna.marts import GROUPS, VIEWS
from arna.marts.rule_words import MENDS, WORDS
from arna.warehouse.sqlfiles import list_sql, read_sql
from expectations.quality import build_suite, rejection_reasons
from expectations.reference import render
from expectations.suites import mart_suites, quality_rules, suite_name

pytestmark = pytest.mark.unit
entities = pytest.mark.parametrize("entity", list(Entity))


@entities
def test_suite_has_at_least_fifteen_expectations_with_different_rule_ids(entity):
    rules = quality_rules(entity)
    assert len(rules) >= 15
    assert len({rule.rule.rule_id for rule in rules}) == len(rules)
    assert not {rule.rule.rule_id for rule in rules} & set(RULES)


@entities
def test_each_rule_says_what_is_wrong_in_three_languages(entity):
    for quality in quality_rules(entity):
        rule = quality.rule
        assert re.search("[а-яА-ЯәғқңөұүһіӘҒҚҢӨҰҮҺІ]", rule.kk)
        assert re.search("[а-яА-Я]", rule.ru)
        assert re.search("[a-z]", rule.en)
        assert len({rule.kk, rule.ru, rule.en}) == 3
        assert all(sentence.endswith(".") for sentence in (rule.kk, rule.ru, rule.en, quality.reason))
        assert not find_iins(f"{rule.kk} {rule.ru} {rule.en} {quality.reason}")


@entities
def test_meta_of_each_expectation_is_complete(entity):
    for quality in quality_rules(entity):
        meta = quality.expectation.meta
        assert meta["rule_id"] == quality.rule.rule_id
        assert meta["severity"] == str(quality.rule.severity) == str(quality.expectation.severity.value)
        assert set(meta["message"]) == {"kk", "ru", "en"}
        assert meta["reason"]
        assert meta["scope"] in {"row", "batch"}


@entities
def test_pointers_lead_to_fields_of_the_contract(entity):
    for quality in quality_rules(entity):
        if not quality.pointer:
            continue
        model = SPECS[entity].model
        for part in quality.pointer.removeprefix("/").split("/"):
            assert part in model.model_fields, quality.rule.rule_id
            annotation = model.model_fields[part].annotation
            options = [annotation, *getattr(annotation, "__args__", ())]
            model = next((option for option in options if hasattr(option, "model_fields")), model)


@entities
def test_no_row_rule_has_a_row_condition(entity):
    # Great Expectations' query of failing rows forgets the condition: good rows would be rejected.
    for quality in quality_rules(entity):
        assert getattr(quality.expectation, "row_condition", None) is None


@entities
def test_only_critical_row_rules_can_reject(entity):
    rules = {quality.rule.rule_id: quality for quality in quality_rules(entity)}
    for rule_id, reason in rejection_reasons(list(rules.values())).items():
        assert rules[rule_id].scope == "row"
        assert reason.rule.severity is Severity.CRITICAL


@entities
def test_suite_can_be_built_again_and_again(entity):
    first = build_suite(suite_name(entity), quality_rules(entity))
    second = build_suite(suite_name(entity), quality_rules(entity))
    assert [each.configuration.kwargs for each in first.expectations] == [
        each.configuration.kwargs for each in second.expectations
    ]


groups = pytest.mark.parametrize("group", GROUPS)


@groups
def test_each_group_of_marts_has_at_least_twelve_expectations_of_different_ids(group):
    suites = mart_suites(group)
    assert len({suite.relation.name for suite in suites}) == len(suites)
    assert sum(len(suite.rules) for suite in suites) >= 12
    for suite in suites:
        assert len({each.rule.rule_id for each in suite.rules}) == len(suite.rules)


@groups
def test_every_view_of_a_group_is_concerned_by_a_rule_of_its_own_data(group):
    concerned = {
        view
        for suite in mart_suites(group)
        if set(suite.relation.views) != set(VIEWS[group])
        for view in suite.relation.views
    }
    assert concerned == set(VIEWS[group])


@groups
def test_each_rule_of_the_marts_is_told_in_three_languages_with_a_remedy(group):
    for suite in mart_suites(group):
        for each in suite.rules:
            meta = each.expectation.meta
            assert meta["rule_id"] == each.rule.rule_id
            assert meta["severity"] == str(each.expectation.severity.value)
            assert meta["reason"].endswith(".")
            for told in (meta["message"], meta["mend"]):
                assert set(told) == {"kk", "ru", "en"}
                assert len(set(told.values())) == 3
                assert all(sentence.endswith(".") and "{" not in sentence for sentence in told.values())


def test_words_and_queries_of_the_marts_are_those_in_use():
    rules = [each for group in GROUPS for suite in mart_suites(group) for each in suite.rules]
    used = {re.sub(r".*_out_of_range$", "out_of_range", each.rule.rule_id) for each in rules}
    assert used == set(WORDS)
    assert {mend for _, _, mend in WORDS.values()} == set(MENDS)


def test_every_query_of_the_marts_is_asked_for(monkeypatch):
    asked = set()

    def note(name):
        asked.add(name)
        return read_sql(name)

    monkeypatch.setattr("expectations.marts.read_sql", note)
    for group in GROUPS:
        mart_suites(group)
    assert asked == set(list_sql("marts/rules"))


def test_the_reference_of_the_marts_rules_is_fresh():
    page = Path(__file__).parents[2] / "docs" / "reference" / "mart-rules.md"
    assert page.read_text(encoding="utf-8") == render()
