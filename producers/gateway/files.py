"""Files over HTTP, for the page and for whoever has a file and ``curl``: each row's fate, then, if asked, onto Kafka.

A file is read as ``arna publish`` reads it, its rows are checked and sent as ``POST /v1/events`` does it, and the
answer holds codes and places, never a value. Sending the same file again adds nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal

import orjson
from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime
from starlette.responses import Response

from arna.contracts.mends import find_mend
from arna.contracts.receipt import Language
from arna.contracts.registry import Entity
from producers.gateway.access import Caller, gateway_of, language_for
from producers.gateway.bodies import read_body
from producers.gateway.file_documents import file_arguments, template_arguments
from producers.gateway.file_rows import (
    MAX_ROWS,
    FileEvents,
    FileOptions,
    RefusedRow,
    allowed_values,
    read_events,
    suffix_of,
    template_columns,
)
from producers.gateway.limits import WINDOW_SECONDS
from producers.gateway.problems import Problem, problem_response
from producers.gateway.results import GATEWAY_RULES, EventStatus, Report
from producers.reasons import sentence

LANGUAGES: Final[tuple[Language, ...]] = ("kk", "ru", "en")

router = APIRouter()


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of a file's rows.

    Attributes:
        entity: what it holds.
        file: its rows as they were read.
        events: what became of those that could be read.
    """

    entity: Entity
    file: FileEvents
    events: Report

    def refused(self) -> list[RefusedRow]:
        """Every row that does not pass, in order."""
        refused = list(self.file.refused)
        for row, result in zip(self.file.rows, self.events.results, strict=True):
            if result.error is not None:
                error = result.error
                refused.append(self.file.refuse(row, str(error.rejection_class), error.rule_id, error.pointer))
        return sorted(refused)

    def counts(self) -> dict[str, int]:
        """The account: ``read`` is the sum of the others."""
        return {
            "read": self.file.read,
            "accepted": self.events.count(EventStatus.ACCEPTED),
            "refused": len(self.file.refused) + self.events.count(EventStatus.REFUSED),
            "unknown": self.events.count(EventStatus.UNKNOWN),
            "not_sent": self.events.count(EventStatus.NOT_SENT),
        }

    def _sent(self) -> list[dict[str, Any]]:
        """The events that were taken, by row: their ids are what receipts speak of."""
        return [
            {"row": row, "id": result.event_id}
            for row, result in zip(self.file.rows, self.events.results, strict=True)
            if result.status is EventStatus.ACCEPTED
        ]

    def as_json(self, languages: tuple[Language, ...]) -> dict[str, Any]:
        """The answer: one language puts its sentences into the rows, several into ``rules`` alone."""
        refused = self.refused()
        rules = {rule_id: _words(rule_id, languages) for rule_id in sorted({row.rule_id for row in refused})}
        return {
            **self.counts(),
            "entity": self.entity.value,
            "dry_run": self.events.is_dry_run,
            "ignored_columns": self.file.ignored_columns,
            "events": [] if self.events.is_dry_run else self._sent(),
            "rows": [_row(row, rules, languages) for row in refused],
            "rules": rules,
            "allowed": _allowed(self.entity, refused),
        }


def _words(rule_id: str, languages: Iterable[Language]) -> dict[str, dict[str, str]]:
    """What a rule says and how to mend it, by language."""
    words: dict[str, dict[str, str]] = {}
    for language in languages:
        rule = GATEWAY_RULES.get(rule_id)
        message = getattr(rule, language) if rule else sentence(rule_id, language)
        mend = find_mend(rule_id, language)
        words[language] = {"message": str(message)} | ({"mend": mend} if mend else {})
    return words


def _row(
    row: RefusedRow, rules: dict[str, dict[str, dict[str, str]]], languages: tuple[Language, ...]
) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "row": row.row,
        "status": EventStatus.REFUSED.value,
        "class": row.rejection_class,
        "rule": row.rule_id,
        "pointer": row.pointer,
    }
    if row.column:
        shown["column"] = row.column
    return shown | rules[row.rule_id][languages[0]] if len(languages) == 1 else shown


