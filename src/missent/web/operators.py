"""Own what the operators' pages share: the unguessable link, what they read, where their forms come from.

The rule: the link is derived from the installation's master key and stands nowhere; every other token
gets the same 404. Whoever has the link may read and review, so it is shown to the operator alone.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final, Protocol

from starlette.exceptions import HTTPException

from missent.service.collection.ports import CollectionStore
from missent.service.collection.report import Basis
from missent.service.exposure.ports import ExposureStore
from missent.service.ports import Clock, Sealer
from missent.web.page import NOT_HERE
from missent.web.screens import Screens
from missent.web.security import Buckets

PURPOSE: Final = "operator pages"
"""What the link's token and the forms' are derived from."""
REVIEWS_PER_MINUTE: Final = 120


class OperatorStore(CollectionStore, ExposureStore, Protocol):
    """What the pages read, and where a review is kept."""


@dataclass(frozen=True, slots=True)
class OperatorParts:
    """What the pages are made of."""

    store: OperatorStore
    sealer: Sealer
    clock: Clock
    screens: Screens
    origins: frozenset[str]
    """Where a form may come from."""
    base_path: str
    basis: Basis
    buckets: Buckets

    @property
    def root(self) -> str:
        """Give the path that the pages' links begin with."""
        return f"{self.base_path}{path(self.sealer)}"

    @property
    def csrf(self) -> str:
        """Give the token of the pages' forms."""
        return self.sealer.sign("csrf", PURPOSE)

    def admit(self, token: str) -> None:
        """Let the right link in; raises a 404 that is the same for every other."""
        if not _equal(token, self.sealer.token(PURPOSE)):
            raise HTTPException(404, NOT_HERE)

    def own_form(self, csrf: str) -> bool:
        """Tell whether a form carries the token of our own pages."""
        return _equal(csrf, self.csrf)


def path(sealer: Sealer) -> str:
    """Give the path of the operators' pages, for whoever shows the link: ``/o/<token>``."""
    return f"/o/{sealer.token(PURPOSE)}"


def _equal(one: str, other: str) -> bool:
    """Compare in constant time; digests first, so that not even the length is told."""
    first, second = (
        hashlib.sha256(text.encode("utf-8", "replace")).digest() for text in (one, other)
    )
    return hmac.compare_digest(first, second)
