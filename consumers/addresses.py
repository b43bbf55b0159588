"""The addresses a worker needs, out of the settings."""

from __future__ import annotations

from dataclasses import dataclass, field

from arna.errors import ConfigError
from arna.settings import Settings


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a worker finds Kafka and the warehouse."""

    bootstrap_servers: str
    warehouse_url: str = field(repr=False)


def require_addresses(settings: Settings) -> Addresses:
    """The addresses a worker needs, the warehouse's as role ``arna_lander`` where that is set apart.

    Raises:
        ConfigError: one is missing.
    """
    remedy = "Set it, or start the embedded stack with `arna up`."
    if settings.kafka_bootstrap_servers is None:
        raise ConfigError("ARNA_KAFKA_BOOTSTRAP_SERVERS", "is not set.", remedy)
    warehouse_url = settings.warehouse_lander_url or settings.warehouse_url
    if warehouse_url is None:
        raise ConfigError("ARNA_WAREHOUSE_URL", "is not set.", remedy)
    return Addresses(settings.kafka_bootstrap_servers, warehouse_url)
