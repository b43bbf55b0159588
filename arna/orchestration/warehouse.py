"""What every task does around its work: find the warehouse, and tell Airflow what to do with an error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from airflow.sdk.exceptions import AirflowFailException

from arna.embedded.state import effective_settings
from arna.errors import ArnaError, TransientError
from arna.settings import Settings
from arna.warehouse.database import Database


def loader_url(settings: Settings | None = None) -> str:
    """The warehouse's URL for the loader: Airflow has no other role, and no key of the vault.

    Raises:
        ConfigError: no warehouse is set and the embedded one is not up.
    """
    settings = settings or effective_settings(kafka=False)
    return str(settings.warehouse_loader_url or settings.warehouse_url)


@contextmanager
def open_warehouse(task: str) -> Iterator[tuple[Database, Settings]]:
    """The warehouse and the settings for one task; errors become what Airflow should do about them.

    A transient error passes, and Airflow tries again with backoff. Any other error of Arna's (a held batch, offsets
    that disagree, a wrong setting) fails the task at once: another try would find the same.

    Args:
        task: shown in ``pg_stat_activity``.
    """
    try:
        settings = effective_settings(kafka=False)
        with Database(loader_url(settings), application_name=f"arna-{task}") as db:
            yield db, settings
    except TransientError:
        raise
    except ArnaError as error:
        raise AirflowFailException(str(error)) from error
