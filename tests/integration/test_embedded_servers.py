"""The embedded PostgreSQL and Kafka keep their promises: loopback, memory of ports, life after a kill."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from arna.embedded.kafka import EmbeddedKafka, resolve_jars
from arna.embedded.ports import LOOPBACK, free_ports, is_free, is_listening
from arna.embedded.postgres import EmbeddedPostgres
from arna.errors import ArnaError

pytestmark = pytest.mark.integration


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="arna-t-", dir="/tmp"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def postgres(folder: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(folder / "postgres")
    server.start()
    yield server
    server.stop("immediate")


@pytest.fixture(scope="module")
def kafka() -> Iterator[EmbeddedKafka]:
    made = Path(tempfile.mkdtemp(prefix="arna-t-", dir="/tmp"))
    broker = EmbeddedKafka(made / "kafka")
    broker.start()
    yield broker
    broker.stop()
    shutil.rmtree(made, ignore_errors=True)


def query(url: str, statement: str):
    with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchone()[0] if cursor.description else None


def listening_addresses(pid: int) -> set[str]:
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    found = [c for p in family for c in p.net_connections("tcp") if c.status == psutil.CONN_LISTEN]
    return {connection.laddr.ip.removeprefix("::ffff:") for connection in found}


def test_postgres_is_release_18_in_utf8_and_utc(postgres):
    url = postgres.url("arna")
    assert query(url, "select current_setting('server_version_num')::int / 10000") == 18
    assert query(url, "select current_setting('server_encoding')") == "UTF8"
    assert query(url, "select current_setting('timezone')") == "UTC"
    assert query(url, "select current_setting('synchronous_commit')") == "on"
    assert query(url, "select lower('ӘҒҚҢӨҰҮҺІ')") == "әғқңөұүһі"


def test_postgres_listens_on_no_port_and_its_socket_is_private(postgres):
    assert listening_addresses(postgres.pid) == set()
    assert postgres.socket_dir.stat().st_mode & 0o077 == 0
    assert postgres.cluster_dir.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("end", ["kill", "immediate", "fast"])
def test_postgres_keeps_what_was_committed(postgres, end):
    url = postgres.url("arna")
    query(url, "create table kept as select 42 as answer")
    if end == "kill":
        os.kill(postgres.pid, signal.SIGKILL)
    else:
        postgres.stop(end)
    assert postgres.start() == url
    assert query(url, "select answer from kept") == 42


def test_second_start_of_postgres_changes_nothing(postgres):
    pid = postgres.pid
    EmbeddedPostgres(postgres.data_dir).start()
    assert postgres.pid == pid


def test_postgres_starts_over_a_pid_file_whose_pid_was_reused(postgres):
    postgres.stop("fast")
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        (postgres.cluster_dir / "postmaster.pid").write_text(f"{bystander.pid}\n{postgres.cluster_dir}\n1\n5432\n")
        assert not postgres.is_running()
        postgres.start()
        assert postgres.is_running()
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_postgres_in_a_deep_folder_gets_a_short_socket(folder):
    deep = folder / "a-rather-long-folder-name" / "and-another-long-folder-name" / "and-one-more-of-them"
    server = EmbeddedPostgres(deep / "postgres")
    try:
        server.start()
        assert len(str(server.socket_dir)) < 80
        assert EmbeddedPostgres(deep / "postgres").socket_dir == server.socket_dir
        assert query(server.url("arna"), "select 1") == 1
    finally:
        server.stop("immediate")
        shutil.rmtree(server.socket_dir, ignore_errors=True)


def test_database_with_an_owner_is_made_once_and_is_all_its_owner_has(postgres):
    url = postgres.create_database("side", owner="sider")
    assert postgres.create_database("side", owner="sider") == url
    assert query(url, "select current_user") == "sider"
    query(url, "create table mine (a int)")
    assert (
        query(url, "select rolsuper or rolcreatedb or rolcreaterole from pg_roles where rolname = current_user")
        is False
    )
    query(postgres.url("side"), "create schema other")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        query(url, "create table other.theirs (a int)")


def test_error_texts_of_postgres_do_not_reach_its_log(postgres):
    with pytest.raises(psycopg.Error):
        query(postgres.url("arna"), "select 'secret-value-7'::int")
    assert "secret-value-7" not in postgres.log_path.read_text()


def test_kafka_listens_on_loopback_only(kafka):
    assert listening_addresses(kafka.pid) == {LOOPBACK}
    assert kafka.data_dir.stat().st_mode & 0o077 == 0


def test_kafka_makes_no_topic_by_itself_and_takes_what_it_is_told(kafka):
    from confluent_kafka import Producer
    from confluent_kafka.admin import AdminClient, NewTopic

    admin = AdminClient({"bootstrap.servers": kafka.bootstrap_servers})
    admin.list_topics("never-made", timeout=20)
    assert "never-made" not in admin.list_topics(timeout=20).topics
    admin.create_topics([NewTopic("sized", 1, 1)])["sized"].result(30)
    producer = Producer({"bootstrap.servers": kafka.bootstrap_servers, "message.max.bytes": 2_000_000})
    outcomes: list[object] = []
    producer.produce("sized", b"x" * 600_000, on_delivery=lambda error, _: outcomes.append(error))
    assert producer.flush(30) == 0
    assert outcomes == [None]


def test_killed_kafka_comes_back_at_its_port_with_its_topics(kafka):
    from confluent_kafka.admin import AdminClient, NewTopic

    address = kafka.bootstrap_servers
    admin = AdminClient({"bootstrap.servers": address})
    admin.create_topics([NewTopic("kept", 3, 1)])["kept"].result(30)
    os.kill(kafka.pid, signal.SIGKILL)
    assert kafka.start() == address
    assert len(AdminClient({"bootstrap.servers": address}).list_topics(timeout=30).topics["kept"].partitions) == 3


def test_kafka_moves_when_its_port_was_taken_and_says_so_when_it_may_not(kafka):
    address = kafka.bootstrap_servers
    kafka.stop()
    with socket.socket() as thief:
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        thief.bind((LOOPBACK, int(address.rpartition(":")[2])))
        thief.listen()
        fixed = EmbeddedKafka(kafka.data_dir, port=thief.getsockname()[1])
        with pytest.raises(ArnaError, match="is taken by another program"):
            fixed.start()
        moved = kafka.start()
    assert moved != address
    assert is_listening(int(moved.rpartition(":")[2]))


def test_jars_come_from_the_cache_without_a_network(kafka, monkeypatch):
    monkeypatch.setattr("arna.embedded.kafka._download_jars", lambda _: pytest.fail("downloaded"))
    assert len(resolve_jars(kafka.cache_dir)) > 40


def test_without_a_repository_the_remedy_is_named(folder, monkeypatch):
    monkeypatch.setattr("jgo.constants.MAVEN_CENTRAL_URL", "http://127.0.0.1:9/maven2")
    with pytest.raises(ArnaError, match=r"could not be downloaded.*ARNA_KAFKA_BOOTSTRAP_SERVERS"):
        resolve_jars(folder / "cache")


def test_changed_jar_is_refused(folder, monkeypatch):
    jar = folder / "kafka_2.13-4.3.1.jar"
    jar.write_bytes(b"something else")
    monkeypatch.setattr("arna.embedded.kafka._download_jars", lambda _: [jar])
    with pytest.raises(ArnaError, match="is not the file that was released"):
        resolve_jars(folder / "cache")


def test_free_ports_differ_and_are_free():
    ports = free_ports(20)
    assert len(set(ports)) == 20
    assert all(is_free(port) for port in ports)
