"""A small world that changes: versions in any order, voids, revocations, returns, disputes, relabelled skills."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from tests.support.core_rows import CoreWriter

Step = Callable[[CoreWriter], object]
_CODES = ("S1", "S2", "S3")


def random_steps(seed: int, today: date, count: int) -> list[Step]:
    """Batches and changes of the reference, made before they are played, so that a seed tells it all."""
    rng = random.Random(seed)
    versions: dict[tuple[str, int], list[int]] = {}

    def next_version(entity: str, number: int) -> int:
        # Shuffled: a lower version that comes after a higher one must change nothing.
        left = versions.setdefault((entity, number), rng.sample(range(1, 40), 39))
        return left.pop()

    def day(low: int, high: int) -> date:
        return today + timedelta(days=rng.randint(low, high))

    def enrolment() -> dict[str, Any]:
        number = rng.randrange(12)
        return {
            "id": f"e{number}",
            "version": next_version("enrolment", number),
            "person": number % 9,
            "birth_date": rng.choice([None, None, date(2005, 1, 1), date(1999, 9, 9)]),
            "kato_code": rng.choice(["710000000", "750000000", "990000000"]),
            "begin_date": day(-300, 2),
            "status": rng.choice(["active", "on_leave", "voided", "voided"]),
        }

    def certificate() -> dict[str, Any]:
        number = rng.randrange(16)
        status = rng.choice(["valid", "valid", "revoked", "suspended"])
        return {
            "id": f"c{number}",
            "version": next_version("certification", number),
            "person": number % 9,
            "awarded_on": day(-200, -1),
            "valid_until": rng.choice([None, today, day(-20, 20)]),
            "status": status,
            "revocation_reason": "error" if status == "revoked" else None,
            "issuer_name": rng.choice(["AI University", 'Кеңсе "Жас", \n2-қабат']),
            "skills": rng.sample([*({"framework": "esco", "code": code} for code in _CODES), "Go", "SQL"], 2),
        }

    def vacancy() -> dict[str, Any]:
        number = rng.randrange(14)
        return {
            "id": f"v{number}",
            "version": next_version("vacancy", number),
            "kato_code": rng.choice(["710000000", "750000000"]),
            "published_on": day(-120, -1),
            "valid_through": rng.choice([None, day(-60, 40)]),
            "openings": rng.choice([None, 1, 30]),
            "skills": rng.sample([{"framework": "esco", "code": code} for code in _CODES], 2),
        }

    def batch() -> Step:
        rows = {
            "enrolment": [enrolment() for _ in range(rng.randrange(3))],
            "certification": [certificate() for _ in range(rng.randrange(4))],
            "vacancy": [vacancy() for _ in range(rng.randrange(3))],
        }
        return lambda writer: writer.load(rows)

    def relabel() -> Step:
        code, name = rng.choice(_CODES), f"label {rng.random()}"

        def step(writer: CoreWriter) -> None:
            writer.execute("update ref.skill set name_kk = %s where skill_code = %s", (name, code))
            writer.execute("update ref.skill_state set revision = revision + 1")

        return step

    return [relabel() if rng.random() < 0.15 else batch() for _ in range(count)]


def add_reference(writer: CoreWriter) -> None:
    """The skills that the world names by code."""
    for code in _CODES:
        statement = "insert into ref.skill (framework, skill_code, name_en) values ('esco', %s, %s)"
        writer.execute(statement, (code, f"skill {code}"))
