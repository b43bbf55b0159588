"""### Enrolments: from landed events to core.

Checks what schools, colleges and universities sent and loads it into `core.enrolment`.

- **Wakes:** the doorbell (events landed and not claimed), and every five minutes (a bell can be lost)
- **Reads:** `raw.enrolment`, `ops.landing_offset`, `ops.source`, `ref.*`
- **Writes:** `core.enrolment`, `ops.{rejection, duplicate, validation, batch}`; the asset `core/enrolment`
- **Owner:** data engineering

1. **claim** freezes all that is landed as a batch, or takes up an unfinished one. Nothing waits: skip.
2. **validate** types the batch into `stage.enrolment` and runs Great Expectations' suite `enrolment.v1` on it.
3. **load** settles every event (loaded, superseded, duplicate or rejected) in one transaction.

#### What to do when it fails

- **"batch N … is held"**: a rule about the whole batch failed. Readers keep the last good state, later batches go on.
  Look at *Data Docs* of the failed task and at `arna batch show N`. If the data are right: `arna batch release N`;
  if not: `arna batch discard N`, which rejects each event and tells its publisher.
- **WarehouseUnavailable**: PostgreSQL is away. The task tries again by itself; `arna status`, `arna up`.
- **"not evaluated"**: an expectation could not run (often a grant or a column after a migration). Nothing was
  decided: correct the cause and clear the task.
- **IntegrityError**: what was settled does not add up to what landed. Nothing was changed. Run `arna reconcile`
  and call a developer.
- Any task may be cleared and run again, at any time and twice at once: core stays the same.
"""

from __future__ import annotations

from airflow.sdk import dag, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from arna.orchestration.assets import CORE, RETRIES, Tag, link_data_docs, sweep_or_bell

ENTITY = "enrolment"


@dag(  # type: ignore[untyped-decorator]
    dag_id="load_enrolment",
    dag_display_name="Load: enrolments",
    schedule=sweep_or_bell(ENTITY),
    catchup=False,
    max_active_runs=1,
    default_args=dict(RETRIES),
    tags=[Tag.LOAD, ENTITY],
    doc_md=__doc__,
)
def load_enrolment() -> None:
    """Claim, validate, load."""

    @task
    def claim() -> int:
        """Number of the batch to work on."""
        from arna.batches import claim as claim_batch
        from arna.contracts.registry import Entity
        from arna.orchestration.warehouse import open_warehouse

        with open_warehouse("claim") as (db, settings):
            batch = claim_batch(db, Entity(ENTITY), settings.batch_max_events)
        if batch is None:
            raise AirflowSkipException("Nothing waits to be loaded.")
        return batch.batch_id

    @task
    def validate(batch_id: int) -> int:
        """The same number, once the batch may be loaded."""
        from arna.orchestration.data_docs import announce_page
        from arna.orchestration.warehouse import open_warehouse
        from expectations.runner import validate_batch

        announce_page(get_current_context(), ENTITY, batch_id)
        with open_warehouse("validate") as (db, settings):
            report = validate_batch(db, settings, batch_id)
        if report is None:
            raise AirflowSkipException(f"Batch {batch_id} is settled, or another run is at it.")
        return batch_id

    @task(outlets=[CORE[ENTITY]])  # type: ignore[untyped-decorator]
    def load(batch_id: int) -> dict[str, int]:
        """What became of the batch's events."""
        from dataclasses import asdict

        from arna.orchestration.warehouse import open_warehouse
        from expectations.runner import load_batch

        with open_warehouse("load") as (db, settings):
            settlement = load_batch(db, settings, batch_id)
        if settlement is None:
            raise AirflowSkipException(f"Batch {batch_id} is held, or another run is at it.")
        return asdict(settlement)

    validated = validate(claim())
    link_data_docs(validated)
    load(validated)


load_enrolment()
