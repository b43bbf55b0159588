"""What readers are promised, held against the live catalogue, and the data dictionary made from it.

Tools of those who work on Arna: they need ``open-data-contract-standard``, ``jsonschema`` and ``sqlglot``, which are in
the group ``dev`` only, so nothing that runs in production imports this package.

``python -m arna.reading --check`` holds both against a throw-away PostgreSQL; see ``__main__``.
"""
