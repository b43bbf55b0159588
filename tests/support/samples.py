"""Valid events of every entity and action, all synthetic: the same arguments give the same event."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from arna.contracts.envelope import Event, build_event, deterministic_event_id
from arna.contracts.identifiers import make_synthetic_bin, make_synthetic_iin
from arna.contracts.registry import SPECS, Entity

SAMPLE_SOURCE: Final = f"urn:kz:bin:{make_synthetic_bin(1)}"
SAMPLE_TIME: Final = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)

_STATUS: Final = {
    "started": "active", "changed": "active", "ended": "ended", "voided": "voided",
    "issued": "valid", "suspended": "suspended", "reinstated": "valid", "revoked": "revoked",
    "published": "open", "amended": "open", "closed": "filled",
}  # fmt: skip
_REGIONS: Final = ("100000000", "110000000", "351000000", "630000000", "711000000", "751000000", "791000000")
_SKILLS: Final = ("Python", "SQL", "Машиналық оқыту", "Статистика", "Деректерді талдау", "Технический английский")


def sample_event(
    entity: Entity,
    *,
    number: int = 1,
    record_version: int = 1,
    action: str | None = None,
    source: str = SAMPLE_SOURCE,
    event_id: str | None = None,
    occurred_at: datetime | None = None,
    traceparent: str | None = None,
    **overrides: Any,
) -> Event:
    """A valid event; each number has a subject and a person of its own.

    Args:
        entity: what it is about.
        number: which subject.
        record_version: which state of it.
        action: what happened; unset: the entity's first action.
        source: whose event it is.
        event_id: unset: follows from everything else.
        occurred_at: unset: an hour per version after a fixed moment.
        traceparent: W3C trace context.
        **overrides: fields of the data to set instead.
    """
    action = action or SPECS[entity].actions[0]
    occurred_at = occurred_at or SAMPLE_TIME + timedelta(hours=record_version, seconds=number % 3600)
    data = sample_data(entity, number=number, action=action) | overrides
    subject = data[SPECS[entity].id_field]
    if event_id is None:
        event_id = deterministic_event_id(
            source, entity, subject, record_version, data, action=action, occurred_at=occurred_at
        )
    return build_event(
        entity, action, data, source=source, subject=subject, record_version=record_version,
        occurred_at=occurred_at, event_id=event_id, traceparent=traceparent,
    )  # fmt: skip


def sample_data(entity: Entity, *, number: int = 1, action: str | None = None) -> dict[str, Any]:
    """The data of a valid event, free to be changed."""
    action = action or SPECS[entity].actions[0]
    return _DATA[entity](number, action, _STATUS[action])


def _person(number: int) -> dict[str, Any]:
    iin = make_synthetic_iin(number)
    return {"iin": iin, "birth_date": f"18{iin[:2]}-{iin[2:4]}-{iin[4:6]}"}


def _enrolment(number: int, action: str, status: str) -> dict[str, Any]:
    ended: Mapping[str, Any] = {"end_date": "2026-05-01", "exit_type": "graduated"} if action == "ended" else {}
    return {
        "enrolment_id": f"enrolment-{number}",
        "person": _person(number),
        "organisation": {"bin": make_synthetic_bin(number % 500), "kind": "university"},
        "programme": {
            "code": f"6B{number % 100:02}",
            "name": {"kk": "Жасанды интеллект", "ru": "Искусственный интеллект", "en": "Artificial intelligence"},
            "isced_field": "0613",
            "isced_level": 6,
        },
        "year_of_study": number % 4 + 1,
        "study_form": "full_time",
        "language": "kk",
        "funding": "state_grant",
        "kato": _REGIONS[number % len(_REGIONS)],
        "begin_date": "2025-09-01",
        "entry_type": "new",
        **ended,
        "status": status,
    }


def _certification(number: int, action: str, status: str) -> dict[str, Any]:
    revoked: Mapping[str, Any] = {"revocation_reason": "issued by mistake"} if action == "revoked" else {}
    return {
        "certificate_id": f"certificate-{number}",
        "person": _person(number),
        "issuer": {"bin": make_synthetic_bin(number % 500), "name": "Қазақстан ЖИ университеті"},
        "achievement": {
            "code": f"AI-{number % 40:03}",
            "name": {"kk": "Деректерді талдау негіздері", "ru": "Основы анализа данных"},
            "type": "Course",
            "hours": 72,
            "skills": [
                {"code": f"S{number % 6}", "framework": "local", "name": _SKILLS[number % 6]},
                {"code": f"S{(number + 1) % 6}", "framework": "local", "name": _SKILLS[(number + 1) % 6]},
            ],
        },
        "awarded_on": "2026-04-30",
        "valid_from": "2026-05-01",
        "valid_until": "2029-05-01",
        "result": {"kind": "percent", "value": 60 + number % 40, "max": 100},
        "language": "kk",
        **revoked,
        "status": status,
    }


def _vacancy(number: int, action: str, status: str) -> dict[str, Any]:
    return {
        "vacancy_id": f"vacancy-{number}",
        "employer": {"id": make_synthetic_bin(number % 500 + 1000), "name": "ЖШС «Үлгі»"},
        "title": "Деректер инженері",
        "language": "kk",
        "occupation": {"code": "2512-1", "scheme": "nkz"},
        "kato": _REGIONS[number % len(_REGIONS)],
        "remote": False,
        "employment_type": "full_time",
        "openings": number % 5 + 1,
        "skills": [
            {"code": f"S{number % 6}", "framework": "local", "name": _SKILLS[number % 6]},
            {"name": _SKILLS[(number + 1) % 6]},
        ],
        "salary": {"min": 400_000, "max": 700_000, "currency": "KZT", "period": "month", "gross": True},
        "education_level": 6,
        "experience_months": 12,
        "published_on": "2026-05-01",
        "valid_through": "2026-06-01",
        "status": status,
    }


_DATA: Final = {
    Entity.ENROLMENT: _enrolment,
    Entity.CERTIFICATION: _certification,
    Entity.VACANCY: _vacancy,
}
