"""How long to wait before the next attempt."""

from __future__ import annotations

import random


class Backoff:
    """Doubles from ``first`` to ``most`` seconds, with a random share so that workers do not come back in step.

    Args:
        first: seconds before the second attempt.
        most: seconds never exceeded.
    """

    def __init__(self, first: float = 0.2, most: float = 10.0) -> None:
        self._first = first
        self._most = most
        self._attempts = 0

    def next(self) -> float:
        """Seconds to wait now."""
        delay = min(self._most, self._first * 2.0 ** min(self._attempts, 30))
        self._attempts += 1
        return delay * random.uniform(0.5, 1.0)  # noqa: S311 - no secret depends on it

    def reset(self) -> None:
        """The attempt succeeded."""
        self._attempts = 0
