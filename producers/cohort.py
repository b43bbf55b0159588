"""The clean events of a synthetic cohort: people with their enrolments and certificates, and vacancies.

Written for speed (one core makes more than 20,000 a second): an event is one f-string around pieces of JSON that were
made once, not a model. A contract test holds every piece to the contract.

Everything follows from the seed and the date alone. A person is the same whatever else is asked for: each entity has
a random stream of its own, so a larger cohort begins with the smaller one.
"""

# ruff: noqa: S311 - synthetic data wants a seed, not a secret.
from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Final, NamedTuple

import orjson

from arna.contracts.identifiers import make_synthetic_bin, make_synthetic_iin
from arna.contracts.registry import SPECS, Entity
from producers.identities import GENERATOR_BODIES, GENERATOR_PEOPLE
from producers.known_sources import known_sources
from producers.places import REGION_CODES
from producers.vocabulary import (
    COLLEGE_PROGRAMMES,
    COURSES,
    EMPLOYERS,
    JOBS,
    REGION_WEIGHTS,
    UNIVERSITY_PROGRAMMES,
    Programme,
)

Headers = list[tuple[str, bytes]]
HEADERS: Final[Headers] = [("content-type", b"application/cloudevents+json; charset=UTF-8")]
PEOPLE_PER_VACANCY: Final = 20
SOLE_TRADERS: Final = 9_000_000
"""First number of the sole traders among the employers, behind all people that can be asked for."""
_YEAR: Final = 365
_MINUTES: Final = tuple(f"T{minute // 60:02}:{minute % 60:02}:" for minute in range(24 * 60))


class GeneratedMessage(NamedTuple):
    """A Kafka message and what must become of it.

    Attributes:
        entity: whose topic it goes to.
        value: the bytes; None is a tombstone.
        headers: Kafka headers.
        key: Kafka key.
        kind: good, or the kind of dirt.
        expected: loaded, superseded, duplicate, or the class and rule of its rejection.
    """

    entity: Entity
    value: bytes | None
    headers: Headers
    key: bytes | None
    kind: str = "good"
    expected: tuple[str, ...] = ("loaded",)


class Person(NamedTuple):
    """Someone who is nobody: a synthetic IIN and what the streams need to know."""

    number: int
    iin: str
    birth_date: str
    region: str
    language: str
    stage: str
    year: int


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def event_id(bits: int) -> str:
    """A UUID of version 7's form; its last group starts with a letter, so that it never looks like an IIN."""
    text = f"{bits:032x}"
    return f"{text[:8]}-{text[8:12]}-7{text[13:16]}-9{text[17:20]}-a{text[21:]}"


