"""The exception tree. Each leaf says what its catcher does.

ArnaError
├─ ConfigError               stop at start; say which setting and how to set it
├─ ContractError             reject the event: class, rule id, field path, never a value
├─ TransientError            retry with backoff, commit nothing
│  ├─ BrokerUnavailable
│  └─ WarehouseUnavailable
├─ BatchHeldError            hold the batch: failed rules, counts, where to look
├─ MartsInvalidError         fail visibly: readers may see it; failed rules, counts, what to do
└─ IntegrityError            stop and alarm: offsets, hashes or topic ids disagree

Anything else is not caught: the process ends uncommitted and its supervisor restarts it.
"""

from __future__ import annotations

from collections.abc import Sequence


class ArnaError(Exception):
    """Base of every error that Arna raises on purpose."""


class ConfigError(ArnaError):
    """A setting is missing or wrong; the process stops at start.

    Args:
        setting: the name of the setting, as the user writes it (``ARNA_…`` or a CLI option).
        reason: what is wrong, in one plain sentence.
        remedy: how to put it right, in one plain sentence.
    """

    def __init__(self, setting: str, reason: str, remedy: str = "") -> None:
        self.setting = setting
        self.reason = reason
        self.remedy = remedy
        super().__init__(f"{setting}: {reason} {remedy}".strip())


class ContractError(ArnaError):
    """An event breaks its contract and is rejected.

    The text of the error holds the class, the rule and the path only; a value never gets in.

    Args:
        rejection_class: one of ``arna.contracts.rules.RejectionClass``.
        rule_id: the stable id of the broken rule, a key of ``arna.contracts.rules.RULES``.
        pointer: JSON pointer (RFC 6901) to the offending field, made of contract field names and
            array indexes only; ``""`` is the whole message.
        event_id: the event's id where it could be read and is well formed.
        source: the event's source where it could be read and is well formed.
    """

    def __init__(
        self,
        rejection_class: str,
        rule_id: str,
        pointer: str = "",
        *,
        event_id: str | None = None,
        source: str | None = None,
    ) -> None:
        self.rejection_class = rejection_class
        self.rule_id = rule_id
        self.pointer = pointer
        self.event_id = event_id
        self.source = source
        super().__init__(f"{rejection_class}: {rule_id} at {pointer or '/'}")


class TransientError(ArnaError):
    """Something outside is away; commit nothing, retry with backoff."""


class BrokerUnavailable(TransientError):
    """Kafka did not answer, or answered that it cannot serve now."""


class WarehouseUnavailable(TransientError):
    """PostgreSQL did not answer, or ended the connection."""


class BatchHeldError(ArnaError):
    """A batch rule failed: the batch is held, readers keep the last good state.

    Args:
        batch_id: the held batch.
        entity: the batch's entity.
        failed_rules: ids of the batch rules that failed.
        events: how many events the batch holds.
    """

    def __init__(self, batch_id: int, entity: str, failed_rules: Sequence[str], events: int) -> None:
        self.batch_id = batch_id
        self.entity = entity
        self.failed_rules = tuple(failed_rules)
        self.events = events
        super().__init__(
            f"batch {batch_id} of {entity} ({events} events) is held: "
            f"{', '.join(self.failed_rules)}. See `arna batch show {batch_id}`, then "
            f"`arna batch release {batch_id}` or `arna batch discard {batch_id}`."
        )


class MartsInvalidError(ArnaError):
    """A critical rule failed in a group of marts. Nothing is taken back: what readers see is marked as not valid.

    Args:
        mart_group: the group.
        run: number of the run over it.
        failures: a sentence per failed rule: where, which, how many rows, what is wrong, what to do.
    """

    def __init__(self, mart_group: str, run: int, failures: Sequence[str]) -> None:
        self.mart_group = mart_group
        self.run = run
        self.failures = tuple(failures)
        listed = "".join(f"\n- {failure}" for failure in self.failures)
        super().__init__(f"the {mart_group} marts are not valid (run {run}): {len(self.failures)} failed.{listed}")


class IntegrityError(ArnaError):
    """Offsets, hashes or topic ids disagree: stop, change nothing, call a person."""
