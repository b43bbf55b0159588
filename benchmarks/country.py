"""A warehouse with people, certificates and vacancies in core, as loads leave them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import psycopg

from arna.embedded.postgres import EmbeddedPostgres
from arna.warehouse.database import connection_string
from arna.warehouse.migrations import migrate

_SQL: Final = Path(__file__).parent / "sql"


def make_country(server: EmbeddedPostgres, name: str, *, people: int, vacancies: int) -> None:
    """Makes a database of this name and fills its core."""
    server.create_database(name)
    migrate(server.url(name))
    execute_file(server, name, "fill_core", people=people, vacancies=vacancies)


def execute_file(server: EmbeddedPostgres, name: str, statement: str, **values: int) -> None:
    """Runs a file of ``benchmarks/sql`` as the owner; it reads the values as settings ``benchmark.<name>``."""
    with psycopg.connect(connection_string(server.url(name)), autocommit=True) as connection:
        for key, value in values.items():
            connection.execute("select set_config(%s, %s, false)", (f"benchmark.{key}", str(value)))
        connection.execute((_SQL / f"{statement}.sql").read_bytes())
