"""Airflow 3.3 with the LocalExecutor: four components, all on loopback, configured by environment only."""

from __future__ import annotations

import base64
import importlib.util
import json
import os
import secrets
import sys
import urllib.request
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from arna.embedded.files import write_private
from arna.embedded.ports import LOOPBACK, free_ports, is_free
from arna.embedded.processes import Service, ServiceFailed, stop_together, wait_until
from arna.errors import ArnaError, ConfigError
from arna.siblings import sibling

# Both would otherwise serve their logs on 8793 and 8794 of every interface; on one machine the API server
# reads the files itself.
_NO_LOG_SERVER = "--skip-serve-logs"
COMPONENTS: Mapping[str, tuple[str, ...]] = {
    "api-server": ("api-server",),
    "scheduler": ("scheduler", _NO_LOG_SERVER),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", _NO_LOG_SERVER),
}
_HEALTH_SECONDS = 240.0
_USER = "admin"

_SETTINGS: Mapping[str, str] = {
    "CORE__EXECUTOR": "LocalExecutor",
    "CORE__PARALLELISM": "8",
    # Forked tasks find Great Expectations imported already (see ``preload``).
    "CORE__MP_START_METHOD": "fork",
    "CORE__LOAD_EXAMPLES": "False",
    "CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
    "CORE__HOSTNAME_CALLABLE": "socket.gethostname",
    "CORE__SIMPLE_AUTH_MANAGER_USERS": f"{_USER}:admin",
    "API__HOST": LOOPBACK,
    "API__WORKERS": "1",
    "DAG_PROCESSOR__REFRESH_INTERVAL": "30",
    "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "60",
    "DAG_PROCESSOR__PARSING_PROCESSES": "1",
    "DAG_PROCESSOR__PRINT_STATS_INTERVAL": "900",
    "SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "2",
    "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
    "SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_HOST": LOOPBACK,
    # A task of a killed scheduler is seen and run again after a minute, not after five.
    "SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "30",
    "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
    "LOGGING__COLORED_CONSOLE_LOG": "False",
    "LOGGING__UVICORN_LOGGING_LEVEL": "WARNING",
    # Task logs are for the one who runs the stack.
    "LOGGING__FILE_TASK_HANDLER_NEW_FOLDER_PERMISSIONS": "0o700",
    "LOGGING__FILE_TASK_HANDLER_NEW_FILE_PERMISSIONS": "0o600",
    "USAGE_DATA_COLLECTION__ENABLED": "False",
}
_PRIVATE_VARIABLES = frozenset(
    {
        "ARNA_VAULT_KEYS",
        "ARNA_VAULT_KEYS_FILE",
        "ARNA_WAREHOUSE_GATEWAY_URL",
        "ARNA_WAREHOUSE_LANDER_URL",
        "PYTHONPATH",
        "PYTHONDONTWRITEBYTECODE",
    }
)


