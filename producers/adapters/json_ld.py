"""JSON-LD documents of a file: JSON, JSON lines, or the scripts of an HTML page; and nodes of a type inside them."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from producers.adapters.records import is_too_deep
from producers.rows import UNREADABLE, JsonValue, Refusal

PAGE_SUFFIXES: Final = (".html", ".htm")
LINE_SUFFIXES: Final = (".jsonl", ".ndjson")
SUFFIXES: Final = (".json", ".jsonld", *LINE_SUFFIXES, *PAGE_SUFFIXES)
"""Suffixes of the files that are looked for in a folder."""
MAX_PAGE_BYTES: Final = 50 * 1024 * 1024
_SCRIPT_TYPE: Final = "application/ld+json"
_CHARSET: Final = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([a-zA-Z0-9_-]{1,40})", re.IGNORECASE)
_CHARSETS: Final = {"utf-8": "utf-8", "utf8": "utf-8", "windows-1251": "cp1251", "cp1251": "cp1251"}
# Old pages hide a script from older browsers, or from an XML parser.
_WRAPPINGS: Final = (
    re.compile(r"\A\s*(?://\s*)?<!\[CDATA\[(.*?)(?://\s*)?\]\]>\s*\Z", re.DOTALL),
    re.compile(r"\A\s*/\*\s*<!\[CDATA\[\s*\*/(.*?)/\*\s*\]\]>\s*\*/\s*\Z", re.DOTALL),
    re.compile(r"\A\s*<!--(.*?)(?://\s*)?-->\s*\Z", re.DOTALL),
)

Node = Mapping[str, Any]


def list_files(path: Path) -> list[Path]:
    """The files of a folder that may hold JSON-LD, in the order of their names; of a file, itself."""
    if not path.is_dir():
        return [path]
    return sorted(found for found in path.rglob("*") if found.suffix.lower() in SUFFIXES and found.is_file())


def is_page(path: Path) -> bool:
    """Whether a file is an HTML page."""
    return path.suffix.lower() in PAGE_SUFFIXES


def read_documents(path: Path) -> Iterator[JsonValue | Refusal]:
    """Every JSON-LD document of a file, or the reason why it cannot be read; an empty file has none."""
    try:
        if path.stat().st_size > MAX_PAGE_BYTES and path.suffix.lower() not in LINE_SUFFIXES:
            yield Refusal(UNREADABLE, "file_too_large")
            return
        if is_page(path):
            yield from _page(path.read_bytes())
        elif path.suffix.lower() in LINE_SUFFIXES:
            with path.open("rb") as lines:
                yield from (_parsed(line) for line in lines if line.strip())
        elif (content := path.read_bytes().removeprefix(codecs.BOM_UTF8)).strip():
            yield _parsed(content)
    except OSError:
        yield Refusal(UNREADABLE, "file_unreadable")


def _parsed(content: bytes | str) -> JsonValue | Refusal:
    text = content.removeprefix(codecs.BOM_UTF8) if isinstance(content, bytes) else content
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError:
        return Refusal("json_syntax", "json_malformed")
    return Refusal("json_limits", "json_too_deep") if is_too_deep(document) else document


def _page(content: bytes) -> Iterator[JsonValue | Refusal]:
    from selectolax.lexbor import LexborHTMLParser

    text = _decoded(content)
    if isinstance(text, Refusal):
        yield text
        return
    # The parser wants text without zeros and half surrogate pairs; JSON would refuse both.
    for script in LexborHTMLParser(text.replace("\x00", "\ufffd")).css("script"):
        kind = (script.attributes.get("type") or "").partition(";")[0].strip().lower()
        if kind == _SCRIPT_TYPE and (body := script.text(deep=True)).strip():
            yield _parsed(_unwrapped(body))


def _unwrapped(body: str) -> str:
    for wrapping in _WRAPPINGS:
        if match := wrapping.match(body):
            return match[1]
    return body


def _decoded(content: bytes) -> str | Refusal:
    """The text of a page in the charset that it declares, UTF-8 where it declares none; never a guess."""
    declared = _CHARSET.search(content[:4096])
    if content.startswith(codecs.BOM_UTF8) or declared is None:
        encoding = "utf-8-sig"
    else:
        encoding = _CHARSETS.get(declared[1].decode().lower(), "")
    if not encoding:
        return Refusal("decode_error", "charset_unsupported")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return Refusal("decode_error", "not_utf8")


def nodes_of_type(document: JsonValue, name: str) -> list[Node]:
    """The nodes of a schema.org type in a document, wherever they stand; those inside another of them are left out."""
    found: list[Node] = []
    waiting = [document]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Mapping):
            if has_type(node, name):
                found.append(node)
            else:
                waiting.extend(reversed(list(node.values())))
        elif isinstance(node, list):
            waiting.extend(reversed(node))
    return found


def has_type(node: Node, name: str) -> bool:
    """Whether a node is of a schema.org type, however the type is written."""
    types = node.get("@type")
    listed = types if isinstance(types, list) else [types]
    return any(isinstance(one, str) and re.split(r"[/:#]", one)[-1] == name for one in listed)


def named_nodes(document: JsonValue) -> dict[str, Node]:
    """The nodes of a document that say more than their ``@id``, by it."""
    found: dict[str, Node] = {}
    waiting = [document]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Mapping):
            name = node.get("@id")
            if isinstance(name, str) and len(node) > 1:
                found.setdefault(name, node)
            waiting.extend(reversed(list(node.values())))
        elif isinstance(node, list):
            waiting.extend(reversed(node))
    return found
