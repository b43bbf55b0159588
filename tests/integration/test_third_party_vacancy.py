"""Every third-party set of vacancies goes file → Kafka → raw → core by the command, with the counts that pandas finds.

Each set has a source of its own. The sets are published once, landed together and loaded in one batch.
"""

from __future__ import annotations

import ast
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

import pandas as pd
import psycopg
import pytest
from typer.testing import CliRunner

from arna.batches import claim
from arna.cli.main import build_app
from arna.contracts.registry import SPECS, Entity
from arna.reconciliation import reconcile
from arna.settings import Settings, get_settings
from arna.topics import ensure_topics, read_offsets
from arna.vault import Vault, ensure_keys, load_keys
from arna.warehouse.content import content_hash
from arna.warehouse.database import Database, connection_string
from consumers.lander import Lander
from expectations.runner import load_batch, validate_batch
from tests.support.landing import Warehouse
from tests.support.stack import create_database, drop_database, role_url

FOLDER = Path(os.environ.get("ARNA_SHARED_DATA", "../shared/data")) / "vacancy"
pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the vacancy sets are not here (ARNA_SHARED_DATA)"),
]
RAW, CLEAN = FOLDER / "hh_kz_astana_2026-03_raw.csv", FOLDER / "hh_kz_it_2026-04_clean.csv"
HISTORY = (FOLDER / "hh_history" / "2005.csv", FOLDER / "hh_history" / "2006.csv")
# What the examples of schema.org leave out, each of them shows one property; the place is for all of them.
COMPLETION = {
    "employer.id": "500240000000", "employer.name": "Example", "title": "Untitled", "kato": "710000000",
    "employment_type": "other", "published_on": "2011-10-31",
}  # fmt: skip
SETS: dict[str, tuple[str, ...]] = {
    "raw": (str(RAW), "--from", "hh_raw", "--synthetic-identities"),
    "clean": (str(CLEAN), "--from", "hh_kz_clean"),
    "history": (*map(str, HISTORY), "--from", "hh_history"),
    "examples": (
        str(FOLDER / "schema_org"), "--from", "job_posting",
        *(part for name, value in COMPLETION.items() for part in ("--set", f"{name}={value}")),
    ),
}  # fmt: skip
IN_KAZAKHSTAN = {"Алматы", "Караганда"}
"""The places of the history that are towns of Kazakhstan, found by reading the column's 151 values."""


def uri(name: str) -> str:
    return f"urn:test:vacancies:{name}"


@dataclass
class Site:
    """A warehouse of the module's own behind the session's broker, from which it reads what comes from now on."""

    bootstrap: str
    url: str
    settings: Settings
    reports: dict[str, dict[str, Any]] = field(default_factory=dict)

    def publish(self, source: str, *arguments: str) -> dict[str, Any]:
        given = ("--source", uri(source), "--bootstrap-servers", self.bootstrap, "--json")
        result = CliRunner().invoke(build_app(), ["publish", "vacancy", *arguments, *given])
        assert result.exit_code in {0, 1}, result.output
        report: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
        assert report["unknown"] == 0
        assert report["read"] == report["accepted"] + report["refused"]
        return report

    def load(self) -> None:
        """Lands all that waits and takes it through one batch."""
        topics = {SPECS[entity].topic: entity for entity in Entity}
        lander = Lander(self.settings, topics=topics, group_id=f"vacancies-{threading.get_native_id()}")
        try:
            deadline = monotonic() + 60
            while self._waiting():
                assert monotonic() < deadline
                lander.poll_once(0.2)
        finally:
            lander.close()
        loader = self.settings.model_copy(update={"warehouse_url": role_url(self.url, "arna_loader")})
        with Database(loader.warehouse_url or "") as database:
            if batch := claim(database, Entity.VACANCY, 1_000_000):
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

    def core(self, source: str) -> pd.DataFrame:
        """Every version of a source's vacancies."""
        return pd.DataFrame(
            self.rows(
                "select core.vacancy.* from core.vacancy join ops.source using (source_id) where source_uri = %s "
                "order by vacancy_id, record_version",
                uri(source),
            )
        )

    def hash(self) -> str:
        with Database(self.url) as database:
            return content_hash(database, "core.vacancy")

    def check(self) -> None:
        """Nothing is lost and nothing is counted twice."""
        with Database(self.url) as database:
            report = reconcile(database, self.bootstrap, vault=Vault(load_keys(self.settings)))
        assert report.failures() == []
        assert report.entities["vacancy"].difference == 0


@pytest.fixture(scope="module")
def site(
    kafka_bootstrap: str,
    postgres_server_url: str,
    database_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Site]:
    name = f"arna_vacancies_{threading.get_native_id()}"
    url = create_database(postgres_server_url, name, database_template)
    settings = Settings(
        home=tmp_path_factory.mktemp("home"),
        kafka_bootstrap_servers=kafka_bootstrap,
        warehouse_url=role_url(url, "arna_lander"),
    )
    ensure_keys(settings.vault_keys_path)
    ensure_topics(kafka_bootstrap, settings)
    warehouse = Warehouse(url)
    warehouse.start_all(read_offsets(kafka_bootstrap, [spec.topic for spec in SPECS.values()]))
    for source in (*SETS, "edited"):
        warehouse.run(
            "insert into ops.source (source_uri, name, entities) values (%s, %s, '{vacancy}')", uri(source), source
        )
    warehouse.close()
    patch = pytest.MonkeyPatch()
    patch.setenv("ARNA_SPOOL", str(settings.home / "spool"))
    get_settings.cache_clear()
    try:
        made = Site(kafka_bootstrap, url, settings)
        made.reports = {source: made.publish(source, *arguments) for source, arguments in SETS.items()}
        made.load()
        yield made
    finally:
        patch.undo()
        get_settings.cache_clear()
        drop_database(postgres_server_url, name)


