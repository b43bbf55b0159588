"""Reads files of credentials: finds the records, checks their proofs, and makes one row of each certificate."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson

from arna.contracts.identifiers import is_valid_bin
from arna.contracts.registry import Entity
from arna.errors import ConfigError
from producers.adapters.open_badges.badge2 import is_assertion, read_assertion
from producers.adapters.open_badges.badge3 import read_badge
from producers.adapters.open_badges.certificates import Certificate
from producers.adapters.open_badges.contexts import read_contexts
from producers.adapters.open_badges.documents import Record, find_files, read_records
from producers.adapters.open_badges.elm import is_european, read_achievements
from producers.adapters.open_badges.proofs import ProofChecker
from producers.adapters.open_badges.recipients import RecipientFinder
from producers.adapters.open_badges.status_lists import Status, StatusLists, is_list
from producers.adapters.open_badges.values import listed
from producers.identities import Identities
from producers.rows import NOT_A_LEARNER, AdaptedRow, Draft, Refusal

_ACTIONS: Final = {"valid": "issued", "suspended": "suspended", "revoked": "revoked"}
_SECOND: Final = 1_000_000
"""Versions to each second: room for those that a user raises by hand."""
_MAX_RAISED: Final = _SECOND // 2 - 1
# Where a record has no date, there is nothing to publish it at but the start of the standard it claims.
_NO_DATE: Final = datetime(2010, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class OpenBadgesOptions:
    """What a credential does not say.

    Attributes:
        source: CloudEvents source of the events.
        identities: where IINs and BINs come from.
        distinct_by_file: each file is a credential of its own, whatever its id (sample sets repeat ids).
        issuer_bin: BIN of issuers that tell none.
        record_version: raises the versions of this run over those of an earlier one with the same dates.
        moment: when a list that has no date said what it says.
        status_lists: files of revocation lists and status lists.
        contexts: folder of JSON-LD contexts, laid out as their addresses are.
    """

    source: str
    identities: Identities = field(default_factory=Identities)
    distinct_by_file: bool = False
    issuer_bin: str | None = None
    record_version: int = 1
    moment: datetime | None = None
    status_lists: tuple[Path, ...] = ()
    contexts: Path | None = None


@dataclass(slots=True)
class CertificateReport:
    """What a run found beside its rows.

    Attributes:
        proofs: certificates by the format of their proof and what checking it came to.
        unknown_status: certificates that point to a status list which was not given; they count as valid.
    """

    proofs: Counter[tuple[str, str]] = field(default_factory=Counter)
    unknown_status: int = 0

    def as_json(self) -> dict[str, Any]:
        """The report as a part of the last line of ``--json``."""
        formats: dict[str, dict[str, int]] = {}
        for (name, verdict), count in sorted(self.proofs.items()):
            formats.setdefault(name, {})[verdict] = count
        return {"proofs": formats, "unknown_status": self.unknown_status}


def read_certificates(
    paths: Iterable[Path], options: OpenBadgesOptions, report: CertificateReport | None = None
) -> Iterator[AdaptedRow]:
    """One row for each certificate of each file, and one for each record that is none.

    Args:
        paths: files, or folders of them.
        options: what the credentials do not say.
        report: counts what the rows do not tell, as they are read.

    Raises:
        ConfigError: an option is wrong, a status list or a context cannot be read, or a signature is to be checked and
            the libraries for it are not installed.
    """
    reader = _Reader(options, report or CertificateReport())
    return (row for path in find_files(paths) for row in reader.read(path))


class _Reader:
    """Reads the files of one run.

    Raises:
        ConfigError: see ``read_certificates``.
    """

    def __init__(self, options: OpenBadgesOptions, report: CertificateReport) -> None:
        if options.record_version > _MAX_RAISED:
            raise ConfigError("--record-version", f"can be {_MAX_RAISED:,} at most for certificates.")
        if options.issuer_bin is not None and not is_valid_bin(options.issuer_bin):
            raise ConfigError("--set issuer.bin", "is not a valid BIN.")
        self._options = options
        self._report = report
        self._checker = ProofChecker(read_contexts(options.contexts) if options.contexts else {})
        self._lists = StatusLists(options.status_lists, self._checker)
        self._recipients = RecipientFinder(options.identities)
        self._seen: dict[tuple[str, int], bytes] = {}

    def read(self, path: Path) -> Iterator[AdaptedRow]:
        found = [result for record in read_records(path) for result in self._certificates(record)]
        for number, result in enumerate(found, 1):
            stem = path.stem if len(found) == 1 else f"{path.stem}-{number}"
            yield self._row(path.name, number, result, stem)

    def _certificates(self, record: Record | Refusal) -> Iterator[Certificate | Refusal]:
        if isinstance(record, Refusal):
            yield record
            return
        if ignored := _ignored(record):
            yield ignored
            return
        check = self._checker.check(record)
        if check.refusal is not None:
            yield check.refusal
            return
        for result in self._read_record(record):
            if isinstance(result, Certificate):
                self._report.proofs.update((name, str(verdict)) for name, verdict in check.formats)
            yield result

    def _read_record(self, record: Record) -> Iterable[Certificate | Refusal]:
        identities, issuer_bin = self._options.identities, self._options.issuer_bin
        if is_european(record.content):
            return read_achievements(record, identities, issuer_bin)
        if is_assertion(record.content):
            return [read_assertion(record, identities, issuer_bin)]
        return [read_badge(record, identities, issuer_bin)]

    def _row(self, file: str, number: int, result: Certificate | Refusal, stem: str) -> AdaptedRow:
        if isinstance(result, Refusal):
            return AdaptedRow(file, number, refusal=result)
        status = self._lists.status_of(result)
        if isinstance(status, Refusal):
            return AdaptedRow(file, number, refusal=status)
        iin = self._recipients.find(result.recipient)
        if isinstance(iin, Refusal) and result.problem is None:
            return AdaptedRow(file, number, refusal=iin)
        self._report.unknown_status += not status.is_known
        draft = self._draft(result, status, iin if isinstance(iin, str) else None, stem)
        return AdaptedRow(file, number, draft, result.problem or self._conflict(draft))

    def _draft(self, certificate: Certificate, status: Status, iin: str | None, stem: str) -> Draft:
        options = self._options
        certificate_id = certificate.own_id
        data: dict[str, Any] = {
            "certificate_id": f"{certificate_id}#{stem}" if options.distinct_by_file else certificate_id,
            "person": {"iin": iin} if iin else {},
            **certificate.data,
            "status": status.state,
        }
        if status.state == "revoked":
            data["revocation_reason"] = status.reason
        changes = (*certificate.changed, *status.renewed)
        version = _version(changes, options.record_version, is_taken_back=status.state != "valid")
        occurred_at = certificate.awarded or _NO_DATE
        if status.state != "valid":
            occurred_at = status.at or options.moment or max(changes, default=occurred_at)
        return Draft(Entity.CERTIFICATION, _ACTIONS[status.state], data, options.source, occurred_at, version)

    def _conflict(self, draft: Draft) -> Refusal | None:
        """Whether this run has had the same version of the certificate with other content: the load would refuse it."""
        key = draft.subject, draft.record_version
        content = hashlib.sha256(orjson.dumps([draft.action, draft.data], option=orjson.OPT_SORT_KEYS)).digest()
        if not draft.subject or self._seen.setdefault(key, content) == content:
            return None
        return Refusal("duplicate_conflict", "version_conflict", "/recordversion")


def _ignored(record: Record) -> Refusal | None:
    kinds = listed(record.content.get("type"))
    if "EndorsementCredential" in kinds or "Endorsement" in kinds:
        return Refusal(NOT_A_LEARNER, "endorsement_is_no_certificate", "/type")
    return Refusal(NOT_A_LEARNER, "list_is_no_certificate", "/type") if is_list(record) else None


def _version(changes: Iterable[datetime], raised: int, *, is_taken_back: bool) -> int:
    """The version of a state: the last moment that its record tells, in which a status that was taken back comes later.

    Open Badges have no version of their own; a credential that is issued again is signed, or dated, anew.
    """
    seconds = max((int(moment.timestamp()) for moment in changes), default=0)
    return max(seconds, 0) * _SECOND + 2 * (raised - 1) + is_taken_back + 1
