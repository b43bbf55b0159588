"""Marts: the tables behind the readers' views, kept up to date with what the loads brought."""

from arna.marts.refreshing import RefreshResult, model_sha256, rebuild, refresh
from arna.marts.registry import GROUPS, VIEWS, MartGroup, View, find_view

__all__ = ["GROUPS", "VIEWS", "MartGroup", "RefreshResult", "View", "find_view", "model_sha256", "rebuild", "refresh"]
