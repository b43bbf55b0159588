"""``arna lander`` and ``arna outbox``: the two workers that run for ever."""

from __future__ import annotations

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    lander = typer.Typer(help="Take events from Kafka into the warehouse.", no_args_is_help=True)
    lander.command("run")(run_landers)
    app.add_typer(lander, name="lander")
    outbox = typer.Typer(
        help="Bring dead letters, receipts and news of views from the warehouse to Kafka.", no_args_is_help=True
    )
    outbox.command("run")(run_outbox)
    app.add_typer(outbox, name="outbox")


def run_landers(
    workers: Annotated[
        int | None,
        typer.Option(min=1, max=64, help="Processes in the consumer group. Default: ARNA_LANDER_WORKERS, or 2."),
    ] = None,
) -> None:
    """Land events until SIGTERM or Ctrl-C; the micro-batch under way is finished first.

    Needs the vault keys and the addresses of Kafka and the warehouse (from `arna up`, or ARNA_… variables). Landers may
    be started and killed at any time and on any number of machines: PostgreSQL holds the offsets.
    """
    from arna.embedded.stack import effective_settings
    from arna.logs import configure_logging
    from consumers.supervisor import stop_on_signals, supervise

    configure_logging()
    settings = effective_settings()
    supervise(settings, workers or settings.lander_workers, stop_on_signals())


def run_outbox() -> None:
    """Relay dead letters, receipts and changes of views until SIGTERM or Ctrl-C, each at least once.

    They go to dlq.<topic>, arna.receipt.v1 and arna.mart-changed.v1. It may run several times: relays share the dead
    letters; one announcer at a time makes and sends the receipts, one tells which views changed.
    """
    from contextlib import ExitStack, closing

    from arna.embedded.stack import effective_settings
    from arna.logs import configure_logging
    from consumers.mart_changes import MartChangeAnnouncer
    from consumers.outbox import OutboxRelay
    from consumers.receipts import ReceiptAnnouncer, run_together
    from consumers.supervisor import stop_on_signals

    configure_logging()
    settings = effective_settings()
    with ExitStack() as stack:
        relay = stack.enter_context(closing(OutboxRelay(settings)))
        receipts = stack.enter_context(closing(ReceiptAnnouncer(settings)))
        changes = stack.enter_context(closing(MartChangeAnnouncer(settings)))
        run_together([relay, receipts, changes], stop_on_signals())
