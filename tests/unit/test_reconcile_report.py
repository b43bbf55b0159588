"""What a report says, without servers."""

from __future__ import annotations

import pytest

from arna.ledger import Backlog, HeldBatch, WaitResult
from arna.reconciliation import Check, EntityTotals, ReconcileReport

pytestmark = pytest.mark.unit


def totals(difference: int) -> EntityTotals:
    return EntityTotals(10, 10, 10 - difference, 0, 0, 0, 0, difference)


def test_a_difference_or_a_failed_check_makes_the_report_fail() -> None:
    good, bad = Check(ok=True, detail="fine"), Check(ok=False, detail="2 missing")
    assert ReconcileReport({"vacancy": totals(0)}, {"C1": good}).ok
    on_the_way = ReconcileReport({"vacancy": totals(1)}, {"C1": good})
    assert (on_the_way.ok, on_the_way.checks_ok) == (False, True)
    broken = ReconcileReport({"vacancy": totals(0)}, {"C1": good, "C2": bad})
    assert (broken.ok, broken.failures()) == (False, ["C2: 2 missing"])


def test_the_json_has_exactly_the_promised_keys() -> None:
    report = ReconcileReport({"vacancy": totals(0)}, {"C1": Check(ok=True, detail="fine")}).as_json()
    assert set(report) == {"ok", "entities", "checks"}
    assert list(report["entities"]["vacancy"]) == [
        "published", "landed", "loaded", "superseded", "duplicate", "rejected", "held", "difference",
    ]  # fmt: skip
    assert report["checks"]["C1"] == {"ok": True, "detail": "fine"}


def test_waiting_is_over_only_when_nothing_is_left_or_held() -> None:
    held = HeldBatch(7, "vacancy", 3, ("volume",))
    assert WaitResult(Backlog(0, 0, ()), 1.0).is_settled
    assert not WaitResult(Backlog(0, 0, (held,)), 1.0).is_settled
    assert not WaitResult(Backlog(1, 0, ()), 1.0).is_settled
    assert not WaitResult(None, 1.0).is_settled
