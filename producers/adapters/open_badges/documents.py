"""From files to records: JSON, JSON-LD and compact JWS, lists of them, and the containers that carry several."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from arna.contracts.strictjson import check_tree, decode_text, parse_json
from arna.errors import ConfigError, ContractError
from producers.adapters.open_badges.certificates import SCHEMA_INVALID
from producers.adapters.open_badges.values import Json, epoch_text, is_type, listed, member, text
from producers.rows import NOT_A_LEARNER, UNREADABLE, JsonValue, Refusal

SUFFIXES: Final = frozenset({".json", ".jsonld", ".jwt"})
_BOM: Final = b"\xef\xbb\xbf"
_COMPACT: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*")
# With five parts it is encrypted, with a tilde it is an SD-JWT.
_OTHER_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*){2,4}(?:~[!-}~]*)?")
_ENVELOPES: Final = ("data:application/vc+jwt,", "data:application/vc-ld+jwt,", "data:application/vc+ld+json+jwt,")
_MAX_NESTING: Final = 4


@dataclass(frozen=True, slots=True)
class Record:
    """One object of a file.

    Attributes:
        content: the object; of a token, the credential inside.
        token: the compact JWS around it.
        container: the signed or unsigned object that it was in.
        number: its place in its container, from 1.
    """

    content: Json
    token: str | None = None
    container: Record | None = None
    number: int = 1


def find_files(paths: Iterable[Path]) -> Iterator[Path]:
    """The files as they are, and all of a folder that can hold credentials, in the order of their names.

    Raises:
        ConfigError: a folder holds none.
    """
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        found = sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file())
        if not found:
            raise ConfigError("FILE", f"the folder {path.name} holds no .json, .jsonld or .jwt file.")
        yield from found


def read_records(path: Path) -> Iterator[Record | Refusal]:
    """Every record of a file, in its order; a file that cannot be read is one refusal."""
    try:
        value = _parse(path.read_bytes().removeprefix(_BOM))
    except OSError:
        yield Refusal(UNREADABLE, "file_unreadable")
    except ContractError as error:
        yield Refusal(error.rejection_class, error.rule_id)
    else:
        for item in value if isinstance(value, list) else [value]:
            yield from _open(item)


def read_document(path: Path) -> Record | Refusal:
    """The one object of a file, a container or not."""
    try:
        value = _parse(path.read_bytes().removeprefix(_BOM))
    except OSError:
        return Refusal(UNREADABLE, "file_unreadable")
    except ContractError as error:
        return Refusal(error.rejection_class, error.rule_id)
    return _record(value[0] if isinstance(value, list) and len(value) == 1 else value)


def _parse(raw: bytes) -> JsonValue:
    """JSON with its flaws left in the tree, or the tokens of a file that holds nothing else."""
    found = decode_text(raw)
    start = found.lstrip()[:1]
    if start not in {"{", "[", '"'}:
        tokens = found.split()
        if tokens and all(_OTHER_TOKEN.fullmatch(token) for token in tokens):
            return tokens
    return parse_json(found)


def _open(
    item: JsonValue, container: Record | None = None, number: int = 1, depth: int = 0
) -> Iterator[Record | Refusal]:
    record = _record(item, container, number)
    if isinstance(record, Refusal):
        yield record
        return
    contained = _contained(record.content)
    if contained is None:
        yield record
    elif not contained:
        yield Refusal(NOT_A_LEARNER, "container_empty")
    elif depth >= _MAX_NESTING:
        yield Refusal("json_limits", "containers_too_deep")
    else:
        for place, inner in enumerate(contained, 1):
            yield from _open(inner, record, place, depth + 1)


def _record(item: JsonValue, container: Record | None = None, number: int = 1) -> Record | Refusal:
    try:
        if isinstance(item, str):
            return _from_token(item, container, number)
        check_tree(item, None)
    except ContractError as error:
        return Refusal(error.rejection_class, error.rule_id)
    if not isinstance(item, Mapping):
        return Refusal(SCHEMA_INVALID, "type_mismatch")
    if is_type(item, "EnvelopedVerifiableCredential"):
        address = text(item.get("id"))
        enveloped = next((address[len(start) :] for start in _ENVELOPES if address.startswith(start)), None)
        if enveloped is None:
            return Refusal(UNREADABLE, "proof_format_unsupported", "/id")
        return _record(enveloped, container, number)
    if "payload" in item and ("signatures" in item or "signature" in item):
        # A JWS in its JSON form, as the seals of European digital credentials are.
        return Refusal(UNREADABLE, "proof_format_unsupported", "/signatures")
    return Record(item, None, container, number)


def _contained(content: Json) -> list[Any] | None:
    """What a container carries, or None where it is none."""
    if is_type(content, "ClrCredential"):
        return listed(member(content.get("credentialSubject"), "verifiableCredential"))
    if is_type(content, "VerifiablePresentation"):
        return listed(content.get("verifiableCredential"))
    if (
        "type" not in content
        and "@context" not in content
        and ("credential" in content or "compactJwsString" in content)
    ):
        return listed(content.get("credential")) + listed(content.get("compactJwsString"))
    return None


def decode_part(part: str) -> Json | None:
    """Header or payload of a compact JWS, or None where it is no JSON object in base64url."""
    try:
        raw = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    value = parse_json(decode_text(raw))
    check_tree(value, None)
    return value if isinstance(value, Mapping) else None


def _from_token(token: str, container: Record | None, number: int) -> Record | Refusal:
    if _COMPACT.fullmatch(token) is None:
        unsupported = _OTHER_TOKEN.fullmatch(token) is not None
        return (
            Refusal(UNREADABLE, "proof_format_unsupported") if unsupported else Refusal(SCHEMA_INVALID, "type_mismatch")
        )
    claims = decode_part(token.split(".")[1])
    if claims is None:
        return Refusal("json_syntax", "token_malformed")
    return Record(_credential_of(claims), token, container, number)


def _credential_of(claims: Json) -> dict[str, Any]:
    """The credential of a token's claims; what only the claims say is filled in (VC data model 1.1, section 6.3.1)."""
    inner = claims.get("vc")
    credential = dict(inner) if isinstance(inner, Mapping) else dict(claims)
    said: dict[str, JsonValue] = {"id": claims.get("jti"), "issuer": claims.get("iss")}
    if not {"validFrom", "issuanceDate", "issuedOn"} & credential.keys():
        said["issuanceDate"] = epoch_text(claims.get("nbf")) or epoch_text(claims.get("iat"))
    if not {"validUntil", "expirationDate", "expires"} & credential.keys():
        said["expirationDate"] = epoch_text(claims.get("exp"))
    for name, value in said.items():
        if value is not None:
            credential.setdefault(name, value)
    subject = credential.get("credentialSubject")
    if isinstance(subject, Mapping) and "id" not in subject and isinstance(claims.get("sub"), str):
        credential["credentialSubject"] = {**subject, "id": claims["sub"]}
    return credential
