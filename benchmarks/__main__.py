"""``python -m benchmarks [NAME …]``: measures, prints, writes ``results/latest.json``."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psutil
from rich.console import Console
from rich.table import Table

RESULTS: Final = Path(__file__).parent / "results" / "latest.json"
BENCHMARKS: Final = ("landing", "load", "latency", "gateway", "marts", "lookup")
# Where the module has another name than the benchmark.
MODULES: Final = {"lookup": "point_lookup"}

# Name of the measured number: what it is, and the most it may be.
LIMITS: Final[dict[str, dict[str, tuple[str, float | None]]]] = {
    "landing": {
        "events": ("certifications that waited in Kafka", None),
        "seconds": ("to raw with two landers, every check on", None),
        "floor_seconds": ("the floor: one bare loop that checks nothing", None),
        "ratio": ("landing / floor", 1.25),
        "worker_peak_mb": ("peak memory of a lander, MB", 250.0),
    },
    "load": {
        "seconds": ("validate and load them into core", 25.0),
        "doubled_ratio": ("time for twice the events / time", 2.2),
    },
    "latency": {
        "p50_s": ("published to visible in core, median, s", None),
        "p95_s": ("published to visible in core, 95 %, s", 6.0),
    },
    "gateway": {
        "events_per_second": ("events per second over HTTP, batches of 500", None),
        "microseconds_per_event": ("µs per event (15,000 events/s)", 66.7),
        "bare_events_per_second": ("events per second of the bare publisher", None),
        "bare_ratio": ("time over HTTP / time of the bare publisher", None),
        "single_p50_ms": ("answer to a single event at 100 per second, median, ms", None),
        "single_p99_ms": ("the same, 99 %, ms", 50.0),
    },
    "marts": {
        "people": ("people in the warehouse", None),
        "build_seconds": ("full build of both groups, s", 120.0),
        "change_seconds": ("refresh of both after 1,000 people changed, s", 5.0),
        "small_change_seconds": ("the same among a tenth of the people, s", None),
        "ratio": ("the former / the latter", 1.5),
    },
    "lookup": {
        "people": ("people in the warehouse", None),
        "connections": ("connections that look up at once", None),
        "per_second": ("profiles looked up a second: student, certificates, skills", None),
        "microseconds": ("µs per profile (500 a second)", 2_000.0),
        "average_ms": ("latency of a profile, average, ms", 5.0),
        "p95_ms": ("the same, 95 %, ms", 5.0),
        "restricted_per_second": ("profiles a second by a reader restricted to organisations", None),
        "restricted_microseconds": ("µs per profile (500 a second)", 2_000.0),
        "restricted_average_ms": ("latency, average, ms", 5.0),
        "restricted_p95_ms": ("latency, 95 %, ms", 5.0),
    },
}


def main() -> int:
    """Runs the benchmarks that were asked for; exit code 1 when a limit is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(BENCHMARKS)}; default: all")
    names = parser.parse_args().names or BENCHMARKS
    if unknown := set(names) - set(BENCHMARKS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    console = Console()
    measured: dict[str, dict[str, Any]] = {}
    for name in names:
        with console.status(f"{name} …"):
            measured[name] = importlib.import_module(f"benchmarks.{MODULES.get(name, name)}").run()
        console.print(_table(name, measured[name]))
    _write(measured)
    return int(any(_misses(name, result) for name, result in measured.items()))


def _table(name: str, result: dict[str, Any]) -> Table:
    table = Table(title=name, title_justify="left")
    table.add_column("measured")
    table.add_column("value", justify="right")
    table.add_column("at most", justify="right")
    missed = _misses(name, result)
    for key, value in result.items():
        text, limit = LIMITS[name].get(key, (key, None))
        style = "" if limit is None else "red" if key in missed else "green"
        table.add_row(text, str(value), "" if limit is None else f"{limit:g}", style=style)
    return table


def _misses(name: str, result: dict[str, Any]) -> set[str]:
    return {key for key, (_, limit) in LIMITS[name].items() if limit is not None and result[key] > limit}


def _write(measured: dict[str, dict[str, Any]]) -> None:
    """Keeps the results of benchmarks that were not run this time."""
    known: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    known |= measured
    known["measured_at"] = datetime.now(UTC).isoformat(timespec="seconds")
    known["machine"] = {
        "cpus": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30),
        "python": platform.python_version(),
        "system": platform.system(),
    }
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    draft = RESULTS.with_suffix(".tmp")
    draft.write_text(json.dumps(known, indent=2) + "\n")
    draft.replace(RESULTS)


if __name__ == "__main__":
    raise SystemExit(main())
