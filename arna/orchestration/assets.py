"""Assets, schedules, tags and links that DAGs share.

Each asset is made once, here: a second ``Asset`` of the same name without its watcher would make Airflow
delete the watcher's trigger at each parse.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from airflow.sdk import Asset, AssetOrTimeSchedule, AssetWatcher, CronTriggerTimetable, XComArg

from arna.orchestration.data_docs import DataDocsLink
from arna.orchestration.doorbell import Doorbell

ENTITIES: Final = ("enrolment", "certification", "vacancy")

LANDED: Final[Mapping[str, Asset]] = MappingProxyType(
    {
        entity: Asset(
            name=f"landed/{entity}",
            watchers=[AssetWatcher(name=f"doorbell_{entity}", trigger=Doorbell(entity))],
        )
        for entity in ENTITIES
    }
)
"""Rung while events of the entity wait to be loaded."""

CORE: Final[Mapping[str, Asset]] = MappingProxyType({entity: Asset(name=f"core/{entity}") for entity in ENTITIES})
"""Updated when a batch of the entity was loaded into core."""

RETRIES: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "owner": "data-engineering",
        "retries": 5,
        "retry_delay": timedelta(seconds=5),
        "retry_exponential_backoff": 2.0,
        "max_retry_delay": timedelta(minutes=5),
    }
)
"""``default_args``: transient errors are tried again with backoff; the others fail at once (``task_errors``)."""


class Tag(StrEnum):
    """Tags of DAGs."""

    LOAD = "load"
    MART = "mart"
    CHECK = "check"


def sweep_or_bell(entity: str) -> AssetOrTimeSchedule:
    """Runs at each bell of the entity, and every five minutes in case one was lost."""
    return AssetOrTimeSchedule(
        timetable=CronTriggerTimetable("*/5 * * * *", timezone="UTC"),
        assets=[LANDED[entity]],
    )


def link_data_docs(task: XComArg) -> None:
    """Gives a validating task the button that opens the Data Docs of its batch."""
    task.operator.operator_extra_links = (DataDocsLink(),)
