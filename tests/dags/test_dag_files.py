"""The DAG files: exactly these, documented, light to parse, safe to retry."""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = pytest.mark.dags

DAG_IDS = {
    "load_enrolment", "load_certification", "load_vacancy", "reconcile", "refresh_profile", "refresh_retraining",
}  # fmt: skip
HEAVY = ("great_expectations", "pandas", "pyarrow", "kafka", "expectations", "consumers", "producers")


def test_exactly_these_dags_are_there_and_import(bag):
    assert bag["import_errors"] == {}
    assert set(bag["dags"]) == DAG_IDS


def test_each_dag_is_its_own_file_of_the_same_name(bag):
    folder = Path(__file__).parents[2] / "dags"
    assert {path.stem for path in folder.glob("*.py")} - {"__init__"} == DAG_IDS
    for dag_id, dag in bag["dags"].items():
        assert Path(dag["file"]).stem == dag_id


def test_each_dag_says_what_wakes_it_what_it_does_and_what_to_do_when_it_fails(bag):
    for dag_id, dag in bag["dags"].items():
        text = (dag["doc"] or "").lower()
        for part in ("wakes", "reads", "writes", "owner", "what to do when it fails"):
            assert part in text, f"{dag_id} does not say: {part}"
        assert dag["tags"], dag_id


def test_parsing_imports_nothing_heavy(bag):
    loaded = {name.partition(".")[0] for name in bag["modules"]}
    assert not loaded & set(HEAVY)


def test_one_run_at_a_time_and_no_catching_up(bag):
    for dag in bag["dags"].values():
        assert dag["max_active_runs"] == 1
        assert dag["catchup"] is False


def test_transient_errors_are_tried_again_with_backoff(bag):
    for dag_id, dag in bag["dags"].items():
        for task_id, task in dag["tasks"].items():
            assert task["retries"] >= 2, f"{dag_id}.{task_id}"
            assert task["backoff"], f"{dag_id}.{task_id}"


@pytest.mark.parametrize("entity", ["enrolment", "certification", "vacancy"])
def test_loads_claim_validate_and_load_and_announce_core(bag, entity):
    dag = bag["dags"][f"load_{entity}"]
    assert dag["timetable"] == "AssetOrTimeSchedule"
    tasks = dag["tasks"]
    assert {name: task["upstream"] for name, task in tasks.items()} == {
        "claim": [], "validate": ["claim"], "load": ["validate"],
    }  # fmt: skip
    assert tasks["load"]["outlets"] == [f"core/{entity}"]
    assert tasks["validate"]["links"] == ["Data Docs"]


@pytest.mark.parametrize("group", ["profile", "retraining"])
def test_refreshes_are_followed_by_their_validation(bag, group):
    tasks = bag["dags"][f"refresh_{group}"]["tasks"]
    assert {name: task["upstream"] for name, task in tasks.items()} == {"refresh": [], "validate": ["refresh"]}
    assert tasks["validate"]["links"] == ["Data Docs"]


def test_the_reference_is_made_from_the_docstrings_and_fresh():
    from arna.orchestration.describe import describe

    root = Path(__file__).parents[2]
    assert (root / "docs" / "reference" / "dags.md").read_text(encoding="utf-8") == describe(root / "dags")
