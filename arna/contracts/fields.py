"""The value types that the contracts are made of.

Every type is strict: ``"5"`` is no number, ``true`` is no 1, only ASCII digits are digits, a date is
``YYYY-MM-DD`` and exists. Dates stay text, as they are in JSON, so that what was sent is what is kept.
Each pattern and each validator has a rule id of its own (``PATTERN_RULES``; the error type).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from arna.contracts.identifiers import has_check_digit, is_bin_shaped, is_iin_shaped, is_valid_bin, is_valid_iin

# Patterns are read by three engines (Rust's regex, Python's re, ECMAScript in foreign validators):
# ASCII classes only, one ^…$ around everything.
DATE_PATTERN: Final = (
    r"^(?:[1-9][0-9]{3}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    r"|02-(?:0[1-9]|1[0-9]|2[0-8]))|(?:[1-9][0-9](?:0[48]|[2468][048]|[13579][26])|(?:[2468][048]|[13579][26])00)-02-29)$"
)
IIN_PATTERN: Final = r"^[0-9]{4}[0-3][0-9][0-6][0-9]{5}$"
BIN_PATTERN: Final = r"^[0-9]{4}[4-6][0-3][0-9]{6}$"
EMPLOYER_PATTERN: Final = r"^[0-9]{12}$"
KATO_PATTERN: Final = r"^[0-9]{9}$"
URL_PATTERN: Final = r"^https?://[!-~]{1,2000}$"
CURRENCY_PATTERN: Final = r"^[A-Z]{3}$"
ISCED_FIELD_PATTERN: Final = r"^[0-9]{2,4}$"
ACHIEVEMENT_TYPE_PATTERN: Final = (
    r"^(?:Achievement|ApprenticeshipCertificate|Assessment|Assignment|AssociateDegree|Award|Badge|BachelorDegree"
    r"|Certificate|CertificateOfCompletion|Certification|CommunityService|Competency|Course|CoCurricular|Degree|Diploma"
    r"|DoctoralDegree|Fieldwork|GeneralEducationDevelopment|JourneymanCertificate|LearningProgram|License|Membership"
    r"|ProfessionalDoctorate|QualityAssuranceCredential|MasterCertificate|MasterDegree|MicroCredential"
    r"|ResearchDoctorate|SecondarySchoolDiploma|ext:[A-Za-z0-9_-]{1,64})$"
)

PATTERN_RULES: Final[dict[str, str]] = {
    DATE_PATTERN: "date_malformed",
    IIN_PATTERN: "iin_malformed",
    BIN_PATTERN: "bin_malformed",
    EMPLOYER_PATTERN: "employer_id_malformed",
    KATO_PATTERN: "kato_malformed",
    URL_PATTERN: "url_malformed",
    CURRENCY_PATTERN: "currency_malformed",
    ISCED_FIELD_PATTERN: "isced_field_malformed",
    ACHIEVEMENT_TYPE_PATTERN: "value_not_listed",
}
"""Pattern of a text field to the id of the rule that a mismatch breaks."""

OCCUPATION_PATTERNS: Final[dict[str, re.Pattern[str]]] = {
    "nkz": re.compile(r"[0-9]{4}-[0-9]"),
    "isco08": re.compile(r"[0-9]{1,4}"),
    "esco": re.compile(r"https?://data\.europa\.eu/esco/[!-~]{1,150}|[0-9]{4}(?:\.[0-9]{1,3}){0,4}"),
    "onet": re.compile(r"[0-9]{2}-[0-9]{4}\.[0-9]{2}"),
}
"""Occupation scheme to the form of its codes."""

OCCUPATION_RULES: Final[dict[str, str]] = {
    "nkz": "nkz_malformed",
    "isco08": "isco_malformed",
    "esco": "esco_malformed",
    "onet": "onet_malformed",
}

MAX_SKILLS: Final = 200
MAX_ACHIEVEMENT_TYPE: Final = 80
MAX_INTEGER: Final = 2**53
"""Largest whole number that every JSON reader keeps exactly."""

_DATE: Final = re.compile(DATE_PATTERN[:-1] + r"\Z")


@lru_cache(maxsize=16_384)
def is_date(text: str) -> bool:
    """Whether the text is a calendar date of the years 1000–9999 written ``YYYY-MM-DD``. Cached: dates repeat."""
    return _DATE.match(text) is not None


_ACHIEVEMENT_TYPE: Final = re.compile(ACHIEVEMENT_TYPE_PATTERN[:-1] + r"\Z")


@lru_cache(maxsize=256)
def is_achievement_type(text: str) -> bool:
    """Whether the text is an ``achievementType`` of Open Badges 3.0 or an ``ext:`` one."""
    return len(text) <= MAX_ACHIEVEMENT_TYPE and _ACHIEVEMENT_TYPE.match(text) is not None


def employer_rule(number: str) -> str | None:
    """The rule that an employer's twelve digits break, if any: digit 5 in 0–3 is an IIN's, in 4–6 a BIN's."""
    if number[4] in "0123":
        if not is_iin_shaped(number):
            return "employer_id_malformed"
        return None if has_check_digit(number) else "iin_check_digit"
    if not is_bin_shaped(number):
        return "employer_id_malformed"
    return None if has_check_digit(number) else "bin_check_digit"


