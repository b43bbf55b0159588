"""Which entities travel, on which topic, in which shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from arna.contracts import certification, enrolment, vacancy
from arna.contracts.fields import Contract

VERSION: Final = 1
"""Major version of the contracts: the suffix of event types and topics."""


class Entity(StrEnum):
    """The kinds of fact that Arna carries."""

    ENROLMENT = "enrolment"
    CERTIFICATION = "certification"
    VACANCY = "vacancy"


@dataclass(frozen=True, slots=True)
class EntitySpec:
    """Everything that is fixed about an entity's events.

    Attributes:
        entity: the entity.
        topic: the Kafka topic of its events.
        model: the pydantic model of its data.
        actions: past actions, in the order of a life.
        statuses: action to the statuses that agree with it.
        type_prefix: an event type without its action and version.
        id_field: the field of the data that the subject repeats.
        schema_uri: the ``dataschema`` of its events.
    """

    entity: Entity
    topic: str
    model: type[Contract]
    actions: tuple[str, ...]
    statuses: Mapping[str, frozenset[str]]
    type_prefix: str
    id_field: str
    schema_uri: str

    def event_type(self, action: str) -> str:
        """The CloudEvents ``type`` of an action."""
        return f"{self.type_prefix}{action}.v{VERSION}"

    def action_of(self, event_type: str) -> str | None:
        """The action of a CloudEvents ``type``, or None where the type is not of this entity and version."""
        action = event_type.removeprefix(self.type_prefix).removesuffix(f".v{VERSION}")
        return action if action in self.actions and event_type == self.event_type(action) else None


def _spec(entity: Entity, model: type[Contract], statuses: Mapping[str, frozenset[str]], id_field: str) -> EntitySpec:
    return EntitySpec(
        entity=entity,
        topic=f"arna.{entity}.v{VERSION}",
        model=model,
        actions=tuple(statuses),
        statuses=MappingProxyType(dict(statuses)),
        type_prefix=f"kz.arna.{entity}.",
        id_field=id_field,
        schema_uri=f"urn:arna:schema:{entity}:{VERSION}",
    )


SPECS: Final[Mapping[Entity, EntitySpec]] = MappingProxyType(
    {
        Entity.ENROLMENT: _spec(Entity.ENROLMENT, enrolment.Enrolment, enrolment.STATUSES, "enrolment_id"),
        Entity.CERTIFICATION: _spec(
            Entity.CERTIFICATION, certification.Certification, certification.STATUSES, "certificate_id"
        ),
        Entity.VACANCY: _spec(Entity.VACANCY, vacancy.Vacancy, vacancy.STATUSES, "vacancy_id"),
    }
)
"""Every entity's spec."""

_BY_TOPIC: Final = {spec.topic: spec for spec in SPECS.values()}


def spec_for_topic(name: str) -> EntitySpec | None:
    """The spec of the entity whose events travel on this topic, if any."""
    return _BY_TOPIC.get(name)
