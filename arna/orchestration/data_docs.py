"""The way from a task in Airflow's UI to the Data Docs of what it validated."""

from __future__ import annotations

import logging
from typing import Any

import attrs
from airflow.sdk import BaseOperatorLink

URL_PREFIX = "/arna/data-docs"
_XCOM_KEY = "data_docs"

_log = logging.getLogger(__name__)


def page_url(subject: str, number: int) -> str:
    """Where the API server shows a page: of an entity's batch, or of a validation of a group of marts."""
    from airflow.sdk.configuration import conf

    base = str(conf.get("api", "base_url", fallback="") or "").rstrip("/")
    return f"{base}{URL_PREFIX}/{subject}/{number}"


def announce_page(context: Any, subject: str, number: int) -> str:  # noqa: ANN401 Airflow's task context
    """Leaves the page's address where ``DataDocsLink`` finds it, even if the task fails then; returns it."""
    url = page_url(subject, number)
    context["ti"].xcom_push(key=_XCOM_KEY, value=url)
    _log.info("Data Docs: %s", url)
    return url


@attrs.define()
class DataDocsLink(BaseOperatorLink):  # type: ignore[misc]
    """A button of the validating task: what was checked, and how many rows broke which rule."""

    name = "Data Docs"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:  # noqa: ANN401 Airflow's own types differ by process
        """The page's address; empty when nothing was validated."""
        pull = getattr(ti_key, "xcom_pull", None)
        return str((pull(task_ids=operator.task_id, key=_XCOM_KEY) if pull is not None else None) or "")
