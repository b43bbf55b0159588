"""Readers' contracts and the data dictionary.

``python -m arna.reading`` writes the dictionary; ``--check`` writes nothing and exits with 1 where a contract is
broken or a page is stale; ``--write VIEW`` writes the contract of a view that has none, or adds its new columns. All of
it looks at a throw-away PostgreSQL that the migrations have just made; ``--url`` looks at the contracts of a live one
instead, rows included. ``--since REVISION`` compares the contracts with those of a release in git.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import yaml

from arna.errors import ArnaError
from arna.reading.catalogue import Catalogue, read_catalogue
from arna.reading.checking import Report, check_promises, check_rows
from arna.reading.contracts import FOLDER, file_name, read_promise, read_promises, write_document
from arna.reading.dictionary import render_pages, stale_pages, write_pages
from arna.reading.drafting import add_columns, draft
from arna.reading.history import read_promises_of, weakened
from arna.reading.lineage import Tracer
from arna.reading.throwaway import throwaway_warehouse


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m arna.reading", description=__doc__)
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--check", action="store_true", help="write nothing; exit with 1 where something is off")
    action.add_argument("--write", metavar="VIEW", nargs="+", help="write a first contract, or add new columns")
    parser.add_argument("--url", help="hold the contracts against this warehouse, as a role that reads views and ops")
    action.add_argument("--since", metavar="REVISION", help="exit with 1 where a promise of then was taken away")
    parser.add_argument("--contracts", type=Path, default=FOLDER, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    try:
        if options.url is not None:
            return _check_contracts(options.contracts, read_catalogue(options.url), options.url, is_live=True)
        if options.since is not None:
            then = read_promises_of(options.since, options.contracts)
            return _tell(weakened(then, read_promises(options.contracts), datetime.now(UTC).date()))
        with throwaway_warehouse() as url:
            catalogue = read_catalogue(url)
            if options.write:
                return _write_contracts(options.contracts, catalogue, options.write)
            if not options.check:
                write_pages(render_pages(catalogue))
                return 0
            return max(_check_contracts(options.contracts, catalogue, url, is_live=False), _check_pages(catalogue))
    except ArnaError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _check_contracts(folder: Path, catalogue: Catalogue, url: str, *, is_live: bool) -> int:
    promises = read_promises(folder)
    report = check_promises(promises, catalogue)
    # Rules about columns that are gone would only say it again.
    rows = check_rows(promises, url) if not report.problems else Report()
    sys.stderr.writelines(f"note: {line}\n" for line in report.notes)
    if is_live:
        sys.stderr.writelines(f"note: {line}: nothing to measure\n" for line in rows.unmeasured)
    return _tell([*report.problems, *rows.problems])


def _tell(problems: Sequence[str]) -> int:
    sys.stderr.writelines(f"{line}\n" for line in problems)
    return 1 if problems else 0


def _check_pages(catalogue: Catalogue) -> int:
    stale = stale_pages(render_pages(catalogue))
    if stale:
        sys.stderr.write(f"stale: {', '.join(stale)}; run python -m arna.reading\n")
    return 1 if stale else 0


def _write_contracts(folder: Path, catalogue: Catalogue, views: Sequence[str]) -> int:
    tracer = Tracer(catalogue)
    for view in views:
        relation = catalogue.views().get(view)
        if relation is None:
            sys.stderr.write(f"there is no view {view} that readers see\n")
            return 1
        path = folder / file_name(view)
        never_null = {column.name for column in relation.columns if tracer.is_never_null(view, column.name)}
        document = draft(relation, never_null)
        if path.is_file():
            document = add_columns(yaml.safe_load(path.read_text(encoding="utf-8")), relation, never_null)
        write_document(document, path)
        read_promise(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
