"""What the marts consist of: two groups that are refreshed apart, and the readers' views of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from arna.errors import ConfigError

MartGroup = Literal["profile", "retraining"]
GROUPS: tuple[MartGroup, ...] = get_args(MartGroup)


@dataclass(frozen=True, slots=True)
class View:
    """A view that readers see.

    Attributes:
        entities: the entities it is made of.
        table: the table of ``mart`` with a row for each of its rows; None: it is derived at each reading, has no
            ``change_seq`` and cannot be pulled by change.
        beside: further tables of ``mart`` that its rows show, one row of them each (names of skills, who is one
            person): an update there changes rows of the view too.
        untracked: columns that are derived at each reading and change by themselves, without a number: a reader who
            pulls has them as of the last pull of their row.
    """

    entities: tuple[str, ...]
    table: str | None
    beside: tuple[str, ...] = ()
    untracked: tuple[str, ...] = ()


VIEWS: Mapping[MartGroup, Mapping[str, View]] = {
    "profile": {
        "profile.student": View(("enrolment",), "student", ("person",), ("progress_percent",)),
        "profile.certificate": View(("certification",), "certificate"),
        "profile.skill": View(("certification",), "person_skill", ("skill",)),
        "profile.education_history": View(("enrolment",), "education_history"),
        "profile.programme_outcome": View(
            ("enrolment", "certification"), "programme_outcome", untracked=("demand_openings_avg",)
        ),
        "profile.career_match": View(("enrolment", "certification"), None),
        "retraining.course": View(("certification",), "course_skill", ("course", "skill"), ("is_offered",)),
        "retraining.recommendation": View(("enrolment", "certification"), None),
    },
    "retraining": {
        "retraining.skill_demand": View(("vacancy",), "skill_demand", ("skill",)),
        "retraining.skill_supply": View(("enrolment", "certification"), "skill_supply", ("skill",)),
        "retraining.skill_gap": View(("enrolment", "certification", "vacancy"), "skill_gap", ("skill",)),
        "retraining.skill_gap_country": View(
            ("enrolment", "certification", "vacancy"), "skill_gap_country", ("skill",)
        ),
        "retraining.occupation_demand": View(("vacancy",), "occupation_demand"),
        "retraining.occupation_skill": View(("vacancy",), "occupation_skill", ("skill",)),
        # Its courses are the profile group's, refreshed apart, so a number per row would not tell that they changed.
        "retraining.pathway": View(("certification", "vacancy"), None),
    },
}
"""The views by the group that refreshes them; that is not always the schema they stand in."""


def find_view(name: str) -> tuple[MartGroup, View]:
    """The group and the facts of a view, by its name with the schema.

    Raises:
        ConfigError: there is no such view.
    """
    for group, views in VIEWS.items():
        if name in views:
            return group, views[name]
    known = ", ".join(view for views in VIEWS.values() for view in views)
    raise ConfigError("view", f"there is no view {name}.", f"Use one of: {known}.")
