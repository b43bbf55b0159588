"""``arna report``: one page about skills, occupations, programmes and the data behind them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

if TYPE_CHECKING:
    from datetime import date

_ALL = "all"


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("report")(report)


def report(
    *,
    to: Annotated[Path, typer.Option(help="File to write.", dir_okay=False)] = Path("arna-report.html"),
    language: Annotated[
        str, typer.Option(help="Language the page opens in: kk, ru or en; all: its reader's. It holds all three.")
    ] = _ALL,
    month: Annotated[
        str | None, typer.Option(help="Month to report on, YYYY-MM; unset: the latest with a figure.")
    ] = None,
    top: Annotated[int, typer.Option(min=1, max=50, help="Rows of each ranking of the country.")] = 10,
) -> None:
    """Write one HTML file about skill gaps, occupations, programmes and the quality of the data.

    It asks for nothing outside itself and shows no figure of fewer than five people.
    """
    from arna.cli.connections import open_warehouse
    from arna.errors import ConfigError
    from arna.reporting.data import read_report
    from arna.reporting.page import render_page
    from arna.reporting.words import Language

    languages: dict[str, Language | None] = {_ALL: None, **{each: each for each in get_args(Language)}}
    if language not in languages:
        raise ConfigError("--language", f"there is no {language}.", f"Choose from {', '.join(languages)}.")
    wanted = None if month is None else _parse_month(month)
    with open_warehouse("arna report") as database:
        data = read_report(database, month=wanted, top=top)
    page = render_page(data, languages[language])
    try:
        to.write_text(page, encoding="utf-8")
    except OSError as error:
        raise ConfigError("--to", f"{to} cannot be written ({error.strerror}).", "Name another file.") from None
    about = "nothing to count yet" if data.month is None else f"{data.month:%Y-%m}"
    typer.echo(f"{to}: {about}, {len(page.encode()) / 1024:,.0f} KiB")


def _parse_month(text: str) -> date:
    from datetime import date

    from arna.errors import ConfigError

    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise ConfigError("--month", "is no month.", "Write it as YYYY-MM, for instance 2026-03.") from None
