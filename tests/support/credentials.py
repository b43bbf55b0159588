"""Credentials of every format, made, signed and revoked here; all people and bodies in them are invented."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import base58
import jwt
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pyld import BUNDLED_CONTEXTS, FrozenDocumentLoader, jsonld

from arna.contracts.identifiers import make_synthetic_bin

V2 = "https://www.w3.org/ns/credentials/v2"
V1 = "https://www.w3.org/2018/credentials/v1"
OPEN_BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
STATUS_LIST = "https://badges.example/status/1"

_VOCABULARY = "https://purl.imsglobal.org/spec/vc/ob/vocab.html#"
_SCHEMA = "https://schema.org/"


def _terms(**own: Any) -> dict[str, Any]:
    return {"@protected": True, "id": "@id", "type": "@type", **own}


# Our own statement of the few terms that the tests need: enough for what the simple fixtures say, and no more.
SUBSET = {
    "@context": _terms(
        OpenBadgeCredential={"@id": f"{_VOCABULARY}OpenBadgeCredential"},
        AchievementCredential={"@id": "OpenBadgeCredential"},
        AchievementSubject={
            "@id": f"{_VOCABULARY}AchievementSubject",
            "@context": _terms(achievement={"@id": f"{_VOCABULARY}achievement"}),
        },
        Achievement={
            "@id": f"{_VOCABULARY}Achievement",
            "@context": _terms(
                achievementType={"@id": f"{_VOCABULARY}achievementType"},
                criteria={"@id": f"{_VOCABULARY}Criteria", "@type": "@id"},
            ),
        },
        Profile={
            "@id": f"{_VOCABULARY}Profile",
            "@context": _terms(otherIdentifier={"@id": f"{_VOCABULARY}otherIdentifier", "@container": "@set"}),
        },
        IdentifierEntry={
            "@id": f"{_VOCABULARY}IdentifierEntry",
            "@context": _terms(
                identifier={"@id": f"{_VOCABULARY}identifier"}, identifierType={"@id": f"{_VOCABULARY}identifierType"}
            ),
        },
        narrative={"@id": f"{_VOCABULARY}narrative"},
        name={"@id": f"{_SCHEMA}name"},
        description={"@id": f"{_SCHEMA}description"},
    )
}


def write_contexts(folder: Path) -> Path:
    """The subset as a folder laid out as the addresses of the contexts are."""
    place = folder / "purl.imsglobal.org" / "spec" / "ob" / "v3p0"
    place.mkdir(parents=True)
    (place / "context-3.0.3.json").write_text(json.dumps(SUBSET))
    # That version had another name for one term, and a signature holds under no other.
    earlier = json.loads(json.dumps(SUBSET).replace(f'{_VOCABULARY}achievement"', f'{_VOCABULARY}achievement-0"'))
    (place / "context-3.0.2.json").write_text(json.dumps(earlier))
    (place / "extensions.json").write_text('{"@context": {}}')
    return folder


def badge(number: int = 1, **changes: Any) -> dict[str, Any]:
    """An Open Badges 3.0 credential without a proof."""
    return {
        "@context": [V2, OPEN_BADGES],
        "id": f"https://badges.example/credentials/{number}",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "Data literacy",
        "issuer": {
            "id": "https://badges.example/issuers/1",
            "type": ["Profile"],
            "name": "Sample Badge Platform",
            "otherIdentifier": [
                {"type": ["IdentifierEntry"], "identifier": make_synthetic_bin(7), "identifierType": "ext:KZ_BIN"}
            ],
        },
        "validFrom": "2026-04-15T09:00:00Z",
        "credentialSubject": {
            "id": f"did:example:learner-{number}",
            "type": ["AchievementSubject"],
            "achievement": {
                "id": "https://badges.example/achievements/1",
                "type": ["Achievement"],
                "achievementType": "MicroCredential",
                "name": "Data literacy",
                "description": "Data literacy.",
                "criteria": {"narrative": "Finish the course and pass its test."},
            },
        },
    } | changes


def assertion(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A hosted Open Badges 2.0 assertion with its badge class and issuer in it."""
    return {
        "@context": "https://w3id.org/openbadges/v2",
        "type": "Assertion",
        "id": f"https://badges.example/assertions/{number}",
        "recipient": {"type": "email", "hashed": False, "identity": f"learner-{number}@school.example"},
        "badge": {
            "type": "BadgeClass",
            "id": "https://badges.example/classes/1",
            "name": "Деректер сауаттылығы",
            "description": "Data literacy.",
            "alignment": [
                {"targetName": "Statistics", "targetUrl": "https://badges.example/skills/2", "targetCode": "S2"}
            ],
            "issuer": {"type": "Issuer", "id": "https://badges.example/issuers/1", "name": "Sample Badge Platform"},
        },
        "issuedOn": "2026-04-15T09:00:00Z",
        "expires": "2029-04-15T00:00:00Z",
        "verification": {"type": "hosted"},
    } | changes


