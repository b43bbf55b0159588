"""Arna: the event pipeline between Kazakhstan's schools, its AI University and its employers."""

__version__ = "0.1.0"
