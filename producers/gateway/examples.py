"""Events as they are published, to copy from; the people and the bodies in them are nobody's."""

from __future__ import annotations

from typing import Any, Final

from arna.contracts.identifiers import make_synthetic_bin, make_synthetic_iin
from arna.contracts.registry import SPECS, Entity

SOURCE: Final = f"urn:kz:bin:{make_synthetic_bin(1)}"


def _event(entity: Entity, number: int, action: str, data: dict[str, Any]) -> dict[str, Any]:
    spec = SPECS[entity]
    return {
        "specversion": "1.0",
        "id": f"0199aaaa-bbbb-7ccc-8ddd-00000000000{number}",
        "source": SOURCE,
        "type": spec.event_type(action),
        "subject": data[spec.id_field],
        "time": "2026-05-04T09:30:00+05:00",
        "dataschema": spec.schema_uri,
        "datacontenttype": "application/json",
        "recordversion": 1,
        "data": data,
    }


EXAMPLES: Final[dict[str, dict[str, Any]]] = {
    "enrolment": _event(
        Entity.ENROLMENT,
        1,
        "started",
        {
            "enrolment_id": "2025-AI-0001",
            "person": {"iin": make_synthetic_iin(1)},
            "organisation": {"bin": make_synthetic_bin(1), "kind": "university"},
            "programme": {"code": "6B061", "name": {"ru": "Искусственный интеллект"}, "isced_level": 6},
            "year_of_study": 1,
            "study_form": "full_time",
            "language": "kk",
            "funding": "state_grant",
            "kato": "711000000",
            "begin_date": "2025-09-01",
            "entry_type": "new",
            "status": "active",
        },
    ),
    "certification": _event(
        Entity.CERTIFICATION,
        2,
        "issued",
        {
            "certificate_id": "AI-2026-0001",
            "person": {"iin": make_synthetic_iin(2)},
            "issuer": {"bin": make_synthetic_bin(1), "name": "Қазақстан ЖИ университеті"},
            "achievement": {
                "code": "AI-001",
                "name": {"kk": "Деректерді талдау негіздері"},
                "type": "Course",
                "skills": [{"framework": "local", "name": "Python"}],
            },
            "awarded_on": "2026-04-30",
            "valid_from": "2026-05-01",
            "language": "kk",
            "status": "valid",
        },
    ),
    "vacancy": _event(
        Entity.VACANCY,
        3,
        "published",
        {
            "vacancy_id": "vacancy-1",
            "employer": {"id": make_synthetic_bin(1), "name": "ЖШС «Үлгі»"},
            "title": "Деректер инженері",
            "language": "kk",
            "kato": "751000000",
            "remote": False,
            "employment_type": "full_time",
            "skills": [{"name": "SQL"}],
            "published_on": "2026-05-01",
            "status": "open",
        },
    ),
}
"""One event of each entity; a test holds that each would be accepted."""
