"""The data of an event: the full check that explains, and the quick one that only accepts.

The full check is the models'. The quick one repeats it with msgspec and a few functions, entity by entity; a test
holds that it never accepts what the full one refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET
from pydantic import ValidationError

from arna.contracts.attributes import (
    BIN_URN,
    MAX_SUBJECT,
    OPTIONAL,
    REQUIRED,
    SPECVERSION,
    TRACEPARENT_PATTERN,
    Attributes,
    find_stray_iins,
)
from arna.contracts.certification import NUMERIC_RESULTS
from arna.contracts.fields import (
    MAX_INTEGER,
    OCCUPATION_PATTERNS,
    PATTERN_RULES,
    is_achievement_type,
    is_date,
    is_employer_id,
)
from arna.contracts.identifiers import is_kato_shaped, is_valid_bin, is_valid_iin
from arna.contracts.registry import SPECS, Entity, EntitySpec
from arna.contracts.rules import RULES, RejectionClass
from arna.contracts.shapes import (
    Field,
    FieldTree,
    MessageType,
    Structure,
    field_tree,
    make_dictionary,
    make_structure,
    message_type,
)
from arna.contracts.strictjson import Json, Path, refuse
from arna.errors import ContractError

PersonNumber = tuple[tuple[str, ...], str, str | None]
"""Where in the data an IIN stands, the IIN, and the declared birth date if there is one."""

Accept = Callable[[Structure], tuple[PersonNumber, ...] | None]
"""The rest of the quick check of an entity's data."""

_PERSON: Final = ("person", "iin")
_EMPLOYER: Final = ("employer", "id")
_DIGITS_AS_ZERO: Final = bytes(48 if 48 <= code <= 57 else 32 for code in range(256))
_LONG_NUMBER: Final = b"0" * 12

_RULE_OF_ERROR: Final[dict[str, str]] = {
    "missing": "field_missing",
    "extra_forbidden": "field_unknown",
    "string_too_short": "text_length",
    "string_too_long": "text_length",
    "string_unicode": "lone_surrogate",
    "too_long": "list_length",
    "greater_than_equal": "number_range",
    "less_than_equal": "number_range",
    "finite_number": "number_not_finite",
    "literal_error": "value_not_listed",
}
_FIELD_OF_RULE: Final[dict[str, str]] = {
    "kato_missing": "kato",
    "result_not_numeric": "value",
    "nkz_malformed": "code",
    "isco_malformed": "code",
    "esco_malformed": "code",
    "onet_malformed": "code",
}


@dataclass(frozen=True, slots=True)
class Reader:
    """What is needed to read one entity's events.

    Attributes:
        spec: the entity's spec.
        tree: names of the envelope's and the data's fields.
        actions: event type to its action and the statuses that agree with it.
        message_type: a structured event, as a structure of msgspec.
        data_type: its data, likewise.
        decoder: parses and checks a structured event.
        ordered: the same as dictionaries, which keep the order of what was sent.
        accept: the rest of the quick check of the data: the person numbers, or None if anything is unusual.
        long_numbers: how many runs of twelve digits the data has by contract.
    """

    spec: EntitySpec
    tree: FieldTree
    actions: Mapping[str, tuple[str, frozenset[str]]]
    message_type: Any
    data_type: Any
    decoder: msgspec.json.Decoder[Any]
    ordered: msgspec.json.Decoder[dict[str, Any]]
    accept: Accept
    long_numbers: int


def _has(value: object) -> bool:
    return value is not UNSET and value is not None


def _has_name(name: Structure) -> bool:
    return _has(name.ru) or _has(name.kk) or _has(name.en)


def _accept_enrolment(data: Structure) -> tuple[PersonNumber, ...] | None:
    person, ended = data.person, data.end_date
    iin, born = person.iin, person.birth_date
    if (
        is_valid_iin(iin)
        and is_valid_bin(data.organisation.bin)
        and is_kato_shaped(data.kato)
        and is_date(data.begin_date)
        and (ended is UNSET or ended is None or is_date(ended))
        and (born is UNSET or born is None or is_date(born))
        and _has_name(data.programme.name)
    ):
        return ((_PERSON, iin, born or None),)
    return None


