"""Small worlds of events for property tests: few people, employers and days, so that everything meets everything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from hypothesis import strategies as st

from arna.contracts.identifiers import make_synthetic_bin, make_synthetic_iin
from arna.contracts.registry import Entity
from tests.support.recompute.worlds import Published
from tests.support.samples import sample_event

TODAY: Final = date(2026, 3, 15)
SOURCES: Final = ("urn:test:one", "urn:test:two")
LANDED_AT: Final = datetime(2026, 3, 14, 6, tzinfo=UTC)
_ESCO: Final = "http://data.europa.eu/esco/occupation/00000000-0000-4000-8000-00000000000"
REFERENCE: Final = f"""
    insert into ref.skill (framework, skill_code, name_ru, name_en) values
        ('esco', 'py', null, 'Python (computer programming)'), ('esco', 'ml', 'машинное обучение', 'machine learning'),
        ('esco', 'sql', null, 'SQL'), ('onet', 'Python', null, 'Python'), ('local', '1c', '1С:Предприятие', null);
    insert into ref.skill_equivalent (framework, skill_code, skill_key) values ('onet', 'Python', 'esco:py');
    insert into ref.occupation (scheme, occupation_code, isco_code, name_ru, name_en, valid_from, valid_to) values
        ('isco08', '2511', '2511', 'Аналитики', 'Analysts', '2008-01-01', null),
        ('isco08', '2512', '2512', 'Разработчики', 'Developers', '2008-01-01', null),
        ('isco08', '7126', '7126', null, 'Plumbers', '2008-01-01', null),
        ('esco', '{_ESCO}2', '2512', null, 'developer', '2008-01-01', null),
        ('esco', '{_ESCO}1', '2512', null, 'other developer', '2008-01-01', null),
        ('esco', '{_ESCO}3', '2512', null, 'developer without skills', '2008-01-01', null),
        ('esco', '{_ESCO}4', '2512', null, 'former developer', '2008-01-01', '2020-01-01'),
        ('esco', '{_ESCO}5', '2511', null, 'analyst', '2008-01-01', null);
    insert into ref.occupation_crosswalk (from_scheme, from_code, to_scheme, to_code, match_type, valid_from) values
        ('esco', '{_ESCO}2', 'isco08', '2512', 'narrow', '2008-01-01'),
        ('esco', '{_ESCO}5', 'isco08', '2511', 'narrow', '2008-01-01'),
        ('nkz', '2512-1', 'isco08', '2512', 'exact', '2008-01-01'),
        ('nkz', '2511-2', 'isco08', '2511', 'broad', '2008-01-01');
    insert into ref.occupation_skill (scheme, occupation_code, framework, skill_code, relation, valid_from) values
        ('esco', '{_ESCO}2', 'esco', 'py', 'essential', '2008-01-01'),
        ('esco', '{_ESCO}2', 'esco', 'sql', null, '2008-01-01'),
        ('esco', '{_ESCO}1', 'esco', 'ml', 'optional', '2008-01-01'),
        ('esco', '{_ESCO}4', 'esco', 'ml', null, '2008-01-01'),
        ('esco', '{_ESCO}5', 'esco', 'sql', 'essential', '2008-01-01'),
        ('esco', '{_ESCO}5', 'esco', 'py', null, '2008-01-01');
    insert into ref.load (relation_name, source_name, licence, row_count) values ('ref.skill', 'test', 'own', 5)
