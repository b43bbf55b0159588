"""The whole stack on one machine: PostgreSQL, Kafka, Airflow, landers, the outbox relay and the gateway.

``up`` starts what does not run, in the order in which the parts need each other, and heals what died;
``down`` stops all of it and keeps the data. Everything lies in one folder, ``ARNA_HOME``. A Kafka or a
warehouse that is named from outside is used in place of the embedded one.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from arna.embedded.airflow import EmbeddedAirflow, airflow_version
from arna.embedded.files import locked
from arna.embedded.gateway import EmbeddedGateway, is_installed
from arna.embedded.kafka import EmbeddedKafka
from arna.embedded.postgres import EmbeddedPostgres
from arna.embedded.processes import Service, ServiceFailed, stop_together, wait_until
from arna.embedded.state import Addresses, effective_settings
from arna.embedded.status import ProcessStatus, StackStatus, addresses_of, read_topics
from arna.errors import ConfigError
from arna.settings import Settings

__all__ = ["Stack", "effective_settings"]

Progress = Callable[[str], None]

_OURS_NOTE = ".arna-home"
# Other commands may have come first.
_MADE_BEFORE_UP = frozenset({"data-docs", "logs", "run", "secrets", "spool"})
_KEYS_IN_USE_NOTE = "keys-of-another-warehouse"
_SETTLE_SECONDS = 1.5
# A worker that waits for a dead broker may not hear us; what it had not committed is read again.
_WORKER_STOP_SECONDS = 15.0


def _silent(_: str) -> None:
    """Shows nothing."""


class Stack:
    """The stack whose state lies in ``settings.home``.

    Args:
        settings: addresses that are set replace the embedded parts one by one.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.home = settings.home
        run, logs = self.home / "run", self.home / "logs"
        self.postgres = EmbeddedPostgres(self.home / "postgres", log_path=logs / "postgres.log")
        self.kafka = EmbeddedKafka(self.home / "kafka", log_path=logs / "kafka.log")
        self.airflow = EmbeddedAirflow(self.home / "airflow", self.home / "secrets", run, logs)
        self.lander = Service("lander", run, logs / "lander.log")
        self.outbox = Service("outbox", run, logs / "outbox.log")
        self.gateway = EmbeddedGateway(run, logs, settings.gateway_port)

    def effective_settings(self) -> Settings:
        """The settings with the addresses of the running stack filled in; see the function of this name."""
        return effective_settings(self.settings)

    def up(
        self, progress: Progress = _silent, *, airflow: bool = True, landers: bool = True, gateway: bool | None = None
    ) -> list[str]:
        """Start every part that does not run and wait until all are ready.

        Args:
            progress: gets one plain line for each step.
            airflow: whether Airflow is wanted.
            landers: whether the landers and the outbox relay are wanted.
            gateway: whether the gateway is wanted; unset: where the landers are, if it is installed.

        Returns:
            The names of the parts that were started; empty when everything ran already.

        Raises:
            ArnaError: a part cannot be started; the text says which, why, and where its log is.
        """
        self._prepare_home()
        with self._lock(progress):
            started: list[str] = []
            migrating = False
            if airflow or self.settings.warehouse_url is None:
                started += self._start_server(self.postgres, "postgres", progress)
            if airflow:
                migrating = self._begin_airflow_migration(progress)
            started += self._prepare_warehouse(progress)
            if self.settings.kafka_bootstrap_servers is None:
                started += self._start_server(self.kafka, "kafka", progress)
            addresses = self._addresses()
            self._prepare_topics(addresses, progress)
            self._stop_outdated(addresses, progress)
            gateway = (landers and is_installed()) if gateway is None else gateway
            if gateway:
                self.gateway.choose_port()
            if airflow:
                started += self._start_airflow(addresses, migrating, progress)
            addresses = self._addresses(gateway=gateway)
            addresses.write(self.home)
            if landers:
                started += self._start_workers(addresses, progress)
            if gateway:
                started += self._start_gateway(addresses, progress)
            if airflow:
                self.airflow.wait_healthy()
                progress(f"airflow: healthy at {self.airflow.url}")
            return started

    def down(self, progress: Progress = _silent) -> list[str]:
        """Stop every part, Airflow first while its database is still up; the data stays.

        Returns:
            The names of the parts that ran.
        """
        if not self._is_ours():
            return []
        with self._lock(progress):
            running = [process.name for process in self._processes() if process.alive]
            if any(name.startswith("airflow") for name in running):
                progress("airflow: stopping")
            self.airflow.stop()
            for name in stop_together(self._workers(), timeout=_WORKER_STOP_SECONDS):
                progress(f"{name}: stopped")
            for name, server in (("kafka", self.kafka), ("postgres", self.postgres)):
                server.stop()
                if name in running:
                    progress(f"{name}: stopped")
            Addresses.forget(self.home)
            return running

    def wipe(self, progress: Progress = _silent) -> None:
        """Stop every part and delete the state folder: the data, the logs and the secrets.

        The vault's keys are kept when they are those of a warehouse that is not ours to delete: without
        them nobody could tell again who its tokens are.
        """
        if not self._is_ours():
            return
        self.down(progress)
        shutil.rmtree(self.postgres.socket_dir, ignore_errors=True)  # may be a short one in /tmp
        if (self.home / "secrets" / _KEYS_IN_USE_NOTE).exists():
            for entry in self.home.iterdir():
                if entry.is_dir() and entry.name != "secrets":
                    shutil.rmtree(entry)
            progress(f"wiped {self.home}, but for the keys of the warehouse in {self.home / 'secrets'}")
            return
        shutil.rmtree(self.home)
        progress(f"wiped {self.home}")

    def status(self) -> StackStatus:
        """What runs, where, and how far every partition has come."""
        addresses = addresses_of(self.settings)
        dead = [f"{name}: it does not run; `arna up` starts it again" for name in self._dead_servers()]
        if addresses is None or dead:
            return StackStatus(addresses, tuple(self._processes()), (), tuple(dead) if addresses else ())
        return StackStatus(addresses, tuple(self._processes()), *read_topics(addresses))

    def _workers(self) -> list[Service]:
        return [self.lander, self.outbox, self.gateway.service]

    def _dead_servers(self) -> Iterator[str]:
        """Embedded servers that are needed and do not run: no use waiting for their answer."""
        if self.settings.warehouse_url is None and not self.postgres.is_running():
            yield "postgres"
        if self.settings.kafka_bootstrap_servers is None and not self.kafka.is_running():
            yield "kafka"

    def _processes(self) -> Iterator[ProcessStatus]:
        parts: list[tuple[str, EmbeddedPostgres | EmbeddedKafka | Service]]
        parts = [("postgres", self.postgres), ("kafka", self.kafka)]
        parts += [(service.name, service) for service in (*self.airflow.services.values(), *self._workers())]
        for name, part in parts:
            pid = part.pid or part.last_pid
            if pid is not None:
                yield ProcessStatus(name, pid, part.is_running())

    @contextmanager
    def _lock(self, progress: Progress) -> Iterator[None]:
        path = self.home / "run" / "lock"
        with ExitStack() as held:
            try:
                held.enter_context(locked(path, wait=False))
            except BlockingIOError:
                progress("another `arna up` or `arna down` is at work here; waiting for it")
                held.enter_context(locked(path))
            yield

    def _is_ours(self) -> bool:
        return (self.home / _OURS_NOTE).exists()

    def _prepare_home(self) -> None:
        """Take a folder that is new or empty: ``down --wipe`` deletes it whole some day."""
        if not self._is_ours():
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            names = {entry.name for entry in self.home.iterdir()}
            # The note may be there by now: another `up` that began with this one.
            if _OURS_NOTE not in names and names - _MADE_BEFORE_UP:
                raise ConfigError(
                    "ARNA_HOME", f"is {self.home}, which holds other files.", "Name a new or empty folder."
                )
            (self.home / _OURS_NOTE).touch()
        for name in ("airflow", "logs", "run", "secrets"):
            (self.home / name).mkdir(mode=0o700, exist_ok=True)

    @staticmethod
    def _start_server(server: EmbeddedPostgres | EmbeddedKafka, name: str, progress: Progress) -> list[str]:
        was_running = server.is_running()
        if not was_running:
            progress(f"{name}: starting")
        server.start()
        progress(f"{name}: {'already running' if was_running else 'ready'}")
        return [] if was_running else [name]

    def _begin_airflow_migration(self, progress: Progress) -> bool:
        if self._airflow_migrated_note().exists():
            return False
        progress("airflow: migrating its metadata database (in the background)")
        self.airflow.begin_migration(self.postgres.create_database("airflow", owner="airflow"))
        return True

    def _airflow_migrated_note(self) -> Path:
        # It lies beside the cluster, so that it goes when the cluster goes.
        return self.postgres.data_dir / f"airflow-{airflow_version()}-migrated"

    def _prepare_warehouse(self, progress: Progress) -> list[str]:
        from arna.vault import ensure_keys
        from arna.warehouse.migrations import migrate

        applied = migrate(self.settings.warehouse_url or self.postgres.url("arna"))
        progress(f"warehouse: {len(applied)} migrations applied" if applied else "warehouse: up to date")
        if self.settings.vault_keys is None:
            ensure_keys(self.settings.vault_keys_path)
            if self.settings.warehouse_url is not None:
                (self.home / "secrets" / _KEYS_IN_USE_NOTE).touch()
        return [f"migration {name}" for name in applied]

    def _prepare_topics(self, addresses: Addresses, progress: Progress) -> None:
        from arna.topics import ensure_topics

        ensure_topics(addresses.kafka_bootstrap_servers, self.settings)
        progress(f"kafka: topics ready at {addresses.kafka_bootstrap_servers}")

    def _addresses(self, *, gateway: bool = False) -> Addresses:
        owner = self.settings.warehouse_url or self.postgres.url("arna")
        embedded = self.settings.warehouse_url is None
        lander = self.postgres.url("arna", "arna_lander") if embedded else owner
        loader = self.postgres.url("arna", "arna_loader") if embedded else owner
        limited = self.postgres.url("arna", "arna_gateway") if embedded else owner
        return Addresses(
            kafka_bootstrap_servers=self.settings.kafka_bootstrap_servers or self.kafka.bootstrap_servers,
            warehouse_url=owner,
            warehouse_lander_url=self.settings.warehouse_lander_url or lander,
            warehouse_loader_url=self.settings.warehouse_loader_url or loader,
            airflow_url=self.airflow.url if self.airflow.services["api-server"].is_running() else None,
            warehouse_gateway_url=self.settings.warehouse_gateway_url or limited,
            gateway_url=self.gateway.url if gateway or self.gateway.service.is_running() else None,
        )

    def _stop_outdated(self, addresses: Addresses, progress: Progress) -> None:
        """Whoever was started with an address that changed since must be started anew."""
        before = Addresses.read(self.home)
        if before is None or _without_airflow(before) == _without_airflow(addresses):
            return
        progress("addresses changed: restarting what uses them")
        self.airflow.stop()
        stop_together(self._workers(), timeout=_WORKER_STOP_SECONDS)

    def _start_airflow(self, addresses: Addresses, migrating: bool, progress: Progress) -> list[str]:
        if migrating:
            self.airflow.finish_migration()
            self._airflow_migrated_note().touch()
        started = self.airflow.start(
            self.postgres.url("airflow", "airflow"), self._env(addresses, addresses.warehouse_loader_url)
        )
        progress(f"airflow: starting {', '.join(started)}" if started else "airflow: already running")
        return started

    def _start_workers(self, addresses: Addresses, progress: Progress) -> list[str]:
        """Start the landers, who alone get the vault's keys, and the outbox relay."""
        env = {key: value for key, value in os.environ.items() if not _is_withheld(key)}
        env |= self._env(addresses, addresses.warehouse_lander_url)
        env["ARNA_WAREHOUSE_LANDER_URL"] = addresses.warehouse_lander_url
        keys = {"ARNA_VAULT_KEYS_FILE": str(self.settings.vault_keys_path)}
        if self.settings.vault_keys is not None:
            keys["ARNA_VAULT_KEYS"] = self.settings.vault_keys.get_secret_value()
        workers = str(self.settings.lander_workers)
        started = [
            *self._start_worker(self.lander, ["lander", "run", "--workers", workers], {**env, **keys}),
            *self._start_worker(self.outbox, ["outbox", "run"], env),
        ]
        if started:
            self._wait_settled(started)
        progress(f"{', '.join(started)}: running" if started else "lander, outbox: already running")
        return started

    def _start_worker(self, service: Service, arguments: list[str], env: Mapping[str, str]) -> list[str]:
        if service.is_running():
            return []
        service.start([sys.executable, "-m", "arna.cli.main", *arguments], env=env, cwd=self.home)
        return [service.name]

    def _start_gateway(self, addresses: Addresses, progress: Progress) -> list[str]:
        env = {key: value for key, value in os.environ.items() if not _is_withheld(key)}
        warehouse = addresses.warehouse_gateway_url or addresses.warehouse_url
        env |= self._env(addresses, warehouse)
        started = self.gateway.start(env, self.home)
        progress(f"gateway: {'ready' if started else 'already running'} at {self.gateway.url}")
        return started

    def _wait_settled(self, names: list[str]) -> None:
        """A worker that cannot work ends at once: see it now, not at the first missing event."""
        watched = [service for service in (self.lander, self.outbox) if service.name in names]
        wait_until(lambda: any(not service.is_running() for service in watched), _SETTLE_SECONDS)
        for service in watched:
            if not service.is_running():
                raise ServiceFailed(service.name, "it ended while starting.", service.log_path)

    def _env(self, addresses: Addresses, warehouse_url: str) -> dict[str, str]:
        return {
            "ARNA_HOME": str(self.home),
            "ARNA_KAFKA_BOOTSTRAP_SERVERS": addresses.kafka_bootstrap_servers,
            "ARNA_WAREHOUSE_URL": warehouse_url,
        }


def _is_withheld(variable: str) -> bool:
    """What a worker must not inherit: other roles' addresses, the vault's keys, our own test habits."""
    return variable.startswith(("AIRFLOW", "ARNA_VAULT_")) or variable in {
        "ARNA_WAREHOUSE_GATEWAY_URL",
        "ARNA_WAREHOUSE_LANDER_URL",
        "ARNA_WAREHOUSE_LOADER_URL",
        "PYTHONDONTWRITEBYTECODE",
    }


def _without_airflow(addresses: Addresses) -> tuple[str, ...]:
    return (
        addresses.kafka_bootstrap_servers,
        addresses.warehouse_url,
        addresses.warehouse_lander_url,
        addresses.warehouse_loader_url,
        addresses.warehouse_gateway_url or addresses.warehouse_url,
    )
