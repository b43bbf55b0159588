"""Imported by Airflow's scheduler only, so that the tasks it forks find the slow imports done.

Great Expectations takes four to seven seconds to import; a load would pay that in each of its tasks.
"""

from __future__ import annotations

import importlib
import logging
import pkgutil

from arna.siblings import sibling

# Airflow copies every public name of this module into its settings: give it none.
__all__: list[str] = []


def _import_all() -> None:
    try:
        importlib.import_module("great_expectations")
        expectations = importlib.import_module(sibling("expectations"))
        for module in pkgutil.iter_modules(expectations.__path__):
            importlib.import_module(f"{expectations.__name__}.{module.name}")
    except ImportError:
        # The task that needs the module fails with the same error; the scheduler has others to run.
        logging.getLogger(__name__).exception("the expectations could not be imported ahead of the tasks")


_import_all()
