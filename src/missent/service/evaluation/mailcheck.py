"""Own the algorithm of mailcheck 1.1.1 (MIT), written anew from its description.

The known domain nearest by sift3, else the second-level and the top-level name each corrected by
itself. It knows no evidence: it says which known name is nearest, which is the question only until
one asks who answers.
"""

from __future__ import annotations

from collections.abc import Sequence

_DOMAINS = (
    "msn.com bellsouth.net telus.net comcast.net optusnet.com.au earthlink.net qq.com sky.com"
    " icloud.com mac.com sympatico.ca googlemail.com att.net xtra.co.nz web.de cox.net gmail.com"
    " ymail.com aim.com rogers.com verizon.net rocketmail.com google.com optonline.net"
    " sbcglobal.net aol.com me.com btinternet.com charter.net shaw.ca"
)
SECOND_LEVELS = ("yahoo", "hotmail", "mail", "live", "outlook", "gmx")
_TOP_LEVELS = (
    "com com.au com.tw ca co.nz co.uk de fr it ru net org edu gov jp nl kr se eu ie co.il us at be"
    " dk hk es gr ch no cz in net.au info biz mil co.jp sg hu uk"
)
DOMAINS, TOP_LEVELS = tuple(_DOMAINS.split()), tuple(_TOP_LEVELS.split())
THRESHOLD = 2.0
"""The same for domains, second-level and top-level names."""
_WINDOW = 5  # characters sift3 looks ahead for where two texts meet again


def mailcheck(domain: str, known: Sequence[str] = DOMAINS) -> str | None:
    """Give the domain mailcheck would suggest, None if it would say nothing."""
    second, _, top = domain.partition(".") if "." in domain else ("", "", domain)
    if second in SECOND_LEVELS and top in TOP_LEVELS:
        return None
    nearest_domain = _closest(domain, known)
    if nearest_domain is not None:
        return None if nearest_domain == domain else nearest_domain
    better_second = _closest(second, SECOND_LEVELS) or second
    better_top = (_closest(top, TOP_LEVELS) or top) if second else top
    better = f"{better_second}.{better_top}" if second else better_top
    return None if better == domain else better


def _closest(text: str, names: Sequence[str]) -> str | None:
    """Give the first of the nearest names, if it is near enough."""
    if not text:
        return None
    best, least = None, THRESHOLD
    for name in names:
        if name == text:
            return name
        distance = sift3(text, name)
        if distance < least or (distance == least and best is None):
            best, least = name, distance
    return best


def sift3(one: str, other: str) -> float:
    """Measure how far apart two texts are: their mean length, less the characters they share.

    Both are walked side by side; where they differ, one may skip up to four characters to meet the
    other again.
    """
    if not one or not other:
        return float(len(one) or len(other))
    shared = skip_one = skip_other = at = 0
    while at + skip_one < len(one) and at + skip_other < len(other):
        if one[at + skip_one] == other[at + skip_other]:
            shared += 1
        else:
            skip_one, skip_other = _skips(one[at:], other[at:])
        at += 1
    return (len(one) + len(other)) / 2 - shared


def _skips(one: str, other: str) -> tuple[int, int]:
    if not one or not other:
        return 0, 0
    for skip in range(_WINDOW):
        if one[skip : skip + 1] == other[0]:
            return skip, 0
        if other[skip : skip + 1] == one[0]:
            return 0, skip
    return 0, 0
