"""Certification: an achievement recognised by an issuer, after Open Badges 3.0."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import Field, Strict, model_validator
from pydantic_core import PydanticCustomError

from arna.contracts.fields import (
    ACHIEVEMENT_TYPE_PATTERN,
    MAX_ACHIEVEMENT_TYPE,
    MAX_SKILLS,
    Bin,
    Code,
    Contract,
    Id,
    IsoDate,
    Language,
    LocalizedText,
    Name,
    Person,
    Score,
    Url,
    text,
)

STATUSES: Final[dict[str, frozenset[str]]] = {
    "issued": frozenset({"valid"}),
    "suspended": frozenset({"suspended"}),
    "reinstated": frozenset({"valid"}),
    "revoked": frozenset({"revoked"}),
}
"""Action to the statuses that agree with it."""

NUMERIC_RESULTS: Final = frozenset({"percent", "score"})
"""Kinds of result whose value is a number."""


class Issuer(Contract):
    """Who recognised the achievement."""

    bin: Bin
    name: Name


class CertifiedSkill(Contract):
    """A skill that the achievement shows (``alignment`` in Open Badges)."""

    code: Annotated[str, text(200)] | None = None
    framework: Literal["esco", "onet", "local"]
    name: Annotated[str, text(500)]


class Achievement(Contract):
    """What was achieved; ``type`` is an Open Badges 3.0 ``achievementType``."""

    code: Code
    name: LocalizedText
    type: Annotated[str, text(MAX_ACHIEVEMENT_TYPE, ACHIEVEMENT_TYPE_PATTERN)]
    hours: Annotated[float, Strict(), Field(ge=0, le=100_000, allow_inf_nan=False)] | None = None
    skills: Annotated[list[CertifiedSkill], Strict(), Field(max_length=MAX_SKILLS)]


class Result(Contract):
    """How well: a number for ``percent`` and ``score``, a number or a word for ``grade`` and ``pass``."""

    kind: Literal["percent", "score", "grade", "pass"]
    value: Score | Annotated[str, text(100)]
    max: Score | None = None

    @model_validator(mode="after")
    def _value_fits_kind(self) -> Self:
        if self.kind in NUMERIC_RESULTS and isinstance(self.value, str):
            raise PydanticCustomError("result_not_numeric", "a number is needed")
        return self


class Certification(Contract):
    """The whole state of one certificate after a change. *Expired* follows from ``valid_until``; it is no event."""

    certificate_id: Id
    person: Person
    issuer: Issuer
    achievement: Achievement
    awarded_on: IsoDate
    valid_from: IsoDate
    valid_until: IsoDate | None = None
    result: Result | None = None
    language: Language
    evidence_url: Url | None = None
    status: Literal["valid", "suspended", "revoked"]
    revocation_reason: Annotated[str, text(1000)] | None = None
