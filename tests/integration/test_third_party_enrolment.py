"""Every third-party set of enrolments goes file → Kafka → raw → core, with the counts that pandas finds in the files.

All sets are published once, landed together and loaded in one batch of each entity; each has a source of its own.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from time import monotonic
from typing import Any

import pandas as pd
import psycopg
import pytest

from arna.batches import claim
from arna.contracts.registry import SPECS, Entity
from arna.errors import ConfigError
from arna.reconciliation import reconcile
from arna.settings import Settings
from arna.sources import import_sources
from arna.topics import ensure_topics, read_offsets
from arna.vault import Vault, ensure_keys, load_keys
from arna.warehouse.content import content_hash
from arna.warehouse.database import Database, connection_string
from consumers.lander import Lander
from expectations.runner import load_batch, validate_batch
from producers.adapters import oneroster, oneroster_json, oulad, school_data_sync
from producers.adapters.roster_events import RosterOptions
from producers.identities import Identities
from producers.known_sources import SOURCES_FILE, known_sources
from producers.publisher import EventPublisher
from producers.publishing import PublishReport, publish_rows
from producers.rows import AdaptedRow
from producers.versions import VersionMemory
from tests.support.landing import Warehouse
from tests.support.rosters import write_set
from tests.support.stack import create_database, drop_database, role_url

FOLDER = Path(os.environ.get("ARNA_SHARED_DATA", "../shared/data")) / "enrolment"
pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the enrolment sets are not here (ARNA_SHARED_DATA)"),
]
DEFAULTS = {"kato": "710000000", "language": "en", "funding": "other", "begin_date": "2020-09-01"}
JSON_PAGES = FOLDER / "1edtech_or11_json" / "1574845678"
SDS = FOLDER / "microsoft_sds"
SDS_V1 = SDS / "SDS_Format" / "100_Users"


def options(source: str) -> RosterOptions:
    return RosterOptions(known_sources()[source].uri, Identities(synthetic=True), DEFAULTS, date(2026, 10, 1))


Rows = Callable[[], Iterable[AdaptedRow]]
SETS: dict[str, tuple[Entity, Rows]] = {
    "rosterhub": (Entity.ENROLMENT, lambda: oneroster.read_enrolments(FOLDER / "rosterhub_en", options("school"))),
    "sds v1": (Entity.ENROLMENT, lambda: school_data_sync.read_enrolments(SDS_V1, options("schools"))),
    "sds v2": (Entity.ENROLMENT, lambda: school_data_sync.read_enrolments(SDS / "SDS_v2", options("colleges"))),
    "sds v2.1": (Entity.ENROLMENT, lambda: school_data_sync.read_enrolments(SDS / "SDS_v2.1", options("universities"))),
    "json": (Entity.ENROLMENT, lambda: oneroster_json.read_enrolments(JSON_PAGES, options("ai_university"))),
    "oulad 2013": (Entity.ENROLMENT, lambda: oulad.read_enrolments(FOLDER / "oulad_2013")),
    "oulad scores": (Entity.ENROLMENT, lambda: oulad.read_enrolments(FOLDER / "oulad_scores")),
    "oulad 2013 certificates": (Entity.CERTIFICATION, lambda: oulad.read_certificates(FOLDER / "oulad_2013")),
    "oulad scored certificates": (
        Entity.CERTIFICATION,
        lambda: oulad.read_certificates([FOLDER / "oulad_scores", FOLDER / "oulad_2013"]),
    ),
}
_LINEAGE = {"source_id", "event_id", "landed_at", "topic_id", "partition", "offset", "batch_id", "payload_sha256",
            "loaded_at", "arrival", "warnings"}  # fmt: skip


@dataclass
class Site:
    """A warehouse of the module's own behind the session's broker, from which it reads what comes from now on."""

    bootstrap: str
    url: str
    settings: Settings
    publisher: EventPublisher
    reports: dict[str, PublishReport] = field(default_factory=dict)

    def publish(self, rows: Iterable[AdaptedRow]) -> PublishReport:
        report = publish_rows(rows, self.publisher)
        assert report.failure is None
        assert report.unknown == 0
        assert report.read == report.accepted + report.refused
        return report

    def load(self) -> None:
        """Lands all that waits and takes it through one batch of each entity."""
        topics = {SPECS[entity].topic: entity for entity in Entity}
        lander = Lander(self.settings, topics=topics, group_id=f"third-party-{threading.get_native_id()}")
        try:
            deadline = monotonic() + 60
            while self._waiting():
                assert monotonic() < deadline
                lander.poll_once(0.2)
        finally:
            lander.close()
        loader = self.settings.model_copy(update={"warehouse_url": role_url(self.url, "arna_loader")})
        with Database(loader.warehouse_url or "") as database:
            for entity in Entity:
                if batch := claim(database, entity, 1_000_000):
                    validate_batch(database, loader, batch.batch_id)
                    load_batch(database, loader, batch.batch_id)

    def _waiting(self) -> int:
        kafka = read_offsets(self.bootstrap, [spec.topic for spec in SPECS.values()])
        stored = {
            (row["topic_name"], row["partition"]): row["next_offset"]
            for row in self.rows("select * from ops.landing_offset")
        }
        return sum(end - stored[place] for place, end in kafka.end.items())

    def rows(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        with psycopg.connect(connection_string(self.url), row_factory=psycopg.rows.dict_row) as connection:
            return connection.execute(statement, values or None).fetchall()  # type: ignore[arg-type]

    def hashes(self) -> list[str]:
        with Database(self.url) as database:
            return [content_hash(database, f"core.{entity}") for entity in (Entity.ENROLMENT, Entity.CERTIFICATION)]

    def versions(self, source: str) -> Counter[str]:
        """Versions of each enrolment of a source."""
        found = self.rows(
            "select enrolment_id from core.enrolment join ops.source using (source_id) where source_uri = %s",
            uri(source),
        )
        return Counter(row["enrolment_id"] for row in found)

    def current(self, source: str) -> list[dict[str, Any]]:
        """What core says now of a source's enrolments, without where it came from."""
        found = self.rows(
            "select core.enrolment.* from core.enrolment join ops.source using (source_id) "
            "where source_uri = %s and is_current order by enrolment_id",
            uri(source),
        )
        return [{name: value for name, value in row.items() if name not in _LINEAGE} for row in found]

    def count(self, entity: Entity, source: str, condition: str = "true") -> int:
        statement = f"select count(*) as n from core.{entity} join ops.source using (source_id) where source_uri = %s"
        return self.rows(f"{statement} and is_current and {condition}", uri(source))[0]["n"]


