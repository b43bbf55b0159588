"""The adapters, on our own samples and on hand-made files in the third-party shapes."""

from __future__ import annotations

import csv
import json
import shutil
import zipfile
from collections import Counter
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest

from arna.contracts.identifiers import is_valid_bin, is_valid_iin, make_synthetic_bin, make_synthetic_iin
from arna.errors import ConfigError, ContractError
from producers.adapters import headhunter, job_posting, oneroster, open_badges, oulad
from producers.identities import Identities, read_iin_map, synthetic_bin, synthetic_iin
from producers.known_sources import SAMPLES, known_sources
from producers.places import REGION_CODES, built_in_places
from producers.rows import AdaptedRow

pytestmark = pytest.mark.unit

SYNTHETIC = Identities(synthetic=True)
DEFAULTS = {"kato": "710000000", "language": "kk", "funding": "state_grant"}


def outcomes(rows: Iterable[AdaptedRow]) -> Counter[str]:
    found: Counter[str] = Counter()
    for row in rows:
        if row.draft is None:
            assert row.refusal is not None
            found[row.refusal.rule_id] += 1
            continue
        try:
            row.draft.check()
        except ContractError as error:
            found[f"{error.rule_id} {error.pointer}"] += 1
        else:
            found["ok"] += 1
    return found


def write_csv(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


class TestIdentities:
    def test_the_same_local_id_gives_the_same_valid_number(self) -> None:
        assert synthetic_iin("a", "x") == synthetic_iin("a", "x") != synthetic_iin("b", "x")
        assert is_valid_iin(synthetic_iin("a", "x"))
        assert is_valid_bin(synthetic_bin("a", "x"))

    def test_a_synthetic_iin_has_century_digit_1_and_a_synthetic_bin_year_50(self) -> None:
        assert all(synthetic_iin("a", str(number))[6] == "1" for number in range(50))
        assert all(synthetic_bin("a", str(number)).startswith("50") for number in range(50))

    def test_the_map_goes_before_a_synthetic_number(self) -> None:
        own = make_synthetic_iin(7)
        assert Identities({"u1": own}, synthetic=True).iin("oneroster", "u1") == own

    def test_without_a_map_and_without_leave_there_is_no_number(self) -> None:
        assert Identities().iin("oneroster", "u1") is None

    def test_a_wrong_number_in_the_map_is_named_by_its_line_and_not_shown(self, tmp_path: Path) -> None:
        path = tmp_path / "map.csv"
        path.write_text(f"id,iin\nu1,{make_synthetic_iin(1)}\nu2,990101100001\n")
        with pytest.raises(ConfigError, match="line 3") as caught:
            read_iin_map(path)
        assert "990101100001" not in str(caught.value)


class TestOneRoster:
    options = oneroster.OneRosterOptions("urn:kz:bin:500140000077", SYNTHETIC, DEFAULTS)

    def test_every_row_is_an_event_or_a_refusal_with_its_reason(self) -> None:
        found = outcomes(oneroster.read_enrolments(SAMPLES / "oneroster", self.options))
        assert found == {"ok": 9, "role_is_not_student": 2, "role_disagrees_with_user": 1}

    def test_grade_gives_the_level_and_terms_give_the_dates(self) -> None:
        rows = list(oneroster.read_enrolments(SAMPLES / "oneroster", self.options))
        data = [row.draft.data for row in rows if row.draft]
        assert {(row["grade"], row["programme"]["isced_level"]) for row in data} == {(8, 2), (10, 3)}
        assert {(row["begin_date"], row["end_date"]) for row in data} == {("2026-09-01", "2027-05-26")}

    def test_a_zip_gives_what_its_folder_gives(self, tmp_path: Path) -> None:
        archive = tmp_path / "set.zip"
        with zipfile.ZipFile(archive, "w") as file:
            for path in (SAMPLES / "oneroster").iterdir():
                file.write(path, f"set/{path.name}")
        assert list(oneroster.read_enrolments(archive, self.options)) == list(
            oneroster.read_enrolments(SAMPLES / "oneroster", self.options)
        )

    def test_a_term_that_is_over_ends_the_enrolment_with_a_higher_version(self) -> None:
        options = oneroster.OneRosterOptions(self.options.source, SYNTHETIC, DEFAULTS, date(2027, 8, 1))
        row = next(row for row in oneroster.read_enrolments(SAMPLES / "oneroster", options) if row.draft)
        assert row.draft is not None
        assert (row.draft.action, row.draft.record_version, row.draft.data["exit_type"]) == ("ended", 2, "other")

    def test_a_row_that_the_source_takes_back_is_voided(self, tmp_path: Path) -> None:
        folder = tmp_path / "set"
        shutil.copytree(SAMPLES / "oneroster", folder)
        path = folder / "enrollments.csv"
        rows = list(csv.DictReader(path.open(encoding="utf-8")))
        rows[4] |= {"status": "tobedeleted", "dateLastModified": "2026-10-02T08:00:00.000Z"}
        write_csv(path, rows)
        row = list(oneroster.read_enrolments(folder, self.options))[4]
        assert row.draft is not None
        assert (row.draft.action, row.draft.data["status"]) == ("voided", "voided")
        assert row.draft.record_version == 1_790_928_000

    def test_without_identities_people_are_refused_by_the_contract(self) -> None:
        options = oneroster.OneRosterOptions(self.options.source, Identities(), DEFAULTS)
        found = outcomes(oneroster.read_enrolments(SAMPLES / "oneroster", options))
        assert found["field_missing /data/person/iin"] == 9

    def test_a_missing_file_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r"users\.csv"):
            list(oneroster.read_enrolments(tmp_path, self.options))

    def test_another_version_of_oneroster_is_refused(self, tmp_path: Path) -> None:
        folder = tmp_path / "set"
        shutil.copytree(SAMPLES / "oneroster", folder)
        manifest = folder / "manifest.csv"
        manifest.write_text(manifest.read_text().replace('"oneroster.version","1.1"', '"oneroster.version","1.2"'))
        with pytest.raises(ConfigError, match=r"1\.1"):
            list(oneroster.read_enrolments(folder, self.options))