class EmbeddedAirflow:
    """The four components, their folder and their secrets.

    Args:
        airflow_home: Airflow's own folder (logs, nothing that must be kept).
        secrets_dir: where the JWT secret, the Fernet key and the UI's password are kept.
        run_dir: folder of the pid files.
        log_dir: folder of the components' logs.
    """

    def __init__(self, airflow_home: Path, secrets_dir: Path, run_dir: Path, log_dir: Path) -> None:
        self.home = airflow_home
        self.passwords_path = secrets_dir / "airflow-passwords.json"
        self._secrets_path = secrets_dir / "airflow.json"
        self._port_note = airflow_home / "port"
        self.services = {
            name: Service(f"airflow-{name}", run_dir, log_dir / f"airflow-{name}.log") for name in COMPONENTS
        }
        self._migration = Service("airflow-migrate", run_dir, log_dir / "airflow-migrate.log")

    @property
    def url(self) -> str:
        """Where the UI and the API are; known once it was started."""
        return f"http://{LOOPBACK}:{self._port()}"

    def is_running(self) -> bool:
        """Whether every component runs."""
        return all(service.is_running() for service in self.services.values())

    def begin_migration(self, database_url: str) -> None:
        """Start to bring the metadata database to this Airflow's version; the work goes on by itself."""
        self._prepare()
        self._migration.start([sys.executable, "-m", "airflow", "db", "migrate"], env=self._env(database_url, {}))

    def finish_migration(self, timeout: float = 240.0) -> None:
        """Wait for the end of ``begin_migration``.

        Raises:
            ServiceFailed: it failed or took too long.
        """
        if not wait_until(lambda: self._migration.exit_code is not None, timeout):
            self._migration.kill()
            raise ServiceFailed("airflow", "migrating the metadata database took too long.", self._migration.log_path)
        if self._migration.exit_code != 0:
            raise ServiceFailed("airflow", "the metadata database was not migrated.", self._migration.log_path)

    def start(self, database_url: str, arna_env: Mapping[str, str]) -> list[str]:
        """Start the components that do not run.

        Args:
            database_url: the metadata database.
            arna_env: ``ARNA_*`` variables for the tasks; never the vault's keys.

        Returns:
            The names of those that were started.
        """
        self._prepare()
        if not self.services["api-server"].is_running():
            self._choose_port()
        env = self._env(database_url, arna_env)
        preload = Path(__file__).with_name("preload")
        started = []
        for name, arguments in COMPONENTS.items():
            service = self.services[name]
            if service.is_running():
                continue
            own = {"PYTHONPATH": str(preload)} if name == "scheduler" else {}
            service.start([sys.executable, "-m", "airflow", *arguments], env={**env, **own}, cwd=self.home)
            started.append(service.name)
        return started

    def wait_healthy(self, timeout: float = _HEALTH_SECONDS) -> None:
        """Wait until the API server calls every component healthy.

        Raises:
            ServiceFailed: one ended or did not get healthy in time.
        """
        if wait_until(lambda: not self._unhealthy(), timeout, poll=0.25):
            return
        worst = self._unhealthy()[0]
        raise ServiceFailed(f"airflow-{worst}", "it did not get healthy in time.", self.services[worst].log_path)

    def stop(self) -> None:
        """Stop every component while the metadata database is still up."""
        self._migration.kill()
        api_server = self.services["api-server"]
        stop_together([service for service in self.services.values() if service is not api_server])
        api_server.stop()  # last: running tasks report to it

    def _unhealthy(self) -> list[str]:
        for service in self.services.values():
            if not service.is_running():
                raise ServiceFailed(service.name, "it ended while starting.", service.log_path)
        try:
            with urllib.request.urlopen(f"{self.url}/api/v2/monitor/health", timeout=5) as answer:
                health = json.load(answer)
        except (OSError, ValueError):
            return ["api-server"]
        return [
            name
            for name in COMPONENTS
            if (health.get(name.replace("-", "_")) or {}).get("status", "healthy") != "healthy"
        ]

    def _port(self) -> int:
        try:
            return int(self._port_note.read_text())
        except (OSError, ValueError):
            return 0

    def _choose_port(self) -> None:
        port = self._port()
        if port == 0 or not wait_until(lambda: is_free(port), 3.0):
            write_private(self._port_note, str(free_ports(1)[0]))

    def _prepare(self) -> None:
        if importlib.util.find_spec("airflow") is None:
            raise ConfigError(
                "--no-airflow", "is missing and Airflow is not installed.", "pip install 'arna[platform]'"
            )
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self._secrets_path.exists():
            fernet_key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
            made = {
                "jwt_secret": secrets.token_urlsafe(48),
                "fernet_key": fernet_key,
                "api_secret": secrets.token_hex(32),
            }
            write_private(self._secrets_path, json.dumps(made))
        if not self.passwords_path.exists():
            write_private(self.passwords_path, json.dumps({_USER: secrets.token_urlsafe(12)}))

    def _env(self, database_url: str, arna_env: Mapping[str, str]) -> dict[str, str]:
        kept = {
            key: value
            for key, value in os.environ.items()
            if key not in _PRIVATE_VARIABLES and not key.startswith("AIRFLOW")
        }
        made = json.loads(self._secrets_path.read_text())
        own = {
            **_SETTINGS,
            "CORE__DAGS_FOLDER": str(dags_folder()),
            "CORE__FERNET_KEY": made["fernet_key"],
            "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(self.passwords_path),
            "CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "API__BASE_URL": self.url,
            "API__PORT": str(self._port()),
            "API__SECRET_KEY": made["api_secret"],
            "API_AUTH__JWT_SECRET": made["jwt_secret"],
            "DATABASE__SQL_ALCHEMY_CONN": database_url,
            # Unset, Airflow would derive a URL for asyncpg, which is not installed.
            "DATABASE__SQL_ALCHEMY_CONN_ASYNC": database_url,
        }
        return {
            **kept,
            "AIRFLOW_HOME": str(self.home),
            **{f"AIRFLOW__{key}": value for key, value in own.items()},
            "GX_ANALYTICS_ENABLED": "False",
            **arna_env,
        }


def airflow_version() -> str:
    """The installed Airflow's version."""
    return version("apache-airflow")


def dags_folder() -> Path:
    """The installed ``dags`` folder."""
    found = importlib.util.find_spec(sibling("dags"))
    if found is None or not found.submodule_search_locations:
        raise ArnaError("airflow: the dags folder is not installed beside arna.")
    return Path(next(iter(found.submodule_search_locations)))