def uri(source: str) -> str:
    return source if source.startswith("urn:") else known_sources()[source].uri


@pytest.fixture(scope="module")
def site(
    kafka_bootstrap: str,
    postgres_server_url: str,
    database_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Site]:
    name = f"arna_third_party_{threading.get_native_id()}"
    url = create_database(postgres_server_url, name, database_template)
    settings = Settings(
        home=tmp_path_factory.mktemp("home"),
        kafka_bootstrap_servers=kafka_bootstrap,
        warehouse_url=role_url(url, "arna_lander"),
    )
    ensure_keys(settings.vault_keys_path)
    ensure_topics(kafka_bootstrap, settings)
    with Database(url) as database:
        import_sources(database, SOURCES_FILE)
    warehouse = Warehouse(url)
    warehouse.start_all(read_offsets(kafka_bootstrap, [spec.topic for spec in SPECS.values()]))
    for number in range(10):
        warehouse.run(
            "insert into ops.source (source_uri, name, entities) values (%s, %s, '{enrolment}')",
            f"urn:test:roster:{number}", f"roster {number}",
        )  # fmt: skip
    warehouse.close()
    with EventPublisher(kafka_bootstrap) as publisher:
        made = Site(kafka_bootstrap, url, settings, publisher)
        for set_name, (_, rows) in SETS.items():
            made.reports[set_name] = made.publish(rows())
        made.load()
        yield made
    drop_database(postgres_server_url, name)


def frame(*path: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER.joinpath(*path), dtype=str, keep_default_na=False)


def pages(name: str) -> pd.DataFrame:
    return pd.DataFrame(pd.read_json(JSON_PAGES / f"{name}.json", dtype=False)[name].tolist())


def counts(report: PublishReport) -> tuple[int, int]:
    return report.read, report.accepted


def test_reconciliation_finds_no_difference(site: Site) -> None:
    with Database(site.url) as database:
        report = reconcile(database, site.bootstrap, vault=Vault(load_keys(site.settings)))
    assert report.failures() == []
    assert report.ok
    assert report.entities["enrolment"].difference == 0
    assert report.entities["enrolment"].published == sum(
        site.reports[name].accepted for name, (entity, _) in SETS.items() if entity is Entity.ENROLMENT
    )


