"""Delimited text files, read honestly: what encoding and delimiter say is checked before the first row is used.

UTF-8 is read unless another encoding is declared; a byte order mark is no error. Lines may end in LF, CR LF or CR.
Nothing is detected: a file that is not what was declared is refused with a sentence that names the line and the option,
because a guess that is wrong once in a hundred files puts wrong names into a register without anybody noticing.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from arna.errors import ConfigError
from producers.rows import UNREADABLE, Refusal

ENCODINGS: Final = {
    "utf-8": "utf-8-sig",
    "cp1251": "cp1251",
    "kz1048": "kz1048",
    "utf-16": "utf-16",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
}
"""Encoding that can be declared to Python's codec. KZ-1048 is CP1251 with the Kazakh letters that CP1251 lacks."""
DELIMITERS: Final = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
"""Delimiter by its name; the character itself can be declared too."""
_ALIASES: Final = {
    "utf8": "utf-8",
    "utf-8-sig": "utf-8",
    "windows-1251": "cp1251",
    "windows1251": "cp1251",
    "1251": "cp1251",
    "kz-1048": "kz1048",
    "utf16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
}
_MARKS: Final = (
    (codecs.BOM_UTF8, ("utf-8",)),
    (codecs.BOM_UTF16_LE, ("utf-16", "utf-16-le")),
    (codecs.BOM_UTF16_BE, ("utf-16", "utf-16-be")),
)
# Where CP1251 has these Serbian, Macedonian and Belarusian letters, KZ-1048 has Kazakh ones.
_KAZAKH_MISREAD: Final = re.compile("[ЌќЋћЎўЈјЅѕ]")
# What a line of data has and a line of headings has not: a number (a year may be a heading), a date, a long number.
_DATA: Final = re.compile(
    r"(?!(?:19|20)[0-9]{2}$)[+-]?[0-9]+(?:[.,][0-9]+)?|[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{1,4}.*|.*[0-9]{8}.*",
    re.DOTALL,
)
_EXCEL_SEPARATOR: Final = re.compile(r"sep=(.)\s*")
_MAX_BROKEN_QUOTES: Final = 1_000


@dataclass(frozen=True, slots=True)
class TextFormat:
    """What is declared about a text file.

    Attributes:
        encoding: a key of ``ENCODINGS``.
        delimiter: one character.
        heading: number of the line with the names of the columns, from 1; 0 where there is none.
    """

    encoding: str = "utf-8"
    delimiter: str = ","
    heading: int = 1


@dataclass(frozen=True, slots=True)
class Heading:
    """The columns of a table, in their order; one without a name is ``""``."""

    names: tuple[str, ...]

    def cells_of(self, cells: Sequence[object]) -> dict[str, object] | Refusal:
        """The cells of a record by column; a record that does not fit under the heading is refused."""
        filled = len(cells)
        while filled > len(self.names) and cells[filled - 1] in {None, ""}:
            filled -= 1
        if filled > len(self.names):
            return Refusal(UNREADABLE, "cells_extra")
        if len(cells) < len(self.names):
            return Refusal(UNREADABLE, "cells_missing", column=self.names[len(cells)])
        named = zip(self.names, cells, strict=False)
        found = {}
        for name, cell in named:
            if name:
                found[name] = cell
            elif cell not in {None, ""}:
                return Refusal(UNREADABLE, "cells_extra")
        return found


def encoding_named(text: str, setting: str = "--encoding") -> str:
    """The key of ``ENCODINGS`` that a user's spelling means.

    Raises:
        ConfigError: there is none.
    """
    name = text.strip().lower().replace("_", "-")
    name = _ALIASES.get(name, name)
    if name not in ENCODINGS:
        raise ConfigError(setting, "is none of the encodings that are read.", f"Known are {', '.join(ENCODINGS)}.")
    return name


