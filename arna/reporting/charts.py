"""Draws charts as static SVG: Vega-Altair makes them, vl-convert renders them, so the page needs no script for them.

Every chart can be read in black and white: what differs differs in lightness, dash or shape, and figures stand beside
what they measure. A hidden figure is no mark and no number in the drawing: it is a word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import altair as alt
import vl_convert as vlc
from markupsafe import Markup, escape

INK = "#1b2427"
SOFT = "#55626a"
LINE = "#d9d8d1"
ACCENT = "#0b5e6b"
PALE = "#dfe8e8"
CONTRAST = "#a3341f"
# Measured with; the page says in which letters it is shown.
FONT = "sans-serif"
WIDE = 680
NARROW = 320
CARD = 300
_TEXT = 13
_VALUE_ROOM = 84
# Pixels of a letter, rather too many: to have each text measured takes most of the time of a drawing.
_LETTER = 7.8
_ROW = 42
_LOW_ROW = 24
_NAME_ROOM = 236
_OPENING_TAG = re.compile(r"^<svg[^>]*?viewBox=\"([^\"]+)\"[^>]*>")
_TAG = re.compile(r"<[^>]*>")
# The page names the drawing and sets its letters; vega's own roles and names inside it would only be read out twice.
_NEEDLESS = re.compile(r' (?:role|class|aria-[a-z]+|font-family|pointer-events)="[^"]*"')
_LONG_NUMBER = re.compile(r"(\d+\.\d\d)\d+")
_Spec = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Bar:
    """A row of a bar chart.

    Attributes:
        label: its name.
        value: what the dark bar measures; None is hidden and draws none.
        ground: what the pale bar behind it measures; 0 draws none.
        shown: the value in words.
    """

    label: str
    value: int | None
    ground: int
    shown: str


@dataclass(frozen=True, slots=True)
class Dots:
    """A row of a dot chart: shares from 0 to 1 (None is hidden), and a word at its end."""

    label: str
    completed: float | None
    dropped: float | None
    certified: float | None
    aside: str


def draw_bars(bars: Sequence[Bar], width: int, alt_text: str, *, is_beside: bool = False) -> Markup:
    """Ranked bars, each before its number and under its name, or beside it where names are short and rows are many."""
    room = _NAME_ROOM if is_beside else width
    rows = [
        {"row": row, "label": _shorten(bar.label, room), "value": bar.value, "ground": bar.ground, "shown": bar.shown}
        | {"end": max(bar.ground, bar.value or 0)}
        for row, bar in enumerate(bars)
    ]
    return _render(_bars(width, is_beside=is_beside), rows, alt_text)


def draw_trend(
    months: Sequence[str],
    openings: Sequence[int],
    people: Sequence[int | None],
    number_form: Mapping[str, Any],
    alt_text: str,
) -> Markup:
    """Two lines over the months: openings solid, people dashed and broken where hidden."""
    around = [None, *people, None]
    rows = [
        {"month": index, "openings": of_openings, "people": of_people}
        # A month between two hidden ones makes no line, so it gets a point.
        | {"is_alone": around[index] is None and around[index + 2] is None, "is_only": len(months) == 1}
        for index, (of_openings, of_people) in enumerate(zip(openings, people, strict=True))
    ]
    return _render(_trend(), rows, alt_text, names=list(months), number_form=number_form)


def draw_dots(rows: Sequence[Dots], width: int, percents: Sequence[str], alt_text: str) -> Markup:
    """Shares of each row as three shapes on one line from 0 to 100 percent.

    Args:
        rows: what is drawn.
        width: in pixels.
        percents: 0, 25, 50, 75 and 100 percent in words.
        alt_text: what the chart says, for those who do not see it.
    """
    values = [
        {"row": row, "label": _shorten(dots.label, width - 110), "aside": dots.aside, "completed": dots.completed}
        | {"dropped": dots.dropped, "certified": dots.certified}
        for row, dots in enumerate(rows)
    ]
    return _render(_dots(width), values, alt_text, names=list(percents))


@cache
def _bars(width: int, *, is_beside: bool) -> _Spec:
    left, row_height, below = (_NAME_ROOM, _LOW_ROW, 0) if is_beside else (0, _ROW, 9)
    across = alt.Scale(range=[left, width - _VALUE_ROOM], nice=False, zero=True)
    base = _base(width, row_height)

    def bar(field: str, chart: alt.Chart, color: str, stroke: str, x: float) -> alt.Chart:
        drawn: alt.Chart = chart.mark_bar(size=14, yOffset=below, color=color, stroke=stroke, strokeWidth=0.75).encode(
            x=alt.X(f"{field}:Q", axis=None, scale=across), x2=alt.value(x)
        )
        return drawn

    layers = [
        bar("ground", base, PALE, SOFT, left),
        bar("value", base.transform_filter("datum.value > 0"), ACCENT, ACCENT, left),
        base.mark_text(
            align="left", baseline="middle", yOffset=0 if is_beside else -8, fontSize=_TEXT, color=INK
        ).encode(x=alt.value(0), text="label:N"),
        base.mark_text(
            align="left", baseline="middle", yOffset=below, dx=6, fontSize=_TEXT, fontWeight=600, color=INK
        ).encode(x=alt.X("end:Q", axis=None, scale=across), text="shown:N"),
    ]
    return _compile(alt.layer(*layers))


@cache
def _trend() -> _Spec:
    across = alt.X(
        "month:Q",
        scale=alt.Scale(nice=False),
        axis=alt.Axis(
            title=None, values=alt.ExprRef("[0, length(names) - 1]"), labelExpr="names[datum.value]", labelFlush=True,
            grid=False, labelColor=SOFT, labelFontSize=12, domainColor=SOFT, tickColor=SOFT,
        ),
    )  # fmt: skip
    axis = alt.Axis(
        title=None, tickCount=3, format=",d", tickMinStep=1, domain=False, ticks=False, gridColor=LINE,
        labelColor=SOFT, labelFontSize=12,
    )  # fmt: skip

    def up(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", scale=alt.Scale(nice=True, zero=True), axis=axis)

    base = alt.Chart(alt.NamedData("rows"), width=CARD, height=130).encode(x=across)
    held = base.encode(y=up("people"))
    alone = held.transform_filter("isValid(datum.people) && datum.is_alone")
    layers = [
        held.mark_line(color=CONTRAST, strokeWidth=2, strokeDash=[5, 3], invalid="break-paths-show-domains"),
        alone.mark_point(shape="square", size=20, color=CONTRAST, strokeWidth=1.5, fill="white"),
        base.mark_line(color=ACCENT, strokeWidth=2.5).encode(y=up("openings")),
        base.transform_filter("datum.is_only").mark_point(size=30, color=ACCENT, fill=ACCENT).encode(y=up("openings")),
    ]
    fit = alt.AutoSizeParams(type="fit", contains="padding")
    return _compile(alt.layer(*layers).properties(autosize=fit))


@cache
def _dots(width: int) -> _Spec:
    inset = 14
    scale = alt.Scale(domain=[0, 1], range=[inset, width - inset], nice=False)
    axis = alt.Axis(
        title=None, values=[0, 0.25, 0.5, 0.75, 1], labelExpr="names[datum.value * 4]", gridColor=LINE, domain=False,
        ticks=False, labelColor=SOFT, labelFontSize=12,
    )  # fmt: skip
    base = _base(width, _ROW + 4)

    def shape(field: str, form: str, size: float, stroke: str, fill: str) -> alt.Chart:
        known = base.transform_filter(f"isValid(datum.{field})")
        drawn: alt.Chart = known.mark_point(
            shape=form, size=size, stroke=stroke, fill=fill, yOffset=10, strokeWidth=1.75, opacity=1
        ).encode(x=alt.X(f"{field}:Q", scale=scale, axis=axis))
        return drawn

    def text(field: str, x: float, align: Literal["left", "right"], color: str) -> alt.Chart:
        drawn: alt.Chart = base.mark_text(
            baseline="middle", yOffset=-9, fontSize=_TEXT, align=align, color=color
        ).encode(x=alt.value(x), text=f"{field}:N")
        return drawn

    layers = [
        base.mark_rule(yOffset=10, color=SOFT, strokeWidth=0.75).encode(
            x=alt.value(inset), x2=alt.value(width - inset)
        ),
        shape("certified", "diamond", 210, INK, "white"),
        shape("dropped", "triangle-down", 110, CONTRAST, "white"),
        shape("completed", "circle", 95, ACCENT, ACCENT),
        text("label", 0, "left", INK),
        text("aside", width, "right", SOFT),
    ]
    return _compile(alt.layer(*layers))


def _base(width: int, row_height: int) -> alt.Chart:
    chart = alt.Chart(alt.NamedData("rows"), width=width, height=alt.Step(row_height))
    return chart.encode(y=alt.Y("row:O", axis=None))


def _compile(chart: alt.LayerChart | alt.FacetChart) -> _Spec:
    """The chart without its figures, as Vega: each drawing only fills them in, which saves most of its time."""
    plain = chart.add_params(alt.param(name="names", value=[]))
    plain = plain.configure(font=FONT, background="transparent", aria=False, padding=2).configure_view(stroke=None)
    compiled: _Spec = vlc.vegalite_to_vega(plain.to_dict())
    return compiled


def _render(
    spec: _Spec,
    rows: Sequence[Mapping[str, Any]],
    alt_text: str,
    names: Sequence[str] = (),
    number_form: Mapping[str, Any] | None = None,
) -> Markup:
    data = [each | {"values": rows} if each["name"] == "rows" else each for each in spec["data"]]
    signals = [each | {"value": names} if each["name"] == "names" else each for each in spec["signals"]]
    filled = {**spec, "data": data, "signals": signals}
    return _embed(vlc.vega_to_svg(filled, format_locale=dict(number_form) if number_form else None), alt_text)


def _shorten(label: str, width: float) -> str:
    letters = int(width / _LETTER)
    return label if len(label) <= letters else f"{label[: letters - 1].rstrip()}…"


def _embed(svg: str, alt_text: str) -> Markup:
    """The drawing as an element of the page: an image with a name, and no id that another drawing has too."""
    found = _OPENING_TAG.match(svg)
    if found is None or ' id="' in svg:
        message = "vl-convert wrote an SVG without a viewBox, or with ids that drawings on one page would share"
        raise ValueError(message)
    box = found.group(1)
    width, height = (float(size) for size in box.split()[2:])
    tag = f'<svg class="chart" role="img" viewBox="{box}" width="{width:g}" height="{height:g}" aria-label="{{}}">'
    drawing = _TAG.sub(lambda each: _LONG_NUMBER.sub(r"\1", _NEEDLESS.sub("", each.group())), svg[found.end() :])
    return Markup(tag).format(escape(alt_text)) + Markup(drawing)  # noqa: S704 (the renderer escapes its texts)
