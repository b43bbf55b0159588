"""### Retraining: from core to the reader's views.

Brings demand, supply and gaps of skills, demand and skills of occupations, and pathways up to date.

| | |
|---|---|
| **Wakes** | a batch of any entity was loaded (`core/enrolment`, `core/certification`, `core/vacancy`) |
| **and** | every five minutes, for a lost bell and for a new day: things expire and begin at midnight in Kazakhstan |
| **Reads** | `core.*`, `ref.region`, `ref.skill*`, `ref.occupation*`, `ops.mart_batch` |
| **Writes** | `mart.*` behind the views of `retraining`; `ref.skill_term`, `ops.{mart_*, freshness, validation}` |
| **Owner** | data engineering |

1. **refresh** matches names of skills that are new with the reference, takes in the loaded batches that the marts have
   not taken in yet, recomputes the people, vacancies, skills and months they touch, and commits once: a reader never
   sees half. Where a name or code came to mean another skill, what it touches is recomputed too. It rebuilds everything
   where a release changed the models. With nothing to do it costs a few milliseconds.
2. **validate** runs Great Expectations' suites on what readers see and what is behind it, where rows or the day
   changed, the last run failed or is an hour old; else it is skipped. It marks each view in `ops.freshness` as valid or
   not. The rules: `docs/reference/mart-rules.md`.

#### What to do when it fails
- **"the retraining marts are not valid"**: a critical rule failed. The text has for each the view or table, the rule,
  the number of rows and what to do; *Data Docs* of the task has all rules. Nothing was taken back: readers see them,
  and `ops.freshness.is_valid` is false. It fails again at each run until a refresh or a rebuild has mended it.
- **"not evaluated"**: an expectation could not run (often a grant or a column after a migration). Nothing was
  decided: correct the cause and clear the task.
- **WarehouseUnavailable**: PostgreSQL is away. The task tries again by itself; `arna status`, `arna up`.
- **"refused: SQLSTATE …"**: a model met what it cannot compute; the views keep the last good state. The text names the
  statement; correct it, and clear the task. Nothing is lost: the batches wait in `ops.mart_batch`.
- Readers ask why their data is old: `ops.freshness` tells the latest event and the last refresh of each view.
- The task may be cleared and run again, at any time and twice at once: the content is a function of `core`, `ref` and
  the day alone.
"""

from __future__ import annotations

from typing import Final

from airflow.sdk import AssetOrTimeSchedule, CronTriggerTimetable, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from arna.orchestration.assets import CORE, RETRIES, Tag, link_data_docs

GROUP: Final = "retraining"


@dag(  # type: ignore[untyped-decorator]
    dag_id="refresh_retraining",
    dag_display_name="Refresh: retraining",
    schedule=AssetOrTimeSchedule(
        timetable=CronTriggerTimetable("*/5 * * * *", timezone="UTC"),
        assets=CORE["enrolment"] | CORE["certification"] | CORE["vacancy"],
    ),
    catchup=False,
    max_active_runs=1,
    default_args=dict(RETRIES),
    tags=[Tag.MART, GROUP],
    doc_md=__doc__,
)
def refresh_retraining() -> None:
    """Refresh in one transaction, then validate."""

    @task
    def refresh() -> dict[str, object]:
        """What was recomputed: counts and the day, no values."""
        from arna.marts import refresh as refresh_marts
        from arna.orchestration.warehouse import open_warehouse

        with open_warehouse("refresh-retraining") as (db, _settings):
            return refresh_marts(db, GROUP).counts()

    @task
    def validate() -> int:
        """Number of the run over the marts."""
        from arna.marts.validating import begin_validation
        from arna.orchestration.data_docs import announce_page
        from arna.orchestration.warehouse import open_warehouse
        from expectations.mart_runner import validate_marts

        with open_warehouse("validate-retraining") as (db, settings):
            run = begin_validation(db, GROUP)
            if run is None:
                raise AirflowSkipException("Nothing changed since the last run passed, and that was within the hour.")
            announce_page(get_current_context(), GROUP, run)
            validate_marts(db, settings, run)
        return run

    refreshed, validated = refresh(), validate()
    refreshed >> validated
    link_data_docs(validated)


refresh_retraining()
