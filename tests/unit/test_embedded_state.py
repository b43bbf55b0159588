"""Addresses come from outside, or else from the stack that is up."""

from __future__ import annotations

import pytest

from arna.embedded.files import locked, write_private
from arna.embedded.state import Addresses, effective_settings, without_password
from arna.embedded.status import ProcessStatus, StackStatus, TopicStatus
from arna.errors import ConfigError
from arna.settings import Settings

pytestmark = pytest.mark.unit

ADDRESSES = Addresses(
    kafka_bootstrap_servers="127.0.0.1:20001",
    warehouse_url="postgresql+psycopg://postgres@localhost/arna?host=/tmp/x",
    warehouse_lander_url="postgresql+psycopg://arna_lander@localhost/arna?host=/tmp/x",
    warehouse_loader_url="postgresql+psycopg://arna_loader@localhost/arna?host=/tmp/x",
    airflow_url="http://127.0.0.1:20002",
)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch):
    import os

    for name in [name for name in os.environ if name.startswith("ARNA_")]:
        monkeypatch.delenv(name)


def test_stack_that_is_not_up_gets_a_plain_sentence(tmp_path):
    with pytest.raises(ConfigError, match="the stack is not up; run `arna up`"):
        effective_settings(Settings(home=tmp_path))


def test_addresses_of_the_stack_fill_what_is_unset(tmp_path):
    ADDRESSES.write(tmp_path)
    found = effective_settings(Settings(home=tmp_path))
    assert found.kafka_bootstrap_servers == ADDRESSES.kafka_bootstrap_servers
    assert found.warehouse_url == ADDRESSES.warehouse_url
    assert found.warehouse_lander_url == ADDRESSES.warehouse_lander_url
    assert found.warehouse_loader_url == ADDRESSES.warehouse_loader_url


def test_what_is_set_outside_wins_one_by_one(tmp_path):
    ADDRESSES.write(tmp_path)
    own = "postgresql+psycopg://me@db/own"
    found = effective_settings(Settings(home=tmp_path, warehouse_url=own))
    assert found.kafka_bootstrap_servers == ADDRESSES.kafka_bootstrap_servers
    assert found.warehouse_url == found.warehouse_lander_url == found.warehouse_loader_url == own


def test_publisher_needs_no_warehouse(tmp_path):
    found = effective_settings(Settings(home=tmp_path, kafka_bootstrap_servers="k:9092"), warehouse=False)
    assert found.kafka_bootstrap_servers == "k:9092"


def test_forgotten_or_broken_state_is_no_stack(tmp_path):
    ADDRESSES.write(tmp_path)
    Addresses.forget(tmp_path)
    assert Addresses.read(tmp_path) is None
    (tmp_path / "stack.json").write_text("{")
    assert Addresses.read(tmp_path) is None


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (
            "postgresql+psycopg://me:s3cret@db:5432/arna?sslmode=require",
            "postgresql+psycopg://me:***@db:5432/arna?sslmode=require",
        ),
        (
            "postgresql+psycopg://postgres@localhost/arna?host=/tmp/x",
            "postgresql+psycopg://postgres@localhost/arna?host=/tmp/x",
        ),
    ],
)
def test_password_is_not_shown(url, shown):
    assert without_password(url) == shown


def test_status_has_the_promised_shape_and_no_password():
    addresses = Addresses("k:1", "postgresql+psycopg://me:s3cret@db/arna", "x", "y", None)
    topic = TopicStatus("arna.enrolment.v1", "enrolment", 3, end_offset=10, next_offset=9, loaded_offset=4)
    status = StackStatus(addresses, (ProcessStatus("kafka", 7, True),), (topic,))
    assert status.as_json() == {
        "kafka": {"bootstrap_servers": "k:1"},
        "warehouse": {"url": "postgresql+psycopg://me:***@db/arna"},
        "airflow": {"url": None},
        "gateway": {"url": None},
        "processes": [{"name": "kafka", "pid": 7, "alive": True}],
        "topics": [
            {
                "topic": "arna.enrolment.v1",
                "entity": "enrolment",
                "partition": 3,
                "end_offset": 10,
                "next_offset": 9,
                "loaded_offset": 4,
                "lag": 6,
            }
        ],
    }


def test_private_file_is_replaced_whole(tmp_path):
    path = tmp_path / "deep" / "file"
    write_private(path, "one")
    write_private(path, "two")
    assert path.read_text() == "two"
    assert path.stat().st_mode & 0o077 == 0
    assert [entry.name for entry in path.parent.iterdir()] == ["file"]


def test_lock_keeps_a_second_holder_out(tmp_path):
    with locked(tmp_path / "lock"), pytest.raises(BlockingIOError), locked(tmp_path / "lock", wait=False):
        pass
    with locked(tmp_path / "lock", wait=False):
        pass
