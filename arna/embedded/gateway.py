"""The gateway as a part of the embedded stack: one process on loopback, at a port that it keeps."""

from __future__ import annotations

import importlib.util
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from arna.embedded.files import write_private
from arna.embedded.ports import LOOPBACK, free_ports, is_free
from arna.embedded.processes import Service, ServiceFailed, wait_until
from arna.errors import ConfigError

_READY_SECONDS = 30.0
_PACKAGES = ("fastapi", "httptools", "limits", "uvicorn", "uvloop")


def require_gateway() -> None:
    """See that what the gateway is made of is installed.

    Raises:
        ConfigError: it is not.
    """
    if not is_installed():
        raise ConfigError("gateway", "is not installed.", "pip install 'arna[gateway]'")


def is_installed() -> bool:
    """Whether what the gateway is made of is installed."""
    return all(importlib.util.find_spec(name) is not None for name in _PACKAGES)


class EmbeddedGateway:
    """The process of ``arna gateway run``.

    Args:
        run_dir: folder of the pid file and of the note of its port.
        log_dir: folder of its log.
        port: its port; unset: the one used last, or a free one.
    """

    def __init__(self, run_dir: Path, log_dir: Path, port: int | None = None) -> None:
        self.service = Service("gateway", run_dir, log_dir / "gateway.log")
        self._port_note = run_dir / "gateway.port"
        self._wanted_port = port

    @property
    def url(self) -> str | None:
        """Where it is; None before its port was first chosen."""
        port = self._port()
        return f"http://{LOOPBACK}:{port}" if port else None

    def choose_port(self) -> None:
        """Keep the port of the last run, unless it is to be another or somebody else took it in the meantime."""
        if self.service.is_running():
            return
        port = self._wanted_port or self._port()
        if self._wanted_port is None and (port == 0 or not wait_until(lambda: is_free(port), 3.0)):
            port = free_ports(1)[0]
        write_private(self._port_note, str(port))

    def start(self, env: Mapping[str, str], folder: Path) -> list[str]:
        """Start it, if it does not run, and wait until it takes events.

        Args:
            env: its environment, with the addresses of Kafka and the warehouse.
            folder: working directory.

        Returns:
            Its name, where it was started.

        Raises:
            ConfigError: it is not installed.
            ServiceFailed: it ended, or does not answer.
        """
        if self.service.is_running():
            return []
        require_gateway()
        arguments = ["gateway", "run", "--host", LOOPBACK, "--port", str(self._port())]
        self.service.start([sys.executable, "-m", "arna.cli.main", *arguments], env=env, cwd=folder)
        if not wait_until(self._is_ready, _READY_SECONDS, poll=0.1):
            raise ServiceFailed("gateway", "it does not get ready.", self.service.log_path)
        return [self.service.name]

    def _is_ready(self) -> bool:
        if not self.service.is_running():
            raise ServiceFailed("gateway", "it ended while starting.", self.service.log_path)
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _port(self) -> int:
        try:
            return int(self._port_note.read_text())
        except (OSError, ValueError):
            return 0
