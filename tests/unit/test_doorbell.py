"""When the doorbell rings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from arna.orchestration.doorbell import Bell, Doorbell
from arna.warehouse.waiting import Waiting

pytestmark = pytest.mark.unit

IDLE = Waiting(landed=10, claimed=10, newest_open_batch=0, is_stale=False, is_locked=False)
LANDED = replace(IDLE, landed=12)
WORKED_ON = Waiting(landed=12, claimed=12, newest_open_batch=1, is_stale=False, is_locked=False)


def test_rings_once_for_what_has_landed():
    bell = Bell()
    assert not bell.should_ring(IDLE, 0)
    assert bell.should_ring(LANDED, 1)
    assert not bell.should_ring(LANDED, 1.5)
    assert not bell.should_ring(replace(LANDED, landed=15), 2)


def test_is_silent_while_a_batch_is_worked_on_and_rings_again_when_more_waits_after_it():
    bell = Bell()
    assert bell.should_ring(LANDED, 0)
    more = replace(WORKED_ON, landed=20)
    assert not bell.should_ring(more, 1)
    assert not bell.should_ring(replace(more, is_locked=True, newest_open_batch=0), 2)
    assert bell.should_ring(replace(more, newest_open_batch=0), 3)


def test_repeats_ever_more_seldom_while_nobody_comes():
    bell = Bell()
    rung = [second for second in range(1000) if bell.should_ring(LANDED, second)]
    assert rung == [0, 15, 45, 105, 225, 465, 765]


def test_rings_for_a_batch_that_was_left_unfinished_or_released():
    bell = Bell()
    assert bell.should_ring(replace(WORKED_ON, is_stale=True), 0)
    assert not bell.should_ring(replace(WORKED_ON, is_stale=True, is_locked=True), 100)


def test_rings_at_once_for_new_work_after_an_idle_time():
    bell = Bell()
    assert bell.should_ring(LANDED, 0)
    assert not bell.should_ring(IDLE, 1)
    assert bell.should_ring(LANDED, 2)


def test_trigger_keeps_no_address_in_airflows_database():
    path, arguments = Doorbell("vacancy").serialize()
    assert path == "arna.orchestration.doorbell.Doorbell"
    assert arguments == {"entity": "vacancy", "poll_seconds": 0.5}
