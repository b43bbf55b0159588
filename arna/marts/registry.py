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
    """

    entities: tuple[str, ...]
    table: str | None
    beside: tuple[str, ...] = ()


VIEWS: Mapping[MartGroup, Mapping[str, View]] = {
    "profile": {
        "profile.student": View(("enrolment",), "student", ("person",)),
        "profile.certificate": View(("certification",), "certificate"),
        "profile.skill": View(("certification",), "person_skill", ("skill",)),
    },
    "retraining": {
        "retraining.skill_demand": View(("vacancy",), "skill_demand", ("skill",)),
        "retraining.skill_supply": View(("enrolment", "certification"), "skill_supply", ("skill",)),
        "retraining.skill_gap": View(("enrolment", "certification", "vacancy"), None),
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
