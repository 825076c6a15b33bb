"""Own the Traffic Light Protocol, version 2.0 of FIRST (``TLP:AMBER+STRICT``), with version 1's WHITE.

The standard asks for capitals and no space; both are forgiven, since people write them so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from missent.judge.marks.grammar import Caveats, Mark

SCHEME = "tlp"
_FORM = re.compile(
    r"(?:TRAFFIC LIGHT PROTOCOL(?: \(TLP\))?|TLP) ?[:=\-]? ?(?P<colour>RED|AMBER|GREEN|CLEAR"
    r"|WHITE)"
    r"(?P<strict> ?\+ ?STRICT)?(?P<more>(?: - |//|, | \()[^\n]{0,80})?",
    re.IGNORECASE,
)
_LEVELS = {"RED": 3, "AMBER": 2, "GREEN": 1, "CLEAR": 0, "WHITE": 0}


def read(phrase: str) -> Iterator[Mark]:
    """Read a phrase as a TLP label."""
    match = _FORM.fullmatch(phrase)
    if match is None or not phrase[0].isupper():
        return
    colour = match["colour"].upper()
    strict = colour == "AMBER" and match["strict"] is not None
    yield Mark(SCHEME, _LEVELS[colour], Caveats(own=strict, named=colour == "RED"))
