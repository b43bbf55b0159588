"""Proofs of credentials: which are taken, which are checked, and that a wrong signature is found."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from arna.errors import ConfigError
from producers.adapters.open_badges import CertificateReport, OpenBadgesOptions, read_certificates
from producers.adapters.open_badges.contexts import Canonicaliser, read_contexts
from producers.identities import Identities
from producers.rows import AdaptedRow
from tests.support.credentials import (
    OPEN_BADGES,
    V2,
    assertion,
    badge,
    clr,
    did_key,
    multikey,
    sign_jcs,
    sign_rdfc,
    sign_token,
    signing_key,
    status_list,
    write,
    write_contexts,
)

pytestmark = pytest.mark.unit

KEY = signing_key(1)
FORMATS = Mapping[str, Mapping[str, int]]


def check(folder: Path, content: Any, **options: Any) -> tuple[list[AdaptedRow], FORMATS]:
    name = "one__jwt" if isinstance(content, str) else "one__json"
    report = CertificateReport()
    given = OpenBadgesOptions("urn:kz:bin:500140000087", Identities(synthetic=True), **options)
    rows = list(read_certificates(write(folder, **{name: content}), given, report))
    return rows, report.as_json()["proofs"]


def rule(rows: list[AdaptedRow]) -> str:
    """The one reason of all rows; empty where there is none."""
    (found,) = {row.refusal.rule_id if row.refusal else "" for row in rows}
    return found


def tampered(signed: Mapping[str, Any]) -> dict[str, Any]:
    changed: dict[str, Any] = json.loads(json.dumps(signed))
    changed["credentialSubject"]["achievement"]["name"] = "Brain surgery"
    return changed


@pytest.fixture
def contexts(tmp_path: Path) -> Path:
    return write_contexts(tmp_path / "contexts")


class TestDataIntegrity:
    def test_a_jcs_signature_is_checked(self, tmp_path: Path) -> None:
        rows, formats = check(tmp_path, sign_jcs(badge(), KEY))
        assert (rule(rows), formats) == ("", {"eddsa-jcs-2022": {"verified": 1}})

    def test_a_changed_credential_is_refused_by_name(self, tmp_path: Path) -> None:
        rows, formats = check(tmp_path, tampered(sign_jcs(badge(), KEY)))
        assert (rule(rows), formats) == ("proof_signature_invalid", {})
        assert rows[0].draft is None

    def test_contexts_that_were_added_after_the_signature_do_not_break_it(self, tmp_path: Path) -> None:
        signed = sign_jcs(badge(), KEY)
        signed["@context"] = [*signed["@context"], "https://later.example"]
        assert check(tmp_path, signed)[1] == {"eddsa-jcs-2022": {"verified": 1}}
        signed["@context"] = [V2]
        assert rule(check(tmp_path, signed)[0]) == "proof_signature_invalid"

    def test_an_rdfc_signature_is_checked_where_the_contexts_are_at_hand(self, tmp_path: Path, contexts: Path) -> None:
        signed = sign_rdfc(badge(), KEY)
        rows, formats = check(tmp_path, signed, contexts=contexts)
        assert (rule(rows), formats) == ("", {"eddsa-rdfc-2022": {"verified": 1}})
        assert rule(check(tmp_path, tampered(signed), contexts=contexts)[0]) == "proof_signature_invalid"

    def test_without_the_contexts_it_is_unverified_and_says_so(self, tmp_path: Path) -> None:
        rows, formats = check(tmp_path, tampered(sign_rdfc(badge(), KEY)))
        assert (rule(rows), formats) == ("", {"eddsa-rdfc-2022": {"unverified": 1}})

    def test_what_no_context_defines_is_not_signed_so_the_whole_is_not_verified(
        self, tmp_path: Path, contexts: Path
    ) -> None:
        """JSON-LD drops such a term in silence: the signature still fits."""
        signed = sign_rdfc(badge(), KEY)
        signed["credentialSubject"]["achievement"]["humanCode"] = "slipped in"
        rows, formats = check(tmp_path, signed, contexts=contexts)
        assert (rule(rows), formats) == ("", {"eddsa-rdfc-2022": {"unverified": 1}})

    def test_a_relative_id_is_not_signed_either(self, tmp_path: Path, contexts: Path) -> None:
        signed = sign_rdfc(badge(), KEY)
        signed["credentialSubject"]["achievement"]["id"] = "slipped-in"
        assert check(tmp_path, signed, contexts=contexts)[1] == {"eddsa-rdfc-2022": {"unverified": 1}}

    def test_a_context_inside_the_document_is_not_trusted(self, tmp_path: Path, contexts: Path) -> None:
        signed = sign_rdfc(badge(), KEY)
        signed["@context"] = [*signed["@context"], {"slipped": None}]
        assert check(tmp_path, signed, contexts=contexts)[1] == {"eddsa-rdfc-2022": {"unverified": 1}}

    def test_the_older_suite_can_be_verified_but_not_disproved(self, tmp_path: Path, contexts: Path) -> None:
        content = badge(issuanceDate="2026-04-15T09:00:00Z") | {
            "@context": [V2, OPEN_BADGES, "https://w3id.org/security/suites/ed25519-2020/v1"]
        }
        del content["issuanceDate"]
        signed = sign_rdfc(content, KEY, suite="Ed25519Signature2020")
        assert check(tmp_path, signed, contexts=contexts)[1] == {"Ed25519Signature2020": {"verified": 1}}
        rows, formats = check(tmp_path, tampered(signed), contexts=contexts)
        assert (rule(rows), formats) == ("", {"Ed25519Signature2020": {"unverified": 1}})

    @pytest.mark.parametrize("method", ["https://badges.example/keys#{key}", "did:web:badges.example#{key}"])
    def test_a_key_in_a_fragment_is_at_hand(self, tmp_path: Path, method: str) -> None:
        content = sign_jcs(badge(), KEY)
        # The method is signed too, so another one does not fit any more: the key was found and used.
        content["proof"][0]["verificationMethod"] = method.format(key=multikey(KEY))
        assert rule(check(tmp_path, content)[0]) == "proof_signature_invalid"

    def test_a_key_elsewhere_leaves_it_unverified(self, tmp_path: Path) -> None:
        content = tampered(sign_jcs(badge(), KEY))
        content["proof"][0]["verificationMethod"] = "did:web:badges.example#key-1"
        assert check(tmp_path, content)[1] == {"eddsa-jcs-2022": {"unverified": 1}}

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"verificationMethod": "xxx:z6Mk"}, "proof_method_unknown"),
            ({"verificationMethod": "did:example:1"}, "proof_method_unknown"),
            ({"verificationMethod": None}, "proof_method_unknown"),
            ({"verificationMethod": "did:key:z6MkTooShort"}, "proof_key_malformed"),
            ({"proofValue": "0x00"}, "proof_value_malformed"),
            ({"proofValue": "z" + "1" * 20_000}, "proof_value_malformed"),
            ({"proofPurpose": "authentication"}, "proof_purpose_wrong"),
            ({"cryptosuite": "someone-2031"}, "proof_format_unsupported"),
            ({"type": "RsaSignature2018"}, "proof_format_unsupported"),
            ({"type": ["DataIntegrityProof"]}, "proof_format_unsupported"),
        ],
    )
    def test_what_cannot_be_a_proof_is_refused_by_name(
        self, tmp_path: Path, changes: dict[str, Any], expected: str
    ) -> None:
        content = sign_jcs(badge(), KEY)
        content["proof"] = content["proof"][0] | changes
        rows, _ = check(tmp_path, content)
        assert rule(rows) == expected
        assert rows[0].refusal is not None
        assert rows[0].refusal.pointer == "/proof"

    def test_one_good_proof_among_others_is_enough(self, tmp_path: Path) -> None:
        content = sign_jcs(badge(), KEY)
        content["proof"].insert(0, {"type": "SomeProof"})
        assert check(tmp_path, content)[1] == {"eddsa-jcs-2022": {"verified": 1}}

    def test_a_wrong_signature_beside_a_good_one_is_still_wrong(self, tmp_path: Path) -> None:
        content = sign_jcs(badge(), KEY)
        content["proof"].append(sign_jcs(badge(2), KEY)["proof"][0])
        assert rule(check(tmp_path, content)[0]) == "proof_signature_invalid"

    def test_a_credential_without_a_proof_is_counted_as_such(self, tmp_path: Path) -> None:
        assert check(tmp_path, badge())[1] == {"none": {"unverified": 1}}

    def test_the_proof_of_a_clr_covers_what_it_contains(self, tmp_path: Path) -> None:
        signed = sign_jcs(clr(badge(1), sign_jcs(badge(2), KEY)), KEY)
        assert check(tmp_path, signed)[1] == {"eddsa-jcs-2022": {"verified": 2}}
        signed["name"] = "slipped in"
        assert rule(check(tmp_path, signed)[0]) == "proof_signature_invalid"


class TestTokens:
    @pytest.mark.parametrize("wrap", [lambda content: {"vc": content, "nbf": 1_776_243_600}, lambda content: content])
    def test_a_signed_token_is_checked(self, tmp_path: Path, wrap: Any) -> None:
        rows, formats = check(tmp_path, sign_token(wrap(badge()), KEY))
        assert (rule(rows), formats) == ("", {"jwt": {"verified": 1}})
        assert rows[0].draft is not None
        rows[0].draft.check()

    def test_its_claims_fill_what_the_credential_leaves_out(self, tmp_path: Path) -> None:
        content = badge()
        for name in ("id", "issuer", "validFrom"):
            del content[name]
        claims = {
            "vc": content,
            "jti": "urn:uuid:1",
            "iss": "https://i.example",
            "nbf": 1_776_243_600,
            "exp": 1_900_000_000,
        }
        rows, _ = check(tmp_path, sign_token(claims, KEY))
        assert rows[0].draft is not None
        data = rows[0].draft.data
        assert (rows[0].draft.subject, data["issuer"]["name"]) == ("urn:uuid:1", "https://i.example")
        assert (data["valid_from"], data["valid_until"]) == ("2026-04-15", "2030-03-17")

    def test_a_token_of_another_key_is_refused(self, tmp_path: Path) -> None:
        token = sign_token({"vc": badge()}, KEY, kid=did_key(signing_key(2)))
        assert rule(check(tmp_path, token)[0]) == "proof_signature_invalid"

    def test_a_key_in_the_header_is_at_hand(self, tmp_path: Path) -> None:
        from cryptography.hazmat.primitives.asymmetric import ec
        from jwt import encode
        from jwt.algorithms import ECAlgorithm

        key = ec.generate_private_key(ec.SECP256R1())
        jwk = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
        token = encode({"vc": badge()}, key, algorithm="ES256", headers={"jwk": jwk})
        assert check(tmp_path, token)[1] == {"jwt": {"verified": 1}}
        other = encode(
            {"vc": badge()}, ec.generate_private_key(ec.SECP256R1()), algorithm="ES256", headers={"jwk": jwk}
        )
        assert rule(check(tmp_path, other)[0]) == "proof_signature_invalid"

    def test_a_key_in_did_jwk_is_at_hand(self, tmp_path: Path) -> None:
        import base64

        from jwt.algorithms import OKPAlgorithm

        jwk = base64.urlsafe_b64encode(OKPAlgorithm.to_jwk(KEY.public_key()).encode()).decode().rstrip("=")
        token = sign_token({"vc": badge()}, KEY, kid=f"did:jwk:{jwk}#0")
        assert check(tmp_path, token)[1] == {"jwt": {"verified": 1}}

    def test_a_key_elsewhere_leaves_it_unverified(self, tmp_path: Path) -> None:
        assert check(tmp_path, sign_token({"vc": badge()}, KEY, kid="https://k.example/1"))[1] == {
            "jwt": {"unverified": 1}
        }

    @pytest.mark.parametrize("algorithm", ["none", "HS256", "dir"])
    def test_an_algorithm_without_a_public_key_is_refused_by_name(self, tmp_path: Path, algorithm: str) -> None:
        import base64

        header = base64.urlsafe_b64encode(json.dumps({"alg": algorithm}).encode()).decode().rstrip("=")
        token = ".".join([header, *sign_token({"vc": badge()}, KEY).split(".")[1:]])
        assert rule(check(tmp_path, token)[0]) == "proof_format_unsupported"

    @pytest.mark.parametrize(
        "jwk", [{"kty": "oct", "k": "AAAA"}, {"kty": "OKP"}, {"kty": "RSA", "n": "AQAB", "e": "AQAB"}, {}]
    )
    def test_a_header_with_no_key_for_it_is_refused_by_name(self, tmp_path: Path, jwk: dict[str, str]) -> None:
        assert rule(check(tmp_path, sign_token({"vc": badge()}, KEY, jwk=jwk))[0]) == "proof_key_malformed"

    def test_a_signed_assertion_of_open_badges_2_is_a_token_too(self, tmp_path: Path) -> None:
        rows, formats = check(tmp_path, sign_token(assertion(verification={"type": "signed"}), KEY))
        assert (rule(rows), formats) == ("", {"jwt": {"verified": 1}})

    def test_an_enveloped_credential_is_the_token_in_it(self, tmp_path: Path) -> None:
        envelope = {"@context": [V2], "type": "EnvelopedVerifiableCredential",
                    "id": f"data:application/vc+jwt,{sign_token(badge(), KEY)}"}  # fmt: skip
        assert check(tmp_path, clr(envelope, sign_token({"vc": badge(2)}, KEY)))[1] == {"jwt": {"verified": 2}}
        envelope["id"] = "data:application/vc+cose,AAAA"
        assert rule(check(tmp_path, envelope)[0]) == "proof_format_unsupported"

    def test_several_tokens_may_stand_in_one_file(self, tmp_path: Path) -> None:
        tokens = "\n".join(sign_token({"vc": badge(number)}, KEY) for number in (1, 2))
        assert check(tmp_path, tokens)[1] == {"jwt": {"verified": 2}}


class TestContexts:
    def test_a_folder_that_holds_no_context_stops_at_the_start(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="holds no file"):
            read_contexts(tmp_path)
        (tmp_path / "w3id.org").mkdir()
        (tmp_path / "w3id.org" / "page").write_text("<html>")
        with pytest.raises(ConfigError, match=r"w3id\.org/page"):
            read_contexts(tmp_path)

    def test_one_run_does_not_use_the_contexts_of_another(self, contexts: Path) -> None:
        content = badge()
        assert Canonicaliser(read_contexts(contexts)).canonical(content) is not None
        other = {OPEN_BADGES: {"@context": {}}}
        assert Canonicaliser(other).canonical(content) is None

    def test_nothing_is_fetched(self) -> None:
        assert Canonicaliser({}).canonical({"@context": "https://elsewhere.example/context", "id": "urn:x"}) is None

    @pytest.mark.parametrize(("count", "is_read"), [(6, True), (7, False)])
    def test_objects_that_look_alike_do_not_take_for_ever(self, contexts: Path, count: int, is_read: bool) -> None:
        """Their canonical names are found by trying every order."""
        nameless = {"type": ["Achievement"], "criteria": [{"narrative": "x"} for _ in range(count)]}
        content = badge(credentialSubject={"type": ["AchievementSubject"], "achievement": nameless})
        canonical = Canonicaliser(read_contexts(contexts)).canonical(content)
        assert (canonical is not None) is is_read


@pytest.mark.parametrize("content", [sign_jcs(badge(), KEY), sign_token({"vc": badge()}, KEY)])
def test_without_the_libraries_there_is_a_plain_sentence(
    tmp_path: Path, content: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("rfc8785", "jwt"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ConfigError, match=r"pip install 'arna\[badges\]'"):
        check(tmp_path, content)


def test_without_the_libraries_unsigned_credentials_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("rfc8785", "jwt", "pyld", "base58", "cryptography"):
        monkeypatch.setitem(sys.modules, name, None)
    assert rule(check(tmp_path, badge())[0]) == ""


def test_a_status_list_that_was_changed_stops_at_the_start(tmp_path: Path) -> None:
    signed = sign_jcs(status_list(1), KEY)
    (path,) = write(tmp_path, list__json=signed | {"validFrom": "2026-06-02T00:00:00Z"})
    with pytest.raises(ConfigError, match="not what its issuer signed"):
        check(tmp_path, badge(), status_lists=(path,))
    (path,) = write(tmp_path, list__json=signed)
    assert rule(check(tmp_path, badge(), status_lists=(path,))[0]) == ""
