"""Reference data: places, occupations, skills, education, currencies, organisations; with source, licence, validity.

Loading the same files again changes nothing. A code whose content changes ends its row and begins a new one; a code
that is no longer listed ends its row. A label that a source lacks stays empty: none is made up.
"""

from arna.reference.loading import (
    DatasetDiff,
    ReferenceLoad,
    diff_reference,
    list_loads,
    load_dataset,
    load_reference,
    load_sample,
)
from arna.reference.rechecking import Recheck, recheck_warnings

__all__ = [
    "DatasetDiff",
    "Recheck",
    "ReferenceLoad",
    "diff_reference",
    "list_loads",
    "load_dataset",
    "load_reference",
    "load_sample",
    "recheck_warnings",
]
