"""Names of places in Kazakhstan to KATO codes: the regions and their centres here, every place from a KATO file."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Final

import orjson

from arna.contracts.identifiers import KATO_REGIONS

REGION_CODES: Final = {region: f"{region}0000000" for region in KATO_REGIONS}
"""Region to the KATO code of the region as a whole."""

# Towns that job portals name, with the region they lie in (facts of the classifier, checked against it).
_TOWNS: Final = {
    "алматы": "750000000",
    "астана": "710000000",
    "шымкент": "790000000",
    "актау": "471010000",
    "актобе": "151010000",
    "атырау": "231010000",
    "балхаш": "351610000",
    "боралдай": "196835100",
    "жанатас": "316020100",
    "жезказган": "621010000",
    "караганда": "351010000",
    "кокшетау": "111010000",
    "қонаев": "191010000",
    "конаев": "191010000",
    "костанай": "391010000",
    "кызылорда": "431010000",
    "павлодар": "551010000",
    "петропавловск": "591010000",
    "семей": "101010000",
    "талдыкорган": "331010000",
    "тараз": "311010000",
    "темиртау": "352410000",
    "туркестан": "611010000",
    "уральск": "271010000",
    "усть-каменогорск": "631010000",
    "экибастуз": "552210000",
}


def _fold(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


class Places:
    """A gazetteer: ``find`` gives the KATO code of a name in any of the three languages, or None."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = {_fold(name): code for name, code in names.items()}

    def find(self, name: str) -> str | None:
        """The code of the place of that name."""
        return self._names.get(_fold(name)) if name else None


def _region_names() -> Iterable[tuple[str, str]]:
    for region, names in KATO_REGIONS.items():
        for name in names:
            yield name, REGION_CODES[region]


@cache
def built_in_places() -> Places:
    """Regions by their names and the towns above."""
    return Places({**dict(_region_names()), **_TOWNS})


@cache
def places_of(aliases: Path) -> Places:
    """The built-in places and those of a ``kato_place_aliases.json`` (rows of code, Russian name, Kazakh name, parent).

    A town's type (``г.``, ``қ.``) is dropped; a name that several places have is left out, except in the built-in ones.
    """
    names: dict[str, str] = {}
    repeated: set[str] = set()
    for code, ru, kk, *_ in orjson.loads(aliases.read_bytes()):
        for name in (ru.removeprefix("г."), kk.removesuffix(" қ.")):
            folded = _fold(name)
            if names.setdefault(folded, code) != code:
                repeated.add(folded)
    unique = {name: code for name, code in names.items() if name not in repeated}
    return Places({**unique, **dict(_region_names()), **_TOWNS})
