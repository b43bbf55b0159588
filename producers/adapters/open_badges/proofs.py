"""Proofs of credentials: which format each has, whether it can be one at all, and what checking it came to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from arna.contracts.strictjson import MAX_BYTES
from arna.errors import ContractError
from producers.adapters.open_badges.contexts import Canonicaliser
from producers.adapters.open_badges.documents import Record, decode_part
from producers.adapters.open_badges.signatures import JWT_ALGORITHMS, Verdict, verify_jcs, verify_rdfc, verify_token
from producers.adapters.open_badges.values import Json, listed, member, text
from producers.rows import UNREADABLE, JsonValue, Refusal

FORMATS: Final = frozenset(
    {
        "Ed25519Signature2020", "eddsa-2022", "eddsa-jcs-2022", "eddsa-rdfc-2022", "ecdsa-jcs-2019", "ecdsa-rdfc-2019",
        "ecdsa-sd-2023", "bbs-2023",
    }
)  # fmt: skip
"""Data integrity proofs that are taken; others are refused by name."""
COMPACT: Final = "jwt"
NONE: Final = "none"
INVALID: Final = "rule_failed"
"""Class of the refusal of a proof that is wrong."""
DID_METHODS: Final = frozenset({"key", "web", "jwk", "ion", "ebsi"})
# Multibase: base58btc, or base64url without padding.
_MULTIBASE: Final = re.compile(r"z[1-9A-HJ-NP-Za-km-z]+|u[A-Za-z0-9_-]+")
_ED25519_KEY: Final = re.compile(r"z6Mk[1-9A-HJ-NP-Za-km-z]{44}")
_CHECKED: Final = frozenset({"eddsa-rdfc-2022", "Ed25519Signature2020"})
# Decoding base58 takes time with the square of the length.
_MAX_MULTIBASE: Final = 16_384


@dataclass(frozen=True, slots=True)
class ProofCheck:
    """What is known of the proofs of a record.

    Attributes:
        formats: format of each and what checking it came to.
        refusal: why the record cannot be taken, where its proofs say so.
    """

    formats: tuple[tuple[str, Verdict], ...]
    refusal: Refusal | None = None


def format_of(proof: JsonValue) -> str:
    """Name of a proof's format: its cryptosuite, where its type leaves that open."""
    kind = text(member(proof, "type"))
    return text(member(proof, "cryptosuite")) if kind == "DataIntegrityProof" else kind


def proof_problem(proof: JsonValue) -> str | None:
    """Why nobody could check a proof: the rule it breaks, or None. The signature itself is not looked at."""
    if not isinstance(proof, Mapping):
        return "proof_malformed"
    named = proof.get("verificationMethod")
    method = text(named) or text(member(named, "id"))
    scheme, _, rest = method.partition(":")
    if scheme == "did":
        if rest.partition(":")[0] not in DID_METHODS:
            return "proof_method_unknown"
    elif scheme not in {"http", "https", "urn"} or not rest:
        return "proof_method_unknown"
    key = method.rpartition("#")[2] if "#" in method else method.rpartition(":")[2]
    if key.startswith("z6Mk") and _ED25519_KEY.fullmatch(key) is None:
        return "proof_key_malformed"
    if text(proof.get("proofPurpose")) not in {"", "assertionMethod"}:
        return "proof_purpose_wrong"
    value = text(proof.get("proofValue"))
    return None if len(value) <= _MAX_MULTIBASE and _MULTIBASE.fullmatch(value) else "proof_value_malformed"


class ProofChecker:
    """Checks the proofs of records.

    Args:
        contexts: address to JSON-LD context, beside those that the library has.
    """

    def __init__(self, contexts: Mapping[str, Json]) -> None:
        self._contexts = contexts
        self._canonicaliser: Canonicaliser | None = None
        self._last: tuple[Record, ProofCheck] | None = None

    def check(self, record: Record) -> ProofCheck:
        """The proofs of a record; one without any stands under those of its container."""
        own = self._own(record)
        if record.container is None:
            return own
        outer = self._of_container(record.container)
        if outer.refusal is not None or all(name == NONE for name, _ in own.formats):
            return ProofCheck(outer.formats, own.refusal or outer.refusal)
        return own

    def _of_container(self, container: Record) -> ProofCheck:
        if self._last is None or self._last[0] is not container:
            self._last = container, self.check(container)
        return self._last[1]

    def _own(self, record: Record) -> ProofCheck:
        if record.token is not None:
            return _check_token(record.token)
        proofs = listed(record.content.get("proof"))
        document = {name: value for name, value in record.content.items() if name != "proof"}
        formats: list[tuple[str, Verdict]] = []
        broken: list[Refusal] = []
        unsupported: list[Refusal] = []
        for index, proof in enumerate(proofs):
            pointer = f"/proof/{index}" if isinstance(record.content["proof"], list) else "/proof"
            if isinstance(proof, Mapping) and format_of(proof) not in FORMATS:
                unsupported.append(Refusal(UNREADABLE, "proof_format_unsupported", pointer))
            elif rule := proof_problem(proof):
                broken.append(Refusal(INVALID, rule, pointer))
            else:
                verdict = self._verify(document, proof)
                if verdict is Verdict.INVALID:
                    return ProofCheck((), Refusal(INVALID, "proof_signature_invalid", pointer))
                formats.append((format_of(proof), verdict))
        if formats or not proofs:
            return ProofCheck(tuple(formats) or ((NONE, Verdict.UNVERIFIED),))
        return ProofCheck((), (broken + unsupported)[0])

    def _verify(self, document: Json, proof: Json) -> Verdict:
        if "previousProof" in proof:
            return Verdict.UNVERIFIED
        if proof.get("cryptosuite") == "eddsa-jcs-2022":
            return verify_jcs(document, proof)
        if format_of(proof) not in _CHECKED:
            return Verdict.UNVERIFIED
        if self._canonicaliser is None:
            self._canonicaliser = Canonicaliser(self._contexts)
        return verify_rdfc(document, proof, self._canonicaliser)


def _check_token(token: str) -> ProofCheck:
    try:
        header = decode_part(token.split(".")[0])
    except ContractError:
        header = None
    if header is None:
        return ProofCheck((), Refusal(INVALID, "proof_malformed"))
    if text(header.get("alg")) not in JWT_ALGORITHMS:
        return ProofCheck((), Refusal(UNREADABLE, "proof_format_unsupported"))
    if not token.split(".")[2] or len(token) > 16 * MAX_BYTES:
        return ProofCheck((), Refusal(INVALID, "proof_value_malformed"))
    verdict = verify_token(token, header)
    if verdict is None:
        return ProofCheck((), Refusal(INVALID, "proof_key_malformed"))
    if verdict is Verdict.INVALID:
        return ProofCheck((), Refusal(INVALID, "proof_signature_invalid"))
    return ProofCheck(((COMPACT, verdict),))