def test_rosterhub_is_what_pandas_counts(site: Site) -> None:
    enrolments, users = frame("rosterhub_en", "enrollments.csv"), frame("rosterhub_en", "users.csv")
    joined = enrolments.merge(users, left_on="userSourcedId", right_on="sourcedId", suffixes=("", "_user"))
    students = joined[(joined.role == "student") & (joined.role_user == "student")]
    assert counts(site.reports["rosterhub"]) == (len(enrolments), len(students))
    assert set(site.versions("school")) == set(students.sourcedId)
    people = site.rows(
        "select count(distinct person_token) as n from core.enrolment join ops.source using (source_id) "
        "where source_uri = %s",
        uri("school"),
    )
    assert people[0]["n"] == students.userSourcedId.nunique()


def test_school_data_sync_v1_is_what_pandas_counts(site: Site) -> None:
    folder = ("microsoft_sds", "SDS_Format", "100_Users")
    enrolments, teachers = frame(*folder, "StudentEnrollment.csv"), frame(*folder, "TeacherRoster.csv")
    students, sections = frame(*folder, "Student.csv"), frame(*folder, "Section.csv")
    joined = enrolments.merge(students, on="SIS ID").merge(
        sections, left_on="Section SIS ID", right_on="SIS ID", suffixes=("", "_section")
    )
    assert counts(site.reports["sds v1"]) == (len(enrolments) + len(teachers), len(joined))
    unique = joined.drop_duplicates(["Section SIS ID", "SIS ID"])
    assert site.count(Entity.ENROLMENT, "schools") == len(unique)
    for grade, expected in unique.Grade.astype(int).value_counts().items():
        assert site.count(Entity.ENROLMENT, "schools", f"grade = {grade}") == expected
    born = pd.to_datetime(unique.Birthdate, format="%m/%d/%Y").dt.strftime("%Y-%m-%d").value_counts()
    for day, expected in born.items():
        assert site.count(Entity.ENROLMENT, "schools", f"birth_date = '{day}'") == expected


@pytest.mark.parametrize(("name", "folder", "source"), [("sds v2", "SDS_v2", "colleges"),
                                                        ("sds v2.1", "SDS_v2.1", "universities")])  # fmt: skip
def test_school_data_sync_v2_is_what_pandas_counts(site: Site, name: str, folder: str, source: str) -> None:
    enrolments = frame("microsoft_sds", folder, "enrollments.csv")
    students = enrolments[enrolments.role.str.lower() == "student"]
    assert counts(site.reports[name]) == (len(enrolments), len(students))
    assert site.count(Entity.ENROLMENT, source) == len(students)
    classes, orgs = frame("microsoft_sds", folder, "classes.csv"), frame("microsoft_sds", folder, "orgs.csv")
    places = students.merge(classes, left_on="classSourcedId", right_on="sourcedId").merge(
        orgs, left_on="orgSourcedId", right_on="sourcedId", suffixes=("", "_org")
    )
    for kind, expected in places.type.value_counts().items():
        assert site.count(Entity.ENROLMENT, source, f"organisation_kind = '{kind}'") == expected


def test_json_pages_are_what_pandas_counts(site: Site) -> None:
    users, demographics = pages("users"), pages("demographics")
    students = users[users.role == "student"]
    report = site.reports["json"]
    assert report.accepted == len(students)
    # Beside the people, the session that is invalid on purpose is named.
    invalid = [refusal for refusal in report.refusals if refusal.file == "academicSessions-invalid.json"]
    assert [(refusal.row, refusal.rejection_class) for refusal in invalid] == [(1, "schema_invalid")]
    assert report.read == len(users) + len(invalid)
    assert site.count(Entity.ENROLMENT, "ai_university") == len(students)
    for grade, expected in students.grades.str[0].astype(int).value_counts().items():
        assert site.count(Entity.ENROLMENT, "ai_university", f"grade = {grade}") == expected
    born = students.merge(demographics, on="sourcedId").birthDate
    assert site.count(Entity.ENROLMENT, "ai_university", "birth_date is not null") == born.notna().sum()


def test_pages_without_people_are_refused_as_a_whole() -> None:
    with pytest.raises(ConfigError, match="no page holds users"):
        list(oneroster_json.read_enrolments(FOLDER / "1edtech_or11_json" / "1598444198", options("school")))


