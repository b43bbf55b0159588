"""The generated JSON Schemas: fresh, valid, of one mind with the decoder, and compatible with what was released."""

# ruff: noqa: E501 - tables of cases

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from arna.contracts import schemas
from arna.contracts.decode import decode_message
from arna.contracts.mart_change import MART_CHANGE_TOPIC
from arna.contracts.receipt import RECEIPT_TOPIC
from arna.contracts.registry import SPECS, Entity
from arna.errors import ContractError
from tests.support.garbage import STRUCTURED, garbage
from tests.support.samples import sample_event

pytestmark = pytest.mark.contract
RELEASED = Path(__file__).parent / "released"
NOW = datetime(2026, 6, 1, tzinfo=UTC)

# What JSON Schema cannot say: sums, comparisons between fields, and where an IIN must not be.
BEYOND_SCHEMA = {
    "iin_check_digit", "bin_check_digit", "employer_id_malformed", "subject_mismatch", "iin_outside_person", "source_malformed",
    "time_in_future", "iin_malformed", "key_mismatch", "source_not_registered",
}  # fmt: skip
# To JSON Schema 1.0 is the whole number 1.
ONE_NUMBER = {"version_whole_float"}


def validator(entity: Entity) -> Draft202012Validator:
    return Draft202012Validator(schemas.event_schema(entity), format_checker=FormatChecker())


def test_generated_files_are_fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert schemas.stale_files() == []
    assert schemas.main(["--check"]) == 0
    monkeypatch.setattr(schemas, "FOLDER", tmp_path)
    assert len(schemas.stale_files(tmp_path)) == 6
    assert schemas.main([]) == 0
    assert schemas.stale_files(tmp_path) == []


@pytest.mark.parametrize("entity", Entity)
def test_schemas_are_json_schema_2020_12(entity: Entity) -> None:
    Draft202012Validator.check_schema(schemas.event_schema(entity))


@pytest.mark.parametrize(
    ("entity", "action"), [(entity, action) for entity in Entity for action in SPECS[entity].actions]
)
def test_valid_events_fit_their_schema(entity: Entity, action: str) -> None:
    value, _, _ = sample_event(entity, action=action, number=4).to_structured()
    assert list(validator(entity).iter_errors(json.loads(value))) == []


@pytest.mark.parametrize("entity", Entity)
def test_a_publisher_with_the_schema_alone_is_warned(entity: Entity) -> None:
    """Every parsed event that the decoder refuses for its shape, the schema refuses too."""
    check = validator(entity)
    seen = 0
    for case in garbage(entity):
        if case.expected_class not in {"envelope_invalid", "schema_unknown", "schema_invalid", "identifier_invalid"}:
            continue
        if case.headers != STRUCTURED or case.expected_rule in BEYOND_SCHEMA or case.name in ONE_NUMBER:
            continue
        assert case.value is not None
        assert not check.is_valid(json.loads(case.value)), case.name
        seen += 1
    assert seen > 25


@pytest.mark.parametrize("entity", Entity)
def test_what_fits_the_schema_is_decoded_but_for_what_schemas_cannot_say(entity: Entity) -> None:
    check = validator(entity)
    for case in garbage(entity):
        if not case.value or case.expected_class in {"decode_error", "json_syntax", "json_limits", "size_violation"}:
            continue
        if case.expected_class in {"json_numbers", "json_duplicate_keys", "text_unstorable"} or "binary" in case.name:
            continue
        if case.name in ONE_NUMBER or case.needs_registry:
            continue
        if check.is_valid(json.loads(case.value)):
            with pytest.raises(ContractError) as caught:
                decode_message(case.value, case.headers, case.key, entity, now=NOW)
            assert caught.value.rule_id in BEYOND_SCHEMA | {
                "content_type_unsupported", "charset_unsupported", "header_repeated", "header_malformed",
            }, case.name  # fmt: skip


def test_asyncapi_names_every_topic_and_its_schema() -> None:
    document = json.loads((schemas.FOLDER / "asyncapi.json").read_text(encoding="utf-8"))
    assert document["asyncapi"] == "3.0.0"
    topics = {spec.topic for spec in SPECS.values()} | {RECEIPT_TOPIC, MART_CHANGE_TOPIC}
    assert {channel["address"] for channel in document["channels"].values()} == topics
    for name, message in document["components"]["messages"].items():
        referred = schemas.FOLDER / message["payload"]["schema"]["$ref"]
        schema = json.loads(referred.read_text(encoding="utf-8"))
        assert schema["$defs"][schema["properties"]["data"]["$ref"].rpartition("/")[2]], name
    for operation in document["operations"].values():
        channel = document["channels"][operation["channel"]["$ref"].rpartition("/")[2]]
        assert all(one["$ref"].rpartition("/")[2] in channel["messages"] for one in operation["messages"])


