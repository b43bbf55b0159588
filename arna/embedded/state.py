"""What ``arna up`` remembers for the other commands: the addresses of the running stack."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from arna.embedded.files import write_private
from arna.errors import ConfigError
from arna.settings import Settings, get_settings

NOT_UP = "the stack is not up; run `arna up`"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the parts of the stack are, embedded or not."""

    kafka_bootstrap_servers: str
    warehouse_url: str
    warehouse_lander_url: str
    warehouse_loader_url: str
    airflow_url: str | None = None
    warehouse_gateway_url: str | None = None
    gateway_url: str | None = None

    @classmethod
    def read(cls, home: Path) -> Addresses | None:
        """The addresses of the stack in this state folder; None when it is not up."""
        try:
            return cls(**json.loads(_path(home).read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def write(self, home: Path) -> None:
        """Remember them."""
        write_private(_path(home), json.dumps(asdict(self), indent=2) + "\n")

    @staticmethod
    def forget(home: Path) -> None:
        """The stack is not up any more."""
        _path(home).unlink(missing_ok=True)


def effective_settings(settings: Settings | None = None, *, kafka: bool = True, warehouse: bool = True) -> Settings:
    """The settings with every address filled in, from outside or else from the running stack.

    Args:
        settings: those to complete; unset: the process's own.
        kafka: whether the caller needs Kafka's address.
        warehouse: whether the caller needs the warehouse's addresses.

    Raises:
        ConfigError: an address is neither set nor known from a stack that is up.
    """
    settings = settings or get_settings()
    addresses = Addresses.read(settings.home)
    found: dict[str, str] = {}
    if settings.kafka_bootstrap_servers is None:
        if addresses is not None:
            found["kafka_bootstrap_servers"] = addresses.kafka_bootstrap_servers
        elif kafka:
            raise ConfigError("ARNA_KAFKA_BOOTSTRAP_SERVERS", "is not set and", f"{NOT_UP}.")
    if settings.warehouse_url is not None:
        found["warehouse_lander_url"] = settings.warehouse_lander_url or settings.warehouse_url
        found["warehouse_loader_url"] = settings.warehouse_loader_url or settings.warehouse_url
        found["warehouse_gateway_url"] = settings.warehouse_gateway_url or settings.warehouse_url
    elif addresses is not None:
        found["warehouse_url"] = addresses.warehouse_url
        found["warehouse_lander_url"] = settings.warehouse_lander_url or addresses.warehouse_lander_url
        found["warehouse_loader_url"] = settings.warehouse_loader_url or addresses.warehouse_loader_url
        found["warehouse_gateway_url"] = (
            settings.warehouse_gateway_url or addresses.warehouse_gateway_url or addresses.warehouse_url
        )
    elif warehouse:
        raise ConfigError("ARNA_WAREHOUSE_URL", "is not set and", f"{NOT_UP}.")
    return settings.model_copy(update=found)


def without_password(url: str) -> str:
    """The URL as it may be shown."""
    parts = urlsplit(url)
    if parts.password is None:
        return url
    user, _, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user.split(':', 1)[0]}:***@{host}"))


def _path(home: Path) -> Path:
    return home / "stack.json"
