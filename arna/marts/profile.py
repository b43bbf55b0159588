"""The profile group: what is known of each learner, and what comes of programmes and courses.

Figures of programmes and courses are kept by differences: what the touched people counted for is taken off before
their rows are published, and what they count for then is added. So a refresh costs what changed, however much there is.
"""

from __future__ import annotations

from arna.marts.publishing import Publisher
from arna.marts.scope import Scope
from arna.warehouse.database import Session

FOLDER = "marts/profile"
TABLES_BY_PERSON = ("student", "certificate", "person_skill", "education_history", "person")
"""In this order: skills and history are made of the certificates just computed, and the rows that the touched people
had are found through ``mart.person`` as it was."""
DATED = {"student", "certificate", "education_history"}
COUNTED = ("programmes", "programme_skills", "courses")
COUNTS = ("programme_count", "programme_skill", "course_count")


def refresh_profile(session: Session, publisher: Publisher, scope: Scope) -> dict[str, int]:
    """Brings the tables of the touched people, programmes and courses up to date. Returns rows computed, by table."""
    today = {"today": scope.today}
    session.execute(f"{FOLDER}/create_scratch.sql")
    if scope.is_rebuild:
        for table in COUNTS:
            session.execute(f"{FOLDER}/empty_{table}.sql")
    else:
        _count(session, sign=-1)
    written = {table: publisher.replace(table, today if table in DATED else None) for table in TABLES_BY_PERSON}
    _count(session, sign=1)
    for table in COUNTS:
        session.execute(f"{FOLDER}/merge_{table}.sql")
    session.execute(f"{FOLDER}/touch_programmes.sql")
    session.execute(f"{FOLDER}/touch_courses.sql")
    session.execute(f"{FOLDER}/touch_course_skills.sql", today)
    session.execute(f"{FOLDER}/analyze_touched.sql")
    written["programme_outcome"] = publisher.replace("programme_outcome")
    written["course"] = publisher.replace("course")
    written["course_skill"] = publisher.replace("course_skill", today)
    return written


def _count(session: Session, *, sign: int) -> None:
    """Notes what the touched people count for as their rows stand; -1: to be taken off."""
    for counted in COUNTED:
        session.execute(f"{FOLDER}/count_{counted}.sql", {"sign": sign})
