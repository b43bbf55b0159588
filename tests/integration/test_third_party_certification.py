"""Every third-party set of certificates goes file → Kafka → lander → core, and core holds what the files say.

What a file says is read here a second time, with json and pandas only.
"""

from __future__ import annotations

import base64
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from arna.batches import claim
from arna.cli.main import build_app
from arna.contracts.identifiers import make_synthetic_bin
from arna.contracts.registry import Entity
from arna.embedded.kafka import EmbeddedKafka
from arna.reconciliation import reconcile
from arna.settings import Settings, get_settings
from arna.sources import SourceDefinition, register_source
from arna.warehouse.content import content_hash
from arna.warehouse.database import Database
from expectations.runner import load_batch, validate_batch
from producers.adapters.open_badges import CertificateReport, OpenBadgesOptions, read_certificates
from producers.identities import Identities
from producers.publisher import EventPublisher
from producers.publishing import PublishReport, publish_rows
from tests.support.credentials import revocation_list, status_list, write, write_contexts
from tests.support.lander import LandingSite
from tests.support.stack import create_database, drop_database, role_url

SETS = Path(os.environ.get("ARNA_SHARED_DATA", "../shared/data")) / "certification"

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not SETS.is_dir(), reason="the certification sets are not here (ARNA_SHARED_DATA)"),
]

BADGES, RECORDS, EUROPEAN = (f"urn:kz:bin:{make_synthetic_bin(number)}" for number in (8001, 8002, 8003))
TEST_LIST = (
    "https://raw.githubusercontent.com/1EdTech/digital-credentials-public-validator/refs/heads/main/inspector-vc"
    "/src/test/resources/ob30/bit-string-list/testlist"
)
# Each invalid fixture and the reason that its publisher reads; see docs/reference/mapping-open-badges.md.
REFUSED = {
    "simple-err-context": "context_missing",
    "simple-err-credential-subject-achievement-result-description-type": "part_type_wrong",
    "simple-err-credential-subject-identifier-type": "part_type_wrong",
    "simple-err-credential-subject-profile-type": "part_type_wrong",
    "simple-err-credential-subject-result-type": "part_type_wrong",
    "simple-err-credential-subject-type": "part_type_wrong",
    "simple-err-evidence-type": "part_type_wrong",
    "simple-err-issued": "achievement_missing",
    "simple-err-issuer": "issuer_missing",
    "simple-err-issuer-otheridentifier-type": "part_type_wrong",
    "simple-err-issuer-parentorg-type": "part_type_wrong",
    "simple-err-issuer-type": "part_type_wrong",
    "simple-err-proof-method": "proof_key_malformed",
    "simple-err-proof-method-no-scheme": "proof_method_unknown",
    "simple-err-proof-method-unknown-did-method": "proof_method_unknown",
    "simple-err-proof-method-unknown-scheme": "proof_method_unknown",
    "simple-err-proof-value": "proof_signature_invalid",
    "simple-err-type": "credential_type_unknown",
    # Not called invalid where they come from, and yet no certificate.
    "endorsement-valid": "endorsement_is_no_certificate",
    "endorsement-err-schema-status-refresh": "endorsement_is_no_certificate",
    "simple-noproof": "achievement_missing",
}  # fmt: skip
NEVER_SENT = {"proof_key_malformed", "proof_method_unknown", "proof_signature_invalid", "endorsement_is_no_certificate"}


