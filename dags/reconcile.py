"""### Reconcile: is every event accounted for?

Compares Kafka's own offsets, `raw`, `core`, the rejections and the ledger, every hour.

- **Wakes:** every hour, at minute 17
- **Reads:** Kafka's offsets, `raw.*`, `core.*`, `ops.*`
- **Writes:** nothing; the result goes into the log
- **Owner:** data engineering

Events may be on their way: where the first comparison shows a difference, it waits up to five minutes and compares
again. It fails when an invariant is broken, or when a difference is left and nothing moved meanwhile.

#### What to do when it fails

- Run `arna reconcile` for the table, `arna reconcile --deep` to compare the messages themselves.
- **C1, C2, C3, C4** (conservation, uniqueness, offsets, history): stop the landers and call a developer; `raw` is
  append-only, so what happened can be read there. A recreated topic shows as C4.
- **C8** (dead letters): look at the outbox relay's log; the outbox empties when Kafka is back.
- **A difference that does not move**: `arna status` shows which partition waits. Not landed: `arna up` starts the
  landers. Landed and not loaded: look at the entity's `load_…` runs. Held batches are no difference
  (`arna batch list --state held`).
- **BrokerUnavailable, WarehouseUnavailable**: the task tries again by itself.
"""

from __future__ import annotations

import logging

from airflow.sdk import CronTriggerTimetable, dag, task

from arna.orchestration.assets import RETRIES, Tag

_WAIT_SECONDS = 300.0
_log = logging.getLogger(__name__)


@dag(  # type: ignore[untyped-decorator]
    dag_id="reconcile",
    dag_display_name="Reconcile",
    schedule=CronTriggerTimetable("17 * * * *", timezone="UTC"),
    catchup=False,
    max_active_runs=1,
    default_args=dict(RETRIES),
    tags=[Tag.CHECK],
    doc_md=__doc__,
)
def reconcile() -> None:
    """One task: compare."""

    @task
    def compare() -> dict[str, int]:
        """Difference by entity: events published and not settled yet."""
        from arna.errors import ConfigError, IntegrityError
        from arna.ledger import wait_until_settled
        from arna.orchestration.warehouse import open_warehouse
        from arna.reconciliation import reconcile as compare_all

        with open_warehouse("reconcile") as (db, settings):
            kafka = settings.kafka_bootstrap_servers
            if kafka is None:
                raise ConfigError("ARNA_KAFKA_BOOTSTRAP_SERVERS", "is not set.", "Name the broker's host:port.")
            report = compare_all(db, kafka)
            settled = {entity: totals.published - totals.difference for entity, totals in report.entities.items()}
            stuck: list[str] = []
            if not report.ok:
                wait_until_settled(db, kafka, _WAIT_SECONDS)
                report = compare_all(db, kafka)
                stuck = [
                    f"{entity}: difference {totals.difference}, and nothing was settled meanwhile"
                    for entity, totals in report.entities.items()
                    if totals.difference != 0 and totals.published - totals.difference == settled.get(entity)
                ]
            for entity, totals in report.entities.items():
                _log.info("%s: %s", entity, totals)
            for name, check in report.checks.items():
                _log.info("%s: %s %s", name, "ok" if check.ok else "FAILED", check.detail)
            if failures := [*report.failures(), *stuck]:
                raise IntegrityError("; ".join(failures))
        return {entity: totals.difference for entity, totals in report.entities.items()}

    compare()


reconcile()
