"""Where the packages beside the core lie.

In a checkout ``producers``, ``consumers``, ``expectations``, ``dags`` and ``sql`` lie beside ``arna``. A wheel has them
inside it, as ``arna.producers`` and so on, for none of these names is ours alone in somebody else's site-packages
(ADR 0013). Only what needs such a name as text asks here; imports are rewritten when the wheel is built.
"""

from __future__ import annotations

import importlib.util
from functools import cache


@cache
def sibling(name: str) -> str:
    """The full name of a package that lies beside the core in a checkout: ``sql``, or ``arna.sql`` in a wheel."""
    inside = f"arna.{name}"
    return inside if importlib.util.find_spec(inside) is not None else name
