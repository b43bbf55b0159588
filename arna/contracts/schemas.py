"""JSON Schema 2020-12 and AsyncAPI 3 from the models, good enough to publish with and nothing else.

``python -m arna.contracts.schemas`` writes ``schemas/*.json`` beside this file; ``--check`` only compares and exits
with 1 where a file is stale.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter

from arna.contracts.attributes import (
    MAX_SOURCE,
    MAX_SUBJECT,
    REQUIRED,
    SOURCE_PATTERN,
    SPECVERSION,
    TIME_PATTERN,
    TRACEPARENT_PATTERN,
    UUID_PATTERN,
)
from arna.contracts.decode import JSON_TYPE, STRUCTURED_TYPE
from arna.contracts.fields import MAX_INTEGER, OCCUPATION_PATTERNS
from arna.contracts.mart_change import (
    MART_CHANGE_SCHEMA,
    MART_CHANGE_SOURCE,
    MART_CHANGE_TOPIC,
    MART_CHANGE_TYPE,
    MartChange,
)
from arna.contracts.receipt import RECEIPT_SCHEMA, RECEIPT_SOURCE, RECEIPT_TOPIC, RECEIPT_TYPE, ReceiptBundle
from arna.contracts.registry import SPECS, VERSION, Entity, EntitySpec

FOLDER: Final = Path(__file__).with_name("schemas")
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
RECEIPT_FILE: Final = f"receipt.v{VERSION}.json"
MART_CHANGE_FILE: Final = f"mart-changed.v{VERSION}.json"

Schema = dict[str, Any]

# What the models' validators say, in the words of JSON Schema.
_NEEDS_A_LANGUAGE: Final[Schema] = {
    "anyOf": [{"required": [language], "properties": {language: {"type": "string"}}} for language in ("kk", "ru", "en")]
}
_ADDITIONS: Final[Mapping[str, Schema]] = {
    "LocalizedText": _NEEDS_A_LANGUAGE,
    "Occupation": {
        "allOf": [
            {
                "if": {"properties": {"scheme": {"const": scheme}}, "required": ["scheme"]},
                "then": {"properties": {"code": {"pattern": f"^(?:{pattern.pattern})$"}}},
            }
            for scheme, pattern in OCCUPATION_PATTERNS.items()
        ]
    },
    "Result": {
        "if": {"properties": {"kind": {"enum": ["percent", "score"]}}, "required": ["kind"]},
        "then": {"properties": {"value": {"type": "number"}}},
    },
    "Vacancy": {
        "anyOf": [
            {"properties": {"kato": {"type": "string"}}, "required": ["kato"]},
            {"properties": {"remote": {"const": True}}},
        ]
    },
}


def event_schema(entity: Entity) -> Schema:
    """The JSON Schema of an entity's structured event: envelope and data."""
    spec = SPECS[entity]
    data = spec.model.model_json_schema()
    definitions: dict[str, Schema] = data.pop("$defs", {})
    definitions[spec.model.__name__] = data
    for name, addition in _ADDITIONS.items():
        if name in definitions:
            definitions[name] |= addition
    return {
        "$schema": DIALECT,
        "$id": spec.schema_uri,
        "title": f"{spec.model.__name__} event, version {VERSION}",
        "description": f"A CloudEvents 1.0 event in structured mode, for the topic {spec.topic}. "
        f"The subject repeats data.{spec.id_field} and is the Kafka key. An unset optional field is left out or null.",
        "type": "object",
        "properties": {**_envelope(spec), "data": {"$ref": f"#/$defs/{spec.model.__name__}"}},
        "required": list(REQUIRED),
        "not": {"required": ["data_base64"]},
        "allOf": [_agreement(spec, action) for action in spec.actions],
        # CloudEvents allows extension attributes beside those named here.
        "propertyNames": {"pattern": "^[a-z0-9]{1,60}$"},
        "additionalProperties": {"type": ["string", "integer", "boolean", "null"]},
        "$defs": {name: _tidy(definitions[name]) for name in sorted(definitions)},
    }