def delimiter_named(text: str, setting: str = "--delimiter") -> str:
    r"""The character that a user's spelling (``;``, ``semicolon``, ``\t``) means.

    Raises:
        ConfigError: it is not one character.
    """
    found = DELIMITERS.get(text.strip().lower(), "\t" if text == "\\t" else text)
    if len(found) != 1 or found.isalnum() or found in '"\r\n':
        raise ConfigError(setting, "is not one character.", f"Known are {', '.join(DELIMITERS)}, or the character.")
    return found


def check_heading(names: Sequence[object], where: str) -> Heading:
    """The heading of a table, checked: it has names, each once.

    Raises:
        ConfigError: it is empty, repeats a name, or looks like a line of data. No cell of such a line is quoted.
    """
    cleaned = ["" if name is None else str(name).lstrip("\ufeff").strip() for name in names]
    if not any(cleaned):
        raise ConfigError("FILE", f"{where}: there is no line with the names of the columns.")
    if any(_DATA.fullmatch(name) for name in cleaned):
        raise ConfigError(
            "FILE",
            f"{where}: where the names of the columns should be, there are numbers or dates: a record, it seems.",
            "Put a line with the names above it, or declare in a mapping that there is none (file: heading: 0).",
        )
    repeated = sorted({name for name in cleaned if name and cleaned.count(name) > 1})
    if repeated:
        raise ConfigError("FILE", f"{where}: the column {repeated[0]} stands there twice.")
    return Heading(tuple(cleaned))


def read_table(
    path: Path, form: TextFormat, names: Sequence[str] = ()
) -> Iterator[Heading | dict[str, object] | Refusal]:
    """The heading of a delimited text file, then each record by column, or the reason why it cannot be read.

    Blank lines, and lines of empty cells alone, are no records. A record with a broken quote is refused with its first
    line, and reading goes on with the next line, so a stray quote costs one record.

    Args:
        path: the file.
        form: what is declared about it.
        names: names of the columns, where the file has no heading.

    Raises:
        ConfigError: it is not in the declared encoding, has no heading, or the delimiter is another one.
    """
    check_encoding(path, form.encoding)
    with path.open(encoding=ENCODINGS[form.encoding], newline="") as lines:
        records = _records(path.name, _skip_separator(path.name, lines, form), form.delimiter)
        heading = check_heading(names, path.name) if names else _read_heading(path.name, records, form)
        yield heading
        for record in records:
            if isinstance(record, Refusal):
                yield record
            elif any(record):
                yield heading.cells_of(record)


def check_encoding(path: Path, encoding: str) -> None:
    """Reads the file through once and checks that it is in the encoding.

    Raises:
        ConfigError: it is not; the sentence names the line where that can be told, and the option.
    """
    with path.open("rb") as file:
        start = file.read(4096)
    _check_marks(path.name, start, encoding)
    if encoding.startswith("utf-16"):
        _check_utf_16(path, encoding)
        return
    if encoding != "utf-8" and _is_foreign_utf8(path):
        raise ConfigError(
            "--encoding", f"{path.name} is UTF-8, not {encoding}: its letters would come out wrong.", "Leave it out."
        )
    # What cannot be decoded becomes a lone surrogate, which tells the line; errors="strict" tells only the block.
    with path.open(encoding=ENCODINGS[encoding], errors="surrogateescape", newline=None) as lines:
        for number, line in enumerate(lines, 1):
            if not line.isascii():
                _check_line(path.name, number, line, encoding)


def _check_marks(name: str, start: bytes, encoding: str) -> None:
    marked = next((found for mark, found in _MARKS if start.startswith(mark)), ())
    if marked and encoding not in marked:
        raise ConfigError(
            "--encoding",
            f"{name} begins with the mark of {marked[-1].upper()}, and {encoding} is expected.",
            f"Use --encoding {marked[0]}.",
        )
    if encoding == "utf-16" and not marked and start:
        raise ConfigError(
            "--encoding", f"{name} has no mark that says which UTF-16 it is.", "Use --encoding utf-16-le or utf-16-be."
        )
    if not encoding.startswith("utf-16") and 0 in start:
        raise ConfigError(
            "--encoding",
            f"{name} holds zero bytes, so it is not {encoding} text; it may be UTF-16.",
            "If it is, use --encoding utf-16, utf-16-le or utf-16-be.",
        )