def _accept_certification(data: Structure) -> tuple[PersonNumber, ...] | None:
    person, achievement, result, until = data.person, data.achievement, data.result, data.valid_until
    iin, born = person.iin, person.birth_date
    if (
        is_valid_iin(iin)
        and is_valid_bin(data.issuer.bin)
        and is_date(data.awarded_on)
        and is_date(data.valid_from)
        and (until is UNSET or until is None or is_date(until))
        and (born is UNSET or born is None or is_date(born))
        and is_achievement_type(achievement.type)
        and _has_name(achievement.name)
        and (not _has(result) or result.kind not in NUMERIC_RESULTS or not isinstance(result.value, str))
    ):
        return ((_PERSON, iin, born or None),)
    return None


def _accept_vacancy(data: Structure) -> tuple[PersonNumber, ...] | None:
    employer, occupation, kato, through = data.employer.id, data.occupation, data.kato, data.valid_through
    if (
        is_employer_id(employer)
        and (is_kato_shaped(kato) if _has(kato) else data.remote)
        and is_date(data.published_on)
        and (through is UNSET or through is None or is_date(through))
        and (not _has(occupation) or OCCUPATION_PATTERNS[occupation.scheme].fullmatch(occupation.code) is not None)
    ):
        return () if employer[4] in "456" else ((_EMPLOYER, employer, None),)
    return None


def _reader(
    entity: Entity, accept: Callable[[Structure], tuple[PersonNumber, ...] | None], long_numbers: int
) -> Reader:
    spec = SPECS[entity]
    actions = {spec.event_type(action): (action, statuses) for action, statuses in spec.statuses.items()}
    structure, dictionary = (message_type(spec.model, make) for make in (make_structure, make_dictionary))
    name = f"{spec.model.__name__}Event"
    event_type = make_structure(name, _envelope(spec, tuple(actions), structure))
    ordered_type = make_dictionary(name, _envelope(spec, tuple(actions), dictionary))
    return Reader(
        spec,
        {name: {} for name in (*REQUIRED, *OPTIONAL)} | {"data": field_tree(spec.model)},
        MappingProxyType(actions),
        event_type,
        structure,
        msgspec.json.Decoder(event_type),
        msgspec.json.Decoder(ordered_type),
        accept,
        long_numbers,
    )


def _envelope(spec: EntitySpec, types: tuple[str, ...], data_type: MessageType) -> list[Field]:
    """The members of a structured event, in the order in which ``Event`` writes them."""
    return [
        ("specversion", Literal[SPECVERSION], False),
        ("id", str, False),
        ("source", str, False),
        ("type", Literal[types], False),
        ("subject", Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_SUBJECT)], False),
        ("time", str, False),
        ("dataschema", Literal[spec.schema_uri], False),
        ("datacontenttype", Literal["application/json"] | None, True),
        ("recordversion", Annotated[int, msgspec.Meta(ge=1, le=MAX_INTEGER)], False),
        ("traceparent", Annotated[str, msgspec.Meta(pattern=TRACEPARENT_PATTERN[:-1] + r"\Z")] | None, True),
        ("data", data_type, False),
    ]


READERS: Final[Mapping[Entity, Reader]] = MappingProxyType(
    {
        Entity.ENROLMENT: _reader(Entity.ENROLMENT, _accept_enrolment, 2),
        Entity.CERTIFICATION: _reader(Entity.CERTIFICATION, _accept_certification, 2),
        Entity.VACANCY: _reader(Entity.VACANCY, _accept_vacancy, 1),
    }
)
"""Every entity's reader."""


def check_data(data: Json, attributes: Attributes, reader: Reader, *, strict: bool = False) -> tuple[PersonNumber, ...]:
    """Check the data against the entity's model and against the envelope.

    Args:
        data: parsed JSON.
        attributes: the envelope, already checked.
        reader: the entity's reader.
        strict: refuse unknown fields, as a writer must.

    Returns:
        The places that hold an IIN.

    Raises:
        ContractError: with the rule that is broken and the pointer to the field.
    """
    spec = reader.spec
    try:
        spec.model.model_validate(data, extra="forbid" if strict else "ignore")
    except ValidationError as error:
        raise _explain(error, reader.tree["data"]) from None
    if data[spec.id_field] != attributes.subject:
        raise refuse("subject_mismatch", ("subject",))
    if data["status"] not in spec.statuses[attributes.action]:
        raise refuse("action_status_mismatch", ("data", "status"))
    return person_numbers(data)