def _envelope(spec: EntitySpec) -> dict[str, Schema]:
    return {
        "specversion": {"const": SPECVERSION},
        "id": {
            "type": "string",
            "format": "uuid",
            "pattern": UUID_PATTERN,
            "description": "UUID, version 7 advised; with the same bytes a duplicate, with others a conflict",
        },
        "source": {
            "type": "string",
            "maxLength": MAX_SOURCE,
            "pattern": SOURCE_PATTERN,
            "description": "urn:kz:bin:<BIN> or another URI, registered with Arna for this entity",
        },
        "type": {"enum": [spec.event_type(action) for action in spec.actions]},
        "subject": {"type": "string", "minLength": 1, "maxLength": MAX_SUBJECT},
        "time": {
            "type": "string",
            "format": "date-time",
            "pattern": TIME_PATTERN,
            "description": "when it happened; not more than 5 minutes ahead",
        },
        "dataschema": {"const": spec.schema_uri},
        "recordversion": {
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_INTEGER,
            "description": "raised by the source at each change of this subject",
        },
        "datacontenttype": {"enum": [JSON_TYPE, None]},
        "traceparent": {"type": ["string", "null"], "pattern": TRACEPARENT_PATTERN},
    }


def _agreement(spec: EntitySpec, action: str) -> Schema:
    """The status that an action needs."""
    statuses = {"properties": {"status": {"enum": sorted(spec.statuses[action])}}}
    return {
        "if": {"properties": {"type": {"const": spec.event_type(action)}}, "required": ["type"]},
        "then": {"properties": {"data": statuses}},
    }


def _tidy(node: Any) -> Any:  # noqa: ANN401
    """Without the titles that pydantic makes of field names, and without defaults: unset is unset."""
    if isinstance(node, dict):
        return {
            key: {name: _tidy(value) for name, value in child.items()} if key == "properties" else _tidy(child)
            for key, child in node.items()
            if key not in {"title", "default"}
        }
    return [_tidy(item) for item in node] if isinstance(node, list) else node


def receipt_schema() -> Schema:
    """The JSON Schema of a message with receipts: envelope and data."""
    schema = _told_schema(ReceiptBundle, RECEIPT_SCHEMA, RECEIPT_SOURCE, RECEIPT_TYPE)
    schema["properties"]["subject"] = {
        "type": "string",
        "maxLength": MAX_SOURCE,
        "description": "the source the receipts are for",
    }
    return schema | {
        "title": f"Receipts, version {VERSION}",
        "description": f"A CloudEvents 1.0 event in structured mode, on the topic {RECEIPT_TOPIC}: what became of some "
        "events of one source. The subject is that source, and the Kafka key. No value of an event is repeated.",
    }


def mart_change_schema() -> Schema:
    """The JSON Schema of a message that a view changed: envelope and data."""
    schema = _told_schema(MartChange, MART_CHANGE_SCHEMA, MART_CHANGE_SOURCE, MART_CHANGE_TYPE)
    schema["properties"]["subject"] = {"type": "string", "description": "the view, with its schema"}
    return schema | {
        "title": f"Changed view, version {VERSION}",
        "description": f"A CloudEvents 1.0 event in structured mode, on the topic {MART_CHANGE_TOPIC}: a refresh "
        "changed rows of a view. The subject is that view, and the Kafka key. Keys and numbers only.",
    }


def _told_schema(model: type, schema_uri: str, source: str, event_type: str) -> Schema:
    """The schema of what Arna itself tells; its caller says the subject, the title and the description."""
    data = TypeAdapter(model).json_schema()
    definitions: dict[str, Schema] = data.pop("$defs", {})
    # A docstring of several paragraphs is for the reader of the code.
    definitions |= {model.__name__: data}
    for definition in definitions.values():
        if "description" in definition:
            definition["description"] = definition["description"].split("\n\n")[0]
    envelope: Schema = {
        "specversion": {"const": SPECVERSION},
        "id": {
            "type": "string",
            "format": "uuid",
            "pattern": UUID_PATTERN,
            "description": "the same for a message that is sent again: take each id once",
        },
        "source": {"const": source},
        "type": {"const": event_type},
        "subject": {},
        "time": {"type": "string", "format": "date-time"},
        "dataschema": {"const": schema_uri},
        "datacontenttype": {"const": JSON_TYPE},
        "data": {"$ref": f"#/$defs/{model.__name__}"},
    }
    return {
        "$schema": DIALECT,
        "$id": schema_uri,
        "title": "",
        "description": "",
        "type": "object",
        "properties": envelope,
        "required": list(envelope),
        "$defs": {name: _tidy(definitions[name]) for name in sorted(definitions)},
    }


@dataclass(frozen=True, slots=True)
class _Told:
    """A topic that Arna itself writes to."""

    topic: str
    description: str
    operation: str
    message: str
    title: str
    file: str
    key: str