def _check_utf_16(path: Path, encoding: str) -> None:
    try:
        with path.open(encoding=encoding, newline=None) as lines:
            for _ in lines:
                pass
    except UnicodeError:
        raise ConfigError("--encoding", f"{path.name} is not {encoding} throughout.") from None


def _check_line(name: str, number: int, line: str, encoding: str) -> None:
    if encoding == "cp1251" and _KAZAKH_MISREAD.search(line):
        raise ConfigError(
            "--encoding",
            f"{name}: line {number} has letters that neither Russian nor Kazakh has.",
            "If the text is Kazakh, use --encoding kz1048.",
        )
    try:
        line.encode()
    except UnicodeEncodeError:
        advice = "If Excel wrote it, it is probably --encoding cp1251 (Russian) or kz1048 (Kazakh)."
        raise ConfigError(
            "--encoding",
            f"{name}: line {number} is not {encoding.upper()}.",
            advice if encoding == "utf-8" else "Save the file as UTF-8, or declare the encoding that it has.",
        ) from None


def _is_foreign_utf8(path: Path) -> bool:
    """Whether a file is UTF-8 with letters beyond ASCII; text in CP1251 never reads so but by its first few letters."""
    is_foreign = False
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            for line in lines:
                is_foreign = is_foreign or not line.isascii()
    except UnicodeDecodeError:
        return False
    return is_foreign


def _skip_separator(name: str, lines: Iterator[str], form: TextFormat) -> Iterator[str]:
    """The lines without ``sep=;``, by which Excel declares a delimiter."""
    first = next(lines, None)
    if first is None:
        return
    declared = _EXCEL_SEPARATOR.fullmatch(first)
    if declared is None:
        yield first
    elif declared[1] != form.delimiter:
        raise ConfigError("--delimiter", f"{name} declares {declared[1]!r} in its first line.", "Declare that one.")
    yield from lines


def _read_heading(name: str, records: Iterator[list[str] | Refusal], form: TextFormat) -> Heading:
    record: list[str] | Refusal = []
    for _ in range(form.heading):
        record = next(records, [])
    if isinstance(record, Refusal):
        raise ConfigError("FILE", f"{name}: the line with the names of the columns has a broken quote.")
    heading = check_heading(record, name)
    if len(record) == 1:
        other = next((found for found in DELIMITERS.values() if found in record[0] and found != form.delimiter), None)
        if other is not None:
            shown = next(known for known, character in DELIMITERS.items() if character == other)
            raise ConfigError(
                "--delimiter", f"{name} seems to be divided by another character.", f"Use --delimiter {shown}."
            )
    return heading


def _records(name: str, lines: Iterator[str], delimiter: str) -> Iterator[list[str] | Refusal]:
    """Each record's cells; a record with a broken quote is one refusal, and the line after its first begins afresh."""
    source = _Lines(lines)
    broken = 0
    while True:
        source.begin_record()
        try:
            yield next(csv.reader(source, delimiter=delimiter, strict=True))
        except StopIteration:
            return
        except csv.Error:
            broken += 1
            if broken > _MAX_BROKEN_QUOTES:
                raise ConfigError(
                    "FILE",
                    f"{name}: more than {_MAX_BROKEN_QUOTES:,} records have broken quotes.",
                    "Is it a text file divided by the declared --delimiter, with quotes doubled inside quotes?",
                ) from None
            source.give_back_all_but_first()
            yield Refusal(UNREADABLE, "csv_malformed")


class _Lines(Iterator[str]):
    """Lines that can be read again from the second line of the current record on."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._taken: list[str] = []
        self._again: list[str] = []

    def begin_record(self) -> None:
        self._taken.clear()

    def give_back_all_but_first(self) -> None:
        self._again.extend(reversed(self._taken[1:]))

    def __next__(self) -> str:
        line = self._again.pop() if self._again else next(self._lines)
        self._taken.append(line)
        return line
