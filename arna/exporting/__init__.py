"""Exports: a reader's view as Parquet files, in full or what changed, with a manifest that says how far it goes.

One repeatable-read snapshot gives the rows, the keys that went and the number they are complete up to, so an export
that begins at the number of the one before misses nothing, whatever is refreshed meanwhile (ADR 0015).
"""

from arna.exporting.columns import Column
from arna.exporting.export import ExportOptions, Progress, export_all, export_view
from arna.exporting.files import MANIFEST_FILE, DataFile
from arna.exporting.manifest import Freshness, Manifest, read_manifest

__all__ = [
    "MANIFEST_FILE",
    "Column",
    "DataFile",
    "ExportOptions",
    "Freshness",
    "Manifest",
    "Progress",
    "export_all",
    "export_view",
    "read_manifest",
]