def test_oulad_enrolments_are_what_pandas_counts(site: Site) -> None:
    key = ["code_module", "code_presentation", "id_student"]
    first, second = frame("oulad_2013", "studentInfo.csv"), frame("oulad_scores", "studentInfo.csv")
    assert counts(site.reports["oulad 2013"]) == (len(first), len(first))
    assert counts(site.reports["oulad scores"]) == (len(second), len(second))
    together = pd.concat([first, second]).drop_duplicates(key)
    assert site.count(Entity.ENROLMENT, "open_university") == len(together)
    passed = together.final_result.isin(["Pass", "Distinction"]).sum()
    assert site.count(Entity.ENROLMENT, "open_university", "exit_type = 'completed'") == passed


def test_oulad_certificates_are_what_pandas_counts(site: Site) -> None:
    key = ["code_module", "code_presentation", "id_student"]
    first, second = frame("oulad_2013", "studentInfo.csv"), frame("oulad_scores", "studentInfo.csv")
    passed = [one[one.final_result.isin(["Pass", "Distinction"])] for one in (first, second)]
    assert site.reports["oulad 2013 certificates"].accepted == len(passed[0])
    assert site.reports["oulad scored certificates"].accepted == len(passed[1])
    together = pd.concat(passed).drop_duplicates(key)
    assert site.count(Entity.CERTIFICATION, "open_university") == len(together)
    scores = independent_scores(passed[1][key])
    assert site.count(Entity.CERTIFICATION, "open_university", "result_kind = 'score'") == len(scores)
    found = site.rows("select certificate_id, result_value from core.certification where result_kind = 'score'")
    stored = {row["certificate_id"].removesuffix("-result"): float(row["result_value"]) for row in found}
    assert set(stored) == set(scores.index)
    assert max(abs(stored[name] - score) for name, score in scores.items()) < 0.0051


def independent_scores(passed: pd.DataFrame) -> pd.Series:
    """Weighted mean of each certificate's scores, from the files alone."""
    scores = frame("oulad_scores", "studentAssessment.csv")
    scores = scores[scores.score != ""].merge(frame("oulad_2013", "assessments.csv"), on="id_assessment", how="left")
    info = frame("oulad_scores", "studentInfo.csv")
    known = scores[scores.code_module.notna()]
    open_ones = info[info.code_presentation != "2013J"]
    open_ones = open_ones[~open_ones.id_student.duplicated(keep=False)]
    columns = ["id_student", "score"]
    rest = scores[scores.code_module.isna()][columns].merge(open_ones, on="id_student")
    every = pd.concat([known, rest.assign(weight="0")])
    every = every.merge(passed, on=["code_module", "code_presentation", "id_student"])
    every["name"] = every.code_module + "-" + every.code_presentation + "-" + every.id_student
    every["score"], every["weight"] = every.score.astype(float), every.weight.astype(float)
    every["weighted"] = every.score * every.weight
    grouped = every.groupby("name").agg({"score": "mean", "weight": "sum", "weighted": "sum"})
    return (grouped.weighted / grouped.weight).where(grouped.weight > 0, grouped.score)


def test_publishing_the_files_again_changes_nothing(site: Site) -> None:
    before = site.hashes()
    # The two that are left out are of the same readers as two others, and large.
    for name, (_, rows) in SETS.items():
        if name in {"oulad scores", "oulad 2013 certificates"}:
            continue
        report = site.publish(rows())
        assert counts(report) == counts(site.reports[name]), name
    site.load()
    assert site.hashes() == before
    with Database(site.url) as database:
        assert reconcile(database, site.bootstrap).ok


