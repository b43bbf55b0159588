"""The input of the landing benchmark: certificates of different people, as their publishers would send them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from arna.contracts.envelope import build_event
from arna.contracts.identifiers import make_synthetic_bin, make_synthetic_iin
from arna.contracts.registry import Entity

SOURCE: Final = f"urn:kz:bin:{make_synthetic_bin(7)}"
"""Who issued them all; register it before landing."""

Message = tuple[bytes, list[tuple[str, bytes]], bytes]

_TEMPLATES: Final = 50
_EVENT_ID: Final = "00000000-0000-7000-8000-00000000f00d"
_SUBJECT: Final = "certificate-99999999"
_FIRST_MOMENT: Final = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
_IIN: Final = make_synthetic_iin(0)
_SKILLS: Final = ("Python", "SQL", "Статистика", "Деректерді талдау", "Машиналық оқыту", "Сетевое администрирование")


def make_messages(count: int) -> Iterator[Message]:
    """Value, headers and key of valid certifications, each of another person.

    A few events are built and checked; the others differ from them in id, subject, time and person, put in as text:
    building each by itself would take longer than what is measured.
    """
    templates = [_template(number) for number in range(_TEMPLATES)]
    for number in range(count):
        value, headers = templates[number % _TEMPLATES]
        subject = f"certificate-{number:08}".encode()
        # Spread like the random part of a version 7 UUID.
        event_id = str(UUID(int=0x0197_0000_0000_7000_8000 << 48 | number * 0x9E3779B97F4A7 % (1 << 48))).encode()
        value = value.replace(_EVENT_ID.encode(), event_id).replace(_SUBJECT.encode(), subject)
        # Each second of five days: no reader may live on times that repeat.
        moment = _FIRST_MOMENT + timedelta(seconds=number)
        value = value.replace(_FIRST_MOMENT.isoformat().encode(), moment.isoformat().encode())
        yield value.replace(_IIN.encode(), make_synthetic_iin(number).encode()), headers, subject


def _template(number: int) -> tuple[bytes, list[tuple[str, bytes]]]:
    first, second = _SKILLS[number % len(_SKILLS)], _SKILLS[(number + 2) % len(_SKILLS)]
    data: dict[str, Any] = {
        "certificate_id": _SUBJECT,
        "person": {"iin": _IIN, "birth_date": f"18{number % 90 + 10}-0{number % 9 + 1}-1{number % 9}"},
        "issuer": {"bin": SOURCE.rpartition(":")[2], "name": "Қазақстан ЖИ университеті"},
        "achievement": {
            "code": f"AI-{number:03}",
            "name": {"kk": f"{first} негіздері", "ru": f"Основы: {first}", "en": f"Foundations {number}"},
            "type": "Course",
            "hours": 36 + number,
            "skills": [
                {"code": f"S{number}.1", "framework": "local", "name": first},
                {"code": f"S{number}.2", "framework": "local", "name": second},
            ],
        },
        "awarded_on": "2026-04-30",
        "valid_from": "2026-05-01",
        "valid_until": "2029-05-01",
        "result": {"kind": "percent", "value": 50 + number, "max": 100},
        "language": "kk",
        "status": "valid",
    }
    event = build_event(
        Entity.CERTIFICATION,
        "issued",
        data,
        source=SOURCE,
        subject=_SUBJECT,
        record_version=1,
        occurred_at=_FIRST_MOMENT,
        event_id=_EVENT_ID,
    )
    value, headers, _ = event.to_structured()
    return value, headers
