"""What is known: the events that were published, and the current version of each record they tell of."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from tests.support.recompute.keys import is_disputed, local_day, normalise, person_key, rounded
from tests.support.recompute.references import Reference

Row = dict[str, Any]


@dataclass(frozen=True)
class Published:
    """An event as it was sent and when it landed."""

    value: bytes
    landed_at: datetime

    @cached_property
    def envelope(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.value, parse_float=Decimal)
        return found

    @property
    def entity(self) -> str:
        name: str = self.envelope["type"].split(".")[2]
        return name

    @cached_property
    def occurred_at(self) -> datetime:
        return datetime.fromisoformat(self.envelope["time"])


@dataclass(frozen=True)
class World:
    """Everything the views are a function of.

    Attributes:
        events: those that were not rejected.
        source_ids: number of each source by its URI.
        token_of: token of an identity number.
        reference: the classifications.
        today: the day of reading.
    """

    events: tuple[Published, ...]
    source_ids: Mapping[str, int]
    token_of: Callable[[str], UUID]
    reference: Reference
    today: date
    cache: dict[str, Any] = field(default_factory=dict, compare=False)

    def at(self, known_on: date, on_date: date) -> World:
        """The world as it was known at the end of one day, about the end of another, seen from that other."""
        place = f"at {known_on} {on_date}"
        if place not in self.cache:
            events = tuple(
                event
                for event in self.events
                if local_day(event.landed_at) <= known_on and local_day(event.occurred_at) <= on_date
            )
            self.cache[place] = replace(self, events=events, today=on_date, cache={})
        found: World = self.cache[place]
        return found

    @cached_property
    def versions(self) -> dict[str, dict[tuple[int, str], list[Row]]]:
        """Per entity and record its versions, lowest first; a version that came again counts once."""
        found: dict[str, dict[tuple[int, str], dict[int, Row]]] = {name: {} for name in _FLATTEN}
        for event in sorted(self.events, key=lambda one: one.landed_at):
            envelope = event.envelope
            record = (self.source_ids[envelope["source"]], envelope["subject"])
            versions = found[event.entity].setdefault(record, {})
            if (number := envelope["recordversion"]) not in versions:
                row = _FLATTEN[event.entity](envelope["data"], self.token_of)
                versions[number] = row | {
                    "source_id": record[0],
                    "record_version": number,
                    "event_at": event.occurred_at,
                    "occurred_on": local_day(event.occurred_at),
                }
        return {
            entity: {record: [by[number] for number in sorted(by)] for record, by in records.items()}
            for entity, records in found.items()
        }

    def current(self, entity: str) -> list[Row]:
        """The highest version of each record."""
        return [versions[-1] for versions in self.versions[entity].values()]

    @cached_property
    def _disputed(self) -> dict[UUID, tuple[bool, date | None]]:
        dates: dict[UUID, set[date]] = {}
        for row in [*self.current("certification"), *self.current("enrolment")]:
            if row["status"] != "voided":
                dates.setdefault(row["person_token"], set()).update({row["birth_date"]} - {None})
        return {token: (is_disputed(days), min(days, default=None)) for token, days in dates.items()}

    def person(self, row: Row) -> Row:
        """Who a record is about: key, whether that is disputed, the birth date."""
        disputed, born = self._disputed[row["person_token"]]
        born = row["birth_date"] if disputed else born
        return {
            "person_key": person_key(row["person_token"], born, disputed),
            "person_token": row["person_token"],
            "is_identity_disputed": disputed,
            "birth_date": born,
        }

    @cached_property
    def enrolments(self) -> list[Row]:
        """Enrolments that were not voided, with their person and region."""
        return [
            row | self.person(row) | {"region_code": self.reference.region_of(row["kato_code"])}
            for row in self.current("enrolment")
            if row["status"] != "voided"
        ]

    @cached_property
    def certificates(self) -> list[Row]:
        """All certificates with their person, status today, result and skills."""
        return [
            row
            | self.person(row)
            | {
                "declared_status": row["status"],
                "status": status_on(row, self.today),
                "result_percent": _result_percent(row),
                "skill_keys": self.skill_keys(row["skills"]),
            }
            for row in self.current("certification")
        ]

    @cached_property
    def evidence(self) -> list[Row]:
        """Certificates that are not revoked."""
        return [row for row in self.certificates if row["declared_status"] != "revoked"]

    def people_with_skills(self) -> set[UUID]:
        """Whoever has a certificate, not revoked, that teaches something."""
        return {row["person_key"] for row in self.evidence if row["skill_keys"]}

    def skill_keys(self, skills: Iterable[Mapping[str, Any]]) -> set[str]:
        """Keys of a list of skills."""
        return {self.reference.skill_key(one.get("framework"), one.get("code"), one["name"]) for one in skills}

    @cached_property
    def skill_names(self) -> dict[tuple[str, str], str]:
        """Name as it was sent of each skill, per entity; of several the first in code point order."""
        found: dict[tuple[str, str], str] = {}
        for entity in ("certification", "vacancy"):
            for row in self.current(entity):
                for one in row["skills"]:
                    key = (entity, self.reference.skill_key(one.get("framework"), one.get("code"), one["name"]))
                    found[key] = min(found.get(key, one["name"]), one["name"])
        return found

    def skill_columns(self, key: str, entities: Iterable[str]) -> Row:
        """The columns that describe a skill."""
        framework, _, code = key.partition(":")
        labels = self.reference.skill_labels.get(key)
        names = [name for entity in entities if (name := self.skill_names.get((entity, key))) is not None]
        kk, ru, en = labels or (None, None, None)
        # Only the reference can have named a skill that nobody sent.
        names = names or [name for name in (en, ru, kk) if name is not None][:1]
        return {
            "skill_key": key,
            "framework": framework,
            "skill_code": None if framework == "local" and labels is None else code,
            "skill_name": min(names, default=None),
            "skill_name_kk": kk,
            "skill_name_ru": ru,
            "skill_name_en": en,
        }


def status_on(row: Row, day: date) -> str:
    """Status of a certificate on a day, as the source's last word and the dates make it."""
    if row["status"] in {"revoked", "suspended"}:
        return str(row["status"])
    if row["valid_until"] is not None and row["valid_until"] < day:
        return "expired"
    return "not_yet_valid" if row["valid_from"] > day else "valid"


