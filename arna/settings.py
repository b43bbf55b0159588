"""Settings from ``ARNA_*`` environment variables, read once and validated once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from arna.errors import ConfigError


def _absolute(path: Path) -> Path:
    return path.expanduser().absolute()


def _psycopg_url(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in {"postgresql", "postgres", "postgresql+psycopg"}:
        message = "must look like postgresql+psycopg://user@host:5432/database"
        raise ValueError(message)
    return f"postgresql+psycopg://{rest}"


AbsolutePath = Annotated[Path, AfterValidator(_absolute)]
WarehouseUrl = Annotated[str, AfterValidator(_psycopg_url)]


class Settings(BaseSettings):
    """Everything that can be set from outside.

    Unset addresses mean the embedded servers: ``arna up`` writes where it put them to
    ``<home>/stack.json`` and ``arna.embedded.stack.effective_settings()`` fills them in.
    """

    model_config = SettingsConfigDict(env_prefix="ARNA_", frozen=True, hide_input_in_errors=True, env_ignore_empty=True)

    home: AbsolutePath = Field(default=Path(".arna"), description="state folder of the embedded stack")
    spool: AbsolutePath | None = Field(
        default=None,
        description="folder of the publishers' spools; unset: <home>/spool, and for an application without ARNA_HOME "
        "the user's state folder",
    )
    kafka_bootstrap_servers: str | None = Field(
        default=None, description="host:port list of your own Kafka; unset: the embedded broker"
    )
    warehouse_url: WarehouseUrl | None = Field(
        default=None, repr=False, description="PostgreSQL of the warehouse's owner; unset: the embedded server"
    )
    warehouse_lander_url: WarehouseUrl | None = Field(
        default=None, repr=False, description="as role arna_lander; unset: warehouse_url"
    )
    warehouse_loader_url: WarehouseUrl | None = Field(
        default=None, repr=False, description="as role arna_loader; unset: warehouse_url"
    )
    warehouse_gateway_url: WarehouseUrl | None = Field(
        default=None, repr=False, description="as role arna_gateway; unset: warehouse_url"
    )
    vault_keys: SecretStr | None = Field(default=None, description="vault keys as JSON; unset: vault_keys_file")
    vault_keys_file: AbsolutePath | None = Field(
        default=None, description="file with the vault keys; unset: <home>/secrets/vault-keys.json"
    )
    topic_partitions: int = Field(default=6, ge=1, le=1000)
    topic_replication: int = Field(default=1, ge=1, le=10)
    topic_retention_hours: int = Field(default=7 * 24, ge=1)
    mart_change_retention_days: int = Field(
        default=30, ge=1, le=3_650, description="after so many days ops.mart_change forgets events that were sent"
    )
    lander_workers: int = Field(default=2, ge=1, le=64)
    lander_max_poll_records: int = Field(default=20_000, ge=1, le=50_000)
    lander_poll_watchdog_seconds: float = Field(default=120.0, gt=0)
    metrics_port: int | None = Field(
        default=None, ge=0, le=65_535, description="port of the first lander's /metrics; 0 picks one; unset: off"
    )
    gateway_host: str = Field(default="127.0.0.1", min_length=1, description="address the gateway listens on")
    gateway_port: int | None = Field(
        default=None, ge=1, le=65_535, description="the gateway's port; unset: 8090, in the embedded stack a free one"
    )
    gateway_workers: int = Field(default=1, ge=1, le=64, description="processes of the gateway")
    gateway_max_connections: int = Field(default=1_000, ge=1, description="connections at once, for each process")
    gateway_max_body_bytes: int = Field(
        default=8 * 1024 * 1024, ge=1_024, description="largest request body, as sent and decompressed"
    )
    gateway_max_batch_events: int = Field(default=1_000, ge=1, le=10_000, description="for sources without their own")
    gateway_requests_per_second: int = Field(default=50, ge=1, description="for sources without their own")
    gateway_events_per_second: int = Field(default=5_000, ge=1, description="for sources without their own")
    gateway_body_seconds: float = Field(
        default=15.0, gt=0, description="patience with a request body, beside one second for each 8 KiB"
    )
    gateway_delivery_seconds: float = Field(
        default=10.0, ge=1, description="after so long without Kafka's answer an event is unknown"
    )
    batch_max_events: int = Field(default=1_000_000, ge=1)
    batch_max_reject_ratio: float = Field(
        default=0.5, ge=0, le=1, description="a batch of 100 events or more with a larger share of failing rows is held"
    )

    @property
    def vault_keys_path(self) -> Path:
        """Where the vault keys lie when they are not given in the environment."""
        return self.vault_keys_file or self.home / "secrets" / "vault-keys.json"


@cache
def get_settings() -> Settings:
    """The process's settings.

    Raises:
        ConfigError: naming the first wrong variable; its value is not shown.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = "ARNA_" + "_".join(str(part) for part in first["loc"]).upper()
        raise ConfigError(name, f"{first['msg']}.") from None
