"""Open Badges 2 and 3, CLR 2 and European credentials as certificates: what is mapped, who it is about, its version."""

from __future__ import annotations

import ast
import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from arna.contracts.identifiers import make_synthetic_bin, make_synthetic_iin
from arna.errors import ConfigError, ContractError
from producers.adapters import open_badges
from producers.adapters.open_badges import CertificateReport, OpenBadgesOptions, read_certificates
from producers.identities import Identities, read_iin_map
from producers.known_sources import SAMPLES
from producers.publishing import publish_rows
from producers.reasons import sentence
from producers.rows import AdaptedRow, Draft
from tests.support.credentials import assertion, badge, clr, revocation_list, status_entry, status_list, write

pytestmark = pytest.mark.unit

SOURCE = "urn:kz:bin:500140000087"
SYNTHETIC = Identities(synthetic=True)
IIN = make_synthetic_iin(5)
BIN = make_synthetic_bin(5)


def read(paths: Iterable[Path], identities: Identities = SYNTHETIC, **options: Any) -> list[AdaptedRow]:
    return list(read_certificates(paths, OpenBadgesOptions(SOURCE, identities, **options)))


def one(folder: Path, content: object, identities: Identities = SYNTHETIC, **options: Any) -> AdaptedRow:
    (row,) = read(write(folder, one__json=content), identities, **options)
    return row


def draft(folder: Path, content: object, identities: Identities = SYNTHETIC, **options: Any) -> Draft:
    row = one(folder, content, identities, **options)
    assert row.draft is not None, row.refusal
    assert row.refusal is None
    row.draft.check()
    return row.draft


def reasons(rows: Iterable[AdaptedRow]) -> Counter[str]:
    """Why each row is refused, as the publisher counts it."""
    report = publish_rows(rows, None)
    assert report.read == report.accepted + report.refused
    found = Counter({rule: count for (_, rule), count in report.by_rule.items()})
    return found + Counter(ok=report.accepted)


def subject(**changes: Any) -> dict[str, Any]:
    return badge()["credentialSubject"] | changes


def achievement(**changes: Any) -> dict[str, Any]:
    return subject(achievement=subject()["achievement"] | changes)


