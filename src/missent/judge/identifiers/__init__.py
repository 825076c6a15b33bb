"""Own identifiers in a text: numbers and names given to persons, accounts, cards and papers.

`find` gives their spans, by shape, check digits and the words beside them; what was matched is in no
result (law 8). Theory of operation: everything but addresses and links holds a digit, so the text is
searched for digits (`scan`); where one stands, the run of groups it belongs to is looked up by layout
(`numbers`), or tried against shapes of letters and digits (`mixed`), and checked by the rules of its
country (`national`). Plain digits count only where a word beside them names them (`cues`). Every step
looks at a bounded stretch, so the whole is linear. `likely` says first, and much faster, in which
stretches of ordinary mail looking is worth while for those who want no addresses, telephones and dates.
"""

from __future__ import annotations

from missent.judge.identifiers.kinds import (
    BUSINESS,
    CONTACT,
    IDENTITY,
    PAYMENT,
    Identifier,
    Kind,
    Strength,
)
from missent.judge.identifiers.scan import find
from missent.judge.identifiers.stretches import likely

__all__ = [
    "BUSINESS",
    "CONTACT",
    "IDENTITY",
    "PAYMENT",
    "Identifier",
    "Kind",
    "Strength",
    "find",
    "likely",
]