@dataclass
class Pipeline:
    """A broker of its own, a warehouse, and what lies between them."""

    site: LandingSite
    settings: Settings

    def load(self) -> None:
        """Lands all that is published and takes it through a batch."""
        self.site.land_all()
        with self.database() as database:
            if batch := claim(database, Entity.CERTIFICATION, 1_000_000):
                validate_batch(database, self.settings, batch.batch_id)
                load_batch(database, self.settings, batch.batch_id)

    def database(self) -> Database:
        return Database(self.settings.warehouse_url or "")

    def publish(self, *paths: Path, unchecked: bool = False, **options: Any) -> tuple[PublishReport, CertificateReport]:
        """The badges, each file as a credential of its own, for the set repeats its ids."""
        found = CertificateReport()
        given = OpenBadgesOptions(BADGES, Identities(synthetic=True), distinct_by_file=True, **options)
        with EventPublisher(self.site.bootstrap_servers) as publisher:
            report = publish_rows(read_certificates(paths, given, found), publisher, unchecked=unchecked)
        self.load()
        return report, found

    def publish_by_command(self, source: str, *arguments: str) -> dict[str, Any]:
        given = ("--from", "open_badges", "--synthetic-identities", "--source", source, "--json",
                 "--bootstrap-servers", self.site.bootstrap_servers)  # fmt: skip
        result = CliRunner().invoke(build_app(), ["publish", "certification", *arguments, *given])
        assert result.exit_code in {0, 1}, result.output
        report: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
        assert report["read"] == report["accepted"] + report["refused"] + report["unknown"]
        self.load()
        return report

    def core(self, source: str) -> pd.DataFrame:
        return pd.DataFrame(
            self.site.rows(
                "select c.* from core.certification c join ops.source using (source_id) where source_uri = %(source)s "
                "order by certificate_id, record_version",
                {"source": source},
            )
        )

    def hash(self) -> str:
        with self.database() as database:
            return content_hash(database, "core.certification")

    def check_nothing_is_missing(self) -> None:
        with self.database() as database:
            report = reconcile(database, self.site.bootstrap_servers, checks=("C1", "C2", "C3", "C4", "ledger"))
        assert report.failures() == []
        assert report.entities["certification"].difference == 0


@pytest.fixture(scope="module")
def pipeline(short_tmp: Callable[[], Path], postgres_server_url: str, database_template: str) -> Iterator[Pipeline]:
    folder = short_tmp()
    name = f"arna_test_{folder.name.replace('-', '_').lower()}"
    url = create_database(postgres_server_url, name, database_template)
    kafka = EmbeddedKafka(folder / "k")
    patch = pytest.MonkeyPatch()
    patch.setenv("ARNA_HOME", str(folder / "home"))
    get_settings.cache_clear()
    try:
        site = LandingSite(kafka.start(), url, folder, real_topics=True)
        with Database(url) as database:
            for uri in (BADGES, RECORDS, EUROPEAN):
                register_source(database, SourceDefinition(uri=uri, name="A set", entities=(Entity.CERTIFICATION,)))
        yield Pipeline(site, Settings(home=folder, warehouse_url=role_url(url, "arna_loader")))
        site.close()
    finally:
        kafka.stop()
        drop_database(postgres_server_url, name)
        patch.undo()
        get_settings.cache_clear()


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_contexts(tmp_path_factory.mktemp("contexts"))


def content_of(path: Path) -> dict[str, Any]:
    if path.suffix == ".jwt":
        payload = path.read_text().split(".")[1]
        claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return claims["vc"]
    loaded: dict[str, Any] = json.loads(path.read_text())
    return loaded.get("credential", loaded)


def badge_files() -> pd.DataFrame:
    """What the files of Open Badges say, one row each."""
    rows = []
    for path in sorted((SETS / "open_badges_3").rglob("*.j*")):
        content = content_of(path)
        subject = content["credentialSubject"]
        issuer = content.get("issuer") or {}
        rows.append(
            {
                "path": path,
                "stem": path.stem,
                "id": content["id"],
                "name": (subject.get("achievement") or {}).get("name"),
                "issuer": issuer.get("name") or issuer.get("id"),
                "awarded": (content.get("awardedDate") or content.get("validFrom") or content.get("issuanceDate"))[:10],
            }
        )
    return pd.DataFrame(rows)


