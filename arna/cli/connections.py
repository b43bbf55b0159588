"""The warehouse and the broker that a command talks to: the ones set, else the embedded ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from arna.warehouse.database import Database


def open_warehouse(application_name: str) -> Database:
    """The warehouse, as its owner.

    Raises:
        ConfigError: it is not set and the embedded stack is not up.
    """
    from arna.embedded.state import effective_settings
    from arna.errors import ConfigError
    from arna.warehouse.database import Database

    url = effective_settings(kafka=False).warehouse_url
    if url is None:
        raise ConfigError("ARNA_WAREHOUSE_URL", "is not set.", "Set it, or run `arna up`.")
    return Database(url, application_name)


def bootstrap_servers() -> str:
    """Kafka's address.

    Raises:
        ConfigError: it is not set and the embedded stack is not up.
    """
    from arna.embedded.state import effective_settings
    from arna.errors import ConfigError

    servers = effective_settings(warehouse=False).kafka_bootstrap_servers
    if servers is None:
        raise ConfigError("ARNA_KAFKA_BOOTSTRAP_SERVERS", "is not set.", "Set it, or run `arna up`.")
    return servers
