"""The retraining group: which skills and occupations are asked for, which skills are there, and ways between them."""

from __future__ import annotations

from arna.marts.publishing import Publisher
from arna.marts.scope import Scope
from arna.warehouse.database import Session

FOLDER = "marts/retraining"


def refresh_retraining(session: Session, publisher: Publisher, scope: Scope) -> dict[str, int]:
    """Brings supply, demand and what is made of them up to date. Returns rows computed, by table."""
    session.execute(f"{FOLDER}/create_scratch.sql")
    return {
        **_compute_supply_spans(session, scope),
        **_compute_postings(session, scope),
        **_publish_gaps(session, publisher, scope),
        **_publish_occupations(session, publisher, scope),
    }


def _compute_supply_spans(session: Session, scope: Scope) -> dict[str, int]:
    """In which months the touched people held which skills, and how the supply changes by it."""
    today = {"today": scope.today}
    if scope.is_rebuild:
        session.execute(f"{FOLDER}/empty_supply_span.sql")
        session.execute(f"{FOLDER}/empty_supply_change.sql")
    else:
        session.execute(f"{FOLDER}/take_back_supply.sql")
    session.execute(f"{FOLDER}/person_region.sql", today)
    session.execute(f"{FOLDER}/analyze_region.sql")
    spans = session.execute(f"{FOLDER}/supply_span.sql", today)
    session.execute(f"{FOLDER}/add_supply.sql")
    return {"supply_span": spans, "supply_change": session.execute(f"{FOLDER}/merge_supply.sql")}


def _compute_postings(session: Session, scope: Scope) -> dict[str, int]:
    """The touched vacancies, and all others of their chains: which one counts may have changed."""
    today = {"today": scope.today}
    if scope.is_rebuild:
        session.execute(f"{FOLDER}/touch_all_vacancies.sql")
        session.execute(f"{FOLDER}/empty_vacancy_span.sql")
        session.execute(f"{FOLDER}/empty_posting.sql")
        session.execute(f"{FOLDER}/draft_posting.sql", today)
    else:
        touched = {**scope.days, "batch_ids": scope.batch_ids, "has_new_reference": scope.has_new_reference}
        session.execute(f"{FOLDER}/touch_vacancies.sql", touched)
        session.execute(f"{FOLDER}/draft_posting.sql", today)
        session.execute(f"{FOLDER}/analyze_drafts.sql")
        session.execute(f"{FOLDER}/touch_chains.sql")
        session.execute(f"{FOLDER}/draft_posting.sql", today)
        session.execute(f"{FOLDER}/take_back_demand.sql", today)
        session.execute(f"{FOLDER}/take_back_postings.sql", today)
    session.execute(f"{FOLDER}/analyze_drafts.sql")
    _join_chains(session)
    written = {"posting": session.execute(f"{FOLDER}/posting.sql", today)}
    written["vacancy_span"] = session.execute(f"{FOLDER}/vacancy_span.sql", today)
    for side in ("skill", "occupation"):
        session.execute(f"{FOLDER}/touch_{side}_demand.sql", today)
        if scope.has_new_month and not scope.is_rebuild:
            session.execute(f"{FOLDER}/touch_{side}_demand_by_month.sql", scope.days)
    session.execute(f"{FOLDER}/analyze_demand.sql")
    return written


def _join_chains(session: Session) -> None:
    """Gives the postings of a chain one label; a round doubles how far labels have come, so there are few rounds."""
    session.execute(f"{FOLDER}/number_postings.sql")
    session.execute(f"{FOLDER}/link_postings.sql")
    session.execute(f"{FOLDER}/analyze_chains.sql")
    while session.execute(f"{FOLDER}/join_chains.sql"):
        pass


def _publish_gaps(session: Session, publisher: Publisher, scope: Scope) -> dict[str, int]:
    today = {"today": scope.today}
    session.execute(f"{FOLDER}/touch_supply.sql")
    if scope.has_new_month and not scope.is_rebuild:
        session.execute(f"{FOLDER}/touch_supply_by_month.sql", {"as_of_date": scope.as_of})
    session.execute(f"{FOLDER}/touch_gaps.sql")
    return {
        "skill_supply": publisher.replace("skill_supply", {**today, "is_rebuild": scope.is_rebuild}),
        "skill_demand": publisher.replace("skill_demand", today),
        "skill_gap": publisher.replace("skill_gap"),
        "skill_gap_country": publisher.replace("skill_gap_country"),
    }


def _publish_occupations(session: Session, publisher: Publisher, scope: Scope) -> dict[str, int]:
    today = {"today": scope.today}
    written = {"occupation_demand": publisher.replace("occupation_demand", today)}
    is_whole = scope.is_rebuild or scope.has_new_month or scope.has_new_skills or scope.has_new_reference
    session.execute(f"{FOLDER}/touch_occupations.sql", {**today, "is_whole": is_whole})
    written["occupation_skill"] = publisher.replace("occupation_skill", today)
    changed = {"is_rebuild": scope.is_rebuild, "change_seq": scope.change_seq}
    session.execute(f"{FOLDER}/touch_pathways.sql", changed)
    written["pathway"] = publisher.replace("pathway")
    return written
