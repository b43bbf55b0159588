"""The libraries that check signatures; a publisher without signed credentials does without them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from arna.errors import ConfigError


@contextmanager
def needs_extra() -> Iterator[None]:
    """Imports inside belong to the extra ``badges``.

    Raises:
        ConfigError: it is not installed.
    """
    try:
        yield
    except ImportError as error:
        raise ConfigError(
            "--from open_badges",
            f"checking signatures needs the library {error.name}.",
            "Install it with `pip install 'arna[badges]'`.",
        ) from None
