"""What became of each event of a request, and the HTTP status that follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

from arna.contracts.mends import find_mend
from arna.contracts.receipt import Language
from arna.contracts.rules import RULES, RejectionClass, Rule, Severity
from arna.errors import ContractError

NOT_ALLOWED: Final = "source_not_allowed"


class EventStatus(StrEnum):
    """What became of an event.

    ``accepted``: Kafka has it on all in-sync replicas; in a dry run: it would be sent. ``refused``: it breaks its
    contract or is not this source's to send. ``unknown``: it was sent and no answer came; it may or may not stand in the
    log, and its id makes sending it again harmless. ``not_sent``: it is right, and never left the gateway.
    """

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    NOT_SENT = "not_sent"


# ruff: noqa: E501
# fmt: off
_RULES: Final = (
    (NOT_ALLOWED, RejectionClass.SOURCE_UNKNOWN,
     "Бұл кілтпен тек өз дереккөзіңіздің рұқсат етілген түрдегі оқиғаларын жіберуге болады.",
     "Этим ключом можно отправлять только события своего источника, разрешённых видов.",
     "With this key only events of its own source, of the kinds it is registered for, may be sent."),
    ("type_unknown", RejectionClass.SCHEMA_UNKNOWN, "Арнада мұндай оқиға түрі жоқ.", "Такого типа событий в Арне нет.",
     "Arna carries no events of this type."),
)
_UNSETTLED: Final[Mapping[EventStatus, Mapping[Language, str]]] = MappingProxyType({
    EventStatus.UNKNOWN: {
        "kk": "Kafka жауап бермеді; оқиғаны сол id-мен қайта жіберіңіз.",
        "ru": "Kafka не ответила; отправьте событие ещё раз с тем же id.",
        "en": "Kafka did not answer; send the event again with the same id."},
    EventStatus.NOT_SENT: {
        "kk": "Kafka қолжетімсіз, оқиға жіберілген жоқ; кейінірек қайталаңыз.",
        "ru": "Kafka недоступна, событие не отправлено; повторите позже.",
        "en": "Kafka is away, the event was not sent; try again later."},
})
# fmt: on

GATEWAY_RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {rule_id: Rule(rule_id, kind, Severity.CRITICAL, *texts) for rule_id, kind, *texts in _RULES}
)
"""Rules whose sentence is another here than at landing."""


@dataclass(slots=True)
class EventResult:
    """What became of one event.

    Attributes:
        index: its place in the request, from 0.
        status: what became of it.
        event_id: its id, where it could be read and may be shown.
        error: why it was refused.
    """

    index: int
    status: EventStatus
    event_id: str | None = None
    error: ContractError | None = None

    def as_json(self, language: Language) -> dict[str, Any]:
        """The result as the answer has it; only what is refused, unknown or not sent has a message."""
        shown: dict[str, Any] = {"index": self.index, "id": self.event_id, "status": self.status.value}
        if self.error is not None:
            rule_id = self.error.rule_id
            shown["class"] = str(self.error.rejection_class)
            shown["rule"] = rule_id
            shown["pointer"] = self.error.pointer
            rule = GATEWAY_RULES.get(rule_id) or RULES[rule_id]
            shown["message"] = {"kk": rule.kk, "ru": rule.ru, "en": rule.en}[language]
            if mend := find_mend(rule_id, language):
                shown["mend"] = mend
        elif self.status in _UNSETTLED:
            shown["message"] = _UNSETTLED[self.status][language]
        return shown


@dataclass(frozen=True, slots=True)
class Report:
    """What became of all events of a request; read = accepted + refused + unknown + not_sent.

    Attributes:
        results: one for each event, in their order.
        is_dry_run: nothing was to be sent.
    """

    results: list[EventResult]
    is_dry_run: bool = False

    def count(self, status: EventStatus) -> int:
        """How many events stand at a status."""
        return sum(result.status is status for result in self.results)

    @property
    def http_status(self) -> int:
        """202 all accepted (200 in a dry run), 207 some refused, 422 all refused (403: all for whose they are).

        503 where an event is unknown or not sent, whatever became of the others: each result says.
        """
        if self.count(EventStatus.UNKNOWN) or self.count(EventStatus.NOT_SENT):
            return HTTPStatus.SERVICE_UNAVAILABLE
        refused = [result for result in self.results if result.status is EventStatus.REFUSED]
        if not refused:
            return HTTPStatus.OK if self.is_dry_run else HTTPStatus.ACCEPTED
        if len(refused) < len(self.results):
            return HTTPStatus.MULTI_STATUS
        if all(result.error is not None and result.error.rule_id == NOT_ALLOWED for result in refused):
            return HTTPStatus.FORBIDDEN
        return HTTPStatus.UNPROCESSABLE_ENTITY

    def as_json(self, language: Language) -> dict[str, Any]:
        """Counts and results, as the answer has them."""
        return {
            "read": len(self.results),
            **{status.value: self.count(status) for status in EventStatus},
            "dry_run": self.is_dry_run,
            "results": [result.as_json(language) for result in self.results],
        }