# -- compatibility with the released schemas -----------------------------------------------------------------------


def breaks(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """Why events that fit the old schema may not fit the new one."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return
    yield from breaks_here(old, new, path)
    for nested in ("properties", "$defs"):
        for name, child in old.get(nested, {}).items():
            if name not in new.get(nested, {}):
                yield f"{path}/{name}: gone"
            else:
                yield from breaks(child, new[nested][name], f"{path}/{name}")
    for nested in ("items", "if", "then"):
        yield from breaks(old.get(nested), new.get(nested), f"{path}/{nested}")
    if len(new.get("anyOf", ())) < len(old.get("anyOf", ())) and "anyOf" in new:
        yield f"{path}: fewer choices"
    for nested in ("anyOf", "allOf"):
        for index, (child, other) in enumerate(zip(old.get(nested, ()), new.get(nested, ()), strict=False)):
            yield from breaks(child, other, f"{path}/{nested}/{index}")


def breaks_here(old: dict[str, Any], new: dict[str, Any], path: str) -> Iterator[str]:
    """The same for what a schema says of the value itself."""
    if grown := set(new.get("required", ())) - set(old.get("required", ())):
        yield f"{path}: requires {sorted(grown)}"
    if "enum" in old and (gone := set(map(str, old["enum"])) - set(map(str, new.get("enum", old["enum"])))):
        yield f"{path}: no longer takes {sorted(gone)}"
    if "enum" in new and "enum" not in old and "const" not in old:
        yield f"{path}: takes a list only"
    for limit, tighter in (("maxLength", -1), ("maximum", -1), ("maxItems", -1), ("minLength", 1), ("minimum", 1)):
        if limit in new and (limit not in old or (new[limit] - old[limit]) * tighter > 0):
            yield f"{path}: {limit} is tighter"
    for fixed in ("pattern", "const", "format", "$ref"):
        if fixed in new and new[fixed] != old.get(fixed):
            yield f"{path}: another {fixed}"
    if "type" in old and "type" in new and not types(old) <= types(new):
        yield f"{path}: another type"


def types(schema: dict[str, Any]) -> set[str]:
    found = schema["type"]
    return set(found) if isinstance(found, list) else {found, *({"integer"} if found == "number" else ())}


@pytest.mark.parametrize("path", sorted(RELEASED.glob("*.json")), ids=lambda path: path.stem)
def test_the_contract_takes_all_that_it_took_when_released(path: Path) -> None:
    released = json.loads(path.read_text(encoding="utf-8"))
    current = schemas.event_schema(Entity(path.stem.partition(".")[0]))
    assert list(breaks(released, current)) == []


def test_every_entity_has_its_released_schema() -> None:
    assert {path.name for path in RELEASED.glob("*.json")} == {schemas.schema_file_name(entity) for entity in Entity}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data["required"].append("grade"),
        lambda data: data["properties"]["study_form"]["enum"].remove("evening"),
        lambda data: data["properties"].pop("funding"),
        lambda data: data["properties"]["enrolment_id"].update(maxLength=100),
        lambda data: data["properties"]["kato"].update(pattern="^[0-9]{8}$"),
        lambda data: data["properties"]["enrolment_id"].update(type="integer"),
    ],
)
def test_a_breaking_change_would_be_noticed(spoil: Any) -> None:
    released = json.loads((RELEASED / "enrolment.v1.json").read_text(encoding="utf-8"))
    changed = schemas.event_schema(Entity.ENROLMENT)
    spoil(changed["$defs"]["Enrolment"])
    assert list(breaks(released, changed))


def test_a_new_optional_field_breaks_nothing() -> None:
    released = json.loads((RELEASED / "enrolment.v1.json").read_text(encoding="utf-8"))
    changed = schemas.event_schema(Entity.ENROLMENT)
    changed["$defs"]["Enrolment"]["properties"]["dormitory"] = {"type": "string"}
    changed["$defs"]["Enrolment"]["properties"]["language"]["enum"].append("de")
    assert list(breaks(released, changed)) == []