def clr(*contained: Any, **changes: Any) -> dict[str, Any]:
    """A CLR 2.0 of credentials."""
    return {
        "@context": [V2, "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json", OPEN_BADGES],
        "id": "https://badges.example/records/1",
        "type": ["VerifiableCredential", "ClrCredential"],
        "issuer": {"id": "https://badges.example/issuers/1", "type": ["Profile"], "name": "Sample Badge Platform"},
        "validFrom": "2026-05-01T09:00:00Z",
        "credentialSubject": {
            "id": "did:example:learner-1",
            "type": ["ClrSubject"],
            "verifiableCredential": list(contained),
        },
    } | changes


def signing_key(number: int = 1) -> Ed25519PrivateKey:
    """A key that anybody can make again."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"test key {number}".encode()).digest())


def multikey(key: Ed25519PrivateKey) -> str:
    """Its public half as multibase."""
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return "z" + base58.b58encode(b"\xed\x01" + raw).decode()


def did_key(key: Ed25519PrivateKey) -> str:
    """Its ``did:key`` verification method."""
    return f"did:key:{multikey(key)}#{multikey(key)}"


def _proof(key: Ed25519PrivateKey, suite: str, created: str) -> dict[str, Any]:
    kind = {"type": suite} if suite == "Ed25519Signature2020" else {"type": "DataIntegrityProof", "cryptosuite": suite}
    return kind | {"created": created, "verificationMethod": did_key(key), "proofPurpose": "assertionMethod"}


def _signed(
    document: Mapping[str, Any], proof: dict[str, Any], key: Ed25519PrivateKey, *forms: bytes
) -> dict[str, Any]:
    message = b"".join(hashlib.sha256(form).digest() for form in forms)
    value = "z" + base58.b58encode(key.sign(message)).decode()
    return {**document, "proof": [{**proof, "proofValue": value}]}


def sign_jcs(
    document: Mapping[str, Any], key: Ed25519PrivateKey, created: str = "2026-04-15T09:00:01Z"
) -> dict[str, Any]:
    """A document with an ``eddsa-jcs-2022`` proof."""
    proof = _proof(key, "eddsa-jcs-2022", created) | {"@context": document["@context"]}
    return _signed(document, proof, key, rfc8785.dumps(proof), rfc8785.dumps(dict(document)))


def sign_rdfc(
    document: Mapping[str, Any],
    key: Ed25519PrivateKey,
    created: str = "2026-04-15T09:00:01Z",
    suite: str = "eddsa-rdfc-2022",
) -> dict[str, Any]:
    """A document with a proof over its canonical RDF, by the subset of the contexts."""
    loader = FrozenDocumentLoader({**BUNDLED_CONTEXTS, OPEN_BADGES: SUBSET})

    def canonical(node: Mapping[str, Any]) -> bytes:
        options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": loader}
        return jsonld.normalize(dict(node), options).encode()

    proof = _proof(key, suite, created)
    return _signed(document, proof, key, canonical(proof | {"@context": document["@context"]}), canonical(document))


def sign_token(claims: Mapping[str, Any], key: Ed25519PrivateKey, **header: Any) -> str:
    """A compact JWS."""
    named = header or {"kid": did_key(key)}
    return jwt.encode(dict(claims), key, algorithm="EdDSA", headers=named)


def status_list(
    *marked: int, purpose: str = "revocation", made: str = "2026-06-01T00:00:00Z", **changes: Any
) -> dict[str, Any]:
    """A status list credential with some bits set."""
    bits = bytearray(16 * 1024)
    for index in marked:
        bits[index // 8] |= 128 >> index % 8
    packed = base64.urlsafe_b64encode(gzip.compress(bytes(bits))).decode().rstrip("=")
    return {
        "@context": [V2],
        "id": STATUS_LIST,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": "https://badges.example/issuers/1",
        "validFrom": made,
        "credentialSubject": {
            "id": f"{STATUS_LIST}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "encodedList": f"u{packed}",
        },
    } | changes


def status_entry(index: int | str, purpose: str = "revocation") -> dict[str, Any]:
    """What a credential says of its bit."""
    return {
        "id": f"{STATUS_LIST}#{index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose,
        "statusListIndex": index,
        "statusListCredential": STATUS_LIST,
    }


def revocation_list(*revoked: str | Mapping[str, Any]) -> dict[str, Any]:
    """An Open Badges 2.0 revocation list."""
    return {
        "@context": "https://w3id.org/openbadges/v2",
        "type": "RevocationList",
        "id": "https://badges.example/revocations",
        "issuer": "https://badges.example/issuers/1",
        "revokedAssertions": list(revoked),
    }


def write(folder: Path, **files: Any) -> list[Path]:
    """Files of JSON, or of text where it is text, by name with ``__`` for the dot."""
    paths = []
    for name, content in files.items():
        path = folder / name.replace("__", ".")
        path.write_text(content if isinstance(content, str) else json.dumps(content, ensure_ascii=False))
        paths.append(path)
    return paths