def is_employer_id(number: str) -> bool:
    """Whether the text is a valid BIN or a valid IIN."""
    return is_valid_bin(number) or is_valid_iin(number)


def _check_iin(number: str) -> str:
    if not is_iin_shaped(number):
        raise PydanticCustomError("iin_malformed", "not an IIN")
    if not has_check_digit(number):
        raise PydanticCustomError("iin_check_digit", "wrong check digit")
    return number


def _check_bin(number: str) -> str:
    if not is_bin_shaped(number):
        raise PydanticCustomError("bin_malformed", "not a BIN")
    if not has_check_digit(number):
        raise PydanticCustomError("bin_check_digit", "wrong check digit")
    return number


def _check_employer(number: str) -> str:
    if rule_id := employer_rule(number):
        raise PydanticCustomError(rule_id, "not a BIN or an IIN")
    return number


def text(max_length: int, pattern: str | None = None) -> StringConstraints:
    """Constraints of a text that may not be empty."""
    return StringConstraints(strict=True, min_length=1, max_length=max_length, pattern=pattern)


Id = Annotated[str, text(200)]
Code = Annotated[str, text(100)]
Name = Annotated[str, text(1000)]
IsoDate = Annotated[
    str,
    StringConstraints(strict=True, pattern=DATE_PATTERN),
    Field(json_schema_extra={"format": "date"}),
]
Iin = Annotated[
    str,
    StringConstraints(strict=True, pattern=IIN_PATTERN),
    AfterValidator(_check_iin),
    Field(description="individual identification number; the check digit is checked too"),
]
Bin = Annotated[
    str,
    StringConstraints(strict=True, pattern=BIN_PATTERN),
    AfterValidator(_check_bin),
    Field(description="business identification number; the check digit is checked too"),
]
EmployerId = Annotated[
    str,
    StringConstraints(strict=True, pattern=EMPLOYER_PATTERN),
    AfterValidator(_check_employer),
    Field(description="BIN, or the IIN of a sole trader; the check digit is checked too"),
]
Kato = Annotated[
    str,
    StringConstraints(strict=True, pattern=KATO_PATTERN),
    Field(description="KATO code, nine digits; the first two are the region"),
]
Url = Annotated[
    str,
    StringConstraints(strict=True, pattern=URL_PATTERN),
    Field(json_schema_extra={"format": "uri"}),
]
Currency = Annotated[str, StringConstraints(strict=True, pattern=CURRENCY_PATTERN), Field(description="ISO 4217")]
IscedLevel = Annotated[int, Strict(), Field(ge=0, le=8, description="ISCED 2011 level")]
IscedField = Annotated[
    str,
    StringConstraints(strict=True, pattern=ISCED_FIELD_PATTERN),
    Field(description="ISCED-F 2013 field"),
]
Flag = Annotated[bool, Strict()]
Language = Literal["kk", "ru", "en", "ug", "uz", "tg", "other"]
# Ten digits at most: no number in a contract can be as long as an IIN.
Amount = Annotated[float, Strict(), Field(ge=0, le=9_999_999_999, allow_inf_nan=False)]
Score = Annotated[float, Strict(), Field(ge=-1_000_000_000, le=1_000_000_000, allow_inf_nan=False)]


class Contract(BaseModel):
    """Base of the contract models: frozen, unknown fields refused (readers ask for ``extra="ignore"``)."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, str_strip_whitespace=False)


class LocalizedText(Contract):
    """A name in at least one of the three languages."""

    kk: Name | None = None
    ru: Name | None = None
    en: Name | None = None

    @model_validator(mode="after")
    def _has_one(self) -> Self:
        if self.kk is None and self.ru is None and self.en is None:
            raise PydanticCustomError("name_missing", "no language")
        return self


class Person(Contract):
    """Who it is about. The only object that holds personal data."""

    iin: Iin
    birth_date: IsoDate | None = None