class Cohort:
    """Makes the messages of a cohort.

    Args:
        people: how many.
        seed: what everything follows from.
        as_of: the day before which everything happened, within a year.
    """

    def __init__(self, people: int, seed: int, as_of: date) -> None:
        self._people = people
        self._seed = seed
        self._as_of = as_of
        self._tag = f"g{seed}-{as_of:%y%m%d}"
        # Index 0 is the day before as_of.
        self._days = tuple((as_of - timedelta(days=back)).isoformat() for back in range(1, _YEAR + 1))
        self._regions = tuple(region for region, weight in REGION_WEIGHTS.items() for _ in range(weight))
        starts = date(as_of.year if (as_of.month, as_of.day) > (9, 15) else as_of.year - 1, 9, 1)
        self._school_year = starts
        self._school_start_back = (as_of - starts).days - 1
        sources = known_sources()
        self._sources = {key: sources[key].uri for key in sources}
        self._ai_university = sources["ai_university"]
        self._bodies = tuple(make_synthetic_bin(GENERATOR_BODIES + number) for number in range(800))
        self._achievements = tuple(
            {
                language: _json(
                    {
                        "code": course.code,
                        "name": {"kk": course.kk, "ru": course.ru},
                        "type": "MicroCredential",
                        "hours": course.hours,
                        "skills": [{"framework": "local", "name": name} for name in course.skills],
                    }
                )
                for language in ("kk", "ru")
            }
            for course in COURSES
        )
        self._issuer = _json({"bin": self._ai_university.bin, "name": self._ai_university.name})

    def people(self) -> Iterator[Person]:
        """The people, in order."""
        random = Random(f"people/{self._seed}")
        bits, regions, count = random.getrandbits, self._regions, len(self._regions)
        birth_digits = tuple(f"-{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 29))
        for number in range(self._people):
            draw = bits(48)
            share = draw % 100
            draw //= 100
            if share < 45:
                stage, year = "school", 5 + draw % 7
                age = year + 6
            elif share < 60:
                stage, year = "college", 1 + draw % 4
                age = year + 15
            elif share < 85:
                stage, year = "university", 1 + draw % 4
                age = year + 17
            else:
                stage, year = "ai_university", 1
                age = 20 + draw % 35
            draw //= 64
            birth = f"{self._as_of.year - age - 1}{birth_digits[draw % 336]}"
            draw //= 336
            language = "kk" if draw % 100 < 66 else "ru"
            region = regions[(draw // 100) % count]
            yield Person(number, make_synthetic_iin(GENERATOR_PEOPLE + number), birth, region, language, stage, year)

    def _message(
        self, entity: Entity, source: str, action: str, subject: str, version: int, bits: int, back: int, body: str
    ) -> GeneratedMessage:
        minute = bits % 1440
        value = (
            f'{{"specversion":"1.0","id":"{event_id(bits)}","source":"{source}","type":"kz.arna.{entity._value_}.{action}.v1",'
            f'"subject":"{subject}","time":"{self._days[back]}{_MINUTES[minute]}{bits % 60:02}+05:00",'
            f'"dataschema":"urn:arna:schema:{entity._value_}:1","datacontenttype":"application/json",'
            f'"recordversion":{version},"data":{body}}}'
        )
        return GeneratedMessage(entity, value.encode(), HEADERS, subject.encode())

    def certificates(self, person: Person, random: Random, *, only_one: bool = False) -> Iterator[GeneratedMessage]:
        """A certificate of AI-Sana; sometimes a second one, sometimes suspended, reinstated or revoked later."""
        draw = random.getrandbits(64)
        yield self._certificate(person, random, "1", draw, 30 + draw % (_YEAR - 30))
        if only_one:
            return
        share = (draw >> 40) % 1000
        if share < 150:
            second = random.getrandbits(64)
            yield self._certificate(person, random, "2", second, 30 + second % (_YEAR - 30))
        elif share < 165:
            yield self._certificate(person, random, "1", draw, draw % 30, version=2, action="revoked")
        elif share < 180:
            yield self._certificate(person, random, "1", draw, 15 + draw % 15, version=2, action="suspended")
            if share < 172:
                yield self._certificate(person, random, "1", draw, draw % 15, version=3, action="reinstated")

    def _certificate(
        self,
        person: Person,
        random: Random,
        suffix: str,
        draw: int,
        back: int,
        version: int = 1,
        action: str = "issued",
    ) -> GeneratedMessage:
        subject = f"{self._tag}-c{person.number}-{suffix}"
        issued_back = 30 + draw % (_YEAR - 30)
        awarded = self._days[issued_back]
        course = self._achievements[(draw >> 9) % len(COURSES)][person.language]
        percent = 500 + (draw >> 16) % 501
        until = f'"valid_until":"{int(awarded[:4]) + 3}-12-31",' if draw & 256 else ""
        result = (
            f'{{"kind":"percent","value":{percent / 10},"max":100}}' if draw & 512 else '{"kind":"pass","value":"pass"}'
        )
        if action == "revoked":
            status = '"status":"revoked","revocation_reason":"issued in error"'
        else:
            status = '"status":"suspended"' if action == "suspended" else '"status":"valid"'
        body = (
            f'{{"certificate_id":"{subject}","person":{{"iin":"{person.iin}","birth_date":"{person.birth_date}"}},'
            f'"issuer":{self._issuer},"achievement":{course},"awarded_on":"{awarded}","valid_from":"{awarded}",{until}'
            f'"result":{result},"language":"{person.language}",{status}}}'
        )
        source = self._ai_university.uri
        return self._message(
            Entity.CERTIFICATION, source, action, subject, version, random.getrandbits(128), back, body
        )

    def enrolments(self, person: Person, random: Random) -> Iterator[GeneratedMessage]:
        """An enrolment; some change, some end."""
        draw = random.getrandbits(64)
        yield self._enrolment(person, random, draw, "started")
        share = (draw >> 40) % 100
        if share < 4:
            yield self._enrolment(person, random, draw, "changed", version=2)
        elif share < 12 or (person.stage == "ai_university" and share < 50):
            yield self._enrolment(person, random, draw, "ended", version=2)

    def _enrolment(self, person: Person, random: Random, draw: int, action: str, version: int = 1) -> GeneratedMessage:
        stage = person.stage
        subject = f"{self._tag}-e{person.number}"
        body_bin = self._bodies[(draw >> 3) % 400 + 400 * (stage == "school")]
        begin_back = self._school_start_back
        if stage == "school":
            level = 2 if person.year <= 9 else 3
            name = f'{{"kk":"{person.year}-сынып","ru":"{person.year} класс"}}'
            programme = f'{{"code":"G{person.year}","name":{name},"isced_level":{level}}}'
            place = f'"grade":{person.year}'
            source, funding = "schools", "state_grant"
        elif stage == "ai_university":
            course = COURSES[(draw >> 12) % len(COURSES)]
            name = f'{{"kk":"{course.kk}","ru":"{course.ru}","en":"{course.en}"}}'
            programme = f'{{"code":"{course.code}","name":{name},"isced_field":"0619","isced_level":5}}'
            place = '"year_of_study":1'
            source, funding = "ai_university", "employer" if draw & 4 else "self_funded"
            body_bin = self._ai_university.bin
            begin_back = 120 + (draw >> 20) % 200
        else:
            chosen: Programme
            if stage == "college":
                chosen, level, source = COLLEGE_PROGRAMMES[(draw >> 12) % len(COLLEGE_PROGRAMMES)], 4, "colleges"
            else:
                chosen, level, source = (
                    UNIVERSITY_PROGRAMMES[(draw >> 12) % len(UNIVERSITY_PROGRAMMES)],
                    6,
                    "universities",
                )
            name = f'{{"kk":"{chosen.kk}","ru":"{chosen.ru}"}}'
            programme = f'{{"code":"{chosen.code}","name":{name},"isced_field":"{chosen.field}","isced_level":{level}}}'
            place = f'"year_of_study":{person.year}'
            funding = "state_grant" if draw & 3 else "self_funded"
        back = begin_back
        if action == "started":
            ending, status = "", "active"
        else:
            back = (draw >> 30) % max(1, min(begin_back, 60))
            ending, status = "", "on_leave"
            if action == "ended":
                exit_type = (
                    "graduated"
                    if stage == "ai_university"
                    else ("transferred", "withdrawn", "dropout")[(draw >> 50) % 3]
                )
                ending, status = f'"end_date":"{self._days[back]}","exit_type":"{exit_type}",', "ended"
        kind = "ai_university" if stage == "ai_university" else stage
        form = "distance" if stage == "ai_university" else "full_time"
        entry = "promoted" if stage == "school" and person.year > 5 else "new"
        body = (
            f'{{"enrolment_id":"{subject}","person":{{"iin":"{person.iin}","birth_date":"{person.birth_date}"}},'
            f'"organisation":{{"bin":"{body_bin}","kind":"{kind}"}},"programme":{programme},{place},"study_form":"{form}",'
            f'"language":"{person.language}","funding":"{funding}","kato":"{REGION_CODES[person.region]}",'
            f'"begin_date":"{self._days[begin_back]}",{ending}"entry_type":"{entry}","status":"{status}"}}'
        )
        bits = random.getrandbits(128)
        return self._message(Entity.ENROLMENT, self._sources[source], action, subject, version, bits, back, body)

    def vacancies(self, person: Person, random: Random) -> Iterator[GeneratedMessage]:
        """A vacancy for every twentieth person, in that person's region; some are closed, some posted again."""
        if person.number % PEOPLE_PER_VACANCY:
            return
        draw = random.getrandbits(64)
        number = person.number // PEOPLE_PER_VACANCY
        yield self._vacancy(person, random, draw, f"{number}")
        share = (draw >> 40) % 100
        if share < 15:
            yield self._vacancy(person, random, draw, f"{number}", version=2)
        elif share < 20:
            yield self._vacancy(person, random, draw, f"{number}r", replaces=f"{self._tag}-v{number}")

    def _vacancy(
        self, person: Person, random: Random, draw: int, suffix: str, version: int = 1, replaces: str = ""
    ) -> GeneratedMessage:
        subject = f"{self._tag}-v{suffix}"
        job = JOBS[(draw >> 4) % len(JOBS)]
        is_sole_trader = (draw >> 24) % 50 == 0
        number = (draw >> 10) % 400
        employer_id = make_synthetic_iin(SOLE_TRADERS + number) if is_sole_trader else self._bodies[number]
        name = f"ЖК {number}" if is_sole_trader else f"{EMPLOYERS[number % len(EMPLOYERS)]} {number}"
        published_back = 40 + (draw >> 32) % 200
        back = 20 + draw % 20 if version == 1 and replaces else draw % 20 if version > 1 else published_back
        first_day = self._days[back] if replaces else self._days[published_back]
        pay = (job.pay + (draw >> 14) % 200) * 1000
        data: dict[str, object] = {
            "vacancy_id": subject,
            "employer": {"id": employer_id, "name": name},
            "title": job.title_kk if person.language == "kk" else job.title_ru,
            "language": person.language,
            "occupation": {"code": job.isco, "scheme": "isco08"},
            "kato": REGION_CODES[person.region],
            "remote": draw & 15 == 0,
            "employment_type": "full_time" if draw & 7 else "part_time",
            "skills": [{"framework": "local", "name": skill} for skill in job.skills],
            "experience_months": (0, 12, 36, 72)[(draw >> 8) & 3],
            "published_on": first_day,
            "valid_through": (date.fromisoformat(first_day) + timedelta(days=300)).isoformat(),
            "status": "filled" if version > 1 else "open",
        }
        if draw & 64:
            data["openings"] = 1 + (draw >> 28) % 5
        if draw & 32:
            data["salary"] = {"min": pay, "max": pay * 3 // 2, "currency": "KZT", "period": "month", "gross": True}
        if replaces:
            data["replaces_vacancy_id"] = replaces
        action = "closed" if version > 1 else "published"
        bits = random.getrandbits(128)
        source = self._sources["employers"]
        return self._message(Entity.VACANCY, source, action, subject, version, bits, back, _json(data))


def topic_of(message: GeneratedMessage) -> str:
    """The topic a message goes to."""
    return SPECS[message.entity].topic
