"""JSON-LD contexts without a network, and the canonical form of a document under them.

The contexts of the W3C come with the JSON-LD library; those of Open Badges do not. A folder may hold more, laid out as
their addresses are: ``purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json``, as ``wget --force-directories`` saves them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from arna.contracts.strictjson import check_tree, decode_text, parse_json
from arna.errors import ConfigError, ContractError
from producers.adapters.open_badges.extra import needs_extra
from producers.adapters.open_badges.values import Json, listed
from producers.rows import JsonValue

_OPTION: Final = "--contexts"
# A term that no context defines would be dropped in silence, and with it what it says would be unsigned: it is made to
# show in the canonical form instead.
_UNDEFINED: Final = "urn:arna:undefined:"
_RELATIVE: Final = "https://relative.invalid/"
_MAX_OBJECTS: Final = 5_000
# Canonical names for nameless objects that look alike are found by trying their orders: seven have 5,040.
_MAX_ALIKE: Final = 6


def read_contexts(folder: Path) -> dict[str, Mapping[str, Any]]:
    """Address to context, for each file of a folder.

    Raises:
        ConfigError: the folder holds none, or a file is no JSON-LD context.
    """
    found: dict[str, Mapping[str, Any]] = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        place = path.relative_to(folder).as_posix()
        try:
            document = parse_json(decode_text(path.read_bytes()))
            check_tree(document, None)
        except (OSError, ContractError):
            document = None
        if not isinstance(document, Mapping) or "@context" not in document:
            raise ConfigError(_OPTION, f"{place} is no JSON-LD context.")
        found |= {f"https://{place}": document, f"http://{place}": document}
    if not found:
        raise ConfigError(
            _OPTION, "the folder holds no file.", "Save contexts in it as `wget --force-directories ADDRESS` does."
        )
    return found


class Canonicaliser:
    """Makes canonical N-Quads (RDFC-1.0) of documents.

    Args:
        more: address to context, beside those of the library.
    """

    def __init__(self, more: Mapping[str, Mapping[str, Any]]) -> None:
        with needs_extra():
            from pyld import jsonld  # type: ignore[import-untyped]
            from pyld.context_resolver import ContextResolver  # type: ignore[import-untyped]
            from pyld.documentloader.frozen import (  # type: ignore[import-untyped]
                BUNDLED_CONTEXTS,
                FrozenDocumentLoader,
            )
        loader = FrozenDocumentLoader({**BUNDLED_CONTEXTS, **more})
        self._normalise = jsonld.normalize
        self._error: type[Exception] = jsonld.JsonLdError
        # A resolver of its own, so that each context is read once in a run.
        self._options = {
            "algorithm": "URDNA2015",
            "format": "application/n-quads",
            "documentLoader": loader,
            "contextResolver": ContextResolver({}, loader),
            "base": _RELATIVE,
        }
        self._known = frozenset(loader.documents)

    def canonical(self, document: Json) -> str | None:
        """The canonical form, or None where it would not hold all that the document says.

        That is where a context is not at hand or written into the document, a term is in none of them, an id is
        relative, or nameless objects are too much alike.
        """
        if not self._can_read(document):
            return None
        try:
            quads = self._normalise(_with_sentinel(document), self._options)
        except (self._error, ValueError, TypeError, LookupError, AttributeError, RecursionError):
            # The library trusts the types of what it reads.
            return None
        if not isinstance(quads, str) or _UNDEFINED in quads or _RELATIVE in quads:
            return None
        return quads

    def _can_read(self, document: Json) -> bool:
        objects = list(_objects(document))
        contexts = [context for node in objects for context in listed(node.get("@context"))]
        return (
            len(objects) <= _MAX_OBJECTS
            and all(isinstance(context, str) and context in self._known for context in contexts)
            and not any(str(node.get(name)).startswith("_:") for node in objects for name in ("id", "@id"))
            and _alike(document) <= _MAX_ALIKE
        )


def _objects(node: JsonValue) -> Iterator[Json]:
    if isinstance(node, Mapping):
        yield node
        for child in node.values():
            yield from _objects(child)
    elif isinstance(node, list):
        for child in node:
            yield from _objects(child)


def _alike(node: JsonValue, is_nameless: bool = False) -> int:
    """How many nameless objects hang on nameless ones beside another that looks like them."""
    if isinstance(node, list):
        return sum(_alike(child, is_nameless) for child in node)
    if not isinstance(node, Mapping):
        return 0
    nameless = "id" not in node and "@id" not in node
    count = 0
    for value in node.values():
        if nameless and isinstance(value, list):
            looks = Counter(_look(child) for child in value if isinstance(child, Mapping))
            count += sum(number for number in looks.values() if number > 1)
        count += _alike(value, nameless)
    return count


def _look(node: Json) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((key, "" if isinstance(value, Mapping | list) else repr(value)) for key, value in node.items()))


def _with_sentinel(node: JsonValue, is_root: bool = True) -> JsonValue:
    if isinstance(node, list):
        return [_with_sentinel(child, False) for child in node]
    if not isinstance(node, Mapping):
        return node
    copy = {key: value if key == "@context" else _with_sentinel(value, False) for key, value in node.items()}
    # A credential inside another one starts from no context at all.
    if is_root or "@context" in node or "credentialSubject" in node:
        copy["@context"] = [*listed(node.get("@context")), {"@vocab": _UNDEFINED}]
    return copy
