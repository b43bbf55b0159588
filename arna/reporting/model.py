"""The parts of a page in one language, ready for its template."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup

from arna.reporting.words import Shown, Words

_SPOKEN = 3
Figures = int | Decimal | None


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table.

    Attributes:
        shown: what stands in it; a name says its language itself.
        is_number: it is aligned as one.
        is_hidden: it stands for a figure that is not shown.
    """

    shown: str | Shown
    is_number: bool = False
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the first cell of a row names the row."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Key:
    """What a mark of a chart means; ``mark`` is the class of its sample in the style sheet."""

    mark: str
    text: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart and its figures as a table.

    Attributes:
        title: what it shows.
        drawings: the chart; where there are two, the second is for narrow screens.
        table: the same figures.
        keys: what its marks mean.
    """

    title: str | Shown
    drawings: Sequence[Markup]
    table: Table
    keys: Sequence[Key] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A table under a title, or the sentence ``empty`` in its place."""

    title: str
    table: Table
    empty: str
    intro: str = ""
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the page; with ``empty``, that sentence is all there is to show.

    Attributes:
        key: what its anchor ends with.
        title: its heading.
        intro: what it shows, in a sentence or two.
        figures: charts over the whole width.
        cards: small charts side by side.
        card_keys: what the marks of all these mean.
        parts: tables.
        paragraphs: text.
        notes: small print.
        empty: what is said where there is nothing to show.
    """

    key: str
    title: str
    intro: str = ""
    figures: Sequence[Figure] = ()
    cards: Sequence[Figure] = ()
    card_keys: Sequence[Key] = ()
    parts: Sequence[Part] = ()
    paragraphs: Sequence[str] = ()
    notes: Sequence[str] = ()
    empty: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure of the page's head."""

    title: str
    shown: str | Shown
    note: str


def number_cell(words: Words, value: Figures) -> Cell:
    """A number; None is hidden."""
    return Cell(words.number(value), is_number=True, is_hidden=value is None)


def count_cell(words: Words, value: int | None) -> Cell:
    """A count of no people; None was not counted."""
    return Cell(words("nothing") if value is None else words.number(value), is_number=True)


def percent_cell(words: Words, value: Decimal | None) -> Cell:
    """A share; None is hidden, or cannot be told."""
    return Cell(words.percent(value), is_number=True, is_hidden=value is None)


def spoken(items: Iterable[tuple[object, object]]) -> str:
    """The first few figures of a chart, for its text alternative."""
    return "; ".join(f"{name}: {value}" for name, value in list(items)[:_SPOKEN])


def notes_on(words: Words, cells: Iterable[Cell]) -> list[str]:
    """The small print that cells call for: why figures are hidden, why names are in another language."""
    found = list(cells)
    due = {
        "note.hidden": any(cell.is_hidden for cell in found),
        "note.marks": any(isinstance(cell.shown, Shown) and cell.shown.mark for cell in found),
    }
    return [words(key) for key, is_due in due.items() if is_due]


def cells_of(figures: Iterable[Figure]) -> list[Cell]:
    """All cells of the tables of some charts."""
    return [cell for figure in figures for row in figure.table.rows for cell in row]
