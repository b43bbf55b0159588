"""Structured logs: one JSON object a line in files and pipes, readable text on a terminal; ids only, never values."""

from __future__ import annotations

import logging
import sys

import structlog

NOISY_LOGGERS = ("kafka", "great_expectations", "urllib3")


def configure_logging(json: bool | None = None, level: int = logging.INFO) -> None:
    """Sets up structlog and the standard library's logging for this process.

    Args:
        json: JSON lines (True) or readable text (False); None decides by whether standard error is a terminal.
        level: lowest level shown. Third-party loggers start at WARNING whatever it is.
    """
    as_json = not sys.stderr.isatty() if json is None else json
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, renderer] if as_json else [*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # A line and its end in one write: several processes of a supervisor share one log file.
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s", level=level, force=True)
    for name in NOISY_LOGGERS:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
