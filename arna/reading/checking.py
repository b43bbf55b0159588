"""Holds the contracts against a live catalogue, and their quality rules against its rows."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any, Final

from open_data_contract_standard.model import DataQuality

from arna.reading.catalogue import Catalogue, Relation
from arna.reading.contracts import Promise, file_name
from arna.warehouse.database import Database, Session, StatementError

NOTICE_MONTHS: Final = 6
"""From the announcement of a view's end to its end."""


@dataclass(slots=True)
class Report:
    """What a check found.

    Attributes:
        problems: broken promises, a sentence each: the file, the column, expected, found.
        notes: what is no breach: a column that nobody was promised yet.
        unmeasured: rules that had nothing to measure, as in an empty warehouse.
    """

    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unmeasured: list[str] = field(default_factory=list)


def check_promises(promises: Sequence[Promise], catalogue: Catalogue) -> Report:
    """Compares every contract with the catalogue, both ways."""
    report = Report()
    views = catalogue.views()
    for promise in promises:
        report.problems += _deprecation_problems(promise, promises)
        relation = catalogue.relations.get(promise.view)
        if not promise.is_active:
            continue
        if relation is None:
            report.problems.append(f"{promise.file_name}: expected the view {promise.view}, found none")
            continue
        report.problems += _column_problems(promise, relation)
        report.problems += _key_problems(promise, relation)
        report.problems += _role_problems(promise, relation)
        report.notes += _new_columns(promise, relation)
    promised = {promise.view for promise in promises if promise.is_active}
    report.problems += [
        f"{file_name(view)}: expected a contract for the view {view}, found none; "
        f"run python -m arna.reading --write {view}"
        for view in sorted(views.keys() - promised)
    ]
    return report


def _column_problems(promise: Promise, relation: Relation) -> Iterator[str]:
    for column in promise.relation.properties or []:
        found = relation.column(str(column.name))
        if found is None:
            yield f"{promise.file_name}: column {column.name}: expected {column.physicalType}, found no such column"
        elif found.type != column.physicalType:
            yield f"{promise.file_name}: column {column.name}: expected {column.physicalType}, found {found.type}"


def _key_problems(promise: Promise, relation: Relation) -> Iterator[str]:
    if promise.key != relation.key:
        yield (
            f"{promise.file_name}: key: expected {', '.join(promise.key) or 'none'}, "
            f"found {', '.join(relation.key) or 'none'} in the view's comment"
        )


def _role_problems(promise: Promise, relation: Relation) -> Iterator[str]:
    for role in promise.contract.roles or []:
        if role.role not in relation.readers:
            yield f"{promise.file_name}: role {role.role}: expected that it may select, found that it may not"


def _new_columns(promise: Promise, relation: Relation) -> Iterator[str]:
    known = {column.name for column in promise.relation.properties or []}
    for column in relation.columns:
        if column.name not in known:
            yield (
                f"{promise.file_name}: column {column.name} ({column.type}) is promised to nobody yet; "
                f"run python -m arna.reading --write {promise.view}"
            )


def _deprecation_problems(promise: Promise, promises: Sequence[Promise]) -> Iterator[str]:
    """What announces its end names a successor, and gives readers the time that was promised."""
    status, said = promise.contract.status, promise.custom("deprecation")
    if (status != "active") != bool(said.get("isDeprecated")):
        yield f"{promise.file_name}: deprecation: expected isDeprecated to agree with status {status}, found otherwise"
        return
    if status == "active":
        return
    try:
        announced, ends = (date.fromisoformat(str(said.get(name))) for name in ("announcedOn", "endsOn"))
    except ValueError:
        yield f"{promise.file_name}: deprecation: expected days announcedOn and endsOn, found otherwise"
        return
    earliest = add_months(announced, NOTICE_MONTHS)
    if ends < earliest:
        yield f"{promise.file_name}: deprecation: expected an end on {earliest} or later, found {ends}"
    successor = said.get("successor")
    if successor is not None and successor not in {other.view for other in promises if other.is_active}:
        yield f"{promise.file_name}: deprecation: expected a contract of the successor {successor}, found none"


def add_months(day: date, months: int) -> date:
    """The same day some months on, or the last of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def check_rows(promises: Sequence[Promise], url: str) -> Report:
    """Runs the quality rules of the contracts, and counts nulls where a column is required."""
    report = Report()
    with Database(url, "arna reading") as database:
        for promise in promises:
            if not promise.is_active:
                continue
            # Each in a transaction of its own: one that cannot run says so, and the others still run.
            for name, measure in (("required", _check_required), *_rules(promise)):
                try:
                    with database.session(read_only=True) as session:
                        measure(session, promise, report)
                except StatementError as error:
                    report.problems.append(f"{promise.file_name}: {name}: {error}")
    return report


_Measure = Callable[[Session, Promise, Report], None]


def _check_required(session: Session, promise: Promise, report: Report) -> None:
    names = [str(column.name) for column in promise.relation.properties or [] if column.required]
    if names:
        for name, count in session.run_sql(_compose(session, promise, names)["nulls"])[0].items():
            if count:
                report.problems.append(f"{promise.file_name}: column {name}: expected no nulls, found {count}")


def _rules(promise: Promise) -> Iterator[tuple[str, _Measure]]:
    for column in promise.relation.properties or []:
        for rule in column.quality or []:
            yield f"column {column.name}", partial(_check_rule, rule, [str(column.name)])
    for rule in promise.relation.quality or []:
        names = [str(name) for name in (rule.arguments or {}).get("properties", [])]
        yield str(rule.name), partial(_check_rule, rule, names)


def _check_rule(rule: DataQuality, columns: list[str], session: Session, promise: Promise, report: Report) -> None:
    text = rule.query or _compose(session, promise, columns)[_METRICS[str(rule.metric)]]
    rows = session.run_sql(text)
    value = next(iter(rows[0].values())) if rows else None
    if value is None:
        report.unmeasured.append(f"{promise.file_name}: {rule.name}")
    elif (expected := broken(rule, float(value))) is not None:
        report.problems.append(f"{promise.file_name}: {rule.name}: expected {expected}, found {float(value):g}")


_METRICS: Final = {"duplicateValues": "duplicates", "nullValues": "nulls", "rowCount": "row_count"}


def _compose(session: Session, promise: Promise, columns: list[str]) -> dict[str, str]:
    schema, _, name = promise.view.partition(".")
    return session.fetch_all(
        "catalogue/compose_measures.sql", {"schema": schema, "relation": name, "columns": columns}
    )[0]


def broken(rule: DataQuality, measured: float) -> str | None:
    """What was expected, where a measurement does not meet it; else None."""
    checks: list[tuple[Any, str, bool]] = [
        (rule.mustBe, "{}", measured == rule.mustBe),
        (rule.mustNotBe, "other than {}", measured != rule.mustNotBe),
        (rule.mustBeLessThan, "less than {}", measured < (rule.mustBeLessThan or 0)),
        (rule.mustBeLessOrEqualTo, "at most {}", measured <= (rule.mustBeLessOrEqualTo or 0)),
        (rule.mustBeGreaterThan, "more than {}", measured > (rule.mustBeGreaterThan or 0)),
        (rule.mustBeGreaterOrEqualTo, "at least {}", measured >= (rule.mustBeGreaterOrEqualTo or 0)),
    ]
    for limit, words, is_met in checks:
        if limit is not None and not is_met:
            return words.format(limit)
    return None
