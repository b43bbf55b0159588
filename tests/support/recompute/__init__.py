"""A second reading of docs/reference/views.md: every reader view made anew from the events alone, without SQL.

``recompute(world)`` gives a frame per view. It shares no code with the marts; where the two differ, one of them has
misread the text.
"""

from tests.support.recompute.comparing import differences, read_view
from tests.support.recompute.references import Reference, read_reference
from tests.support.recompute.views import AS_OF, KEYS, MODELS, recompute
from tests.support.recompute.worlds import Published, World

__all__ = [
    "AS_OF", "KEYS", "MODELS", "Published", "Reference", "World", "differences", "read_reference", "read_view",
    "recompute",
]  # fmt: skip
