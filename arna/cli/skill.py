"""``arna skill``: what the names of skills mean, which mean nothing yet, and aliases for them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from arna.skills.aliases import AliasChange
    from arna.warehouse.database import Database

_JSON = Annotated[bool, typer.Option("--json", help="Print JSON for a machine.")]
_TERM = Annotated[str, typer.Argument(help="The term as it is sent; case and spaces do not matter.")]


class Framework(StrEnum):
    """Frameworks that a skill can belong to."""

    ESCO = "esco"
    ONET = "onet"
    LOCAL = "local"


class Language(StrEnum):
    """Languages of a term."""

    KK = "kk"
    RU = "ru"
    EN = "en"


def register(app: typer.Typer) -> None:
    """Adds the group ``skill``."""
    group = typer.Typer(no_args_is_help=True, help="Names of skills: what they mean, which mean nothing yet, aliases.")
    group.command("unmatched")(unmatched)
    group.command("explain")(explain_term)
    alias = typer.Typer(no_args_is_help=True, help="Say that a term means a skill of the reference; history follows.")
    alias.command("add")(add)
    alias.command("remove")(remove)
    alias.command("list")(list_all)
    group.add_typer(alias, name="alias")
    app.add_typer(group, name="skill")


def unmatched(
    limit: Annotated[int, typer.Option(help="How many, those first that are named most.", min=1, max=100_000)] = 50,
    *,
    as_json: _JSON = False,
) -> None:
    """List terms that mean no reference skill, by how many vacancies and certificates name them."""
    from dataclasses import asdict

    from arna.skills.terms import list_unmatched

    with _database() as db:
        terms = list_unmatched(db, limit)
    if as_json:
        _print_json([asdict(term) for term in terms])
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("term", "nearest label")
    for column in ("vacancies", "certificates", "likeness"):
        table.add_column(column, justify="right")
    for term in terms:
        score = f"{term.nearest_score:.0f}" if term.nearest_label else ""
        table.add_row(term.term, term.nearest_label or "", f"{term.vacancies:,}", f"{term.certificates:,}", score)
    Console().print(table)


def explain_term(term: _TERM, *, as_json: _JSON = False) -> None:
    """Tell which skill a term means, by which label it was found, and how alike the two are."""
    from dataclasses import asdict

    from arna.errors import ConfigError
    from arna.skills.terms import explain

    with _database() as db:
        found = explain(db, term)
    if found is None:
        raise ConfigError("TERM", "is empty.", "Give the term as it is sent.")
    if as_json:
        _print_json(asdict(found))
        return
    match = found.match
    names = [found.skill[f"name_{language}"] for language in ("kk", "ru", "en")] if found.skill else []
    lines = {
        "term": found.term,
        "means": match.skill_key or f"no reference skill; it counts as local:{found.term}",
        "names": " / ".join(name for name in names if name),
        "method": match.method,
        "label": match.label or "",
        "likeness": f"{match.score:.2f}",
        "alias": found.alias_origin or "",
        "decided": f"{found.decided_at:%Y-%m-%d %H:%M} UTC" if found.decided_at else "not yet: it was never sent",
    }
    for name, value in lines.items():
        if value:
            typer.echo(f"{name + ':':<10}{value}")


def add(
    term: _TERM,
    code: Annotated[
        str | None, typer.Argument(help="Code of the skill in its framework; leave out with --none.")
    ] = None,
    framework: Annotated[Framework, typer.Option(help="Framework of the skill.")] = Framework.ESCO,
    language: Annotated[
        Language | None, typer.Option(help="Language of the term; leave out for a product's name.")
    ] = None,
    *,
    means_none: Annotated[
        bool, typer.Option("--none", help="The term means no reference skill, whatever it is like.")
    ] = False,
    as_json: _JSON = False,
) -> None:
    """Say what a term means; marts follow at their next refresh, for what the term touches."""
    from arna.skills.aliases import add_alias

    if means_none == (code is not None):
        message = "give a CODE, or --none."
        raise typer.BadParameter(message)
    with _database() as db:
        change = add_alias(
            db, term, framework=None if means_none else str(framework), code=code, language=language and str(language)
        )
    _tell(change, as_json=as_json)


def remove(term: _TERM, *, as_json: _JSON = False) -> None:
    """Take back an alias that was added here; one that Arna brings is overruled by adding another."""
    from arna.skills.aliases import remove_alias

    with _database() as db:
        change = remove_alias(db, term)
    _tell(change, as_json=as_json)


def list_all(
    *,
    curated: Annotated[bool, typer.Option("--curated", help="Only those that were added here.")] = False,
    as_json: _JSON = False,
) -> None:
    """List the aliases, built-in and curated."""
    from arna.skills.aliases import list_aliases

    with _database() as db:
        aliases = list_aliases(db, "curated" if curated else None)
    if as_json:
        _print_json(aliases)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("term", "language", "skill", "key", "origin")
    for alias in aliases:
        skill_key = alias["skill_key"] or "none"
        table.add_row(
            alias["term"], alias["language_code"] or "", alias["skill_name"] or "", skill_key, alias["origin"]
        )
    Console().print(table)


def _tell(change: AliasChange, *, as_json: bool) -> None:
    from dataclasses import asdict

    if as_json:
        _print_json(asdict(change))
        return
    typer.echo(
        f"{change.term}: {change.skill_key or 'no alias for a skill'}; {change.terms:,} terms mean something else now."
    )


def _print_json(value: object) -> None:
    import orjson

    typer.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())


def _database() -> Database:
    from arna.cli.connections import open_warehouse

    return open_warehouse("arna skill")
