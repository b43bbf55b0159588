"""Enrolment: a learner's place at a school, college or university, and what became of it."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, Strict

from arna.contracts.fields import (
    Bin,
    Code,
    Contract,
    Id,
    IscedField,
    IscedLevel,
    IsoDate,
    Kato,
    Language,
    LocalizedText,
    Person,
)

STATUSES: Final[dict[str, frozenset[str]]] = {
    "started": frozenset({"active", "on_leave"}),
    "changed": frozenset({"active", "on_leave", "ended"}),
    "ended": frozenset({"ended"}),
    "voided": frozenset({"voided"}),
}
"""Action to the statuses that agree with it."""


class Organisation(Contract):
    """Where the learner is enrolled."""

    bin: Bin
    kind: Literal["school", "college", "university", "ai_university"]


class Programme(Contract):
    """What is studied."""

    code: Code
    name: LocalizedText
    isced_field: IscedField | None = None
    isced_level: IscedLevel


class Enrolment(Contract):
    """The whole state of one enrolment after a change.

    ``end_date`` is exclusive: the first day on which the learner is no longer enrolled. ``voided`` says
    that the enrolment never was (a data error), which is not a dropout.
    """

    enrolment_id: Id
    person: Person
    organisation: Organisation
    programme: Programme
    grade: Annotated[int, Strict(), Field(ge=1, le=12)] | None = None
    year_of_study: Annotated[int, Strict(), Field(ge=1, le=12)] | None = None
    study_form: Literal["full_time", "part_time", "evening", "distance"]
    language: Language
    funding: Literal["state_grant", "self_funded", "employer", "other"]
    kato: Kato
    begin_date: IsoDate
    end_date: IsoDate | None = None
    entry_type: Literal["new", "transfer", "re_entry", "promoted", "other"]
    exit_type: (
        Literal["completed", "graduated", "transferred", "withdrawn", "dropout", "expelled", "no_show", "died", "other"]
        | None
    ) = None
    status: Literal["active", "on_leave", "ended", "voided"]
