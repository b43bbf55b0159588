"""Whatever events come, in whatever order and batches, the views are what a second reading makes of them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count, pairwise
from random import Random
from uuid import NAMESPACE_URL, uuid5

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from arna.marts import GROUPS, VIEWS, rebuild, refresh
from arna.warehouse.database import Database, connection_string
from tests.support.core_rows import with_today
from tests.support.published import land, load, register_sources, token_of
from tests.support.recompute import KEYS, Published, World, differences, read_reference, read_view, recompute
from tests.support.recompute.comparing import AT_READING
from tests.support.recompute.small_worlds import (
    LANDED_AT,
    REFERENCE,
    SOURCES,
    TODAY,
    certificates,
    enrolments,
    worlds,
)
from tests.support.stack import create_database, drop_database

pytestmark = pytest.mark.integration
# Without shrinking: an example takes a second, a failure would take minutes. The events of one can be halved by hand.
FEW = settings(
    max_examples=4, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck), database=None,
    phases=[Phase.explicit, Phase.generate],
)  # fmt: skip


@dataclass(frozen=True)
class Site:
    """Makes warehouses with the small reference."""

    server: str
    template: str
    numbers: Iterator[int]

    @contextmanager
    def warehouse(self) -> Iterator[str]:
        name = f"{self.template}_{next(self.numbers)}"
        url = create_database(self.server, name, self.template)
        try:
            yield with_today(url, TODAY)
        finally:
            drop_database(self.server, name)


@pytest.fixture(scope="module")
def site(postgres_server_url: str, database_template: str) -> Iterator[Site]:
    name = f"arna_small_{threading.get_native_id()}"
    url = create_database(postgres_server_url, name, database_template)
    register_sources(url, SOURCES)
    with psycopg.connect(connection_string(url)) as connection:
        connection.execute(REFERENCE)
    yield Site(postgres_server_url, name, count())
    drop_database(postgres_server_url, name)


def _take_in(url: str, events: Sequence[Published], *, anew: bool = False) -> None:
    land(url, events, register_sources(url, SOURCES))
    load(url)
    with Database(url) as database:
        for group in GROUPS:
            (rebuild if anew else refresh)(database, group)


def _world(url: str, events: Sequence[Published]) -> World:
    return World(tuple(events), register_sources(url, SOURCES), token_of, read_reference(url), TODAY)


def _assert_views(url: str, events: Sequence[Published], how: str) -> None:
    world = _world(url, events)
    for view, key in KEYS.items():
        assert differences(recompute(world, view), read_view(url, view), key) == "", f"{view}, {how}"


def test_every_view_has_a_second_reading() -> None:
    assert set(KEYS) == {view for group in GROUPS for view in VIEWS[group]}


@FEW
@given(
    events=worlds(),
    random=st.randoms(use_true_random=False),
    repeated=st.lists(st.integers(0, 1_000), max_size=4),
    cuts=st.lists(st.integers(0, 1_000), max_size=2),
)
def test_any_order_repetition_delay_and_cut_gives_what_the_events_say(
    site: Site, events: list[Published], random: Random, repeated: list[int], cuts: list[int]
) -> None:
    sent = [*events, *(events[number % len(events)] for number in repeated)]
    random.shuffle(sent)
    places = sorted({0, len(sent), *(cut % len(sent) for cut in cuts)})
    with site.warehouse() as url:
        for number, (start, end) in enumerate(pairwise(places)):
            late = LANDED_AT + timedelta(hours=number)
            _take_in(url, [replace(event, landed_at=late) for event in sent[start:end]])
        _assert_views(url, events, "as the news came")
        _take_in(url, [], anew=True)
        _assert_views(url, events, "made anew")


@settings(FEW, max_examples=3)
@given(events=worlds(), enrolment=enrolments(90, most=1), issued=certificates(90), at_once=st.booleans())
def test_what_is_taken_back_leaves_nothing_behind(
    site: Site, events: list[Published], enrolment: list[Published], issued: list[Published], at_once: bool
) -> None:
    started = enrolment[0]
    voided = _next_version(started, "kz.arna.enrolment.voided.v1", status="voided")
    # Revoked on its first day. It still declares a birth date, which is said of the person's other records, too.
    issued = [_undated(event) for event in issued if event.envelope["recordversion"] == 1]
    reason = {"status": "revoked", "revocation_reason": "error"}
    revoked = [_next_version(event, "kz.arna.certification.revoked.v1", **reason) for event in issued]
    with site.warehouse() as url:
        _take_in(url, events)
        before = _contents(url)
        for batch in [[voided, *revoked, started, *issued]] if at_once else [[started, *issued], [voided, *revoked]]:
            _take_in(url, batch)
        assert _contents(url) == before
        _assert_views(url, [*events, started, voided, *issued, *revoked], "with what was taken back")


def _contents(url: str) -> dict[str, set[str]]:
    """Rows of every view, without the refresh that wrote them and the rows of the certificates that are revoked."""
    contents = {}
    for view in KEYS:
        frame = read_view(url, view)
        if view == "profile.certificate":
            frame = frame[~frame["certificate_id"].str.startswith("c90-")]
        columns = [name for name in frame.columns if name not in AT_READING]
        contents[view] = {repr(row) for row in frame[columns].itertuples(index=False, name=None)}
    return contents


def _next_version(event: Published, event_type: str, **data: str) -> Published:
    envelope = json.loads(event.value)
    envelope |= {"type": event_type, "recordversion": 2, "id": str(uuid5(NAMESPACE_URL, envelope["id"]))}
    envelope["data"] |= data
    return replace(event, value=json.dumps(envelope).encode())


def _undated(event: Published) -> Published:
    envelope = json.loads(event.value)
    envelope["data"]["person"].pop("birth_date", None)
    return replace(event, value=json.dumps(envelope).encode())
