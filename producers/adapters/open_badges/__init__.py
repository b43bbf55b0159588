"""Certificates from Open Badges 3.0 and 2.0, CLR 2.0 and the European Learning Model.

JSON, JSON-LD and compact JWS; one row for each certificate. What is mapped to what, which proofs are checked and how
revocation and versions work is in ``docs/reference/mapping-open-badges.md``.
"""

from producers.adapters.open_badges.certificates import NAMESPACE
from producers.adapters.open_badges.proofs import proof_problem
from producers.adapters.open_badges.reading import CertificateReport, OpenBadgesOptions, read_certificates

__all__ = ["NAMESPACE", "CertificateReport", "OpenBadgesOptions", "proof_problem", "read_certificates"]
