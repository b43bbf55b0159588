"""Great Expectations at work: the one context, a data source for the length of a run, errors without values.

Imported ahead of time by Airflow's scheduler, so that the tasks it forks find Great Expectations loaded (it
takes 4 to 7 seconds): nothing here does I/O at import.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import great_expectations as gx
from great_expectations.core import ExpectationSuiteValidationResult
from great_expectations.core.batch import Batch
from great_expectations.core.expectation_validation_result import ExpectationValidationResult
from great_expectations.data_context import EphemeralDataContext

from arna.errors import ArnaError
from arna.settings import Settings
from arna.warehouse.database import Database

AddAsset = Callable[[str, str], Batch]
"""Gives a relation, by schema and name, as what a suite can be run on."""


class ExpectationNotRun(ArnaError):
    """An expectation could not be evaluated (a bug in the suite, a missing grant): nothing was decided.

    Args:
        rule_ids: the rules; empty where the suite did not start.
        error_type: class of the first error; its text may quote data, so it is left out.
    """

    def __init__(self, rule_ids: Sequence[str], error_type: str) -> None:
        self.rule_ids = tuple(rule_ids)
        self.error_type = error_type
        super().__init__(f"not evaluated: {', '.join(rule_ids) or 'the whole suite'} ({error_type})")


def loader_url(settings: Settings) -> str:
    """The warehouse's URL as the loader.

    Raises:
        ArnaError: no address is set.
    """
    url = settings.warehouse_loader_url or settings.warehouse_url
    if url is None:
        message = "the warehouse's address is not set (ARNA_WAREHOUSE_URL)."
        raise ArnaError(message)
    return url


@contextmanager
def open_source(db: Database, url: str, name: str) -> Iterator[AddAsset]:
    """The warehouse as a data source of Great Expectations; its connections are closed at the end.

    Raises:
        ExpectationNotRun: Great Expectations, or the driver below it, failed outside of an expectation.
        WarehouseUnavailable: because PostgreSQL is away; try again.
    """
    context = _context()
    source = None
    try:
        source = context.data_sources.add_or_update_sql(name, connection_string=_with_memory(url))

        def add_asset(schema: str, relation: str) -> Batch:
            with warnings.catch_warnings():
                # It would have the schema in the connection, where the queries of failing rows would miss it.
                warnings.simplefilter("ignore")
                asset = source.add_table_asset(f"{schema}.{relation}", schema_name=schema, table_name=relation)
            return asset.add_batch_definition_whole_table("batch").get_batch()

        yield add_asset
    except ExpectationNotRun:
        db.fetch_one("load/ping.sql")
        raise
    except ArnaError:
        raise
    except Exception as error:  # noqa: BLE001
        # Great Expectations lets the driver's errors through under many names, and their text can quote a row.
        db.fetch_one("load/ping.sql")
        raise ExpectationNotRun((), type(error).__name__) from None
    finally:
        if source is not None:
            # An open transaction of its pool would keep the stage from being emptied.
            source.get_execution_engine().close()
            source.get_engine().dispose()
            context.data_sources.delete(name)


def run_suite(
    batch: Batch,
    suite: gx.ExpectationSuite,
    *,
    key: Sequence[str],
    parameters: Mapping[str, Any] | None = None,
) -> ExpectationSuiteValidationResult:
    """Runs a suite; results hold the query of failing rows, and nothing that was read from them.

    Args:
        batch: what it is run on.
        suite: the suite; each expectation's ``meta`` has its ``rule_id``.
        key: columns that name a row in the query of failing rows.
        parameters: values of the suite's parameters.

    Raises:
        ExpectationNotRun: an expectation could not be evaluated.
    """
    result = batch.validate(
        suite,
        # No values leave the warehouse.
        result_format={
            "result_format": "BOOLEAN_ONLY",
            "return_unexpected_index_query": True,
            "unexpected_index_column_names": list(key),
        },
        expectation_parameters=dict(parameters or {}),
    )
    broken = {
        each.expectation_config.meta["rule_id"]: _error_type(each) for each in result.results if _has_raised(each)
    }
    if broken:
        raise ExpectationNotRun(list(broken), next(iter(broken.values())))
    return result


@cache
def _context() -> EphemeralDataContext:
    """The process's one context: Great Expectations is not made for several."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    return context


def _with_memory(url: str) -> str:
    """The URL for Great Expectations: hashes of a batch stay in memory; "$" would start a variable."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    query["options"] = f"{query.get('options', '')} -c work_mem=256MB".strip()
    return urlunsplit(parts._replace(query=urlencode(query, quote_via=quote))).replace("$", "%24")


def _exceptions(result: ExpectationValidationResult) -> list[Mapping[str, Any]]:
    info = result.exception_info or {}
    nested: list[Mapping[str, Any]] = [value for value in info.values() if isinstance(value, dict)]
    return nested or [info]


def _has_raised(result: ExpectationValidationResult) -> bool:
    return any(info.get("raised_exception") for info in _exceptions(result))


def _error_type(result: ExpectationValidationResult) -> str:
    for info in _exceptions(result):
        # "(psycopg.errors.UndefinedColumn) column … does not exist": the class, not the sentence.
        message = str(info.get("exception_message") or "")
        if info.get("raised_exception"):
            return message[1:].partition(")")[0] if message.startswith("(") else "error"
    return "error"
