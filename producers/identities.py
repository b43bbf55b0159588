"""Identity numbers for records that come without one.

Two ways, neither of them silent: a *map* that the source supplies (``local id,IIN``), or *synthetic*
numbers derived from the local id. A synthetic IIN has century digit 1 (born 18xx) and a synthetic BIN
has year 50, so none can be a living person's or a real body's. The same id always gives the same
number; each data set has a range of its own, so its people never meet another set's.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from arna.contracts.identifiers import is_valid_iin, make_synthetic_bin, make_synthetic_iin
from arna.errors import ConfigError

GENERATOR_PEOPLE = 0
"""First number of the generator's people; they are counted, so they take 0 to 9,999,999."""
OULAD_PEOPLE = 10_000_000
"""First number of OULAD's students, whose own numbers stay below three million."""
_HASHED_PEOPLE = 20_000_000
_HASHED_PEOPLE_SPAN = 300_000_000
REGISTERED_BODIES = 0
"""First number of the bodies in ``samples/sources.toml``."""
GENERATOR_BODIES = 1_000
_HASHED_BODIES = 10_000
_HASHED_BODIES_SPAN = 1_000_000


def _hash(namespace: str, local_id: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{namespace}\0{local_id}".encode()).digest()[:8], "big")


def synthetic_iin(namespace: str, local_id: str) -> str:
    """A synthetic IIN for a person that a data set knows by ``local_id``."""
    return make_synthetic_iin(_HASHED_PEOPLE + _hash(namespace, local_id) % _HASHED_PEOPLE_SPAN)


def synthetic_bin(namespace: str, local_id: str) -> str:
    """A synthetic BIN for a body that a data set knows by ``local_id``."""
    return make_synthetic_bin(_HASHED_BODIES + _hash(namespace, local_id) % _HASHED_BODIES_SPAN)


@dataclass(frozen=True, slots=True)
class Identities:
    """Where an adapter gets the numbers that its file does not have.

    Attributes:
        iin_map: the source's local id to IIN.
        synthetic: derive a synthetic number where nothing else gives one.
    """

    iin_map: Mapping[str, str] = field(default_factory=dict)
    synthetic: bool = False

    def iin(self, namespace: str, *local_ids: str) -> str | None:
        """The IIN of a person under any of its local ids, or None: then the contract refuses the record."""
        for local_id in local_ids:
            if local_id in self.iin_map:
                return self.iin_map[local_id]
        known = [local_id for local_id in local_ids if local_id]
        return synthetic_iin(namespace, known[0]) if self.synthetic and known else None

    def bin(self, namespace: str, local_id: str) -> str | None:
        """The BIN of a body, synthetic or None: then the contract refuses the record."""
        return synthetic_bin(namespace, local_id) if self.synthetic and local_id else None


def read_iin_map(path: Path) -> dict[str, str]:
    """Reads a map of local ids to IINs: CSV of two columns, the first line a heading or a pair.

    Raises:
        ConfigError: the file cannot be read, or a line's number is no IIN (the line is named, not the number).
    """
    pairs: dict[str, str] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            for number, row in enumerate(csv.reader(lines), 1):
                if not row or (number == 1 and not any(character.isdigit() for character in row[-1])):
                    continue
                if len(row) != 2 or not is_valid_iin(row[1].strip()):
                    raise ConfigError("--iin-map", f"line {number} is not a local id and a valid IIN.")
                pairs[row[0].strip()] = row[1].strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError("--iin-map", f"the file cannot be read ({type(error).__name__}).") from None
    return pairs
