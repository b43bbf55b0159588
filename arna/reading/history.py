"""Holds today's contracts against those of a release: what was promised then may not be weakened in place."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from arna.reading.contracts import ContractFileError, Promise, parse_promise


def read_promises_of(revision: str, folder: Path) -> list[Promise]:
    """The contracts of a folder as a revision of its git repository has them.

    Raises:
        ContractFileError: git does not know the revision.
    """
    names = _git(folder, "ls-tree", "--name-only", revision, "./").splitlines()
    return [
        parse_promise(name, _git(folder, "show", f"{revision}:./{name}")) for name in names if name.endswith(".yaml")
    ]


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 - the revision is an argument, and no shell reads it
        ["git", "-C", str(folder), *arguments],  # noqa: S607 - git is where the developer has it
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise ContractFileError(f"git: {done.stderr.strip()}")
    return done.stdout


def weakened(old: Sequence[Promise], new: Sequence[Promise], today: date) -> list[str]:
    """What was taken away without the notice that readers were promised, a sentence each."""
    later = {promise.view: promise for promise in new}
    problems: list[str] = []
    for promise in old:
        if not promise.is_active:
            continue
        follower = later.get(promise.view)
        if follower is None or not follower.is_active:
            problems += _ended_early(promise, follower, today)
        else:
            problems += _taken_away(promise, follower)
            problems += _version_problems(promise, follower)
    return problems


def _ended_early(promise: Promise, follower: Promise | None, today: date) -> Iterator[str]:
    if follower is None:
        yield f"{promise.file_name}: expected the contract to stay, if only as retired; found none"
        return
    ends = follower.custom("deprecation").get("endsOn")
    if ends is None or date.fromisoformat(str(ends)) > today:
        yield f"{promise.file_name}: expected the view until {ends or 'a day announced'}, found status retired"


def _taken_away(promise: Promise, follower: Promise) -> Iterator[str]:
    found = {column.name: column for column in follower.relation.properties or []}
    for column in promise.relation.properties or []:
        other, place = found.get(column.name), f"{promise.file_name}: column {column.name}"
        if other is None:
            yield f"{place}: expected {column.physicalType}, found no such promise"
        elif other.physicalType != column.physicalType:
            yield f"{place}: expected {column.physicalType}, found {other.physicalType}"
        elif column.required and not other.required:
            yield f"{place}: expected required, found that it may be null"
    if promise.key != follower.key:
        yield f"{promise.file_name}: key: expected {', '.join(promise.key)}, found {', '.join(follower.key)}"
    roles = {role.role for role in follower.contract.roles or []}
    for role in promise.contract.roles or []:
        if role.role not in roles:
            yield f"{promise.file_name}: role {role.role}: expected, found no such role"


def _version_problems(promise: Promise, follower: Promise) -> Iterator[str]:
    before, after = (_version(each.contract.version) for each in (promise, follower))
    if promise.document == follower.document:
        return
    columns = {column.name for column in promise.relation.properties or []}
    has_more = any(column.name not in columns for column in follower.relation.properties or [])
    least = (before[0], before[1] + 1, 0) if has_more else (*before[:2], before[2] + 1)
    if after < least:
        yield (
            f"{promise.file_name}: version: expected {'.'.join(map(str, least))} or higher, "
            f"found {follower.contract.version}"
        )


def _version(text: Any) -> tuple[int, int, int]:  # noqa: ANN401
    try:
        major, minor, patch = (int(part) for part in str(text).split("."))
    except ValueError as error:
        raise ContractFileError(f"{text} is no version of the form 1.2.3") from error
    return major, minor, patch
