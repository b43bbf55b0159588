"""OULAD (Open University Learning Analytics Dataset, CC BY 4.0) as enrolments and certificates.

Mapping, rules and examples: ``docs/reference/mapping-oulad.md``. A folder with ``studentInfo.csv`` and
``studentRegistration.csv``; ``courses.csv``, ``assessments.csv`` and ``studentAssessment.csv`` may stand in it or in a
folder given after it. One row for each line of ``studentInfo.csv``: an enrolment in its final state, or a certificate
for each Pass or Distinction, with the score where there are scores. Students get synthetic IINs from their numbers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final, TypeAlias

from arna.contracts.identifiers import make_synthetic_iin
from arna.contracts.registry import Entity
from producers.adapters.csv_sets import CsvSet, Record, Row
from producers.adapters.oulad_scores import ResultReader, read_results
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

PUBLISHED_LENGTHS: Final = {
    "AAA": {"2013J": 268, "2014J": 269},
    "BBB": {"2013B": 240, "2013J": 268, "2014B": 234, "2014J": 262},
    "CCC": {"2014B": 241, "2014J": 269},
    "DDD": {"2013B": 240, "2013J": 261, "2014B": 241, "2014J": 262},
    "EEE": {"2013J": 268, "2014B": 241, "2014J": 269},
    "FFF": {"2013B": 240, "2013J": 268, "2014B": 241, "2014J": 269},
    "GGG": {"2013J": 261, "2014B": 241, "2014J": 269},
}
"""Module and presentation to its days, as the data set's own ``courses.csv`` has them, for parts of it without that."""

STEM_MODULES: Final = frozenset({"CCC", "DDD", "EEE", "FFF"})
PASSED: Final = frozenset({"Pass", "Distinction"})
_EXITS: Final = {"Pass": "completed", "Distinction": "completed", "Fail": "other", "Withdrawn": "withdrawn"}
_MAX_STUDENT: Final = 10_000_000
_KEY: Final = ("code_module", "code_presentation", "id_student")
_INFO: Final = (*_KEY, "region", "num_of_prev_attempts", "final_result")
_REGISTRATION: Final = (*_KEY, "date_registration", "date_unregistration")

Key: TypeAlias = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class _Registration:
    module: str
    presentation: str
    student: str
    first_day: date
    after_last_day: date
    registered: int | None
    unregistered: int | None
    info: Row

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
        found = _EXITS[self.info["final_result"]]
        return "no_show" if found == "withdrawn" and self.end() == self.begin() else found


class _Folders:
    """A folder, completed by what later ones have and it has not."""

    def __init__(self, paths: Path | Sequence[Path], encoding: str) -> None:
        places = [paths] if isinstance(paths, Path) else list(paths)
        self._sets = [CsvSet(path, encoding) for path in places]

    def has(self, name: str) -> bool:
        return any(one.has(name) for one in self._sets)

    def read(self, name: str, needed: Collection[str]) -> Iterator[Record]:
        found = next((one for one in self._sets if one.has(name)), self._sets[0])
        return found.read(name, needed)


def _number(text: str, *, least: int, most: int) -> int | None:
    """A whole number between bounds, or None."""
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        return None
    return int(text) if least <= int(text) <= most else None


def _malformed(column: str) -> Refusal:
    return Refusal("schema_invalid", "number_range", f"/{column}", column)


