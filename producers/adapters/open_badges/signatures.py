"""Signature checks by kept libraries: JWS, ``eddsa-jcs-2022``, ``eddsa-rdfc-2022`` and ``Ed25519Signature2020``.

A key counts where it is at hand: in ``did:key`` or ``did:jwk``, in the fragment of a verification method, in a token's
header. Such a check shows that nothing was changed since that key signed; whose key it is, it does not show. Keys
behind an address (``did:web``, ``https``) are not fetched, and their signatures stay unverified.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from producers.adapters.open_badges.contexts import Canonicaliser
from producers.adapters.open_badges.documents import decode_part
from producers.adapters.open_badges.extra import needs_extra
from producers.adapters.open_badges.values import Json, listed, member, text
from producers.rows import JsonValue

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from jwt import PyJWK

JWT_ALGORITHMS: Final = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES256K", "ES384", "ES512", "EdDSA", "Ed25519"}
)
"""Those with a public key, by their name in a header."""
_ED25519_PREFIX: Final = b"\xed\x01"
_DID_KEY: Final = "did:key:"
_DID_JWK: Final = "did:jwk:"


class Verdict(StrEnum):
    """What a check came to."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    INVALID = "invalid"


def decode_multibase(value: str) -> bytes | None:
    """The bytes of a multibase text in base58btc or unpadded base64url, or None."""
    with needs_extra():
        import base58
    import base64

    try:
        if value.startswith("z"):
            return base58.b58decode(value[1:])
        if value.startswith("u"):
            return base64.b64decode(value[1:] + "=" * (-len(value[1:]) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
    return None


def key_of(method: JsonValue) -> bytes | None:
    """The Ed25519 public key that a verification method carries in itself, or None."""
    multibase = text(member(method, "publicKeyMultibase"))
    if not multibase:
        name = text(method) or text(member(method, "id"))
        multibase = name.rpartition("#")[2] if "#z6Mk" in name else name.removeprefix(_DID_KEY).partition("#")[0]
    key = decode_multibase(multibase) if multibase.startswith("z6Mk") else None
    return key[2:] if key is not None and key.startswith(_ED25519_PREFIX) and len(key) == 34 else None


def _verify_ed25519(key: bytes, signature: bytes, message: bytes) -> bool:
    with needs_extra():
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _sha256(text_or_bytes: str | bytes) -> bytes:
    return hashlib.sha256(text_or_bytes.encode() if isinstance(text_or_bytes, str) else text_or_bytes).digest()


def verify_jcs(document: Json, proof: Json) -> Verdict:
    """An ``eddsa-jcs-2022`` proof over a document, which has no ``proof`` here."""
    with needs_extra():
        import rfc8785
    key, signature = key_of(proof.get("verificationMethod")), decode_multibase(text(proof.get("proofValue")))
    if key is None or signature is None:
        return Verdict.UNVERIFIED
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    if "@context" in options:
        # The document may have got contexts after it was signed, at the end of its list.
        signed, now = listed(options["@context"]), listed(document.get("@context"))
        if now[: len(signed)] != signed:
            return Verdict.INVALID
        document = {**document, "@context": options["@context"]}
    try:
        message = _sha256(rfc8785.dumps(options)) + _sha256(rfc8785.dumps(dict(document)))
    except (ValueError, TypeError, RecursionError):
        return Verdict.UNVERIFIED
    return Verdict.VERIFIED if _verify_ed25519(key, signature, message) else Verdict.INVALID


def verify_rdfc(document: Json, proof: Json, canonicaliser: Canonicaliser) -> Verdict:
    """An ``eddsa-rdfc-2022`` or ``Ed25519Signature2020`` proof over a document, which has no ``proof`` here."""
    key, signature = key_of(proof.get("verificationMethod")), decode_multibase(text(proof.get("proofValue")))
    if key is None or signature is None:
        return Verdict.UNVERIFIED
    options = {name: value for name, value in proof.items() if name not in {"proofValue", "@context"}}
    quads = canonicaliser.canonical(document)
    if quads is None:
        return Verdict.UNVERIFIED
    configured = canonicaliser.canonical({**options, "@context": document.get("@context")})
    if configured is None:
        return Verdict.UNVERIFIED
    if _verify_ed25519(key, signature, _sha256(configured) + _sha256(quads)):
        return Verdict.VERIFIED
    # The older suite was signed with its proof under other contexts too: a mismatch shows nothing.
    return Verdict.UNVERIFIED if proof.get("type") == "Ed25519Signature2020" else Verdict.INVALID


def verify_token(token: str, header: Json) -> Verdict | None:
    """A compact JWS with the key that its header names; None where that is no public key for its algorithm."""
    with needs_extra():
        import jwt
    algorithm = text(header.get("alg"))
    try:
        key = _token_key(token, header, algorithm)
        if key is None:
            return Verdict.UNVERIFIED
        jwt.PyJWS().decode(token, key, algorithms=[algorithm])
    except jwt.InvalidSignatureError:
        return Verdict.INVALID
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return None
    return Verdict.VERIFIED


def _token_key(token: str, header: Json, algorithm: str) -> PyJWK | Ed25519PublicKey | None:
    import jwt

    claims = decode_part(token.split(".")[1]) or {}
    name = next((key for key in (text(header.get("kid")), text(claims.get("iss"))) if key.startswith("did:")), "")
    jwk = header.get("jwk")
    if not isinstance(jwk, Mapping) and name.startswith(_DID_JWK):
        jwk = decode_part(name[len(_DID_JWK) :].partition("#")[0])
    if isinstance(jwk, Mapping):
        return jwt.PyJWK(dict(jwk), algorithm=algorithm)
    if name.startswith(_DID_KEY) and (raw := key_of(name)) is not None and algorithm in {"EdDSA", "Ed25519"}:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        return Ed25519PublicKey.from_public_bytes(raw)
    return None