def counts(report: dict[str, Any]) -> tuple[int, int]:
    return report["read"], report["accepted"]


def cell(text: str) -> Any:
    return ast.literal_eval(text) if text else {}


def test_reconciliation_finds_no_difference(site: Site) -> None:
    site.check()
    with Database(site.url) as database:
        report = reconcile(database, site.bootstrap, checks=("ledger",))
    assert report.entities["vacancy"].published == sum(report["accepted"] for report in site.reports.values())


def test_the_raw_export_is_what_pandas_counts(site: Site) -> None:
    file, core = pd.read_csv(RAW, dtype=str, keep_default_na=False), site.core("raw")
    assert counts(site.reports["raw"]) == (len(file), len(file))
    assert set(core["vacancy_id"]) == set(file["id"])
    assert len(core) == file["id"].nunique()
    pay = file["salary_range"].map(cell)
    assert core["salary_currency_code"].notna().sum() == sum(bool(one.get("from") or one.get("to")) for one in pay)
    roubles = sum(one.get("currency") == "RUR" for one in pay)
    assert (core["salary_currency_code"] == "RUB").sum() == roubles
    assert core["salary_min"].astype(float).sum() == pytest.approx(sum(one.get("from") or 0 for one in pay))
    assert set(core["kato_code"]) == {"710000000"}


def test_the_clean_export_is_what_pandas_counts(site: Site) -> None:
    file, core = pd.read_csv(CLEAN), site.core("clean")
    assert counts(site.reports["clean"]) == (len(file), len(file))
    assert set(core["vacancy_id"]) == set(file["id"].astype(str))
    assert core["salary_min"].notna().sum() == file["salary_from"].notna().sum()
    assert core["salary_min"].astype(float).sum() == pytest.approx(file["salary_from"].round(2).sum())
    assert core["kato_code"].value_counts()["750000000"] == (file["area"] == "Алматы").sum()
    assert core["kato_code"].nunique() == file["area"].nunique()
    assert (
        core["is_remote"].sum()
        == (file["work_format"] == "['REMOTE']").sum()
        + (file["work_format"].isin(["[]"]) & (file["schedule"] == "remote")).sum()
    )
    skills = file["skills_extracted"].map(lambda text: len(dict.fromkeys(ast.literal_eval(text))))
    assert core["skills"].map(len).sum() == skills.sum()


def test_the_history_is_what_pandas_counts_and_other_countries_are_refused_by_name(site: Site) -> None:
    file = pd.concat([pd.read_csv(path) for path in HISTORY])
    here, core = file[file["area_name"].isin(IN_KAZAKHSTAN)], site.core("history")
    report = site.reports["history"]
    assert counts(report) == (len(file), len(here)) == (49_343, 177)
    assert {(row["rule"], row["pointer"], row["column"]) for row in report["refusals"]} == {
        ("kato_missing", "/data/kato", "area_name")
    }
    assert len(core) == len(here.drop_duplicates(["name", "area_name", "published_at"]))
    # Twenty years late, and yet under the day on which it happened.
    days = pd.to_datetime(here["published_at"].str[:10]).dt.date
    assert sorted(core["published_on"]) == sorted(days)
    assert core["salary_min"].astype(float).sum() == here["salary_from"].sum()


def test_the_examples_are_refused_bare_and_loaded_when_completed(site: Site) -> None:
    files = sorted((FOLDER / "schema_org").iterdir())
    titles = [json.loads(path.read_text())["title"] for path in files]
    bare = CliRunner().invoke(
        build_app(),
        ["publish", "vacancy", str(FOLDER / "schema_org"), "--from", "job_posting", "--dry-run", "--json"],
    )
    assert json.loads(bare.stdout.splitlines()[-1])["refused"] == len(files)
    assert counts(site.reports["examples"]) == (len(files), len(files))
    assert list(site.core("examples")["title"]) == titles


def test_publishing_the_files_again_changes_nothing(site: Site) -> None:
    before = site.hash()
    for source, arguments in SETS.items():
        if source != "history":
            assert site.publish(source, *arguments) == site.reports[source]
    assert site.publish("history", str(HISTORY[0]), "--from", "hh_history")["accepted"] == 2
    site.load()
    assert site.hash() == before
    site.check()


def test_an_edited_row_makes_exactly_one_new_version(site: Site, tmp_path: Path) -> None:
    file = pd.read_csv(CLEAN, dtype=str, keep_default_na=False).head(200)
    path = tmp_path / "export.csv"
    arguments = (str(path), "--from", "hh_kz_clean", "--count-versions")
    file.to_csv(path, index=False)
    assert site.publish("edited", *arguments)["accepted"] == len(file)
    site.load()
    before = site.core("edited")
    file.loc[17, "name"] += " (срочно)"
    file.to_csv(path, index=False)
    assert site.publish("edited", *arguments)["accepted"] == len(file)
    site.load()
    after = site.core("edited")
    assert (len(before), len(after)) == (len(file), len(file) + 1)
    edited = after[after["vacancy_id"] == file.loc[17, "id"]]
    assert list(zip(edited["record_version"], edited["action"], edited["is_current"], strict=True)) == [
        (1, "published", False), (2, "amended", True),
    ]  # fmt: skip
    assert list(edited["title"])[1].endswith("(срочно)")
    site.check()