def _result_percent(row: Row) -> Decimal | None:
    value, top = _number(row["result_value"]), row["result_max"]
    if value is None:
        return None
    if row["result_kind"] == "percent":
        return rounded(value, 1)
    if row["result_kind"] == "score" and top:
        return rounded(100 * value / Decimal(top), 1)
    return None


def _number(value: Any) -> Decimal | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        return Decimal(str(value))
    except ArithmeticError:
        return None


def _day(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)


def _names(prefix: str, name: Mapping[str, Any]) -> Row:
    return {f"{prefix}_name_{language}": name.get(language) for language in ("kk", "ru", "en")}


def _enrolment(data: Mapping[str, Any], token_of: Callable[[str], UUID]) -> Row:
    person, body, programme = data["person"], data["organisation"], data["programme"]
    return {
        "enrolment_id": data["enrolment_id"],
        "person_token": token_of(person["iin"]),
        "birth_date": _day(person.get("birth_date")),
        "organisation_bin": body["bin"],
        "organisation_kind": body["kind"],
        "programme_code": programme["code"],
        **_names("programme", programme["name"]),
        "isced_field_code": programme.get("isced_field"),
        "isced_level": programme["isced_level"],
        "grade": data.get("grade"),
        "year_of_study": data.get("year_of_study"),
        "study_form": data["study_form"],
        "language_code": data["language"],
        "funding": data["funding"],
        "kato_code": data["kato"],
        "begin_date": _day(data["begin_date"]),
        "end_date": _day(data.get("end_date")),
        "entry_type": data["entry_type"],
        "exit_type": data.get("exit_type"),
        "status": data["status"],
    }


def _certification(data: Mapping[str, Any], token_of: Callable[[str], UUID]) -> Row:
    person, issuer, achievement = data["person"], data["issuer"], data["achievement"]
    result = data.get("result") or {}
    value = result.get("value")
    return {
        "certificate_id": data["certificate_id"],
        "person_token": token_of(person["iin"]),
        "birth_date": _day(person.get("birth_date")),
        "issuer_bin": issuer["bin"],
        "issuer_name": issuer["name"],
        "achievement_code": achievement["code"],
        **_names("achievement", achievement["name"]),
        "achievement_type": achievement["type"],
        "hours": achievement.get("hours"),
        "skills": achievement["skills"],
        "awarded_on": _day(data["awarded_on"]),
        "valid_from": _day(data["valid_from"]),
        "valid_until": _day(data.get("valid_until")),
        "result_kind": result.get("kind"),
        "result_value": None if value is None else str(value),
        "result_max": result.get("max"),
        "language_code": data["language"],
        "evidence_url": data.get("evidence_url"),
        "status": data["status"],
        "revocation_reason": data.get("revocation_reason"),
    }


def _vacancy(data: Mapping[str, Any], token_of: Callable[[str], UUID]) -> Row:
    occupation, salary = data.get("occupation") or {}, data.get("salary") or {}
    return {
        "vacancy_id": data["vacancy_id"],
        "employer_id": data["employer"]["id"],
        "title_key": normalise(data["title"]),
        "language_code": data["language"],
        "occupation_scheme": occupation.get("scheme"),
        "occupation_code": occupation.get("code"),
        "kato_code": data.get("kato"),
        "is_remote": data["remote"],
        "employment_type": data["employment_type"],
        "openings": data.get("openings"),
        "skills": data["skills"],
        "salary": tuple(salary.get(name) for name in ("min", "max", "currency", "period", "gross")),
        "education_level": data.get("education_level"),
        "experience_months": data.get("experience_months"),
        "published_on": _day(data["published_on"]),
        "valid_through": _day(data.get("valid_through")),
        "status": data["status"],
        "replaces_vacancy_id": data.get("replaces_vacancy_id"),
    }


_FLATTEN: Mapping[str, Callable[[Mapping[str, Any], Callable[[str], UUID]], Row]] = {
    "enrolment": _enrolment,
    "certification": _certification,
    "vacancy": _vacancy,
}