class _Reader:
    """The joined files of a folder; the facts of a student take a few hundred bytes each."""

    def __init__(self, folders: _Folders) -> None:
        self._folders = folders
        self._lengths = {
            (module, presentation): days
            for module, presentations in PUBLISHED_LENGTHS.items()
            for presentation, days in presentations.items()
        }
        self._registrations: dict[Key, tuple[int | None, int | None]] = {}

    def read(self) -> Iterator[AdaptedRow | tuple[Record, _Registration]]:
        if self._folders.has("courses"):
            yield from self._read_courses()
        yield from self._read_registrations()
        for record in self._folders.read("studentInfo", _INFO):
            found = record.problem or self._join(record.cells)
            yield _refused(record, found) if isinstance(found, Refusal) else (record, found)

    def _read_courses(self) -> Iterator[AdaptedRow]:
        for record in self._folders.read("courses", (*_KEY[:2], "module_presentation_length")):
            if record.problem is not None:
                yield _refused(record, record.problem)
                continue
            days = _number(record.cells["module_presentation_length"], least=1, most=5_000)
            if days is None:
                yield _refused(record, _malformed("module_presentation_length"))
            else:
                self._lengths[record.cells["code_module"], record.cells["code_presentation"]] = days

    def _read_registrations(self) -> Iterator[AdaptedRow]:
        for record in self._folders.read("studentRegistration", _REGISTRATION):
            problem = record.problem
            days: list[int | None] = []
            for column in () if problem else _REGISTRATION[3:]:
                text = record.cells[column]
                days.append(_number(text, least=-5_000, most=5_000))
                if text and days[-1] is None:
                    problem = problem or _malformed(column)
            if problem is not None:
                yield _refused(record, problem)
            else:
                self._registrations[_key(record.cells)] = days[0], days[1]

    def _join(self, info: Row) -> _Registration | Refusal:
        module, presentation, student = _key(info)
        if _number(student, least=0, most=_MAX_STUDENT - 1) is None:
            return _malformed("id_student")
        if info["final_result"] not in _EXITS:
            return Refusal("schema_invalid", "value_not_listed", "/final_result", "final_result")
        if info["region"] not in REGIONS:
            return Refusal("reference_unknown", "region_not_mapped", "/region", "region")
        if _number(info["num_of_prev_attempts"], least=0, most=1_000) is None:
            return _malformed("num_of_prev_attempts")
        length = self._lengths.get((module, presentation))
        month_day = FIRST_DAYS.get(presentation[-1:])
        year = _number(presentation[:-1], least=1_900, most=2_100)
        if length is None or month_day is None or year is None:
            return Refusal("reference_unknown", "presentation_not_found", "/code_presentation", "code_presentation")
        registration = self._registrations.get((module, presentation, student))
        if registration is None:
            return Refusal("reference_unknown", "registration_not_found", "/id_student", "id_student")
        first_day = date(year, *month_day)
        after_last_day = first_day + timedelta(days=length)
        return _Registration(module, presentation, student, first_day, after_last_day, *registration, info)


def _key(row: Row) -> Key:
    return row["code_module"], row["code_presentation"], row["id_student"]


def _refused(record: Record, refusal: Refusal) -> AdaptedRow:
    return AdaptedRow(record.file, record.row, refusal=refusal)


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
            "kato": REGIONS[info["region"]],
            "begin_date": registration.begin().isoformat(),
            "end_date": registration.end().isoformat(),
            "entry_type": "re_entry" if int(info["num_of_prev_attempts"]) else "new",
            "exit_type": registration.exit_type(),
            "status": "ended",
        },
        source.uri,
        start_of(registration.end()),
    )


def _certificate(registration: _Registration, source: KnownSource, results: ResultReader) -> Draft:
    awarded_on = registration.after_last_day.isoformat()
    score = results.score(registration.module, registration.presentation, registration.student)
    grade = {"kind": "grade", "value": registration.info["final_result"]}
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
            "result": grade if score is None else {"kind": "score", "value": score, "max": 100},
            "language": "en",
            "status": "valid",
        },
        source.uri,
        start_of(registration.after_last_day),
        # The same certificate with its score is a later state of the one without.
        1 if score is None else 2,
    )


def read_enrolments(paths: Path | Sequence[Path], encoding: str = "utf-8") -> Iterator[AdaptedRow]:
    """One row for each line of ``studentInfo.csv``.

    Args:
        paths: the folder, and folders with files that it lacks.
        encoding: encoding of the files.

    Raises:
        ConfigError: a file is not there, is in another encoding or lacks a column.
    """
    source = known_sources()["open_university"]
    for entry in _Reader(_Folders(paths, encoding)).read():
        if isinstance(entry, AdaptedRow):
            yield entry
        else:
            record, registration = entry
            yield AdaptedRow(record.file, record.row, _enrolment(registration, source))


def read_certificates(paths: Path | Sequence[Path], encoding: str = "utf-8") -> Iterator[AdaptedRow]:
    """One row for each line of ``studentInfo.csv``: a certificate, or why its result certifies nothing.

    Args:
        paths: the folder, and folders with files that it lacks.
        encoding: encoding of the files.

    Raises:
        ConfigError: a file is not there, is in another encoding or lacks a column.
    """
    source = known_sources()["open_university"]
    folders = _Folders(paths, encoding)
    results = ResultReader()
    entries = list(_Reader(folders).read())
    for entry in entries:
        if not isinstance(entry, AdaptedRow):
            results.register(entry[1].module, entry[1].presentation, entry[1].student)
    yield from read_results(results, folders)
    for entry in entries:
        if isinstance(entry, AdaptedRow):
            yield entry
            continue
        record, registration = entry
        if registration.info["final_result"] in PASSED:
            yield AdaptedRow(record.file, record.row, _certificate(registration, source, results))
        else:
            yield _refused(record, Refusal(NOT_A_LEARNER, "result_certifies_nothing", "/final_result", "final_result"))