class TestOpenBadges:
    options = open_badges.OpenBadgesOptions("urn:kz:bin:500140000087", SYNTHETIC)

    def credential(self, **changes: object) -> dict[str, object]:
        loaded: dict[str, object] = json.loads((SAMPLES / "open_badges" / "data_literacy.json").read_text())
        return loaded | changes

    def one(self, tmp_path: Path, credential: object, name: str = "one.json") -> AdaptedRow:
        path = tmp_path / name
        path.write_text(json.dumps(credential))
        return next(open_badges.read_certificates([path], self.options))

    def test_the_samples_are_two_certificates_and_one_that_the_contract_refuses(self) -> None:
        files = sorted((SAMPLES / "open_badges").iterdir())
        found = outcomes(open_badges.read_certificates(files, self.options))
        assert found == {"ok": 2, "field_missing /data/issuer/bin": 1}

    def test_alignments_become_skills_and_a_percentage_the_result(self, tmp_path: Path) -> None:
        draft = self.one(tmp_path, self.credential()).draft
        assert draft is not None
        assert [skill["name"] for skill in draft.data["achievement"]["skills"]] == ["Data visualisation", "Statistics"]
        assert draft.data["result"] == {"kind": "percent", "value": 87.5, "max": 100.0}

    def test_validity_ends_with_the_last_whole_day(self, tmp_path: Path) -> None:
        draft = self.one(tmp_path, self.credential()).draft
        assert draft is not None
        assert draft.data["valid_until"] == "2029-04-14"

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"issuer": None}, "field_missing /data/issuer"),
            ({"@context": ["https://somewhere.example"]}, "field_missing /data/achievement"),
            ({"type": ["VerifiableCredential", "OtherCredential"]}, "field_missing /data/achievement"),
            ({"evidence": [{"id": "https://e.example", "type": "NotEvidence"}]}, "type_mismatch /data/evidence_url"),
            ({"validFrom": "2999-01-01T00:00:00Z"}, "time_in_future /time"),
            ({"proof": [{"type": "DataIntegrityProof", "verificationMethod": "xxx:z6Mk", "proofValue": "zAA"}]},
             "field_missing /data/issuer/bin"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_carried_to_its_place(
        self, tmp_path: Path, changes: dict[str, object], expected: str
    ) -> None:
        assert outcomes([self.one(tmp_path, self.credential(**changes))]) == {expected: 1}

    def test_a_jwt_is_read_without_a_check_of_its_signature(self, tmp_path: Path) -> None:
        import base64

        payload = base64.urlsafe_b64encode(json.dumps({"vc": self.credential()}).encode()).decode().rstrip("=")
        path = tmp_path / "one.jwt"
        path.write_text(f"e30.{payload}.AAAA")
        assert outcomes(open_badges.read_certificates([path], self.options)) == {"ok": 1}

    def test_an_endorsement_is_no_certificate(self, tmp_path: Path) -> None:
        row = self.one(tmp_path, self.credential(type=["VerifiableCredential", "EndorsementCredential"]))
        assert row.refusal is not None
        assert row.refusal.rule_id == "endorsement_is_no_certificate"

    def test_a_file_that_is_no_json_is_one_refusal(self, tmp_path: Path) -> None:
        path = tmp_path / "broken.json"
        path.write_text("{")
        assert outcomes(open_badges.read_certificates([path], self.options)) == {"json_malformed": 1}

    def test_an_own_iin_and_bin_are_taken(self, tmp_path: Path) -> None:
        credential = self.credential()
        iin, number = make_synthetic_iin(5), make_synthetic_bin(5)
        credential["credentialSubject"]["identifier"] = [  # type: ignore[index]
            {"type": "IdentityObject", "hashed": False, "identityHash": iin, "identityType": "nationalIdentityNumber"}
        ]
        credential["issuer"]["otherIdentifier"] = [  # type: ignore[index]
            {"type": "IdentifierEntry", "identifier": number, "identifierType": "ext:KZ_BIN"}
        ]
        draft = self.one(tmp_path, credential).draft
        assert draft is not None
        assert (draft.data["person"], draft.data["issuer"]["bin"]) == ({"iin": iin}, number)


class TestOulad:
    def folder(self, tmp_path: Path, *students: tuple[str, str, str, str]) -> Path:
        """Students as (id, registered, unregistered, result) of one presentation."""
        base = {"code_module": "BBB", "code_presentation": "2013J"}
        write_csv(tmp_path / "courses.csv", [base | {"module_presentation_length": "268"}])
        write_csv(
            tmp_path / "studentRegistration.csv",
            [base | {"id_student": s, "date_registration": r, "date_unregistration": u} for s, r, u, _ in students],
        )
        write_csv(
            tmp_path / "studentInfo.csv",
            [
                base | {"id_student": s, "region": "Wales", "final_result": result, "num_of_prev_attempts": "0"}
                for s, _, _, result in students
            ],
        )
        return tmp_path

    def test_results_become_exits_and_days_become_dates(self, tmp_path: Path) -> None:
        folder = self.folder(
            tmp_path, ("1", "-20", "", "Pass"), ("2", "-20", "31", "Withdrawn"), ("3", "-20", "-5", "Withdrawn"),
            ("4", "", "", "Fail"), ("5", "10", "", "Distinction"),
        )  # fmt: skip
        rows = [row.draft.data for row in oulad.read_enrolments(folder) if row.draft]
        assert [(row["begin_date"], row["end_date"], row["exit_type"]) for row in rows] == [
            ("2013-10-01", "2014-06-26", "completed"),
            ("2013-10-01", "2013-11-01", "withdrawn"),
            ("2013-10-01", "2013-10-01", "no_show"),
            ("2013-10-01", "2014-06-26", "other"),
            ("2013-10-11", "2014-06-26", "completed"),
        ]
        assert outcomes(oulad.read_enrolments(folder)) == {"ok": 5}

    def test_only_a_pass_and_a_distinction_certify(self, tmp_path: Path) -> None:
        folder = self.folder(tmp_path, ("1", "0", "", "Pass"), ("2", "0", "", "Fail"), ("3", "0", "", "Distinction"))
        rows = list(oulad.read_certificates(folder))
        assert [row.draft.data["result"]["value"] for row in rows if row.draft] == ["Pass", "Distinction"]
        assert outcomes(rows) == {"ok": 2}

    def test_every_region_of_the_mapping_exists(self) -> None:
        assert set(oulad.REGIONS.values()) <= set(REGION_CODES.values())


class TestJobPortal:
    def raw(self, **changes: str) -> dict[str, str]:
        return {
            "id": "1",
            "name": "Юрист",
            "area": "{'id': '159', 'name': 'Астана'}",
            "salary": "",
            "salary_range": "{'from': 450000, 'to': None, 'currency': 'RUR', 'gross': False, 'mode': {'id': 'SHIFT'}}",
            "published_at": "2026-03-06T18:19:57+0300",
            "employer": "{'id': '42', 'name': 'Дала'}",
            "schedule": "{'id': 'fullDay'}",
            "work_format": "[{'id': 'REMOTE'}]",
            "professional_roles": "[{'id': '146', 'name': 'Юрист'}]",
            "experience": "{'id': 'between1And3'}",
            "employment": "{'id': 'full'}",
            "internship": "False",
        } | changes

    def read(self, tmp_path: Path, row: dict[str, str]) -> dict[str, object]:
        row_ = next(headhunter.read_raw(write_csv(tmp_path / "raw.csv", [row])))
        assert row_.draft is not None
        row_.draft.check()
        return dict(row_.draft.data)

    def test_cells_of_python_text_are_read(self, tmp_path: Path) -> None:
        data = self.read(tmp_path, self.raw())
        assert data["salary"] == {"min": 450000, "currency": "RUB", "period": "day", "gross": False}
        assert (data["kato"], data["remote"], data["experience_months"]) == ("710000000", True, 12)
        assert data["occupation"] == {"code": "2611", "scheme": "isco08"}

    def test_a_cell_that_is_code_is_not_run(self, tmp_path: Path) -> None:
        data = self.read(tmp_path, self.raw(salary_range="__import__('os').getcwd()"))
        assert "salary" not in data

    def test_a_sole_trader_has_an_iin_and_a_body_a_bin(self, tmp_path: Path) -> None:
        body = self.read(tmp_path, self.raw())["employer"]
        trader = self.read(tmp_path, self.raw(employer="{'id': '43', 'name': 'ИП Үлгі'}"))["employer"]
        assert is_valid_bin(body["id"])  # type: ignore[index]
        assert is_valid_iin(trader["id"])  # type: ignore[index]

    def test_money_loses_its_float_noise(self) -> None:
        assert [headhunter.money(text) for text in ("409730.58", "118282.49999999999", "700000.0", "", None)] == [
            409730.58,
            118282.5,
            700000,
            None,
            None,
        ]

    def test_a_later_export_amends(self, tmp_path: Path) -> None:
        path = write_csv(tmp_path / "raw.csv", [self.raw()])
        row = next(headhunter.read_raw(path, headhunter.PortalOptions(record_version=2)))
        assert row.draft is not None
        assert (row.draft.action, row.draft.record_version) == ("amended", 2)


class TestJobPosting:
    options = job_posting.JobPostingOptions("urn:kz:bin:500240000000", built_in_places(), SYNTHETIC)

    def test_a_full_posting_is_a_vacancy(self, tmp_path: Path) -> None:
        posting = {
            "@context": "https://schema.org",
            "@type": "JobPosting",
            "identifier": {"@type": "PropertyValue", "value": "j-1"},
            "title": "Деректер инженері",
            "hiringOrganization": {"name": "Дала", "identifier": make_synthetic_bin(77)},
            "jobLocation": {"address": {"addressLocality": "Шымкент"}},
            "employmentType": ["FULL_TIME"],
            "skills": "SQL, Python",
            "occupationalCategory": "15-1243.00 Database Architects",
            "baseSalary": {"currency": "KZT", "value": {"minValue": 500000, "unitText": "MONTH"}},
            "datePosted": "2026-05-04",
            "totalJobOpenings": 2,
        }
        path = tmp_path / "one.jsonld"
        path.write_text(json.dumps(posting))
        row = next(job_posting.read_vacancies([path], self.options))
        assert outcomes([row]) == {"ok": 1}
        assert row.draft is not None
        data = row.draft.data
        assert (data["language"], data["kato"], data["openings"]) == ("kk", "790000000", 2)
        assert data["employer"]["id"] == make_synthetic_bin(77)
        assert [skill["name"] for skill in data["skills"]] == ["SQL", "Python"]

    def test_what_a_posting_lacks_is_named_by_the_contract(self, tmp_path: Path) -> None:
        path = tmp_path / "one.jsonld"
        path.write_text('{"@type": "JobPosting", "title": "Stone mason"}')
        assert outcomes(job_posting.read_vacancies([path], self.options)) == {"field_missing /data/employer/id": 1}


def test_every_source_of_the_file_has_a_valid_bin_of_year_50() -> None:
    for source in known_sources().values():
        assert is_valid_bin(source.bin)
        assert source.bin.startswith("50")
        assert source.uri == f"urn:kz:bin:{source.bin}"
