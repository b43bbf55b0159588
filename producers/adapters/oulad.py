"""OULAD (Open University Learning Analytics Dataset, CC BY 4.0) as enrolments and certificates.

A folder with ``studentInfo.csv``, ``studentRegistration.csv`` and ``courses.csv``. One enrolment for each
student of a presentation, in its final state; one certificate for each Pass or Distinction.

| contract | OULAD |
|---|---|
| ``enrolment_id`` | ``<module>-<presentation>-<student>`` |
| ``person.iin`` | synthetic, from ``id_student``; age bands are no birth dates |
| ``programme`` | the module; level 6; STEM modules field 06, the others 03 (after the paper that describes the set) |
| ``kato`` | a UK region stands for a Kazakh one (``REGIONS``): it means nothing but the spread |
| ``begin_date`` | the presentation's first day (B 1 February, J 1 October), or a later ``date_registration`` |
| ``end_date`` | ``date_unregistration`` (days from the first day), else the day after the presentation's last |
| ``exit_type`` | Pass, Distinction: completed; Withdrawn: withdrawn, by the first day no_show; Fail: other |
| ``entry_type`` | new; re_entry after previous attempts |
| certificate ``result`` | kind grade, value Pass or Distinction |
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from arna.contracts.identifiers import make_synthetic_iin
from arna.contracts.registry import Entity
from arna.errors import ConfigError
from producers.identities import OULAD_PEOPLE
from producers.known_sources import KnownSource, known_sources
from producers.rows import NOT_A_LEARNER, AdaptedRow, Draft, Refusal, start_of

REGIONS: Final = {
    "East Anglian Region": "110000000",
    "East Midlands Region": "150000000",
    "Ireland": "620000000",
    "London Region": "750000000",
    "North Region": "590000000",
    "North Western Region": "350000000",
    "Scotland": "710000000",
    "South East Region": "190000000",
    "South Region": "610000000",
    "South West Region": "470000000",
    "Wales": "230000000",
    "West Midlands Region": "550000000",
    "Yorkshire Region": "630000000",
}
"""Region of the UK to the KATO code that stands for it."""

FIRST_DAYS: Final = {"B": (2, 1), "J": (10, 1)}
"""Last letter of a presentation to the month and day on which it begins."""

STEM_MODULES: Final = frozenset({"CCC", "DDD", "EEE", "FFF"})
PASSED: Final = frozenset({"Pass", "Distinction"})


@dataclass(frozen=True, slots=True)
class _Registration:
    row: int
    module: str
    presentation: str
    student: str
    first_day: date
    after_last_day: date
    registered: int | None
    unregistered: int | None
    info: dict[str, str]

    @property
    def enrolment_id(self) -> str:
        return f"{self.module}-{self.presentation}-{self.student}"

    @property
    def iin(self) -> str:
        return make_synthetic_iin(OULAD_PEOPLE + int(self.student))

    def begin(self) -> date:
        return self.first_day + timedelta(days=max(0, self.registered or 0))

    def end(self) -> date:
        if self.unregistered is None:
            return self.after_last_day
        # Who left before it began was never there: an interval without a day, not one that ends before it begins.
        return max(self.begin(), self.first_day + timedelta(days=self.unregistered))

    def exit_type(self) -> str:
        result = self.info["final_result"]
        if result in PASSED:
            return "completed"
        if result == "Withdrawn":
            return "no_show" if self.end() == self.begin() else "withdrawn"
        return "other"


def _rows(path: Path) -> Iterator[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            yield from csv.DictReader(lines)
    except OSError as error:
        raise ConfigError("FILE", f"{path.name} of the OULAD folder cannot be read ({type(error).__name__}).") from None


def _day(text: str) -> int | None:
    return int(text) if text else None


def _registrations(folder: Path) -> Iterator[_Registration | AdaptedRow]:
    lengths = {
        (row["code_module"], row["code_presentation"]): int(row["module_presentation_length"])
        for row in _rows(folder / "courses.csv")
    }
    # The two files are joined; the facts of a student take a few hundred bytes each.
    registrations = {
        (row["code_module"], row["code_presentation"], row["id_student"]): (
            _day(row["date_registration"]),
            _day(row["date_unregistration"]),
        )
        for row in _rows(folder / "studentRegistration.csv")
    }
    for number, info in enumerate(_rows(folder / "studentInfo.csv"), 1):
        module, presentation, student = info["code_module"], info["code_presentation"], info["id_student"]
        length = lengths.get((module, presentation))
        month_day = FIRST_DAYS.get(presentation[-1:])
        registration = registrations.get((module, presentation, student))
        if length is None or month_day is None or registration is None:
            refusal = Refusal(NOT_A_LEARNER, "registration_not_found")
            yield AdaptedRow("studentInfo.csv", number, refusal=refusal)
            continue
        first_day = date(int(presentation[:4]), *month_day)
        yield _Registration(
            number, module, presentation, student, first_day, first_day + timedelta(days=length), *registration, info
        )


def _programme_name(registration: _Registration) -> str:
    return f"Module {registration.module}, presentation {registration.presentation}"


def _enrolment(registration: _Registration, source: KnownSource) -> Draft:
    info = registration.info
    return Draft(
        Entity.ENROLMENT,
        "ended",
        {
            "enrolment_id": registration.enrolment_id,
            "person": {"iin": registration.iin},
            "organisation": {"bin": source.bin, "kind": "university"},
            "programme": {
                "code": registration.module,
                "name": {"en": _programme_name(registration)},
                "isced_field": "06" if registration.module in STEM_MODULES else "03",
                "isced_level": 6,
            },
            "year_of_study": 1,
            "study_form": "distance",
            "language": "en",
            "funding": "self_funded",
            "kato": REGIONS.get(info["region"], ""),
            "begin_date": registration.begin().isoformat(),
            "end_date": registration.end().isoformat(),
            "entry_type": "re_entry" if int(info["num_of_prev_attempts"]) else "new",
            "exit_type": registration.exit_type(),
            "status": "ended",
        },
        source.uri,
        start_of(registration.end()),
    )


def _certificate(registration: _Registration, source: KnownSource) -> Draft:
    awarded_on = registration.after_last_day.isoformat()
    return Draft(
        Entity.CERTIFICATION,
        "issued",
        {
            "certificate_id": f"{registration.enrolment_id}-result",
            "person": {"iin": registration.iin},
            "issuer": {"bin": source.bin, "name": source.name},
            "achievement": {
                "code": registration.module,
                "name": {"en": _programme_name(registration)},
                "type": "Course",
                "skills": [],
            },
            "awarded_on": awarded_on,
            "valid_from": awarded_on,
            "result": {"kind": "grade", "value": registration.info["final_result"]},
            "language": "en",
            "status": "valid",
        },
        source.uri,
        start_of(registration.after_last_day),
    )


def read_enrolments(folder: Path) -> Iterator[AdaptedRow]:
    """One row for each line of ``studentInfo.csv``."""
    source = known_sources()["open_university"]
    for entry in _registrations(folder):
        if isinstance(entry, AdaptedRow):
            yield entry
        else:
            yield AdaptedRow("studentInfo.csv", entry.row, _enrolment(entry, source))


def read_certificates(folder: Path) -> Iterator[AdaptedRow]:
    """One row for each Pass and Distinction of ``studentInfo.csv``; the other results certify nothing."""
    source = known_sources()["open_university"]
    for entry in _registrations(folder):
        if isinstance(entry, AdaptedRow):
            yield entry
        elif entry.info["final_result"] in PASSED:
            yield AdaptedRow("studentInfo.csv", entry.row, _certificate(entry, source))