"""
_SKILLS: Final[Sequence[Mapping[str, str]]] = (
    {"framework": "local", "name": "Python"},
    {"framework": "esco", "code": "py", "name": "python "},
    {"framework": "onet", "code": "Python", "name": "Snakes"},
    {"framework": "local", "name": "SQL"},
    {"framework": "local", "name": "Машинное  обучение"},
    {"framework": "local", "code": "1c", "name": "1С"},
    {"framework": "local", "code": "X-1", "name": "Деректер"},
)
_COURSES: Final = ((0,), (1, 3), (4, 6), (2, 4, 5))
"""Skills of each achievement; two courses, one by code and one by name, teach Python."""
_KATO: Final = ("710000000", "750000000", "711000000")
_OCCUPATIONS: Final = (
    None, {"scheme": "isco08", "code": "2512"}, {"scheme": "isco08", "code": "7126"},
    {"scheme": "esco", "code": f"{_ESCO}2"},
    {"scheme": "nkz", "code": "2512-1"}, {"scheme": "nkz", "code": "2511-2"}, {"scheme": "esco", "code": f"{_ESCO}5"},
)  # fmt: skip
_BORN: Final = (None, None, None, "1899-01-01", "1898-12-31")
_PAY: Final = (None, {"min": 300_000, "max": 500_000}, {"max": 400_000}, {"min": 250_000.5})
_STEPS: Final = ("changed", "on_leave", "ended", "ended", "voided")
_EXITS: Final = ("graduated", "completed", "dropout", "transferred", "died")

_days = st.integers(-420, 10)
_sources = st.sampled_from(SOURCES)


def _day(offset: int) -> str:
    return (TODAY + timedelta(days=offset)).isoformat()


def _moment(offset: int, minute: int) -> datetime:
    # Never after the day of the world: a clock may not run ahead.
    day = TODAY + timedelta(days=min(offset, -1))
    return datetime.combine(day, time(18, 30), UTC) + timedelta(minutes=minute)


def _person(number: int, born: str | None) -> dict[str, Any]:
    return {"iin": make_synthetic_iin(number)} | ({"birth_date": born} if born else {})


def publish(entity: Entity, action: str, source: str, version: int, moment: datetime, **data: Any) -> Published:
    """An event with the defaults of the samples; None leaves a field out."""
    event = sample_event(
        entity, number=1, action=action, source=source, record_version=version, occurred_at=moment, **data
    )
    return Published(event.to_structured()[0], LANDED_AT)


@st.composite
def enrolments(draw: st.DrawFn, number: int, most: int = 7) -> list[Published]:
    """The versions of the enrolments of a crowd in one programme; the first of them fares otherwise than the rest."""
    people, first = draw(st.integers(1, most)), draw(st.integers(0, 2))
    begin, length = draw(_days), draw(st.sampled_from([None, 1, 40, 300]))
    born, source = draw(st.sampled_from(_BORN)), draw(_sources)
    paths = [draw(st.lists(st.sampled_from(_STEPS), max_size=2)) for _ in range(2)]
    kato, code = draw(st.sampled_from([*_KATO, "990000000"])), draw(st.sampled_from(["P1", "P2"]))
    level, exits = draw(st.sampled_from([5, 6])), [draw(st.sampled_from(_EXITS)) for _ in range(2)]
    events = []
    for one in range(people):
        is_rest = min(one, 1)
        for version, step in enumerate(["started", *paths[is_rest]], start=1):
            is_ended = step == "ended"
            end = 40 if is_ended and length is None else length
            events.append(
                publish(
                    Entity.ENROLMENT, "changed" if step == "on_leave" else step, source, version,
                    _moment(begin + 30 * (version - 1), version),
                    # A third version says that it was somebody else.
                    enrolment_id=f"e{number}-{one}", person=_person(first + one + (version == 3), born),
                    organisation={"bin": make_synthetic_bin(1), "kind": "university"},
                    programme={"code": code, "name": {"ru": f"Программа {version}"}, "isced_level": level},
                    kato=kato, begin_date=_day(begin),
                    status={"started": "active", "changed": "active"}.get(step, step),
                    **({} if end is None else {"end_date": _day(begin + end)}),
                    **({"exit_type": exits[is_rest]} if is_ended else {}),
                )
            )  # fmt: skip
    return events


@st.composite
def certificates(draw: st.DrawFn, number: int) -> list[Published]:
    """The versions of the certificates of one course for a crowd of people, for below five nothing is shown."""
    people, first = draw(st.integers(1, 7)), draw(st.integers(0, 2))
    awarded, validity = draw(_days), draw(st.sampled_from([None, 0, 60, 400]))
    course, source = draw(st.integers(0, len(_COURSES) - 1)), draw(_sources)
    later = draw(st.lists(st.sampled_from(["suspended", "reinstated", "revoked"]), max_size=3))
    born, pause = draw(st.sampled_from(_BORN)), draw(st.sampled_from([0, 5, 45]))
    percent, taught = draw(st.integers(0, 100)), _COURSES[course][draw(st.integers(0, 1)) :]
    statuses = {"issued": "valid", "reinstated": "valid"}
    return [
        publish(
            Entity.CERTIFICATION, action, source, version, _moment(awarded + pause * (version - 1), version),
            certificate_id=f"c{number}-{one}", person=_person(one, born),
            issuer={"bin": make_synthetic_bin(1 + course % 2), "name": "AI University"},
            achievement={
                "code": f"A{course}", "name": {"ru": f"Курс {course}"}, "type": "Course", "hours": 10 * course,
                "skills": [dict(_SKILLS[at]) for at in taught],
            },
            awarded_on=_day(awarded), valid_from=_day(awarded),
            valid_until=None if validity is None else _day(awarded + validity),
            result={"kind": "score", "value": percent, "max": 70 + percent}, status=statuses.get(action, action),
            **({"revocation_reason": "error"} if action == "revoked" else {}),
        )
        for one in range(first, first + people)
        for version, action in enumerate(["issued", *later], start=1)
    ]  # fmt: skip


@st.composite
def vacancies(draw: st.DrawFn, number: int) -> list[Published]:
    """The versions of one vacancy, or of several of the same kind, for below five there is no share and no median."""
    copies, source = draw(st.sampled_from([1, 2, 6])), draw(_sources)
    published, open_for = draw(_days), draw(st.sampled_from([None, None, 0, 20, 100]))
    later = draw(st.lists(st.sampled_from(["amended", "closed"]), max_size=3)) if draw(st.booleans()) else []
    chosen = draw(st.lists(st.integers(0, len(_SKILLS) - 1), max_size=3, unique=True))
    openings, employer = draw(st.sampled_from([None, 1, 7, 25])), draw(st.integers(1, 2))
    remote, kato = draw(st.booleans()) and draw(st.booleans()), draw(st.sampled_from([*_KATO, "990000000"]))
    occupation, pay = draw(st.sampled_from(_OCCUPATIONS)), draw(st.sampled_from(_PAY))
    replaced = draw(st.sampled_from([None, None, 0, 1, 2, 99]))
    title = draw(st.sampled_from(["Аналитик", "  аналитик", "Разработчик"]))
    events = []
    for copy in range(copies):
        for version, action in enumerate(["published", *later], start=1):
            events.append(
                publish(
                    Entity.VACANCY, action, source, version, _moment(published + 20 * (version - 1), version),
                    vacancy_id=f"v{number}-{copy}" if copy else f"v{number}",
                    employer={"id": make_synthetic_bin(employer), "name": "Work"}, title=title, kato=kato,
                    remote=remote, openings=openings, skills=[dict(_SKILLS[at]) for at in chosen],
                    occupation=occupation, salary=pay and pay | {"currency": "KZT", "period": "month", "gross": True},
                    # Of six of a kind two are one.
                    published_on=_day(published + 6 * copy), experience_months=min(copy, 4) * 12,
                    valid_through=None if open_for is None else _day(published + 6 * copy + open_for),
                    status="closed" if action == "closed" else "open",
                    replaces_vacancy_id=None if replaced is None or copy else f"v{replaced}",
                )
            )  # fmt: skip
    return events


def _base() -> list[Published]:
    """What every world has, so that everybody can be advised something: courses, and an occupation that is sought."""
    taught = [(0, 0), *((one, 1) for one in range(1, 7))]
    certificates_of = [
        publish(
            Entity.CERTIFICATION, "issued", SOURCES[0], 1, _moment(-100, one), certificate_id=f"base-{one}",
            person=_person(one, None), issuer={"bin": make_synthetic_bin(1), "name": "AI University"},
            achievement={
                "code": f"A{course}", "name": {"ru": "Курс"}, "type": "Course", "hours": 36,
                "skills": [dict(_SKILLS[at]) for at in _COURSES[course]],
            },
            awarded_on=_day(-100), valid_from=_day(-100), valid_until=None,
        )
        for one, course in taught
    ]  # fmt: skip
    return certificates_of + [
        publish(
            Entity.VACANCY, "published", SOURCES[1], 1, _moment(-40, one), vacancy_id=f"base-{one}",
            employer={"id": make_synthetic_bin(3 + one % 2), "name": "Work"}, title=f"Разработчик {one}",
            kato=_KATO[one % 2], remote=one == 5, openings=None, skills=[dict(_SKILLS[at]) for at in (3, 4)],
            occupation=_OCCUPATIONS[1], salary=None, published_on=_day(-40), valid_through=None,
        )
        for one in range(6)
    ]  # fmt: skip


@st.composite
def worlds(draw: st.DrawFn, most: int = 4) -> list[Published]:
    """Events of some enrolments, certificates and vacancies, beside those that every world has."""
    events = _base()
    for strategy in (enrolments, certificates, vacancies):
        for number in range(draw(st.integers(1, most))):
            events += draw(strategy(number))
    return events
