"""Whatever a file holds, it is accounted for: no record is lost and nothing but a plain refusal comes out."""

from __future__ import annotations

import base64
import copy
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from producers.adapters.open_badges import OpenBadgesOptions, read_certificates
from producers.identities import Identities
from producers.publishing import publish_rows
from tests.support.credentials import (
    assertion,
    badge,
    clr,
    sign_jcs,
    sign_rdfc,
    sign_token,
    signing_key,
    status_entry,
    status_list,
    write,
    write_contexts,
)

pytestmark = pytest.mark.unit

KEY = signing_key(1)
RICH = badge(
    credentialStatus=[status_entry(3), {"id": "https://b.example/r", "type": "1EdTechRevocationList"}],
    evidence=[{"id": "https://e.example/1", "type": ["Evidence"]}],
    credentialSubject=badge()["credentialSubject"]
    | {
        "identifier": [{"type": "IdentityObject", "hashed": True, "identityHash": "sha256$00", "salt": "s"}],
        "result": [{"type": ["Result"], "resultDescription": "urn:r", "value": "87"}],
    },
)
EUROPEAN = {
    "@context": ["https://www.w3.org/2018/credentials/v1", "http://data.europa.eu/snb/model/context/edc-ap"],
    "id": "urn:credential:1",
    "type": ["VerifiableCredential", "EuropeanDigitalCredential"],
    "validFrom": "2026-01-01T08:00:00Z",
    "issuer": {"id": "urn:o", "legalName": {"en": "x"}, "registration": {"notation": "1"}},
    "credentialSubject": {
        "id": "urn:p",
        "nationalID": {"notation": "1"},
        "contactPoint": {"emailAddress": {"id": "mailto:x"}},
        "hasClaim": {
            "id": "urn:a",
            "type": "LearningAchievement",
            "title": {"en": "x"},
            "awardedBy": {"awardingBody": {"id": "urn:o"}, "awardingDate": "2025-01-01T00:00:00Z"},
            "provenBy": {"grade": {"noteLiteral": {"en": "Pass"}}},
            "specifiedBy": {"volumeOfLearning": "PT1H", "learningOutcome": [{"relatedSkill": [{"id": "urn:s"}]}]},
        },
    },
}
SEEDS = [
    RICH, sign_jcs(RICH, KEY), sign_rdfc(badge(), KEY), assertion(), clr(badge(), sign_jcs(badge(2), KEY)), EUROPEAN,
    {"credential": EUROPEAN}, status_list(1),
]  # fmt: skip
# Also what Python can hold and JSON cannot, and moments at the end of the calendar.
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.just(10**400), st.floats(), st.text(max_size=8), st.just("\ud800"),
    st.just("a\x00b"), st.just("0001-01-01T00:00:00+23:59"), st.just("9999-12-31T23:59:59-23:59"), st.just([]),
    st.just({}), st.just([[{"type": [[]]}]]), st.just({"type": {"a": 1}, "id": [1]}), st.just("https://[::1"),
    st.just("did:key:z6Mk" + "1" * 44), st.just("z" + "1" * 64), st.just("sha256$" + "0" * 64), st.just("did:jwk:e30"),
    st.just("_:b0"), st.just({"@context": [], "@id": "x", "@type": []}), st.just({"@list": [{"@value": 1}]}),
)  # fmt: skip


def places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a tree at which another value can be put."""
    for key in node if isinstance(node, dict) else range(len(node)):
        yield node, key
        if isinstance(node[key], dict | list):
            yield from places(node[key])


@st.composite
def mangled(draw: st.DrawFn) -> Any:
    content = json.loads(json.dumps(draw(st.sampled_from(SEEDS))))
    for _ in range(draw(st.integers(1, 4))):
        found = list(places(content))
        if not found:
            break
        holder, key = found[draw(st.integers(0, len(found) - 1))]
        match draw(st.integers(0, 3)):
            case 0:
                del holder[key]
            case 1:
                holder[key] = [holder[key], copy.deepcopy(draw(ODD))]
            case 2 if isinstance(holder, dict):
                holder[draw(st.sampled_from(["@context", "id", "type", "@id", "proof", "issuer", "badge", "vc"]))] = (
                    copy.deepcopy(draw(ODD))
                )
            case _:
                holder[key] = copy.deepcopy(draw(ODD))
    return content


@pytest.fixture(scope="module")
def account() -> Iterator[Any]:
    """Reads a file's bytes as the publisher does and returns the account."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        contexts = write_contexts(folder / "contexts")
        lists = tuple(write(folder, list__json=status_list(3)))
        options = OpenBadgesOptions(
            "urn:kz:bin:500140000087",
            Identities({"x": "180101100007"}, synthetic=True),
            status_lists=lists,
            contexts=contexts,
        )

        def read(raw: bytes) -> tuple[int, int]:
            path = folder / "one.json"
            path.write_bytes(raw)
            for unchecked in (False, True):
                report = publish_rows(read_certificates([path], options), None, unchecked=unchecked)
                assert report.failure is None
                assert report.read == report.accepted + report.refused
            return report.read, report.refused

        yield read


QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUICK
@given(content=mangled())
def test_mangled_credentials_are_accounted_for(account: Any, content: Any) -> None:
    read, _ = account(json.dumps(content).encode())
    assert read >= (0 if content == [] else 1)


@QUICK
@given(content=mangled(), header=st.dictionaries(st.sampled_from(["alg", "kid", "jwk", "crit", "b64"]), ODD))
def test_mangled_tokens_are_accounted_for(account: Any, content: Any, header: dict[str, Any]) -> None:
    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    for head in (header, {"alg": "EdDSA"} | header, {"alg": "RS256"} | header):
        assert account(f"{part(head)}.{part(content)}.{'A' * 86}".encode())[0] >= 1


@QUICK
@given(contents=st.lists(mangled(), min_size=1, max_size=4))
def test_each_element_of_a_list_is_accounted_for(account: Any, contents: list[Any]) -> None:
    assert account(json.dumps(contents).encode())[0] >= len(contents)


@QUICK
@given(position=st.integers(0, 4000), replacement=st.binary(max_size=3), seed=st.sampled_from(SEEDS))
def test_broken_bytes_are_accounted_for(account: Any, position: int, replacement: bytes, seed: Any) -> None:
    raw = json.dumps(seed).encode()
    position %= len(raw)
    assert account(raw[:position] + replacement + raw[position + 1 :])[0] >= 1


@QUICK
@given(position=st.integers(0, 4000), character=st.sampled_from("A.~-_=+ 0"))
def test_broken_tokens_are_accounted_for(account: Any, position: int, character: str) -> None:
    token = sign_token({"vc": badge()}, KEY)
    position %= len(token)
    assert account((token[:position] + character + token[position + 1 :]).encode())[0] >= 1


def test_a_list_of_many_loses_none(account: Any) -> None:
    contents: list[Any] = [badge(number) for number in range(50)]
    contents[7], contents[11], contents[13] = None, "x", {"a": 10**400}
    assert account(json.dumps(contents).encode()) == (50, 3)