def edit(path: Path, **cells: str) -> None:
    """Changes cells of the last row."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    for column, value in cells.items():
        table.loc[len(table) - 1, column] = value
    table.to_csv(path, index=False)


@dataclass(frozen=True)
class Edit:
    """Cells of the last row of a file, and how many enrolments they change."""

    read: Callable[..., Iterator[AdaptedRow]]
    folder: Path
    file: str
    cells: dict[str, str]
    count: Callable[[pd.DataFrame], int]


def of_last_class(rows: pd.DataFrame) -> int:
    return int(((rows.classSourcedId == "cl0005") & (rows.role == "student")).sum())


ROSTERHUB = FOLDER / "rosterhub_en"
EDITS = {
    "rosterhub": Edit(oneroster.read_enrolments, ROSTERHUB, "enrollments.csv", {"endDate": "2021-07-15"}, lambda _: 1),
    "rosterhub class": Edit(oneroster.read_enrolments, ROSTERHUB, "classes.csv", {"grades": "11"}, of_last_class),
    "sds v1": Edit(
        school_data_sync.read_enrolments, SDS_V1, "Student.csv", {"Grade": "8"},
        lambda rows: int((rows["SIS ID"] == "13086").sum()),
    ),
    "sds v2.1": Edit(
        school_data_sync.read_enrolments, SDS / "SDS_v2.1", "demographics.csv", {"birthDate": "1899-01-01"},
        lambda rows: int((rows.userSourcedId == "114008").sum()),
    ),
}  # fmt: skip
_ENROLMENT_FILES = {"sds v1": "StudentEnrollment.csv"}


@pytest.mark.parametrize("name", EDITS)
def test_an_edited_row_makes_exactly_one_new_version(site: Site, tmp_path: Path, name: str) -> None:
    one = EDITS[name]
    source = f"urn:test:roster:{list(EDITS).index(name)}"
    given = replace(options("school"), source=source, as_of=None)
    old, new = tmp_path / "old", tmp_path / "new"
    for copy in (old, new):
        shutil.copytree(one.folder, copy, copy_function=shutil.copyfile)
    edit(new / one.file, **one.cells)
    with VersionMemory(tmp_path / "versions.sqlite") as memory:
        site.publish(one.read(old, replace(given, memory=memory)))
        site.load()
        first = site.versions(source)
        assert set(first.values()) == {1}
        site.publish(one.read(new, replace(given, memory=memory)))
    site.load()
    second = site.versions(source)
    touched = {key for key, count in second.items() if count == 2}
    enrolments = pd.read_csv(old / _ENROLMENT_FILES.get(name, "enrollments.csv"), dtype=str)
    assert len(touched) == one.count(enrolments)
    assert second == first + Counter(touched)


def test_changes_after_a_full_set_are_the_full_newer_set(site: Site, tmp_path: Path) -> None:
    """A third-party set, dated, then what a school's autumn does to it; once as changes, once as a full export."""
    names = ["orgs", "academicSessions", "courses", "classes", "users", "enrollments"]
    files: dict[str, list[dict[str, str]]] = {}
    for name in names:
        table = frame("rosterhub_en", f"{name}.csv").assign(status="active", dateLastModified="2020-08-01T00:00:00Z")
        files[name] = table.to_dict("records")  # type: ignore[assignment]
    edits = {
        ("enrollments", 9): {"status": "tobedeleted", "dateLastModified": "2020-10-01T00:00:00Z"},
        ("enrollments", 12): {"endDate": "2020-11-01", "dateLastModified": "2020-11-02T00:00:00Z"},
        ("users", 7): {"grades": "11", "dateLastModified": "2020-10-02T00:00:00Z"},
        ("courses", 1): {"title": "Information Systems", "dateLastModified": "2020-10-03T00:00:00Z"},
        ("academicSessions", 1): {"endDate": "2021-07-15", "dateLastModified": "2020-10-04T00:00:00Z"},
    }
    newer = {
        name: [{**row, **edits.get((name, at), {})} for at, row in enumerate(rows)] for name, rows in files.items()
    }
    again = {**files["enrollments"][12], "sourcedId": "en9001", "dateLastModified": "2020-12-01T00:00:00Z",
             "beginDate": "2020-12-01"}  # fmt: skip
    newer["enrollments"].append(again)
    changes = {
        name: [newer[name][at] for table, at in edits if table == name] + ([again] if name == "enrollments" else [])
        for name in names
    }
    bulk = write_set(tmp_path / "bulk", files)
    delta = write_set(tmp_path / "delta", {name: rows for name, rows in changes.items() if rows}, mode="delta")
    full = write_set(tmp_path / "full", newer)
    by_changes, by_full = (replace(options("school"), source=f"urn:test:roster:{number}") for number in (7, 8))
    for given in (by_changes, by_full):
        site.publish(oneroster.read_enrolments(bulk, replace(given, as_of=date(2020, 8, 1))))
    site.load()
    site.publish(oneroster.read_enrolments([bulk, delta], replace(by_changes, as_of=date(2020, 12, 5))))
    site.publish(oneroster.read_enrolments(full, replace(by_full, as_of=date(2020, 12, 5))))
    site.load()
    assert site.current(by_changes.source) == site.current(by_full.source)
    assert site.versions(by_changes.source) == site.versions(by_full.source)
    statuses = Counter(row["status"] for row in site.current(by_changes.source))
    assert (statuses["voided"], statuses["ended"]) == (1, 1)
    assert max(site.versions(by_changes.source).values()) == 2
    with Database(site.url) as database:
        assert reconcile(database, site.bootstrap).ok
