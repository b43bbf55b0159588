"""A gateway on a real socket: the very server of ``arna gateway run``, in a thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import uvicorn

from arna.contracts.envelope import Event
from arna.contracts.registry import SPECS, Entity
from arna.embedded.kafka import EmbeddedKafka
from arna.embedded.ports import free_ports
from arna.embedded.processes import wait_until
from arna.settings import Settings
from arna.source_keys import issue_key
from arna.sources import SourceDefinition, register_source
from arna.topics import end_offsets
from arna.warehouse.database import Database
from producers.gateway.app import create_app
from producers.gateway.server import server_config
from tests.support.lander import LandingSite
from tests.support.samples import SAMPLE_SOURCE, sample_event
from tests.support.stack import create_database, drop_database, role_url

ONE = {"Content-Type": "application/cloudevents+json"}
BATCH = {"Content-Type": "application/cloudevents-batch+json"}
LINES = {"Content-Type": "application/x-ndjson"}
TOPICS = [spec.topic for spec in SPECS.values()]


class RunningGateway:
    """A gateway that listens.

    Args:
        server: the server.
        settings: its settings.
        url: where it listens.
    """

    def __init__(self, server: uvicorn.Server, app: Any, settings: Settings, url: str) -> None:
        self.server = server
        self.app = app
        self.settings = settings
        self.url = url

    @property
    def gateway(self) -> Any:
        return self.app.state.gateway

    def client(self, key: str | None = None, **headers: str) -> httpx.Client:
        """An HTTP client with a key."""
        if key is not None:
            headers["Authorization"] = f"Bearer {key}"
        return httpx.Client(base_url=self.url, headers=headers, timeout=30)


@contextmanager
def running_gateway(settings: Settings, *, ready: bool = True) -> Iterator[RunningGateway]:
    """Runs a gateway.

    Args:
        settings: with the addresses of Kafka and the warehouse.
        ready: wait until it can take events; False: until it listens.
    """
    [port] = free_ports(1)
    app = create_app(settings)
    config = server_config(settings, "127.0.0.1", port)
    config.app, config.factory = app, False
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    running = RunningGateway(server, app, settings, f"http://127.0.0.1:{port}")
    try:
        assert wait_until(lambda: server.started or not thread.is_alive(), 20)
        assert thread.is_alive(), "the gateway ended while starting"
        with running.client() as client:
            assert not ready or wait_until(lambda: client.get("/readyz").status_code == 200, 20)
        yield running
    finally:
        server.should_exit = True
        thread.join(30)
        assert not thread.is_alive()


def make_key(
    database_url: str, source: str = SAMPLE_SOURCE, entities: tuple[Entity, ...] = tuple(Entity), **values: Any
) -> str:
    """Registers a source and issues a key to it; returns the key's text."""
    values = {"name": "Sample", "events_per_second": 1_000_000, "requests_per_second": 1_000_000, **values}
    with Database(database_url) as database:
        register_source(database, SourceDefinition(uri=source, entities=entities, **values))
        return issue_key(database, source).text


class Desk:
    """A gateway, the broker and the warehouse behind it."""

    def __init__(self, site: LandingSite, gateway: RunningGateway, broker: EmbeddedKafka) -> None:
        self.site = site
        self.gateway = gateway
        self.broker = broker
        self.key = make_key(site.database_url)
        self._number = 0

    def client(self, **headers: str) -> httpx.Client:
        return self.gateway.client(self.key, **headers)

    def event(self, entity: Entity = Entity.CERTIFICATION, **values: Any) -> Event:
        """An event that no test before has sent."""
        self._number += 1
        return sample_event(entity, number=self._number, **values)

    def ends(self) -> dict[tuple[str, int], int]:
        return end_offsets(self.site.bootstrap_servers, TOPICS)


def written(*events: Event) -> list[bytes]:
    return [event.to_structured()[0] for event in events]


def array(*events: Event) -> bytes:
    return b"[" + b",".join(written(*events)) + b"]"


@pytest.fixture(scope="session")
def gateway_desk(short_tmp: Any, postgres_server_url: str, database_template: str) -> Iterator[Desk]:
    folder = short_tmp()
    broker = EmbeddedKafka(folder / "kafka")
    database_url = create_database(postgres_server_url, f"gateway_{folder.name[-6:]}", database_template)
    try:
        broker.start()
        site = LandingSite(broker.bootstrap_servers, database_url, folder / "home", real_topics=True)
        settings = site.settings.model_copy(
            update={"warehouse_gateway_url": role_url(database_url, "arna_gateway"), "gateway_delivery_seconds": 3.0}
        )
        with running_gateway(settings) as gateway:
            # A revoked key may pass as long as the keys in memory are old: not the seconds of real life.
            gateway.gateway.keys.max_age_seconds, gateway.gateway.keys.note_use_seconds = 0.3, 0.0
            yield Desk(site, gateway, broker)
        site.close()
    finally:
        broker.stop()
        drop_database(postgres_server_url, f"gateway_{folder.name[-6:]}")