class TestOpenBadges3:
    def test_the_samples_are_two_certificates_and_one_that_is_refused(self) -> None:
        found = reasons(read([SAMPLES / "open_badges"]))
        assert found == {"ok": 2, "part_type_wrong": 1}

    def test_alignments_become_skills_and_a_percentage_the_result(self) -> None:
        (row,) = read([SAMPLES / "open_badges" / "data_literacy.json"])
        assert row.draft is not None
        assert [skill["name"] for skill in row.draft.data["achievement"]["skills"]] == [
            "Data visualisation",
            "Statistics",
        ]
        assert row.draft.data["result"] == {"kind": "percent", "value": 87.5, "max": 100.0}

    def test_frameworks_are_told_by_name_or_address(self, tmp_path: Path) -> None:
        skills = [
            {"type": "Alignment", "targetName": "a", "targetFramework": "ESCO v1.2", "targetCode": "S1"},
            {"type": "Alignment", "targetName": "b", "targetUrl": "http://data.europa.eu/esco/skill/1"},
            {
                "type": "Alignment",
                "targetName": "c",
                "targetFramework": "O*NET-SOC",
                "targetUrl": "https://x.example/c",
            },
            {"type": "Alignment", "targetName": "d", "targetUrl": "https://x.example/d"},
            {"type": "Alignment", "targetName": "d", "targetUrl": "https://x.example/d"},
        ]
        made = draft(tmp_path, badge(credentialSubject=achievement(alignment=skills)))
        found = [(skill["framework"], skill["name"]) for skill in made.data["achievement"]["skills"]]
        assert found == [("esco", "a"), ("esco", "b"), ("onet", "c"), ("local", "d")]

    @pytest.mark.parametrize(
        ("dates", "expected"),
        [
            ({"validFrom": "2026-04-15T09:00:00Z"}, ("2026-04-15", "2026-04-15", None)),
            ({"issuanceDate": "2026-04-15T09:00:00Z", "expirationDate": "2029-04-15T00:00:00Z"},
             ("2026-04-15", "2026-04-15", "2029-04-14")),
            ({"awardedDate": "2026-04-10T23:30:00+05:00", "validFrom": "2026-04-15",
              "validUntil": "2029-04-15T12:00:00Z"}, ("2026-04-10", "2026-04-15", "2029-04-15")),
        ],
    )  # fmt: skip
    def test_dates_of_both_data_models(self, tmp_path: Path, dates: dict[str, str], expected: tuple[str, ...]) -> None:
        content = badge() | dates
        if "validFrom" not in dates:
            del content["validFrom"]
        data = draft(tmp_path, content).data
        assert (data["awarded_on"], data["valid_from"], data.get("valid_until")) == expected

    @pytest.mark.parametrize("name", ["validFrom", "validUntil", "awardedDate"])
    def test_a_date_that_is_none_is_refused_and_not_replaced(self, tmp_path: Path, name: str) -> None:
        assert reasons([one(tmp_path, badge(**{name: "last spring"}))]) == {"date_malformed": 1}
        assert reasons([one(tmp_path, badge(**{name: 20260415}))]) == {"date_malformed": 1}

    @pytest.mark.parametrize(
        ("changes", "expected", "pointer"),
        [
            ({"@context": ["https://somewhere.example"]}, "context_missing", "/@context"),
            ({"type": ["VerifiableCredential", "OtherCredential"]}, "credential_type_unknown", "/type"),
            ({"issuer": None}, "issuer_missing", "/issuer"),
            ({"issuer": {"id": "x", "type": "Group"}}, "part_type_wrong", "/issuer"),
            ({"credentialSubject": [badge()["credentialSubject"]] * 2}, "achievement_missing",
             "/credentialSubject/achievement"),
            ({"credentialSubject": {"type": "AchievementSubject"}}, "achievement_missing",
             "/credentialSubject/achievement"),
            ({"evidence": [{"id": "https://e.example", "type": "NotEvidence"}]}, "part_type_wrong", "/evidence/0"),
            ({"validFrom": "2999-01-01T00:00:00Z"}, "time_in_future", "/time"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_named_in_its_own_terms(
        self, tmp_path: Path, changes: dict[str, Any], expected: str, pointer: str
    ) -> None:
        report = publish_rows([one(tmp_path, badge(**changes))], None)
        assert [(row.rule_id, row.pointer) for row in report.refusals] == [(expected, pointer)]

    @pytest.mark.parametrize(
        "changes",
        [
            {"@context": []},
            {"type": "VerifiableCredential"},
            {"issuer": {"id": "x", "type": "Group", "bin": BIN, "name": "y"}},
            {"evidence": [{"type": "Photo"}]},
            {"credentialSubject": subject(identifier=[{"type": "Name", "identityHash": IIN}])},
            {"credentialSubject": subject(result=[{"type": "Mark", "kind": "grade", "value": "A"}])},
            {"credentialSubject": achievement(type=["Course"])},
            {"credentialSubject": achievement(alignment=[{"type": "Skill", "targetName": "a"}])},
        ],
    )
    def test_what_is_wrong_can_be_sent_unchecked_and_breaks_its_contract(
        self, tmp_path: Path, changes: dict[str, Any]
    ) -> None:
        row = one(tmp_path, badge(**changes))
        assert row.draft is not None
        assert row.refusal is not None
        with pytest.raises(ContractError):
            row.draft.check()

    def test_an_own_iin_and_bin_are_taken(self, tmp_path: Path) -> None:
        identifier = {
            "type": "IdentityObject",
            "hashed": False,
            "identityHash": IIN,
            "identityType": "nationalIdentityNumber",
        }
        made = draft(tmp_path, badge(credentialSubject=subject(identifier=[identifier])), Identities())
        assert made.data["person"] == {"iin": IIN}
        assert made.data["issuer"]["bin"] == make_synthetic_bin(7)

    def test_an_issuer_without_a_bin_gets_the_one_that_the_user_gives(self, tmp_path: Path) -> None:
        content = badge(issuer="https://badges.example/issuers/1")
        identities = Identities({"did:example:learner-1": IIN})
        assert reasons([one(tmp_path, content, identities)]) == {"field_missing": 1}
        made = draft(tmp_path, content, identities, issuer_bin=BIN)
        assert made.data["issuer"] == {"name": "https://badges.example/issuers/1", "bin": BIN}

    def test_a_wrong_bin_of_the_user_is_no_bin(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r"issuer\.bin"):
            one(tmp_path, badge(), issuer_bin="123")

    def test_a_long_code_is_cut_and_stays_distinct(self, tmp_path: Path) -> None:
        codes = {
            draft(tmp_path, badge(credentialSubject=achievement(id="https://badges.example/" + "a" * 90 + end))).data[
                "achievement"
            ]["code"]
            for end in ("1", "2")
        }
        assert len(codes) == 2
        assert {len(code) for code in codes} == {100}

    @pytest.mark.parametrize(
        ("tag", "name", "expected"),
        [("kk", "Data", ("kk", "kk")), ("ru-KZ", "Data", ("ru", "ru")), ("ug", "Data", ("ug", "en")),
         ("de", "Основы", ("ru", "ru")), (None, "Деректер қоры", ("kk", "kk"))],
    )  # fmt: skip
    def test_a_tag_tells_the_language_else_the_letters(
        self, tmp_path: Path, tag: str | None, name: str, expected: tuple[str, str]
    ) -> None:
        content = badge(name=name, credentialSubject=achievement(name=name)) | ({"inLanguage": tag} if tag else {})
        data = draft(tmp_path, content).data
        assert (data["language"], next(iter(data["achievement"]["name"]))) == expected


class TestOpenBadges2:
    def test_an_assertion_is_a_certificate(self, tmp_path: Path) -> None:
        identities = Identities({"learner-1@school.example": IIN})
        data = draft(tmp_path, assertion(), identities, issuer_bin=BIN).data
        assert data["person"] == {"iin": IIN}
        assert data["issuer"] == {"bin": BIN, "name": "Sample Badge Platform"}
        assert data["achievement"] == {
            "code": "https://badges.example/classes/1",
            "name": {"kk": "Деректер сауаттылығы"},
            "type": "Badge",
            "skills": [{"framework": "local", "name": "Statistics", "code": "S2"}],
        }
        assert (data["awarded_on"], data["valid_until"], data["language"]) == ("2026-04-15", "2029-04-14", "kk")

    def test_seconds_since_1970_are_a_date_too(self, tmp_path: Path) -> None:
        assert draft(tmp_path, assertion(issuedOn=1_776_243_600)).data["awarded_on"] == "2026-04-15"

    def test_a_badge_class_elsewhere_is_refused_by_name(self, tmp_path: Path) -> None:
        row = one(tmp_path, assertion(badge="https://badges.example/classes/1"))
        assert reasons([row]) == {"badge_class_not_embedded": 1}

    def test_it_can_say_itself_that_it_is_revoked(self, tmp_path: Path) -> None:
        made = draft(tmp_path, assertion(revoked=True, revocationReason="Issued by mistake"))
        assert (made.action, made.data["revocation_reason"]) == ("revoked", "Issued by mistake")

    def test_a_folder_may_hold_its_classes_and_lists_beside_it(self, tmp_path: Path) -> None:
        write(tmp_path, a__json=assertion(), b__json=assertion()["badge"], c__json=revocation_list("x"), d__txt="no",
              e__jsonld=assertion(2), f__json={**assertion()["badge"]["issuer"]})  # fmt: skip
        assert reasons(read([tmp_path])) == {"ok": 2, "list_is_no_certificate": 3}

    def test_the_sample_is_found_by_its_map_and_revoked_by_its_list(self) -> None:
        folder = SAMPLES / "open_badges_2"
        identities = Identities(read_iin_map(folder / "people.csv"))
        options = {"identities": identities, "issuer_bin": BIN}
        issued = read([folder / "assertion.json"], **options)
        revoked = read([folder / "assertion.json"], **options, status_lists=(folder / "revocations.json",))
        assert reasons([*issued, *revoked]) == {"ok": 2}
        assert [row.draft.action for row in (*issued, *revoked) if row.draft] == ["issued", "revoked"]


class TestContainers:
    def test_each_credential_of_a_clr_is_one_row(self, tmp_path: Path) -> None:
        rows = read(write(tmp_path, record__json=clr(badge(1), badge(2), badge(3))))
        assert [row.row for row in rows] == [1, 2, 3]
        assert reasons(rows) == {"ok": 3}
        assert {row.draft.subject for row in rows if row.draft} == {badge(number)["id"] for number in (1, 2, 3)}

    def test_a_credential_without_an_id_is_known_by_its_place_in_its_clr(self, tmp_path: Path) -> None:
        content = badge(2)
        del content["id"]
        rows = read(write(tmp_path, record__json=clr(badge(1), content)))
        assert rows[1].draft is not None
        assert rows[1].draft.subject == "https://badges.example/records/1#2"

    def test_a_wrong_one_does_not_take_the_others_with_it(self, tmp_path: Path) -> None:
        rows = read(write(tmp_path, record__json=clr(badge(1), 7, badge(3, issuer=None), "no.token")))
        assert reasons(rows) == {"ok": 1, "type_mismatch": 2, "issuer_missing": 1}

    def test_an_empty_container_is_one_refusal(self, tmp_path: Path) -> None:
        assert reasons([one(tmp_path, clr())]) == {"container_empty": 1}

    @pytest.mark.parametrize("content", [
        {"type": "VerifiablePresentation", "verifiableCredential": [badge(1), badge(2)]},
        {"credential": [badge(1), badge(2)]},
        [badge(1), badge(2)],
    ])  # fmt: skip
    def test_other_ways_to_carry_several(self, tmp_path: Path, content: object) -> None:
        assert reasons(read(write(tmp_path, several__json=content))) == {"ok": 2}

    def test_containers_end_somewhere(self, tmp_path: Path) -> None:
        content: Any = badge()
        for _ in range(6):
            content = {"type": "VerifiablePresentation", "verifiableCredential": content}
        assert reasons([one(tmp_path, content)]) == {"containers_too_deep": 1}

    def test_an_endorsement_is_no_certificate(self, tmp_path: Path) -> None:
        row = one(tmp_path, badge(type=["VerifiableCredential", "EndorsementCredential"]))
        assert reasons([row]) == {"endorsement_is_no_certificate": 1}

    def test_a_folder_without_credentials_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="holds no"):
            read([tmp_path])


class TestEuropean:
    def credential(self, *claims: dict[str, Any], **changes: Any) -> dict[str, Any]:
        return {
            "@context": ["https://www.w3.org/2018/credentials/v1", "http://data.europa.eu/snb/model/context/edc-ap"],
            "id": "urn:credential:1",
            "type": ["VerifiableCredential", "EuropeanDigitalCredential"],
            "validFrom": "2026-01-01T08:00:00Z",
            "issuer": {"id": "urn:epass:org:9", "type": "Organisation", "legalName": {"en": "Issuer"}},
            "displayParameter": {
                "primaryLanguage": {"id": "http://publications.europa.eu/resource/authority/language/KAZ"}
            },
            "credentialSubject": {
                "id": "urn:epass:person:1",
                "type": "Person",
                "nationalID": {"type": "LegalIdentifier", "notation": IIN},
                "hasClaim": list(claims),
            },
        } | changes

    def claim(self, number: int = 1) -> dict[str, Any]:
        return {
            "id": f"urn:epass:learningAchievement:{number}",
            "type": "LearningAchievement",
            "title": {"en": "Digital skills", "es": "Competencias"},
            "awardedBy": {
                "type": "AwardingProcess",
                "awardingDate": "2025-12-20T10:00:00Z",
                "awardingBody": {
                    "id": "urn:epass:org:1",
                    "type": "Organisation",
                    "legalName": {"kk": "Зет университеті"},
                    "registration": {"type": "LegalIdentifier", "notation": BIN},
                },
            },
            "provenBy": {"type": "LearningAssessment", "grade": {"type": "Note", "noteLiteral": {"en": "Pass"}}},
            "specifiedBy": {
                "id": "urn:epass:qualification:1",
                "type": "Qualification",
                "volumeOfLearning": "PT60H30M",
                "dcType": {"id": "http://data.europa.eu/snb/learning-opportunity/74a4a268e8"},
                "learningOutcome": {
                    "relatedESCOSkill": {"id": "http://data.europa.eu/esco/skill/1", "prefLabel": {"en": "write"}},
                    "relatedSkill": [{"id": "http://data.europa.eu/snb/dcf/2", "prefLabel": {"de": "lesen"}}],
                },
            },
        }

    def test_an_achievement_is_a_certificate(self, tmp_path: Path) -> None:
        made = draft(tmp_path, self.credential(self.claim()), Identities())
        data = dict(made.data)
        assert made.subject == "urn:credential:1#urn:epass:learningAchievement:1"
        assert data["person"] == {"iin": IIN}
        assert data["issuer"] == {"bin": BIN, "name": "Зет университеті"}
        assert data["achievement"] == {
            "code": "urn:epass:qualification:1",
            "name": {"en": "Digital skills"},
            "type": "MicroCredential",
            "hours": 60.5,
            "skills": [
                {"framework": "esco", "name": "write", "code": "http://data.europa.eu/esco/skill/1"},
                {"framework": "local", "name": "lesen", "code": "http://data.europa.eu/snb/dcf/2"},
            ],
        }
        assert (data["awarded_on"], data["valid_from"]) == ("2025-12-20", "2026-01-01")
        assert (data["result"], data["language"]) == ({"kind": "grade", "value": "Pass"}, "kk")

    def test_each_achievement_is_one_row_and_the_uploadable_form_is_the_same(self, tmp_path: Path) -> None:
        content = self.credential(self.claim(1), self.claim(2), {"type": "LearningActivity"})
        rows = read(write(tmp_path, a__json={"credential": content}, b__jsonld=content))
        assert [row.row for row in rows] == [1, 2, 1, 2]
        assert rows[0].draft == rows[2].draft
        assert reasons(rows) == {"ok": 4}

    def test_without_an_achievement_there_is_nothing_to_publish(self, tmp_path: Path) -> None:
        row = one(tmp_path, self.credential({"type": "LearningActivity"}))
        assert reasons([row]) == {"no_learning_achievement": 1}

    def test_a_seal_in_json_form_is_refused_by_name(self, tmp_path: Path) -> None:
        row = one(tmp_path, {"payload": "e30", "signatures": [{"protected": "e30", "signature": "AA"}]})
        assert reasons([row]) == {"proof_format_unsupported": 1}


class TestRecipients:
    identities = Identities({"Learner@School.example": IIN, "other": make_synthetic_iin(6)})

    @staticmethod
    def digest(identity: str, salt: str = "", algorithm: str = "sha256") -> str:
        return f"{algorithm}${hashlib.new(algorithm, (identity + salt).encode()).hexdigest()}"

    @pytest.mark.parametrize("identity", ["Learner@School.example", "learner@school.example", IIN])
    @pytest.mark.parametrize("algorithm", ["sha256", "md5"])
    def test_a_salted_digest_finds_its_person(self, tmp_path: Path, identity: str, algorithm: str) -> None:
        recipient = {
            "type": "email",
            "hashed": True,
            "salt": "қант",
            "identity": self.digest(identity, "қант", algorithm),
        }
        made = draft(tmp_path, assertion(recipient=recipient), self.identities, issuer_bin=BIN)
        assert made.data["person"] == {"iin": IIN}

    def test_so_does_one_of_open_badges_3(self, tmp_path: Path) -> None:
        entry = {"type": "IdentityObject", "hashed": True, "identityHash": self.digest(IIN, "s").upper(), "salt": "s",
                 "identityType": "nationalIdentityNumber"}  # fmt: skip
        content = badge(credentialSubject=subject(identifier=[entry]))
        assert draft(tmp_path, content, self.identities).data["person"] == {"iin": IIN}

    @pytest.mark.parametrize(
        ("identity", "expected"),
        [("sha256$" + "0" * 64, "recipient_hash_unmatched"), ("sha512$00", "recipient_hash_malformed"),
         ("sha256$xyz", "recipient_hash_malformed"), ("learner@school.example", "recipient_hash_malformed")],
    )  # fmt: skip
    def test_a_digest_of_nobody_is_refused_by_name(self, tmp_path: Path, identity: str, expected: str) -> None:
        recipient = {"type": "email", "hashed": True, "salt": "s", "identity": identity}
        row = one(tmp_path, assertion(recipient=recipient), self.identities, issuer_bin=BIN)
        assert reasons([row]) == {expected: 1}
        assert row.refusal is not None
        assert row.refusal.pointer == "/recipient/identity"
        assert IIN not in repr(row)

    def test_a_mail_address_in_the_subject_is_found_without_its_scheme(self, tmp_path: Path) -> None:
        content = badge(credentialSubject=subject(id="mailto:other"))
        assert draft(tmp_path, content, self.identities).data["person"] == {"iin": make_synthetic_iin(6)}

    def test_somebody_whom_the_map_does_not_know_is_refused(self, tmp_path: Path) -> None:
        assert reasons([one(tmp_path, badge(), self.identities)]) == {"field_missing": 1}


class TestRevocation:
    def test_a_listed_certificate_is_revoked_in_a_higher_version(self, tmp_path: Path) -> None:
        (path,) = write(tmp_path, a__json=badge())
        lists = write(tmp_path, list__json=revocation_list({"id": badge()["id"], "revocationReason": "Fraud"}))
        before = draft(tmp_path, badge())
        (row,) = read([path], status_lists=tuple(lists))
        assert row.draft is not None
        row.draft.check()
        assert (row.draft.action, row.draft.data["status"], row.draft.data["revocation_reason"]) == (
            "revoked",
            "revoked",
            "Fraud",
        )
        assert row.draft.record_version == before.record_version + 1
        assert row.draft.occurred_at >= before.occurred_at

    @pytest.mark.parametrize("revoked", [badge()["id"], {"id": badge()["id"]}, {"uid": badge()["id"]}])
    def test_a_list_need_give_no_reason(self, tmp_path: Path, revoked: Any) -> None:
        lists = write(tmp_path, list__json=revocation_list(revoked))
        assert draft(tmp_path, badge(), status_lists=tuple(lists)).data["revocation_reason"].startswith("revoked by")

    def test_the_list_of_1edtech(self, tmp_path: Path) -> None:
        content = badge(credentialStatus={"id": "https://b.example/r", "type": "1EdTechRevocationList"})
        listed = {"id": "https://b.example/r", "issuer": "https://b.example",
                  "revokedCredential": [{"id": badge()["id"]}, {"id": badge(2)["id"], "revoked": False}]}  # fmt: skip
        lists = tuple(write(tmp_path, list__json=listed))
        assert draft(tmp_path, content, status_lists=lists).action == "revoked"
        assert draft(tmp_path, badge(2), status_lists=lists).action == "issued"

    @pytest.mark.parametrize("index", [0, 23, "23", 131_071])
    def test_a_bit_revokes(self, tmp_path: Path, index: int | str) -> None:
        lists = tuple(write(tmp_path, list__json=status_list(int(index))))
        made = draft(tmp_path, badge(credentialStatus=status_entry(index)), status_lists=lists)
        assert (made.action, made.occurred_at) == ("revoked", datetime(2026, 6, 1, tzinfo=UTC))
        other = int(index) ^ 1
        assert draft(tmp_path, badge(credentialStatus=status_entry(other)), status_lists=lists).action == "issued"

    def test_the_older_bit_string_has_no_sign_before_it(self, tmp_path: Path) -> None:
        listed = status_list(5, type=["VerifiableCredential", "StatusList2021Credential"])
        listed["credentialSubject"]["encodedList"] = listed["credentialSubject"]["encodedList"][1:]
        entry = status_entry("5") | {"type": "StatusList2021Entry"}
        lists = tuple(write(tmp_path, list__json=listed))
        assert draft(tmp_path, badge(credentialStatus=entry), status_lists=lists).action == "revoked"

    def test_a_suspension_comes_and_goes_with_newer_lists(self, tmp_path: Path) -> None:
        content = badge(credentialStatus=status_entry(3, "suspension"))
        versions = []
        for number, (marked, made) in enumerate(
            [((), "2026-05-01T00:00:00Z"), ((3,), "2026-06-01T00:00:00Z"), ((), "2026-07-01T00:00:00Z")]
        ):
            listed = status_list(*marked, purpose="suspension", made=made)
            lists = tuple(write(tmp_path, **{f"list{number}__json": listed}))
            state = draft(tmp_path, content, status_lists=lists)
            versions.append((state.record_version, state.data["status"]))
        assert [status for _, status in versions] == ["valid", "suspended", "valid"]
        assert versions == sorted(versions)
        assert len({version for version, _ in versions}) == 3

    def test_a_list_that_was_not_given_leaves_it_valid_and_is_counted(self, tmp_path: Path) -> None:
        paths = write(tmp_path, a__json=badge(credentialStatus=status_entry(3)), b__json=badge(2))
        report = CertificateReport()
        rows = list(read_certificates(paths, OpenBadgesOptions(SOURCE, SYNTHETIC), report))
        assert reasons(rows) == {"ok": 2}
        assert report.unknown_status == 1
        assert report.as_json()["unknown_status"] == 1

    @pytest.mark.parametrize("index", [131_072, -1, "x", None, 10**30])
    def test_a_place_that_the_list_has_not_is_refused(self, tmp_path: Path, index: Any) -> None:
        content = badge(credentialStatus=status_entry(3) | {"statusListIndex": index})
        row = one(tmp_path, content, status_lists=tuple(write(tmp_path, list__json=status_list())))
        assert set(reasons([row])) <= {"status_index_out_of_range", "number_out_of_range"}

    @pytest.mark.parametrize(
        "content",
        ["{", [1], {"type": "x"}, status_list(credentialSubject={"statusPurpose": "revocation", "encodedList": "u???"}),
         status_list(credentialSubject={"statusPurpose": "revocation", "statusSize": 2, "encodedList": "u"})],
    )  # fmt: skip
    def test_a_file_that_is_no_list_stops_at_the_start(self, tmp_path: Path, content: Any) -> None:
        with pytest.raises(ConfigError, match=r"list\.json"):
            one(tmp_path, badge(), status_lists=tuple(write(tmp_path, list__json=content)))

    def test_a_compressed_bomb_is_no_list(self, tmp_path: Path) -> None:
        import base64
        import gzip

        listed = status_list()
        bomb = base64.urlsafe_b64encode(gzip.compress(bytes(64 * 1024 * 1024))).decode()
        listed["credentialSubject"]["encodedList"] = f"u{bomb}"
        with pytest.raises(ConfigError, match="16 MiB"):
            one(tmp_path, badge(), status_lists=tuple(write(tmp_path, list__json=listed)))


class TestVersions:
    def version(self, folder: Path, content: object, **options: Any) -> int:
        return draft(folder, content, **options).record_version

    def test_the_same_file_gives_the_same_event_id(self, tmp_path: Path) -> None:
        events = [draft(tmp_path, badge()).check() for _ in range(2)]
        assert events[0].event_id == events[1].event_id

    def test_the_latest_date_of_a_credential_is_its_version(self, tmp_path: Path) -> None:
        first = self.version(tmp_path, badge())
        proof = {"type": "DataIntegrityProof", "cryptosuite": "ecdsa-sd-2023", "proofValue": "uAA",
                 "verificationMethod": "https://b.example/1#2", "created": "2026-05-01T00:00:00Z"}  # fmt: skip
        assert self.version(tmp_path, badge(proof=proof)) > first
        assert self.version(tmp_path, badge(awardedDate="2026-04-01T00:00:00Z")) == first

    def test_a_version_that_is_raised_by_hand_goes_between_the_dates(self, tmp_path: Path) -> None:
        first, raised = (self.version(tmp_path, badge(), record_version=number) for number in (1, 2))
        later = self.version(tmp_path, badge(validFrom="2026-04-15T09:00:01Z"))
        assert first < raised < later

    def test_it_can_not_be_raised_into_the_next_second(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="499,999"):
            self.version(tmp_path, badge(), record_version=500_000)

    def test_other_content_in_the_same_version_is_refused_at_once(self, tmp_path: Path) -> None:
        paths = write(tmp_path, a__json=badge(), b__json=badge(), c__json=badge(name="Other", inLanguage="ru"))
        assert reasons(read(paths)) == {"ok": 2, "version_conflict": 1}
        assert reasons(read(paths, distinct_by_file=True)) == {"ok": 3}


class TestFiles:
    @pytest.mark.parametrize(
        ("raw", "expected"),
        [
            (b"{", "json_malformed"),
            (b"", "message_empty"),
            (b"\xff\xfe{\x00}\x00", "not_utf8"),
            (b'{"a": 1, "a": 2}', "duplicate_key"),
            (b'{"a": NaN}', "number_not_finite"),
            (b'{"a": 1' + b"0" * 5000 + b"}", "number_out_of_range"),
            (b"[" * 100_000, "json_too_deep"),
            (b'{"a": "\\ud800"}', "lone_surrogate"),
            (b'{"a": "\\u0000"}', "null_character"),
            (b"null", "type_mismatch"),
            (b'"text"', "type_mismatch"),
            (b"a.b.c", "token_malformed"),
            (b"a.b.c.d.e", "proof_format_unsupported"),
            (b"e30.e30.AA~e30~", "proof_format_unsupported"),
        ],
    )
    def test_a_file_that_is_no_credential_is_one_refusal(self, tmp_path: Path, raw: bytes, expected: str) -> None:
        path = tmp_path / "a.json"
        path.write_bytes(raw)
        assert reasons(read([path])) == {expected: 1}

    def test_a_byte_order_mark_is_no_error(self, tmp_path: Path) -> None:
        path = tmp_path / "a.json"
        path.write_bytes(b"\xef\xbb\xbf" + json.dumps(badge()).encode())
        assert reasons(read([path])) == {"ok": 1}

    def test_a_file_that_cannot_be_read_is_one_refusal(self, tmp_path: Path) -> None:
        assert reasons(read([tmp_path / "missing.json"])) == {"file_unreadable": 1}

    def test_the_files_of_a_folder_are_read_in_their_order(self, tmp_path: Path) -> None:
        (tmp_path / "inner").mkdir()
        write(tmp_path / "inner", z__json=badge(3))
        write(tmp_path, b__json=badge(2), a__jsonld=badge(1))
        assert [row.file for row in read([tmp_path])] == ["a.jsonld", "b.json", "z.json"]


def test_every_reason_has_a_sentence_in_each_language() -> None:
    package = Path(open_badges.__file__).parent
    calls = [
        node
        for path in package.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refusal"
    ]
    rules = {call.args[1].value for call in calls if isinstance(call.args[1], ast.Constant)}
    problems = [None, {}, {"verificationMethod": "did:key:z6Mk"}, {"verificationMethod": "https://x.example/1"},
                {"verificationMethod": "https://x.example/1", "proofPurpose": "x"}]  # fmt: skip
    rules |= {open_badges.proof_problem(proof) for proof in problems}
    assert len(rules) > 20
    assert {
        (rule, language) for rule in rules for language in ("kk", "ru", "en") if not sentence(rule, language)
    } == set()
