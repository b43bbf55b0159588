"""``arna gateway``: events over HTTP."""

from __future__ import annotations

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Adds the command."""
    gateway = typer.Typer(help="Take events over HTTP and bring them to Kafka.", no_args_is_help=True)
    gateway.command("run")(run_gateway)
    app.add_typer(gateway, name="gateway")


def run_gateway(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on. Default: ARNA_GATEWAY_HOST, or 127.0.0.1.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65_535, help="Port to listen on. Default: ARNA_GATEWAY_PORT, or 8090.")
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, max=64, help="Processes; each counts a source's limits for itself. Default: 1."),
    ] = None,
) -> None:
    """Serve the gateway until SIGTERM or Ctrl-C; requests under way are answered first.

    Needs the addresses of Kafka and the warehouse (from `arna up`, or ARNA_KAFKA_BOOTSTRAP_SERVERS and
    ARNA_WAREHOUSE_GATEWAY_URL). Sources get their keys by `arna source key issue`.
    """
    from arna.embedded.gateway import require_gateway
    from arna.logs import configure_logging

    require_gateway()
    from producers.gateway.app import gateway_settings
    from producers.gateway.server import DEFAULT_PORT, run_server

    configure_logging()
    settings = gateway_settings()
    run_server(
        settings,
        host or settings.gateway_host,
        port or settings.gateway_port or DEFAULT_PORT,
        workers or settings.gateway_workers,
    )
