"""OneRoster CSV: versions, bulk and delta, identities, dates, and what is refused by row, by column or by file."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from arna.contracts.identifiers import make_synthetic_bin, make_synthetic_iin
from arna.contracts.registry import Entity
from arna.errors import ConfigError, ContractError
from arna.settings import Settings
from producers.adapters import oneroster
from producers.adapters.roster_events import RosterOptions, to_milliseconds
from producers.identities import Identities
from producers.known_sources import SAMPLES
from producers.reasons import sentence
from producers.rows import AdaptedRow, Draft
from producers.shapes import ReadRequest, read_shape
from producers.versions import VersionMemory
from tests.support.rosters import SYNC, Files, full_set, manifest, write_set, zip_set

pytestmark = pytest.mark.unit

DEFAULTS = {"kato": "710000000", "language": "kk", "funding": "state_grant"}
OPTIONS = RosterOptions("urn:kz:bin:500140000077", Identities(synthetic=True), DEFAULTS)


def version_of(text: str) -> int:
    return to_milliseconds(datetime.fromisoformat(text))


SEPTEMBER = version_of("2026-09-01T03:00:00Z")


def outcomes(rows: Iterable[AdaptedRow]) -> Counter[str]:
    found: Counter[str] = Counter()
    for row in rows:
        if row.draft is None:
            assert row.refusal is not None
            found[f"{row.refusal.rule_id} {row.refusal.pointer}"] += 1
            continue
        try:
            row.draft.check()
        except ContractError as error:
            found[f"{error.rule_id} {error.pointer}"] += 1
        else:
            found["ok"] += 1
    return found


def read(*paths: Path, **options: Any) -> list[AdaptedRow]:
    return list(oneroster.read_enrolments(list(paths), replace(OPTIONS, **options)))


def drafts(*paths: Path, **options: Any) -> dict[str, Draft]:
    """The last event of each enrolment."""
    return {row.draft.subject: row.draft for row in read(*paths, **options) if row.draft is not None}


def current(drafts: Iterable[Draft]) -> dict[str, tuple[int, dict[str, Any]]]:
    """What the warehouse holds as current: of each enrolment the highest version; two of one version must agree."""
    found: dict[str, tuple[int, dict[str, Any]]] = {}
    for draft in drafts:
        state = draft.record_version, dict(draft.data)
        known = found.get(draft.subject)
        assert known is None or known[0] != state[0] or known == state, draft.subject
        if known is None or known[0] < state[0]:
            found[draft.subject] = state
    return found


class TestSet:
    def test_every_row_of_the_sample_is_an_event_or_a_refusal_with_its_reason(self) -> None:
        found = outcomes(read(SAMPLES / "oneroster"))
        assert found == {"ok": 9, "role_is_not_student /role": 2, "role_disagrees_with_user /role": 1}

    def test_grade_gives_the_level_and_terms_give_the_dates(self) -> None:
        data = [draft.data for draft in drafts(SAMPLES / "oneroster").values()]
        assert {(row["grade"], row["programme"]["isced_level"]) for row in data} == {(8, 2), (10, 3)}
        assert {(row["begin_date"], row["end_date"]) for row in data} == {("2026-09-01", "2027-05-26")}

    def test_a_zip_gives_what_its_folder_gives(self, tmp_path: Path) -> None:
        folder = write_set(tmp_path / "set", full_set())
        assert read(zip_set(folder)) == read(folder)

    def test_files_in_a_folder_of_the_zip_are_found(self, tmp_path: Path) -> None:
        folder = write_set(tmp_path / "set", full_set())
        path = tmp_path / "deep.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("__MACOSX/set/._users.csv", b"\0\5\x16")
            for file in folder.iterdir():
                archive.write(file, f"set/{file.name}")
        assert outcomes(read(path)) == {"ok": 3, "role_is_not_student /role": 1}

    def test_roles_of_1_2_take_the_place_of_the_role_of_a_user(self, tmp_path: Path) -> None:
        files = full_set(is_dated=False)
        files["roles"] = [
            {"sourcedId": f"r-{number}", "status": "", "dateLastModified": "", "userSourcedId": user["sourcedId"],
             "roleType": "primary", "role": user.pop("role"), "beginDate": "", "endDate": "", "orgSourcedId": "school"}
            for number, user in enumerate(files["users"])
        ]  # fmt: skip
        with_manifest = write_set(tmp_path / "a", files, version="1.2")
        without = write_set(tmp_path / "b", files, mode=None)
        assert outcomes(read(with_manifest)) == {"ok": 3, "role_is_not_student /role": 1}
        assert read(without) == read(with_manifest)

    def test_1_2_needs_its_roles(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r"roles\.csv is not in set"):
            read(write_set(tmp_path / "set", full_set(), version="1.2"))

    def test_a_birth_date_is_all_that_is_taken_from_the_demographics(self, tmp_path: Path) -> None:
        files = full_set()
        files["demographics"] = [{"sourcedId": "user-1", **SYNC, "birthDate": "1890-02-03", "sex": "female"}]
        person = drafts(write_set(tmp_path / "set", files))["e-1"].data["person"]
        assert person["birth_date"] == "1890-02-03"
        assert set(person) == {"iin", "birth_date"}

    def test_a_department_is_enrolled_at_the_school_above_it(self, tmp_path: Path) -> None:
        files = full_set()
        number = make_synthetic_bin(7)
        files["orgs"][0]["identifier"] = number
        files["orgs"].append({**files["orgs"][0], "sourcedId": "dep", "type": "department", "identifier": "",
                              "parentSourcedId": "school"})  # fmt: skip
        files["enrollments"][1]["schoolSourcedId"] = "dep"
        draft = drafts(write_set(tmp_path / "set", files))["e-1"]
        assert draft.data["organisation"] == {"kind": "school", "bin": number}

    @pytest.mark.parametrize(
        ("grades", "of_class", "grade", "level"),
        [("08", "", 8, 2), ("", "10", 10, 3), ("KG", "", None, 0), ("", "01,02", None, 1), ("", "08,10", None, 3),
         ("", "", None, 3), ("12", "01", 12, 3)],
    )  # fmt: skip
    def test_several_grades_tell_only_what_they_share(
        self, tmp_path: Path, grades: str, of_class: str, grade: int | None, level: int
    ) -> None:
        files = full_set()
        files["users"][1]["grades"], files["classes"][0]["grades"] = grades, of_class
        data = drafts(write_set(tmp_path / "set", files))["e-1"].data
        assert (data.get("grade"), data["programme"]["isced_level"]) == (grade, level)

    def test_what_the_set_lacks_can_be_given(self, tmp_path: Path) -> None:
        given = {**DEFAULTS, "organisation.bin": make_synthetic_bin(3), "study_form": "evening", "entry_type": "new"}
        data = drafts(write_set(tmp_path / "set", full_set()), defaults=given)["e-1"].data
        assert data["organisation"] == {"kind": "school", "bin": make_synthetic_bin(3)}
        assert (data["study_form"], data["entry_type"]) == ("evening", "new")


class TestIdentities:
    def refusals(self, tmp_path: Path, **options: Any) -> Counter[str]:
        return outcomes(read(write_set(tmp_path / "set", full_set()), **options))

    def number_of(self, tmp_path: Path, user: dict[str, str], **options: Any) -> str | None:
        files = full_set()
        files["users"] = [{**row, **dict.fromkeys(user, "")} for row in files["users"]]
        files["users"][1] |= user
        found: str | None = drafts(write_set(tmp_path / "set", files), **options)["e-1"].data["person"].get("iin")
        return found

    def test_without_identities_each_person_is_refused_by_the_contract(self, tmp_path: Path) -> None:
        assert self.refusals(tmp_path, identities=Identities())["field_missing /data/person/iin"] == 3

    @pytest.mark.parametrize(
        "user",
        [{"identifier": "{iin}"}, {"userIds": "{{LDAP:x}},{{IIN:{iin}}}"}, {"userIds": "{{ЖСН : {iin} }}"},
         {"identifier": "{iin}", "userIds": "{{iin:{iin}}}"}],
    )  # fmt: skip
    def test_an_iin_is_taken_from_the_places_of_the_standard(self, tmp_path: Path, user: dict[str, str]) -> None:
        iin = make_synthetic_iin(5)
        filled = {name: text.format(iin=iin) for name, text in user.items()}
        assert self.number_of(tmp_path, filled, identities=Identities()) == iin

    def test_an_iin_is_taken_from_the_column_that_the_school_adds(self, tmp_path: Path) -> None:
        iin = make_synthetic_iin(5)
        found = self.number_of(tmp_path, {"metadata.iin": iin}, identities=Identities(), iin_column="metadata.iin")
        assert found == iin

    def test_a_column_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r"users\.csv lacks the column metadata\.iin"):
            self.refusals(tmp_path, iin_column="metadata.iin")

    def test_a_wrong_number_is_refused_and_never_replaced_by_a_synthetic_one(self, tmp_path: Path) -> None:
        files = full_set()
        files["users"][1]["userIds"] = "{IIN:990101100001}"
        assert outcomes(read(write_set(tmp_path / "set", files)))["iin_check_digit /data/person/iin"] == 1

    def test_two_numbers_for_one_person_are_refused(self, tmp_path: Path) -> None:
        files = full_set()
        files["users"][1] |= {"identifier": make_synthetic_iin(1), "userIds": f"{{IIN:{make_synthetic_iin(2)}}}"}
        assert outcomes(read(write_set(tmp_path / "set", files)))["iin_ambiguous /data/person/iin"] == 1

    def test_the_map_is_asked_by_id_identifier_and_username(self, tmp_path: Path) -> None:
        numbers = [make_synthetic_iin(number) for number in (1, 2, 3)]
        files = full_set()
        files["users"][2]["identifier"] = "S-2"
        mapped = Identities(dict(zip(("user-1", "S-2", "u3"), numbers, strict=True)))
        found = drafts(write_set(tmp_path / "set", files), identities=mapped)
        assert [draft.data["person"]["iin"] for draft in found.values()] == numbers


class TestVersions:
    def test_the_version_is_the_latest_change_of_all_that_the_event_is_made_of(self, tmp_path: Path) -> None:
        later = "2026-09-20T10:00:00.123Z"
        for name in ("orgs", "academicSessions", "courses", "classes", "users", "enrollments"):
            files = full_set()
            for row in files[name]:
                row["dateLastModified"] = later
            found = drafts(write_set(tmp_path / name, files))["e-1"]
            assert found.record_version == version_of(later), name
            assert found.occurred_at == datetime.fromisoformat(later)

    @pytest.mark.parametrize(
        ("name", "change"),
        [("courses", {"title": "Информатика негіздері"}), ("classes", {"grades": "09"}), ("users", {"grades": "09"}),
         ("academicSessions", {"endDate": "2027-06-01"}), ("orgs", {"identifier": make_synthetic_bin(9)}),
         ("enrollments", {"beginDate": "2026-09-15"})],
    )  # fmt: skip
    def test_an_edit_anywhere_makes_exactly_one_new_version_and_never_a_conflict(
        self, tmp_path: Path, name: str, change: dict[str, str]
    ) -> None:
        files = full_set()
        before = drafts(write_set(tmp_path / "before", files))
        files[name][-1] |= {**change, "dateLastModified": "2026-09-20T10:00:00Z"}
        after = drafts(write_set(tmp_path / "after", files))
        assert read(tmp_path / "after") == read(tmp_path / "after")
        touched = {"users", "enrollments"} & {name}
        for subject, draft in after.items():
            is_edited = subject == "e-3" or not touched
            assert (draft.record_version > before[subject].record_version) == is_edited
            assert is_edited or draft == before[subject]

    def test_two_changes_in_one_second_are_two_versions(self, tmp_path: Path) -> None:
        files = full_set()
        versions = []
        for index, moment in enumerate(("2026-09-20T10:00:00.100Z", "2026-09-20T10:00:00.200Z")):
            files["enrollments"][1]["dateLastModified"] = moment
            versions.append(drafts(write_set(tmp_path / str(index), files))["e-1"].record_version)
        assert versions[1] - versions[0] == 100

    def test_the_end_of_a_term_is_a_later_version_than_any_change_before_it(self, tmp_path: Path) -> None:
        folder = write_set(tmp_path / "set", full_set())
        active = drafts(folder, as_of=date(2027, 5, 25))["e-1"]
        ended = [drafts(folder, as_of=day)["e-1"] for day in (date(2027, 5, 26), date(2027, 9, 1))]
        assert (active.action, active.record_version) == ("started", SEPTEMBER)
        assert ended[0] == ended[1]
        assert (ended[0].action, ended[0].data["exit_type"]) == ("ended", "other")
        assert ended[0].record_version == version_of("2027-05-26T00:00:00+05:00")

    def test_a_row_taken_back_before_its_end_never_was(self, tmp_path: Path) -> None:
        files = full_set()
        files["enrollments"][1] |= {"status": "tobedeleted", "dateLastModified": "2026-10-02T08:00:00.000Z"}
        draft = drafts(write_set(tmp_path / "set", files))["e-1"]
        assert (draft.action, draft.data["status"], "exit_type" in draft.data) == ("voided", "voided", False)
        assert draft.record_version == version_of("2026-10-02T08:00:00Z")

    def test_a_row_tidied_away_after_its_end_has_ended_and_is_not_voided(self, tmp_path: Path) -> None:
        files = full_set()
        files["enrollments"][1] |= {"status": "tobedeleted", "dateLastModified": "2027-07-01T08:00:00.000Z"}
        draft = drafts(write_set(tmp_path / "set", files))["e-1"]
        assert (draft.action, draft.data["status"], draft.data["end_date"]) == ("ended", "ended", "2027-05-26")

    def test_without_dates_a_set_has_the_version_that_is_given(self, tmp_path: Path) -> None:
        folder = write_set(tmp_path / "set", full_set(is_dated=False))
        assert drafts(folder)["e-1"].record_version == 1
        assert drafts(folder, as_of=date(2027, 8, 1))["e-1"].record_version == 2
        assert drafts(folder, record_version=20)["e-1"].record_version == 20

    def test_a_set_ahead_of_its_term_is_known_on_its_day(self, tmp_path: Path) -> None:
        folder = write_set(tmp_path / "set", full_set(is_dated=False))
        found = drafts(folder, as_of=date(2026, 8, 20))["e-1"]
        assert found.occurred_at == datetime.fromisoformat("2026-08-20T00:00:00+05:00")


def delta_of(files: Files) -> tuple[Files, Files]:
    """A delta in which everything that can change does, and the full set that a later export would be."""
    edits: dict[str, dict[str, dict[str, str]]] = {
        "courses": {"course": {"title": "Информатика негіздері", "dateLastModified": "2026-09-10T00:00:00Z"}},
        "users": {"user-1": {"grades": "09", "dateLastModified": "2026-09-11T00:00:00Z"}},
        "enrollments": {
            "e-2": {"endDate": "2026-12-01", "dateLastModified": "2026-09-12T00:00:00Z"},
            "e-3": {"status": "tobedeleted", "dateLastModified": "2026-09-13T00:00:00Z"},
        },
    }
    newcomer = {"dateLastModified": "2026-09-14T00:00:00Z", "status": "active"}
    full: Files = {}
    delta: Files = {}
    for name, rows in files.items():
        changed = edits.get(name, {})
        full[name] = [{**row, **changed.get(row["sourcedId"], {})} for row in rows]
        delta[name] = [
            {**row, "status": row["status"] or "active"} for row in full[name] if row["sourcedId"] in changed
        ]
    person = {**files["users"][1], **newcomer, "sourcedId": "user-9", "username": "u9"}
    again = {**files["enrollments"][1], **newcomer, "sourcedId": "e-9", "userSourcedId": "user-9"}
    for one in (full, delta):
        one["users"].append(person)
        one["enrollments"].append(again)
    return {name: rows for name, rows in delta.items() if rows}, full


class TestDelta:
    @pytest.mark.parametrize("is_dated", [True, False])
    def test_a_delta_after_the_full_set_is_the_full_newer_set(self, tmp_path: Path, is_dated: bool) -> None:
        files = full_set(is_dated=is_dated)
        changes, newer = delta_of(files)
        bulk = write_set(tmp_path / "bulk", files)
        delta = write_set(tmp_path / "delta", changes, mode="delta")
        full = write_set(tmp_path / "full", newer)
        first = [row.draft for row in read(bulk) if row.draft]
        by_delta, by_full = (current([*first, *drafts(*paths).values()]) for paths in ((bulk, delta), (full,)))
        assert by_delta == by_full
        assert {subject: state[1]["status"] for subject, state in by_delta.items()} == {
            "e-1": "active", "e-2": "active", "e-3": "voided", "e-9": "active"
        }  # fmt: skip

    def test_a_full_set_and_its_changes_are_the_full_newer_set_row_by_row(self, tmp_path: Path) -> None:
        files = full_set()
        changes, newer = delta_of(files)
        bulk = write_set(tmp_path / "bulk", files)
        delta = write_set(tmp_path / "delta", changes, mode="delta")
        full = write_set(tmp_path / "full", newer)
        assert drafts(bulk, delta) == drafts(full)
        assert [(row.file, row.row) for row in read(bulk, delta)] == [
            ("bulk/enrollments.csv", 1), ("bulk/enrollments.csv", 2), ("delta/enrollments.csv", 1),
            ("delta/enrollments.csv", 2), ("delta/enrollments.csv", 3),
        ]  # fmt: skip

    def test_a_change_of_a_row_that_enrolments_point_to_reaches_them(self, tmp_path: Path) -> None:
        files = full_set()
        bulk = write_set(tmp_path / "bulk", files)
        row = {**files["courses"][0], "title": "Физика", "dateLastModified": "2026-09-10T00:00:00Z"}
        delta = write_set(tmp_path / "delta", {"courses": [row]}, mode="delta")
        found = drafts(bulk, delta)
        assert {draft.data["programme"]["name"]["ru"] for draft in found.values()} == {"Физика"}
        assert {draft.record_version for draft in found.values()} == {version_of("2026-09-10T00:00:00Z")}

    def test_a_second_full_set_is_not_taken_for_changes(self, tmp_path: Path) -> None:
        first, second = (write_set(tmp_path / name, full_set()) for name in ("1", "2"))
        with pytest.raises(ConfigError, match="2 is a full set, not changes"):
            read(first, second)

    def test_an_end_that_has_passed_since_does_not_outrun_a_change_before_it(self, tmp_path: Path) -> None:
        files = full_set()
        bulk = write_set(tmp_path / "bulk", files)
        row = {**files["enrollments"][1], "endDate": "2026-11-01", "dateLastModified": "2026-11-02T00:00:00Z"}
        delta = write_set(tmp_path / "delta", {"enrollments": [row]}, mode="delta")
        rows = read(bulk, delta, as_of=date(2027, 9, 1))
        found = {key: state[1] for key, state in current(row.draft for row in rows if row.draft).items()}
        assert {key: (data["status"], data["end_date"]) for key, data in found.items()} == {
            "e-1": ("ended", "2026-11-01"), "e-2": ("ended", "2027-05-26"), "e-3": ("ended", "2027-05-26")
        }  # fmt: skip

    def test_of_several_lines_of_an_enrolment_the_latest_stands(self, tmp_path: Path) -> None:
        files = full_set()
        bulk = write_set(tmp_path / "bulk", files)
        ends = [("2026-12-02", "2026-10-02T00:00:00Z"), ("2026-12-01", "2026-10-01T00:00:00Z")]
        deltas = [
            write_set(
                tmp_path / end,
                {"enrollments": [{**files["enrollments"][1], "endDate": end, "dateLastModified": modified}]},
                mode="delta",
            )
            for end, modified in ends
        ]
        assert drafts(bulk, *deltas)["e-1"].data["end_date"] == "2026-12-02"

    def test_a_bulk_file_among_changes_takes_the_place_of_the_one_before(self, tmp_path: Path) -> None:
        files = full_set()
        bulk = write_set(tmp_path / "bulk", files)
        modes = {"users": "bulk", "enrollments": "delta"}
        later = {"users": files["users"][:3], "enrollments": files["enrollments"][1:2], "manifest": manifest(modes)}
        found = outcomes(read(bulk, write_set(tmp_path / "delta", later, mode=None)))
        assert found == {"ok": 2, "role_is_not_student /role": 1, "user_not_found /userSourcedId": 1}

    def test_an_older_delta_given_later_does_not_win(self, tmp_path: Path) -> None:
        files = full_set()
        bulk = write_set(tmp_path / "bulk", files)
        newer = {**files["users"][1], "grades": "10", "dateLastModified": "2026-10-02T00:00:00Z"}
        older = {**files["users"][1], "grades": "09", "dateLastModified": "2026-10-01T00:00:00Z"}
        deltas = [write_set(tmp_path / str(index), {"users": [row]}, mode="delta") for index, row in
                  enumerate((newer, older))]  # fmt: skip
        assert drafts(bulk, *deltas)["e-1"].data["grade"] == 10

    def test_a_delta_alone_is_refused_by_row_where_it_points_to_what_it_has_not(self, tmp_path: Path) -> None:
        changes, _ = delta_of(full_set())
        found = outcomes(read(write_set(tmp_path / "delta", changes, mode="delta")))
        assert found == {"user_not_found /userSourcedId": 2, "class_not_found /classSourcedId": 1}

    def test_rows_of_a_delta_must_say_what_changed_and_when(self, tmp_path: Path) -> None:
        files = full_set()
        bulk = write_set(tmp_path / "bulk", files)
        rows = [{**files["enrollments"][1], "dateLastModified": ""}, {**files["enrollments"][2], "status": ""}]
        delta = write_set(tmp_path / "delta", {"enrollments": rows}, mode="delta")
        found = [(row.refusal.rule_id, row.refusal.pointer) for row in read(bulk, delta) if row.refusal]
        assert found[:2] == [("field_missing", "/dateLastModified"), ("field_missing", "/status")]

    def test_changes_without_a_full_set_need_enrolments(self, tmp_path: Path) -> None:
        delta = write_set(tmp_path / "delta", {"users": full_set()["users"]}, mode="delta")
        with pytest.raises(ConfigError, match="has no enrollments"):
            read(delta)

    def test_the_sample_of_changes_is_what_its_readme_says(self) -> None:
        rows = read(SAMPLES / "oneroster", SAMPLES / "oneroster_changes")
        before = drafts(SAMPLES / "oneroster")
        changed = {
            row.draft.subject: row.draft for row in rows if row.draft and row.draft != before.get(row.draft.subject)
        }
        assert {subject: draft.action for subject, draft in changed.items()} == {
            "enrolment-4": "started", "enrolment-5": "voided", "enrolment-6": "started", "enrolment-13": "started",
            **{f"enrolment-{number}": "started" for number in (9, 10, 11, 12)},
        }  # fmt: skip
        assert outcomes(rows) == {"ok": 10, "role_is_not_student /role": 2, "role_disagrees_with_user /role": 1}


class TestCountedVersions:
    """Sets without dates, as a bulk export is by the standard, published again and again from one machine."""

    @pytest.fixture
    def memory(self, tmp_path: Path) -> Iterator[VersionMemory]:
        with VersionMemory(tmp_path / "versions.sqlite") as memory:
            yield memory

    def versions(self, *paths: Path, **options: Any) -> dict[str, int]:
        return {subject: draft.record_version for subject, draft in drafts(*paths, **options).items()}

    def test_an_edited_row_is_one_version_higher_and_the_others_are_the_same_events(
        self, tmp_path: Path, memory: VersionMemory
    ) -> None:
        files = full_set(is_dated=False)
        first = write_set(tmp_path / "1", files)
        before = drafts(first, memory=memory)
        assert drafts(first, memory=memory) == before
        files["users"][2]["grades"] = "09"
        second = write_set(tmp_path / "2", files)
        after = drafts(second, memory=memory)
        assert {key: draft.record_version for key, draft in after.items()} == {"e-1": 1, "e-2": 2, "e-3": 1}
        assert [after[key] for key in ("e-1", "e-3")] == [before[key] for key in ("e-1", "e-3")]
        assert after["e-2"].action == "changed"
        assert drafts(second, memory=memory) == after

    def test_an_edit_of_a_class_raises_each_enrolment_in_it_once(self, tmp_path: Path, memory: VersionMemory) -> None:
        files = full_set(is_dated=False)
        self.versions(write_set(tmp_path / "1", files), memory=memory)
        files["courses"][0]["title"] = "Физика"
        assert set(self.versions(write_set(tmp_path / "2", files), memory=memory).values()) == {2}

    def test_an_end_and_an_edit_after_it_are_two_versions(self, tmp_path: Path, memory: VersionMemory) -> None:
        files = full_set(is_dated=False)
        files["academicSessions"][0]["endDate"] = "2026-11-01"
        folder = write_set(tmp_path / "1", files)
        files["users"][1]["grades"] = "09"
        edited = write_set(tmp_path / "2", files)
        day = date(2026, 11, 10)
        found = [self.versions(one, as_of=when, memory=memory)["e-1"] for one, when in
                 ((folder, None), (edited, None), (edited, day), (folder, day))]  # fmt: skip
        assert found == sorted(set(found))

    def test_a_full_set_after_changes_with_dates_is_counted_from_them(
        self, tmp_path: Path, memory: VersionMemory
    ) -> None:
        """The flow of the standard: a full set without dates, changes with dates, a full set without dates."""
        files = full_set(is_dated=False)
        changes, newer = delta_of(files)
        bulk = write_set(tmp_path / "bulk", files)
        delta = write_set(tmp_path / "delta", changes, mode="delta")
        drafts(bulk, memory=memory)
        by_changes = drafts(bulk, delta, memory=memory)
        assert by_changes["e-1"].record_version == version_of("2026-09-11T00:00:00Z")
        blank = {"status": "", "dateLastModified": ""}
        undated = {name: [{**row, **blank} for row in rows if row["status"] != "tobedeleted"]
                   for name, rows in newer.items()}  # fmt: skip
        same = drafts(write_set(tmp_path / "same", undated), memory=memory)
        assert {key: (draft.record_version, draft.data) for key, draft in same.items()} == {
            key: (draft.record_version, draft.data) for key, draft in by_changes.items() if key != "e-3"
        }
        undated["users"][2]["grades"] = "11"
        edited = self.versions(write_set(tmp_path / "edited", undated), memory=memory)
        assert {key: version - same[key].record_version for key, version in edited.items()} == {
            "e-1": 0, "e-2": 1, "e-9": 0
        }  # fmt: skip

    def test_an_older_dated_set_published_late_stays_older_and_what_is_counted_is_above_both(
        self, tmp_path: Path, memory: VersionMemory
    ) -> None:
        files = full_set()
        older = write_set(tmp_path / "older", files)
        files["users"][1] |= {"grades": "09", "dateLastModified": "2026-09-20T00:00:00Z"}
        newer = write_set(tmp_path / "newer", files)
        high = self.versions(newer, memory=memory)["e-1"]
        low = self.versions(older, memory=memory)["e-1"]
        assert (low, high) == (SEPTEMBER, version_of("2026-09-20T00:00:00Z"))
        undated = full_set(is_dated=False)
        undated["users"][1]["grades"] = "10"
        assert self.versions(write_set(tmp_path / "undated", undated), memory=memory)["e-1"] == high + 1

    def test_a_version_that_is_given_is_not_counted_but_remembered(self, tmp_path: Path, memory: VersionMemory) -> None:
        files = full_set(is_dated=False)
        folder = write_set(tmp_path / "1", files)
        assert set(self.versions(folder, record_version=20, memory=memory).values()) == {20}
        files["users"][1]["grades"] = "09"
        assert self.versions(write_set(tmp_path / "2", files), memory=memory) == {"e-1": 21, "e-2": 20, "e-3": 20}


class TestRefusedByFile:
    def broken(self, tmp_path: Path, name: str, data: bytes, **options: Any) -> list[AdaptedRow]:
        folder = write_set(tmp_path / "set", full_set())
        (folder / f"{name}.csv").write_bytes(data)
        return read(folder, **options)

    @pytest.mark.parametrize("version", ["1.0", "2.0", ""])
    def test_another_version_is_one_sentence(self, tmp_path: Path, version: str) -> None:
        with pytest.raises(ConfigError, match=r"does not say OneRoster 1\.1 or 1\.2"):
            read(write_set(tmp_path / "set", full_set(), version=version))

    def test_a_mode_that_is_none_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="neither bulk, delta nor absent for orgs"):
            read(write_set(tmp_path / "set", full_set(), mode="incremental"))

    def test_a_file_that_the_manifest_does_not_mention_is_not_passed_over(self, tmp_path: Path) -> None:
        files = full_set()
        modes = {name: "bulk" for name in files if name != "users"}
        folder = write_set(tmp_path / "set", {**files, "manifest": manifest(modes)}, mode=None)
        with pytest.raises(ConfigError, match=r"users\.csv, but its manifest does not say"):
            read(folder)

    def test_a_file_that_the_manifest_names_must_be_there(self, tmp_path: Path) -> None:
        folder = write_set(tmp_path / "set", full_set())
        (folder / "courses.csv").unlink()
        with pytest.raises(ConfigError, match=r"names courses\.csv, which is not there"):
            read(folder)

    def test_an_empty_folder_and_a_file_that_is_no_zip_are_named(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r"has no enrollments\.csv"):
            read(tmp_path)
        path = tmp_path / "users.csv"
        path.write_text("sourcedId\n")
        with pytest.raises(ConfigError, match=r"users\.csv is neither a folder nor a whole zip"):
            read(path)

    def test_a_zip_that_was_cut_off_gives_nothing(self, tmp_path: Path) -> None:
        path = zip_set(write_set(tmp_path / "set", full_set()))
        whole = path.read_bytes()
        for length in range(0, len(whole), 97):
            path.write_bytes(whole[:length])
            with pytest.raises(ConfigError):
                read(path)

    def test_a_zip_with_a_damaged_member_gives_nothing(self, tmp_path: Path) -> None:
        folder = write_set(tmp_path / "set", full_set(learners=200))
        path = zip_set(folder)
        with zipfile.ZipFile(path) as archive:
            start = archive.getinfo("enrollments.csv").header_offset
        data = bytearray(path.read_bytes())
        data[start + 200] ^= 0xFF
        path.write_bytes(data)
        rows = oneroster.read_enrolments(path, OPTIONS)
        with pytest.raises(ConfigError, match=r"enrollments\.csv cannot be read"):
            next(rows)

    @pytest.mark.parametrize("encoding", ["cp1251", "utf-16"])
    def test_another_encoding_is_refused_unless_it_is_declared(self, tmp_path: Path, encoding: str) -> None:
        files = full_set()
        files["orgs"][0]["name"] = "Школа"
        folder = write_set(tmp_path / "set", files, encoding=encoding)
        with pytest.raises(ConfigError, match=r"(orgs|manifest)\.csv is not UTF-8 text.* --encoding"):
            read(folder)
        assert outcomes(read(folder, encoding=encoding))["ok"] == 3

    def test_a_byte_order_mark_is_no_error(self, tmp_path: Path) -> None:
        folder = write_set(tmp_path / "set", full_set(), encoding="utf-8-sig")
        assert outcomes(read(folder))["ok"] == 3

    def test_an_unknown_encoding_is_named_as_the_option(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="--encoding"):
            self.broken(tmp_path, "users", b"", encoding="klingon")

    @pytest.mark.parametrize(
        ("data", "message"),
        [
            (b"", r"users\.csv has no line with the names"),
            (b"\n\n", r"users\.csv has no line with the names"),
            (b'"sourcedId","role\n', r"users\.csv has no line with the names"),
            (b"sourcedId,status\n", r"users\.csv lacks the column role"),
            (b"sourcedId;role\n", r"users\.csv lacks the column sourcedId.*comma"),
            (b"sourcedId,role,role\n", r"users\.csv has the column role twice"),
            (b"990101100000,990101100000\n", r"users\.csv has the column of one name twice"),
        ],
    )
    def test_a_heading_that_will_not_do_is_named(self, tmp_path: Path, data: bytes, message: str) -> None:
        with pytest.raises(ConfigError, match=message):
            self.broken(tmp_path, "users", data)


class TestRefusedByRow:
    def with_row(self, tmp_path: Path, name: str, **cells: str) -> list[AdaptedRow]:
        files = full_set()
        files[name][-1] |= cells
        return read(write_set(tmp_path / "set", files))

    @pytest.mark.parametrize(
        ("cells", "expected"),
        [
            ({"beginDate": "01.09.2026"}, "date_malformed /beginDate"),
            ({"beginDate": "09/01/2026"}, "date_malformed /beginDate"),
            ({"endDate": "2026-02-30"}, "date_malformed /endDate"),
            ({"endDate": "2026-12-01T00:00:00Z"}, "date_malformed /endDate"),
            ({"dateLastModified": "yesterday"}, "date_malformed /dateLastModified"),
            ({"status": "inactive"}, "value_not_listed /status"),
            ({"userSourcedId": "nobody"}, "user_not_found /userSourcedId"),
            ({"classSourcedId": "nothing"}, "class_not_found /classSourcedId"),
            ({"schoolSourcedId": "nowhere"}, "organisation_not_found /schoolSourcedId"),
            ({"role": "teacher"}, "role_disagrees_with_user /role"),
            ({"sourcedId": ""}, "field_missing /sourcedId"),
        ],
    )
    def test_a_cell_that_is_wrong_is_named_by_its_column(
        self, tmp_path: Path, cells: dict[str, str], expected: str
    ) -> None:
        found = outcomes(self.with_row(tmp_path, "enrollments", **cells))
        assert found == {"ok": 2, "role_is_not_student /role": 1, expected: 1}

    @pytest.mark.parametrize(
        ("name", "cells", "expected"),
        [
            ("academicSessions", {"endDate": "26.05.2027"}, {"date_malformed /endDate": 1,
                                                             "session_not_found /termSourcedIds": 3}),
            ("classes", {"termSourcedIds": "term,other"}, {"session_not_found /termSourcedIds": 3}),
            ("classes", {"courseSourcedId": "other"}, {"course_not_found /courseSourcedId": 3}),
            ("orgs", {"type": "district"}, {"organisation_enrols_nobody /schoolSourcedId": 3}),
            ("users", {"grades": "Year 8"}, {"value_not_listed /grades": 1, "ok": 2}),
            ("users", {"status": "gone"}, {"value_not_listed /status": 1, "user_not_found /userSourcedId": 1, "ok": 2}),
        ],
    )  # fmt: skip
    def test_a_row_that_others_point_to_is_refused_with_those_that_need_it(
        self, tmp_path: Path, name: str, cells: dict[str, str], expected: dict[str, int]
    ) -> None:
        found = outcomes(self.with_row(tmp_path, name, **cells))
        assert found == {"role_is_not_student /role": 1, **expected}

    def test_own_dates_need_no_session(self, tmp_path: Path) -> None:
        files = full_set()
        files["classes"][0]["termSourcedIds"] = "gone"
        files["enrollments"][1] |= {"beginDate": "2026-09-01", "endDate": "2026-12-01"}
        assert outcomes(read(write_set(tmp_path / "set", files)))["ok"] == 1

    def test_an_id_that_stands_twice_with_other_cells_is_refused_the_second_time(self, tmp_path: Path) -> None:
        files = full_set()
        files["users"].append({**files["users"][1], "grades": "09"})
        files["orgs"].append(dict(files["orgs"][0]))
        rows = read(write_set(tmp_path / "set", files))
        assert [(row.file, row.row) for row in rows if row.refusal and row.refusal.rule_id == "source_id_repeated"] == [
            ("users.csv", 5)
        ]

    @pytest.mark.parametrize(
        ("line", "expected"),
        [
            (b'"e-9","active"', "cells_missing /dateLastModified"),
            (b'"e-9",' * 30 + b'""', "cells_extra "),
            (b'"e-9"x,"",""', "csv_malformed "),
            (b'"e-9,"",""', "csv_malformed "),
            (b'"' + b"x" * 1_000_000 + b'"', "csv_malformed "),
        ],
    )
    def test_a_line_that_is_broken_costs_itself_alone(self, tmp_path: Path, line: bytes, expected: str) -> None:
        folder = write_set(tmp_path / "set", full_set())
        lines = (folder / "enrollments.csv").read_bytes().splitlines()
        (folder / "enrollments.csv").write_bytes(b"\r\n".join([*lines[:2], line, *lines[2:]]) + b"\r\n")
        assert outcomes(read(folder)) == {"ok": 3, "role_is_not_student /role": 1, expected: 1}


def test_every_reason_of_the_rosters_has_a_sentence_in_three_languages() -> None:
    folder = Path(oneroster.__file__).parent
    names = ("csv_sets", "roster_events", "rosters", "oneroster", "oneroster_json", "school_data_sync", "oulad")
    text = "".join((folder / f"{name}.py").read_text() for name in (*names, "oulad_scores"))
    calls = re.findall(r"(?:Refusal|refuse)\(\s*(?:UNREADABLE|NOT_A_LEARNER|\"\w+\"), \"(\w+)\"", text)
    assert len(calls) > 30
    assert not {rule for rule in calls if not all(sentence(rule, language) for language in ("kk", "ru", "en"))}


def test_the_command_counts_versions_and_a_dry_run_remembers_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARNA_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("producers.versions.get_settings", lambda: Settings(home=tmp_path / "home"))
    files = full_set(is_dated=False)
    folders = [write_set(tmp_path / "1", files)]
    files["users"][1]["grades"] = "09"
    folders.append(write_set(tmp_path / "2", files))

    def versions(folder: Path, *, dry_run: bool) -> list[int]:
        request = ReadRequest(
            Entity.ENROLMENT, [folder], identities=Identities(synthetic=True), defaults=DEFAULTS, dry_run=dry_run
        )
        return [row.draft.record_version for row in read_shape("oneroster", request) if row.draft]

    assert [versions(folder, dry_run=True) for folder in folders] == [[1, 1, 1], [1, 1, 1]]
    assert [versions(folder, dry_run=False) for folder in (*folders, folders[1])] == [[1, 1, 1], [2, 1, 1], [2, 1, 1]]