def test_every_valid_badge_is_in_core_and_every_other_is_refused_by_name(pipeline: Pipeline, contexts: Path) -> None:
    files = badge_files()
    report, found = pipeline.publish(SETS / "open_badges_3", contexts=contexts)
    assert (report.read, report.unknown) == (len(files), 0)
    refused = Counter((Path(row.file).stem, row.rule_id) for row in report.refusals)
    # Two files are one credential in two states of the same moment; simple.jwt has no achievement either.
    others = Counter({("credential-status-revoked", "version_conflict"): 1, ("simple", "achievement_missing"): 1})
    assert refused == Counter(REFUSED.items()) + others
    assert report.accepted == len(files) - len(REFUSED) - 2

    expected = files[~files["stem"].isin(REFUSED) & files["name"].notna()]
    expected = expected.assign(certificate_id=expected["id"] + "#" + expected["stem"])
    expected = expected.drop_duplicates("certificate_id").set_index("certificate_id").sort_index()
    # Valid for no day at all: that is a rule of the load.
    expired = expected[expected["stem"] == "simple-err-expired"]
    rejected = pipeline.site.rows("select rule_id from ops.rejection")
    assert [row["rule_id"] for row in rejected] == ["until_before_from"] * len(expired)
    core = pipeline.core(BADGES).set_index("certificate_id")
    expected = expected.drop(expired.index)
    assert list(core.index) == list(expected.index)
    assert list(core["achievement_name_en"]) == list(expected["name"])
    assert list(core["issuer_name"]) == list(expected["issuer"])
    assert [day.isoformat() for day in core["awarded_on"]] == list(expected["awarded"])
    assert set(core["status"]) == {"valid"}
    pipeline.check_nothing_is_missing()

    # The signatures of others: those for whose terms the contexts are at hand are verified, and the wrong one is found.
    assert found.proofs["eddsa-rdfc-2022", "verified"] >= 8
    assert found.unknown_status == sum("credentialStatus" in content_of(path) for path in files["path"]) - 1


def test_badges_published_again_change_nothing(pipeline: Pipeline, contexts: Path) -> None:
    before = pipeline.hash()
    report, _ = pipeline.publish(SETS / "open_badges_3", contexts=contexts)
    assert report.accepted > 0
    assert pipeline.hash() == before
    pipeline.check_nothing_is_missing()


def test_invalid_badges_sent_unchecked_are_rejected_on_landing(pipeline: Pipeline, contexts: Path) -> None:
    before, core = pipeline.hash(), len(pipeline.site.rejections())
    sendable = [stem for stem, rule in REFUSED.items() if rule not in NEVER_SENT]
    paths = [path for path in sorted((SETS / "open_badges_3").glob("*.json")) if path.stem in REFUSED]
    report, _ = pipeline.publish(*paths, unchecked=True, contexts=contexts)
    assert (report.accepted, report.unchecked) == (len(sendable), len(sendable))
    assert len(pipeline.site.rejections()) - core == len(sendable)
    assert pipeline.hash() == before
    pipeline.check_nothing_is_missing()


def test_an_edited_badge_is_exactly_one_new_version(pipeline: Pipeline, tmp_path: Path) -> None:
    before = pipeline.core(BADGES)
    content = content_of(SETS / "open_badges_3" / "simple-did-key-method.json")
    del content["proof"]
    content["credentialSubject"]["achievement"]["name"] = "test 2"

    # Without a newer date it would be the same version with other content, which the load refuses and says so.
    (path,) = write(tmp_path, **{"simple-did-key-method__json": content})
    rejected = len(pipeline.site.rejections())
    undated, _ = pipeline.publish(path)
    assert undated.accepted == 1
    assert [row["rule_id"] for row in pipeline.site.rejections()[rejected:]] == ["version_conflict"]
    assert len(pipeline.core(BADGES)) == len(before)

    for changes in ({"record_version": 3}, {}):
        if not changes:
            content["validFrom"] = "2024-01-01T00:00:00Z"
            content["credentialSubject"]["achievement"]["name"] = "test 3"
            (path,) = write(tmp_path, **{"simple-did-key-method__json": content})
        for _ in range(2):
            pipeline.publish(path, **changes)
    after = pipeline.core(BADGES)
    versions = after[after["certificate_id"] == f"{content['id']}#simple-did-key-method"]
    assert len(after) == len(before) + 2
    assert list(versions["achievement_name_en"]) == ["test 1", "test 2", "test 3"]
    assert list(versions["is_current"]) == [False, False, True]
    pipeline.check_nothing_is_missing()


def test_a_bit_in_a_status_list_revokes_the_badge_that_points_to_it(pipeline: Pipeline, tmp_path: Path) -> None:
    before = pipeline.core(BADGES)
    listed = status_list(23, id=TEST_LIST)
    folder = SETS / "open_badges_3" / "bit-string-list"
    for _ in range(2):
        report, found = pipeline.publish(folder, status_lists=tuple(write(tmp_path, list__json=listed)))
        assert (report.accepted, found.unknown_status) == (2, 0)
    after = pipeline.core(BADGES)
    assert len(after) == len(before) + 2
    revoked = after[after["status"] == "revoked"]
    assert {stem.rpartition("#")[2] for stem in revoked["certificate_id"]} == {path.stem for path in folder.iterdir()}
    assert revoked["is_current"].all()
    # Published again without the list, they stay revoked.
    state = pipeline.hash()
    pipeline.publish(folder)
    assert pipeline.hash() == state
    pipeline.check_nothing_is_missing()