def _allowed(entity: Entity, refused: Iterable[RefusedRow]) -> dict[str, tuple[str, ...]]:
    """The words that the fields may have in which a refused row has another, by path without places of lists."""
    listed = allowed_values(entity)
    paths = {
        ".".join(step for step in row.pointer.removeprefix("/data").split("/") if step and not step.isdecimal())
        for row in refused
        if row.rule_id == "value_not_listed"
    }
    return {path: listed[path] for path in sorted(paths & listed.keys())}


@router.post("/v1/files/{entity}", **file_arguments())
async def take_file(
    request: Request,
    caller: Caller,
    entity: Entity,
    send: Annotated[bool, Query(description="publish the rows that pass; else they are only checked")] = False,
    filename: Annotated[
        str, Query(max_length=255, description="the file's name, where the Content-Type does not say what it is")
    ] = "",
    encoding: Annotated[
        str, Query(max_length=20, description="of a text file: utf-8, cp1251, kz1048, utf-16, utf-16-le, utf-16-be")
    ] = "",
    delimiter: Annotated[
        str, Query(max_length=9, description="between columns: comma, semicolon, tab, pipe, or the character")
    ] = "",
    date_format: Annotated[
        str, Query(max_length=40, description="how dates are written, such as DD.MM.YYYY; else ISO 8601")
    ] = "",
    ignore_unknown: Annotated[bool, Query(description="leave out columns that the contract does not have")] = False,
    written: Annotated[
        AwareDatetime | None, Query(description="when the file was written: no event is later; else now")
    ] = None,
    language: Annotated[
        Literal["kk", "ru", "en", "all"] | None,
        Query(description="of the sentences; `all` gives them once for each rule, in all three"),
    ] = None,
) -> Response:
    """Check a file's rows and, if asked, publish those that pass."""
    gateway = gateway_of(request)
    suffix = suffix_of(request.headers.get("content-type", ""), filename)
    if entity not in caller.entities:
        raise Problem("source_not_allowed")
    options = FileOptions(suffix, encoding, delimiter, date_format, ignore_unknown, written)
    settings = gateway.settings
    body = await read_body(request, settings.gateway_max_body_bytes, settings.gateway_body_seconds, gateway.room)
    try:
        file = await asyncio.to_thread(read_events, body, entity, options, caller.source_uri)
        # No more than could ever be let through at once.
        most = min(MAX_ROWS, gateway.quotas.as_json(caller)["events_per_second"] * WINDOW_SECONDS)
        if len(file.events) > most:
            raise Problem("batch_too_large", max_events=most)
        report = FileReport(entity, file, await gateway.publish(caller, file.events, is_dry_run=not send))
    finally:
        gateway.room.give_back(len(body))
    request.state.counts = report.counts()
    return await asyncio.to_thread(_answer, request, report, language)


def _answer(request: Request, report: FileReport, language: Literal["kk", "ru", "en", "all"] | None) -> Response:
    """200 checked, 202 all rows taken, 207 some; 422 none, 503 where one is not known to have arrived."""
    counts = report.counts()
    spoken = language_for(request)
    if counts["unknown"] or counts["not_sent"]:
        problem = Problem("events_unsettled", None, **counts)
        return problem_response(problem, spoken, request.state.instance)
    body = report.as_json(LANGUAGES if language == "all" else (language or spoken,))
    status = HTTPStatus.OK
    if not report.events.is_dry_run:
        status = HTTPStatus.MULTI_STATUS if counts["refused"] else HTTPStatus.ACCEPTED
        if not counts["accepted"]:
            return problem_response(Problem("events_refused", None, **body), spoken, request.state.instance)
    return Response(orjson.dumps(body), status, media_type="application/json")


@router.get("/v1/files/{entity}", **template_arguments())
async def show_template(entity: Entity) -> Response:
    """Get an empty table: the columns of an entity's file, as the first line of a CSV."""
    line = ",".join(template_columns(entity))
    return Response(f"{line}\r\n", media_type="text/csv; charset=utf-8")
