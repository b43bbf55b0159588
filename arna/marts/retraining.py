"""The retraining group: which skills are asked for and which are there, by region and month."""

from __future__ import annotations

from arna.marts.publishing import Publisher
from arna.marts.scope import Scope
from arna.warehouse.database import Session

FOLDER = "marts/retraining"


def touch_vacancies(session: Session, scope: Scope) -> int:
    """Notes the vacancies to be computed anew; returns their number."""
    if scope.is_rebuild:
        count = session.execute(f"{FOLDER}/touch_all_vacancies.sql")
    else:
        count = session.execute(f"{FOLDER}/touch_vacancies.sql", {**scope.days, "batch_ids": scope.batch_ids})
    session.execute(f"{FOLDER}/analyze_vacancies.sql")
    return count


def refresh_retraining(session: Session, publisher: Publisher, scope: Scope) -> dict[str, int]:
    """Brings demand and supply of the touched people and vacancies up to date. Returns rows computed, by table."""
    today = {"today": scope.today}
    if scope.is_rebuild:
        for table in ("supply_span", "supply_change", "vacancy_span", "demand_change"):
            session.execute(f"{FOLDER}/empty_{table}.sql")
    else:
        session.execute(f"{FOLDER}/take_back_supply.sql")
        session.execute(f"{FOLDER}/take_back_demand.sql")
    session.execute(f"{FOLDER}/person_region.sql", today)
    session.execute(f"{FOLDER}/analyze_region.sql")
    written = {
        "supply_span": session.execute(f"{FOLDER}/supply_span.sql", today),
        "vacancy_span": session.execute(f"{FOLDER}/vacancy_span.sql", today),
    }
    for side in ("supply", "demand"):
        session.execute(f"{FOLDER}/add_{side}.sql")
        written[f"{side}_change"] = session.execute(f"{FOLDER}/merge_{side}.sql")
    session.execute(f"{FOLDER}/touch_pairs.sql")
    if scope.has_new_month and not scope.is_rebuild:
        session.execute(f"{FOLDER}/touch_all_pairs.sql")
    for side in ("supply", "demand"):
        written[f"skill_{side}"] = publisher.replace(f"skill_{side}", today)
    return written
