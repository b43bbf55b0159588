"""Who a certificate is about: an IIN in the record, one from the source's map, or one behind a digest."""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from collections.abc import Iterator
from typing import Final

from arna.contracts.identifiers import is_valid_iin
from producers.adapters.open_badges.certificates import NAMESPACE, HashedIdentity, Recipient
from producers.identities import Identities
from producers.rows import Refusal

_DIGEST: Final = re.compile(r"(?:(sha256)\$([0-9a-f]{64})|(md5)\$([0-9a-f]{32}))", re.IGNORECASE)
# A platform salts each recipient or uses one salt for all; of either kind, few are in use at a time.
_KEPT_TABLES: Final = 4
_SCHEMES: Final = ("mailto:", "tel:")


class RecipientFinder:
    """Finds IINs.

    Args:
        identities: the source's map of local ids to IINs; synthetic numbers where they are allowed.
    """

    def __init__(self, identities: Identities) -> None:
        self._identities = identities
        self._tables: OrderedDict[tuple[str, str], dict[str, str]] = OrderedDict()

    def find(self, recipient: Recipient) -> str | Refusal | None:
        """The IIN; the reason where a digest hides it; None where the record names nobody: the contract refuses it."""
        known = [variant for local_id in recipient.local_ids for variant in _variants(local_id)]
        if own := next((number for number in known if is_valid_iin(number)), None):
            return own
        if mapped := next((iin for local_id in known if (iin := self._identities.iin_map.get(local_id))), None):
            return mapped
        problem: Refusal | None = None
        for identity in recipient.hashed:
            found = self._behind(identity, recipient.pointer)
            if isinstance(found, str):
                return found
            problem = problem or found
        digests = tuple(identity.digest for identity in recipient.hashed)
        return self._identities.iin(NAMESPACE, *recipient.local_ids, *digests) or problem

    def _behind(self, identity: HashedIdentity, pointer: str) -> str | Refusal:
        match = _DIGEST.fullmatch(identity.digest)
        if match is None:
            return Refusal("identifier_invalid", "recipient_hash_malformed", pointer)
        algorithm, digest = (match[1] or match[3]).lower(), (match[2] or match[4]).lower()
        found = self._table(algorithm, identity.salt).get(digest)
        return found or Refusal("identifier_invalid", "recipient_hash_unmatched", pointer)

    def _table(self, algorithm: str, salt: str) -> dict[str, str]:
        """Digest of everybody in the map, by local id and by IIN, under one salt."""
        key = algorithm, salt
        if key not in self._tables:
            self._tables[key] = {
                hashlib.new(algorithm, (identity + salt).encode(), usedforsecurity=False).hexdigest(): iin
                for local_id, iin in self._identities.iin_map.items()
                for identity in (*_variants(local_id), iin)
            }
            if len(self._tables) > _KEPT_TABLES:
                self._tables.popitem(last=False)
        self._tables.move_to_end(key)
        return self._tables[key]


def _variants(local_id: str) -> Iterator[str]:
    """A local id as it stands, without its scheme, and in lower case: mail addresses are written in each way."""
    bare = next((local_id[len(scheme) :] for scheme in _SCHEMES if local_id.startswith(scheme)), local_id)
    yield from dict.fromkeys((local_id, bare, bare.lower()))