def person_numbers(data: Mapping[str, Any]) -> tuple[PersonNumber, ...]:
    """Every place of checked data that holds an IIN by contract."""
    numbers: list[PersonNumber] = []
    if person := data.get("person"):
        numbers.append((_PERSON, person["iin"], person.get("birth_date")))
    if (employer := data.get("employer")) and employer["id"][4] in "0123":
        numbers.append((_EMPLOYER, employer["id"], None))
    return tuple(numbers)


def _explain(error: ValidationError, tree: FieldTree) -> ContractError:
    """The contract error for what pydantic found; shapes come before identifiers."""
    found = [_rule_of(detail) for detail in error.errors(include_input=False, include_url=False)]
    chosen = next(
        (one for one in found if RULES[one[0]].rejection_class != RejectionClass.IDENTIFIER_INVALID), found[0]
    )
    rule_id, location = chosen
    if field := _FIELD_OF_RULE.get(rule_id):
        location = (*location, field)
    path: list[str | int] = ["data"]
    below: FieldTree = tree
    for part in location:
        name = "*" if isinstance(part, int) else part
        if name not in below:
            break
        path.append(part)
        below = below[name]
    return refuse(rule_id, path)


def _rule_of(detail: Mapping[str, Any]) -> tuple[str, tuple[str | int, ...]]:
    kind, location = detail["type"], detail["loc"]
    if kind == "string_pattern_mismatch":
        return PATTERN_RULES[detail["ctx"]["pattern"]], location
    if kind in RULES:
        return kind, location
    return _RULE_OF_ERROR.get(kind, "type_mismatch"), location


def check_stray_iins(document: Mapping[str, Any], tree: FieldTree, numbers: Sequence[PersonNumber]) -> None:
    """Check that no IIN stands where the contract does not put one: not in a title, a link, a subject, an extension.

    Such a number would land unprotected, so the event is refused. The event's own numbers are looked for anywhere;
    other people's are recognised by their form and check digit.

    Raises:
        ContractError: ``iin_outside_person``, at the field.
    """
    allowed = {("data", *path) for path, _, _ in numbers}
    own = [iin for _, iin, _ in numbers]
    for text, path in _texts(document, tree, ()):
        if path in allowed:
            continue
        if any(iin in text for iin in own):
            raise refuse("iin_outside_person", path)
        # These two are random digits: one UUID in a hundred thousand looks like an IIN.
        if path not in {("id",), ("traceparent",)} and find_stray_iins(text):
            raise refuse("iin_outside_person", path)


def may_hide_iins(written: bytes, source: str, reader: Reader) -> bool:
    """Whether a written event has runs of twelve digits beside the ones that belong there; cheap, for the fast paths.

    Args:
        written: the whole event as UTF-8 JSON in which no digit is written as an escape.
        source: its source.
        reader: its entity's reader.
    """
    return has_long_numbers_beside(written, reader.long_numbers + source.startswith(BIN_URN))


def has_long_numbers_beside(written: bytes, expected: int) -> bool:
    """Whether a text has more runs of twelve digits than the expected ones, which it surely has."""
    return written.translate(_DIGITS_AS_ZERO).count(_LONG_NUMBER) != expected


def _texts(node: Json, tree: FieldTree | None, path: Path) -> Iterator[tuple[str, Path]]:
    """Every text and number of a parsed message, unknown keys included, with where it is."""
    if isinstance(node, dict):
        for key, child in node.items():
            known = tree is not None and key in tree and key != "*"
            if not known:
                yield key, path
            yield from _texts(child, tree[key] if known and tree else None, (*path, key) if known else path)
    elif isinstance(node, list):
        known = tree is not None and "*" in tree
        for index, child in enumerate(node):
            yield from _texts(child, tree["*"] if known and tree else None, (*path, index) if known else path)
    elif isinstance(node, str):
        yield node, path
    elif node is not None and not isinstance(node, bool):
        yield str(node), path