def asyncapi() -> Schema:
    """The AsyncAPI 3 document: the three topics to publish to, and those that Arna tells on."""
    channels: dict[str, Schema] = {}
    operations: dict[str, Schema] = {}
    messages: dict[str, Schema] = {}
    for entity, spec in SPECS.items():
        channels[entity.value] = {
            "address": spec.topic,
            "description": f"Events of kind {entity.value}; one subject keeps its order.",
            "messages": {spec.model.__name__: {"$ref": f"#/components/messages/{spec.model.__name__}"}},
            "bindings": {"kafka": {"topic": spec.topic, "partitions": 6, "bindingVersion": "0.5.0"}},
        }
        operations[f"publish_{entity}"] = {
            "action": "send",
            "channel": {"$ref": f"#/channels/{entity}"},
            "messages": [{"$ref": f"#/channels/{entity}/messages/{spec.model.__name__}"}],
        }
        messages[spec.model.__name__] = {
            "name": spec.model.__name__,
            "title": f"{spec.model.__name__} event",
            "contentType": STRUCTURED_TYPE,
            "payload": {
                "schemaFormat": "application/schema+json;version=draft-2020-12",
                "schema": {"$ref": f"./{schema_file_name(entity)}"},
            },
            "bindings": {
                "kafka": {
                    "key": {"type": "string", "description": "the event's subject"},
                    "bindingVersion": "0.5.0",
                }
            },
        }
    told = {
        "receipt": _Told(
            topic=RECEIPT_TOPIC,
            description="What became of events, by source; one source keeps its order. It tells of all sources, so "
            "only who may see them all reads it: a source asks the gateway or `arna receipts`.",
            operation="read_receipts",
            message="Receipts",
            title="Receipts",
            file=RECEIPT_FILE,
            key="the source the receipts are for",
        ),
        "mart_change": _Told(
            topic=MART_CHANGE_TOPIC,
            description="Which views of readers changed; one view keeps its order. Keys name people by their tokens, "
            "so only who may read the whole country reads it.",
            operation="read_mart_changes",
            message="MartChange",
            title="Changed view",
            file=MART_CHANGE_FILE,
            key="the view",
        ),
    }
    for name, each in told.items():
        channels[name] = {
            "address": each.topic,
            "description": each.description,
            "messages": {each.message: {"$ref": f"#/components/messages/{each.message}"}},
            "bindings": {"kafka": {"topic": each.topic, "partitions": 6, "bindingVersion": "0.5.0"}},
        }
        operations[each.operation] = {
            "action": "receive",
            "channel": {"$ref": f"#/channels/{name}"},
            "messages": [{"$ref": f"#/channels/{name}/messages/{each.message}"}],
        }
        messages[each.message] = {
            "name": each.message,
            "title": each.title,
            "contentType": STRUCTURED_TYPE,
            "payload": {
                "schemaFormat": "application/schema+json;version=draft-2020-12",
                "schema": {"$ref": f"./{each.file}"},
            },
            "bindings": {"kafka": {"key": {"type": "string", "description": each.key}, "bindingVersion": "0.5.0"}},
        }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Arna",
            "version": f"{VERSION}.0.0",
            "description": "Enrolments, certifications and vacancies as CloudEvents 1.0. Structured mode is written; "
            "binary mode (ce_ headers, recordversion in decimal digits) is read too.",
        },
        "defaultContentType": STRUCTURED_TYPE,
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages},
    }


def schema_file_name(entity: Entity) -> str:
    """The name of an entity's schema file."""
    return f"{entity}.v{VERSION}.json"


def generate() -> dict[str, str]:
    """File name to content, of every generated file."""
    documents = {schema_file_name(entity): event_schema(entity) for entity in Entity}
    documents[RECEIPT_FILE] = receipt_schema()
    documents[MART_CHANGE_FILE] = mart_change_schema()
    documents["asyncapi.json"] = asyncapi()
    return {name: json.dumps(document, ensure_ascii=False, indent=2) + "\n" for name, document in documents.items()}


def stale_files(folder: Path = FOLDER) -> list[str]:
    """Names of the files that are not what ``generate`` gives, superfluous ones included."""
    wanted = generate()
    found = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    return sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check the generated files; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m arna.contracts.schemas", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where a file is stale")
    options = parser.parse_args(arguments)
    if options.check:
        stale = stale_files()
        if stale:
            sys.stderr.write(f"stale: {', '.join(stale)}; run python -m arna.contracts.schemas\n")
        return 1 if stale else 0
    FOLDER.mkdir(exist_ok=True)
    wanted = generate()
    for path in FOLDER.glob("*.json"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
