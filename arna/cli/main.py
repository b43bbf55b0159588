"""The console script ``arna``: one Typer application, one module per group of commands."""

from __future__ import annotations

import importlib
import importlib.util
import sys

import typer

from arna.errors import ArnaError

EXIT_FAILURE = 1
EXIT_USAGE = 2
COMMAND_MODULES = (
    "stack",
    "demo",
    "publish",
    "map",
    "relay",
    "generate",
    "source",
    "reader",
    "gateway",
    "lander",
    "receipts",
    "reconcile",
    "batch",
    "report",
    "reference",
    "skill",
    "spool",
    "mart",
    "export",
)


def build_app() -> typer.Typer:
    """The application with every command registered; heavy libraries are imported by the commands themselves."""
    app = typer.Typer(
        name="arna",
        help="The event pipeline between Kazakhstan's schools, its AI University and its employers.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for name in COMMAND_MODULES:
        if importlib.util.find_spec(f"arna.cli.{name}") is not None:
            importlib.import_module(f"arna.cli.{name}").register(app)
    return app


def main() -> None:
    """Runs the command line; an error raised on purpose is one plain sentence and exit code 1."""
    try:
        build_app()()
    except ModuleNotFoundError as error:
        # A publisher has no Airflow, no PostgreSQL driver and no web server, and needs none of them.
        package = (error.name or "").partition(".")[0]
        if package in {"", "arna"}:
            raise
        hint = "Install what runs Arna: pip install 'arna[platform]'."
        typer.secho(
            f"arna: this command needs {package}, which is not installed. {hint}", err=True, fg=typer.colors.RED
        )
        sys.exit(EXIT_FAILURE)
    except ArnaError as error:
        typer.secho(f"arna: {error}", err=True, fg=typer.colors.RED)
        sys.exit(EXIT_FAILURE)


if __name__ == "__main__":
    main()
