"""The contracts as a page to read: every field, every rule. Generated, so that it cannot be wrong.

``python -m arna.contracts.reference FILE`` writes it, ``--check`` compares and exits with 1 where it is stale.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from arna.contracts.mends import MENDS
from arna.contracts.quality import QUALITY_WORDS, QualityWords
from arna.contracts.registry import SPECS, EntitySpec
from arna.contracts.rules import RULES
from arna.contracts.schemas import event_schema, schema_file_name

_INTRODUCTION: Final = """\
# Event contracts

Generated from the models by `python -m arna.contracts.reference docs/reference/contracts.md`; do not edit.

Events are CloudEvents 1.0 in structured mode (`content-type: application/cloudevents+json`); binary mode (`ce_`
headers, `recordversion` in decimal digits) is read too. Each event carries the whole state of one entity after a
change, and `recordversion`, which its source raises by one each time. The Kafka key is the `subject`. Text is UTF-8, at
most 256 KiB and 32 levels deep; no field twice, no NaN, whole numbers up to 2^53, no U+0000. An IIN may stand only
where a field is meant for it. An unset optional field is left out or null. Writers are refused unknown fields; readers
keep them.
"""


def render() -> str:
    """The page, as Markdown."""
    entities = (_entity_section(spec) for spec in SPECS.values())
    sections = [_INTRODUCTION, *entities, _rules_section(), _quality_section(), _mends_section()]
    return "\n".join(sections)


def _entity_section(spec: EntitySpec) -> str:
    schema = event_schema(spec.entity)
    lines = [
        f"## {spec.model.__name__}",
        "",
        (spec.model.__doc__ or "").split("\n\n")[0],
        "",
        f"Topic `{spec.topic}`, subject = `{spec.id_field}`, "
        f"schema [`{spec.schema_uri}`](../../arna/contracts/schemas/{schema_file_name(spec.entity)}).",
        "",
        "| event type | status |",
        "|---|---|",
        *(
            f"| `{spec.event_type(action)}` | {', '.join(f'`{status}`' for status in sorted(statuses))} |"
            for action, statuses in spec.statuses.items()
        ),
        "",
        "| field | required | form |",
        "|---|---|---|",
        *_rows(schema["$defs"][spec.model.__name__], schema["$defs"], ""),
        "",
    ]
    return "\n".join(lines)


def _rows(schema: Mapping[str, Any], definitions: Mapping[str, Any], prefix: str) -> Iterator[str]:
    for name, field in schema["properties"].items():
        path = f"{prefix}{name}"
        inner = _without_null(field)
        required = "yes" if name in schema.get("required", ()) else ""
        yield f"| `{path}` | {required} | {_form(inner)} |"
        below = inner.get("items", inner)
        if reference := below.get("$ref"):
            suffix = "[]." if "items" in inner else "."
            yield from _rows(definitions[reference.rpartition("/")[2]], definitions, f"{path}{suffix}")


def _without_null(field: Mapping[str, Any]) -> Mapping[str, Any]:
    choices = [choice for choice in field.get("anyOf", ()) if choice.get("type") != "null"]
    return choices[0] if len(choices) == 1 else field


def _form(schema: Mapping[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(_form(choice) for choice in schema["anyOf"] if choice.get("type") != "null")
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "$ref" in schema:
        return "object"
    parts = [schema["type"] if "format" not in schema else schema["format"]]
    if "minimum" in schema:
        parts.append(f"{schema['minimum']:g}–{schema['maximum']:.10g}")
    if schema["type"] == "string" and "maxLength" in schema:
        parts.append(f"{schema.get('minLength', 0)}–{schema['maxLength']} characters")
    if "maxItems" in schema:
        parts.append(f"at most {schema['maxItems']}")
    if "description" in schema:
        parts.append(schema["description"])
    return ", ".join(parts)


def _rules_section() -> str:
    lines = ["## Why an event is refused", "", "| class | rule | kk | ru | en |", "|---|---|---|---|---|"]
    lines += [
        f"| `{rule.rejection_class}` | `{rule.rule_id}` | {rule.kk} | {rule.ru} | {rule.en} |"
        for rule in RULES.values()
    ]
    return "\n".join([*lines, ""])


def _quality_section() -> str:
    lines = [
        "## What a loaded batch is checked for",
        "",
        "A critical rule rejects the event, a warning lets it load and is told in its receipt.",
        "",
        "| rule | severity | field of the data | kk | ru | en |",
        "|---|---|---|---|---|---|",
    ]
    for rule_id, words in QUALITY_WORDS.items():
        rule = words.rule
        lines.append(f"| `{rule_id}` | {rule.severity} | {_pointer(words)} | {rule.kk} | {rule.ru} | {rule.en} |")
    return "\n".join([*lines, ""])


def _pointer(words: QualityWords) -> str:
    pointers = [words.pointer] if isinstance(words.pointer, str) else words.pointer.values()
    return " or ".join(f"`{pointer}`" for pointer in pointers if pointer)


def _mends_section() -> str:
    lines = ["## What to do about it", "", "| rule | kk | ru | en |", "|---|---|---|---|"]
    lines += [f"| `{rule_id}` | {mend.kk} | {mend.ru} | {mend.en} |" for rule_id, mend in MENDS.items()]
    return "\n".join([*lines, ""])


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check the page; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m arna.contracts.reference", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where the file is stale")
    options = parser.parse_args(arguments)
    path: Path = options.file
    if not options.check:
        path.write_text(render(), encoding="utf-8")
        return 0
    if path.is_file() and path.read_text(encoding="utf-8") == render():
        return 0
    sys.stderr.write(f"stale: {path}; run python -m arna.contracts.reference {path}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
