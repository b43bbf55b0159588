"""Fixtures that several files of integration tests share."""

from __future__ import annotations

from tests.support.gateway import gateway_desk

__all__ = ["gateway_desk"]
