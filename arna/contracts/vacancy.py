"""Vacancy: a job on offer, after schema.org JobPosting."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import Field, Strict, model_validator
from pydantic_core import PydanticCustomError

from arna.contracts.fields import (
    MAX_SKILLS,
    OCCUPATION_PATTERNS,
    OCCUPATION_RULES,
    Amount,
    Contract,
    Currency,
    EmployerId,
    Flag,
    Id,
    IscedLevel,
    IsoDate,
    Kato,
    Language,
    Name,
    text,
)

STATUSES: Final[dict[str, frozenset[str]]] = {
    "published": frozenset({"open"}),
    "amended": frozenset({"open"}),
    "closed": frozenset({"filled", "closed", "withdrawn"}),
}
"""Action to the statuses that agree with it."""


class Employer(Contract):
    """Who offers the job; a sole trader has an IIN, which is swapped for a token when the event lands."""

    id: EmployerId
    name: Name


class Occupation(Contract):
    """The occupation, in the scheme its code belongs to."""

    code: Annotated[str, text(200)]
    scheme: Literal["nkz", "isco08", "esco", "onet"]

    @model_validator(mode="after")
    def _code_fits_scheme(self) -> Self:
        if OCCUPATION_PATTERNS[self.scheme].fullmatch(self.code) is None:
            raise PydanticCustomError(OCCUPATION_RULES[self.scheme], "malformed code")
        return self


class RequiredSkill(Contract):
    """A skill that the job asks for."""

    code: Annotated[str, text(200)] | None = None
    framework: Literal["esco", "onet", "local"] | None = None
    name: Annotated[str, text(500)]


class Salary(Contract):
    """What is paid for one period; ``gross`` means before tax."""

    min: Amount | None = None
    max: Amount | None = None
    currency: Currency
    period: Literal["hour", "day", "week", "month", "year", "project"]
    gross: Flag


class Vacancy(Contract):
    """The whole state of one vacancy after a change.

    ``openings`` null means unknown, not one. ``kato`` may be null where the job is remote.
    ``replaces_vacancy_id`` names what a repost replaces.
    """

    vacancy_id: Id
    employer: Employer
    title: Annotated[str, text(500)]
    language: Language
    occupation: Occupation | None = None
    kato: Kato | None = None
    remote: Flag
    employment_type: Literal[
        "full_time", "part_time", "contractor", "temporary", "intern", "volunteer", "per_diem", "other"
    ]
    openings: Annotated[int, Strict(), Field(ge=1, le=100_000)] | None = None
    skills: Annotated[list[RequiredSkill], Strict(), Field(max_length=MAX_SKILLS)]
    salary: Salary | None = None
    education_level: IscedLevel | None = None
    experience_months: Annotated[int, Strict(), Field(ge=0, le=1200)] | None = None
    published_on: IsoDate
    valid_through: IsoDate | None = None
    status: Literal["open", "filled", "closed", "withdrawn"]
    replaces_vacancy_id: Id | None = None

    @model_validator(mode="after")
    def _is_somewhere(self) -> Self:
        if self.kato is None and not self.remote:
            raise PydanticCustomError("kato_missing", "no place")
        return self