def contained_credentials() -> pd.DataFrame:
    """What the records (CLR) contain, one row for each credential."""
    rows = []
    for path in sorted((SETS / "clr_2").iterdir()):
        for inner in content_of(path)["credentialSubject"]["verifiableCredential"]:
            if isinstance(inner, str):
                payload = inner.split(".")[1]
                inner = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["vc"]
            achievement = inner["credentialSubject"]["achievement"]
            rows.append({"id": inner["id"], "name": achievement["name"], "issuer": inner["issuer"]["name"]})
    return pd.DataFrame(rows)


def test_each_credential_of_a_record_is_one_certificate(pipeline: Pipeline) -> None:
    inside = contained_credentials()
    for _ in range(2):
        report = pipeline.publish_by_command(RECORDS, str(SETS / "clr_2"))
        assert (report["read"], report["accepted"], report["refused"]) == (len(inside), len(inside), 0)
        # Signed by others, with the key in the header.
        assert report["proofs"]["jwt"] == {"verified": 1}
        core = pipeline.core(RECORDS)
        current = core[core["is_current"]].set_index("certificate_id").sort_index()
        expected = inside.drop_duplicates("id").set_index("id").sort_index()
        assert list(current.index) == list(expected.index)
        assert list(current["achievement_name_en"]) == list(expected["name"])
        assert list(current["issuer_name"]) == list(expected["issuer"])
    pipeline.check_nothing_is_missing()


def test_a_revocation_list_afterwards_is_a_revoked_version(pipeline: Pipeline, tmp_path: Path) -> None:
    before = pipeline.core(RECORDS)
    revoked_id = contained_credentials()["id"].iloc[0]
    listed = revocation_list({"id": revoked_id, "revocationReason": "Awarded to the wrong person"})
    (path,) = write(tmp_path, list__json=listed)
    for _ in range(2):
        pipeline.publish_by_command(RECORDS, str(SETS / "clr_2" / "complex.json"), "--revocations", str(path))
    after = pipeline.core(RECORDS)
    assert len(after) == len(before) + 1
    (current,) = after[after["is_current"] & (after["certificate_id"] == revoked_id)].to_dict("records")
    assert (current["status"], current["revocation_reason"]) == ("revoked", "Awarded to the wrong person")
    assert current["record_version"] == before[before["certificate_id"] == revoked_id]["record_version"].max() + 1
    state = pipeline.hash()
    pipeline.publish_by_command(RECORDS, str(SETS / "clr_2"))
    assert pipeline.hash() == state
    pipeline.check_nothing_is_missing()


def test_a_european_credential_is_a_certificate_in_whichever_form_it_comes(pipeline: Pipeline) -> None:
    for _ in range(2):
        report = pipeline.publish_by_command(EUROPEAN, str(SETS / "elm"))
        assert (report["read"], report["accepted"]) == (2, 2)
        (row,) = pipeline.core(EUROPEAN).to_dict("records")
    content = content_of(SETS / "elm" / "Sample-MC-Annex1-unsigned.jsonld")
    claim_ = content["credentialSubject"]["hasClaim"]
    found = [
        outcome.get(name, [])
        for outcome in claim_["specifiedBy"]["learningOutcome"]
        for name in ("relatedESCOSkill", "relatedSkill")
    ]
    skills = {concept["id"] for one in found for concept in (one if isinstance(one, list) else [one])}
    assert row["achievement_name_en"] == claim_["title"]["en"]
    assert row["issuer_name"] == claim_["awardedBy"]["awardingBody"]["legalName"]["en"]
    assert {skill["code"] for skill in row["skills"]} == skills
    assert (row["achievement_type"], float(row["hours"]), row["result_value"]) == ("MicroCredential", 60.0, "Pass")
    pipeline.check_nothing_is_missing()
