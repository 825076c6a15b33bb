"""Own the things of daily life: addresses, links, telephones, dates. None is sensitive by itself.

They are found for two reasons: others count them, and a number that is one of these is no identifier
of a person. Each pattern is tried at one place only, and reads a bounded stretch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import AddressValueError, IPv6Address

from missent.judge.identifiers.cues import named
from missent.judge.identifiers.kinds import Identifier, Kind, Strength

_LOCAL = 64
_LOCAL_TAIL = re.compile(r"[\w!#$%&'*+/=?^`{|}~.-]{1,64}$")
_DOMAIN = re.compile(r"[^\W_](?:[\w-]{0,62}\.)[\w.-]{0,250}[^\W\d_]{1,62}\b")
_LINK = re.compile(r"(?:https?|ftps?|sftp|wss?)://[^\s<>\"'(){}|\\^`\[\]]{3,2000}", re.IGNORECASE)
_WWW = re.compile(r"www\d?\.[a-z0-9-]{1,63}\.[^\s<>\"'(){}|\\^`\[\]]{2,2000}", re.IGNORECASE)
_NAME = re.compile(
    r"(?<![\w@.-])(?:[a-z0-9][a-z0-9-]{0,62}\.){1,5}"
    r"(?:com|org|net|edu|gov|mil|int|biz|info|name|pro|app|dev|xyz|online|site|shop|cloud|tech|blog"
    r"|co|io|eu|uk|de|fr|nl|ch|ca|au|nz|jp|cn|ru|br|mx|pl|se|dk|fi|cz|hu|ro|gr|pt|ie|za|kr|sg|hk|tw"
    r"|ua|tr|il|ae|ar|cl|ml|example|test)(?:/[^\s<>\"'(){}|\\^`\[\]]{0,2000})?(?![\w@-])",
    re.IGNORECASE,
)
_PREVIEW = re.compile(r"\.[a-z]{2,7}(?![a-z.])", re.IGNORECASE)
_END = ".,;:!?"
_IP6 = re.compile(r"[0-9A-Fa-f:]{2,39}(?:\.\d{1,3}){0,3}")
_IP4 = re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w]|\.\d)")
_VERSION = re.compile(r"\b(?:version|release|build|firmware|section|chapter|rev)\W{0,3}$", re.I)
_MAC = re.compile(
    r"[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}(?![\w:-])"
    r"|[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}(?![\w.])"
)
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?!\w)")

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_CLOCK = r"(?:[T ,]{1,2}(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?: ?[AaPp][Mm])?)?"
_ZONE = r"(?:Z|[+-][0-2]\d:?[0-5]\d)?"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_MON = r"(?:0?[1-9]|1[0-2])"
_NUMERIC = re.compile(
    rf"(?:(?:1[89]|20|21)\d\d([-/.]){_MON}\1{_DAY}(?!\d){_CLOCK}{_ZONE}"
    rf"|(?:{_DAY}([/.-]){_MON}\2|{_MON}([/.-]){_DAY}\3)(?:(?:1[89]|20|21)\d\d|\d\d(?!\d|[./-]\d)){_CLOCK}"
    rf"|{_MON}/(?:19|20)\d\d)(?![\w]|[/-]\d)"
)
_MONTH_YEAR = re.compile(r"(?:0[1-9]|1[0-2])/\d\d(?![\w/]|\.\d)")
_DAY_MONTH = re.compile(
    rf"{_DAY}(?:st|nd|rd|th)?(?: of)?[ \-./]{{0,2}}{_MONTH}(?![a-z])"
    rf"(?:[ ,\-./]{{1,2}}(?:(?:1[89]|20|21)\d\d|\d\d)(?![\w:]))?{_CLOCK}",
    re.IGNORECASE,
)
_BEFORE_DAY = re.compile(rf"(?<![A-Za-z]){_MONTH}[ \-/,]{{1,2}}$", re.IGNORECASE)
_AFTER_MONTH = re.compile(
    rf"(?:{_DAY}(?:st|nd|rd|th)?(?![\w])(?:,? ?(?:1[89]|20|21)\d\d(?!\d))?"
    rf"|(?:1[89]|20|21)\d\d|\d\d)(?![\w]){_CLOCK}"
)

_EXTENSION = r"(?: ?(?:x|ext\.?|extension) ?\d{1,6})?"
_PHONE = re.compile(
    r"(?:\+ ?|00)?(?:\d{1,3}[ .\-/]{0,2})?(?:\(0?\d{1,5}\)[ .\-/]{0,2})?"
    rf"\d{{1,12}}(?:[ .\-/]\d{{1,9}}){{0,6}}{_EXTENSION}(?!\w)"
)
_NANP = re.compile(
    r"(?:\+?1[ .-]?)?(?:\([2-9]\d\d\) ?|[2-9]\d\d[ .-])\d{3}[ .-]\d{4}"
    rf"{_EXTENSION}(?![\w]|-\d)"
)
_PLUS = re.compile(
    rf"\+ ?[1-9]\d{{0,3}}(?:[ .\-]{{0,2}}(?:\(\d{{1,5}}\)|\d{{1,11}})){{1,6}}{_EXTENSION}(?!\w)"
)
_ZERO = re.compile(rf"0[1-9]\d{{1,4}}(?:[ \-]\d{{2,7}}){{1,4}}{_EXTENSION}(?![\w]|[/.-]\d)")
_NO_DIGIT = bytes(c for c in range(256) if not 48 <= c < 58)
_MOBILE = re.compile(r"07\d{9}(?!\w)")


# --- addresses and links -----------------------------------------------------------------------


def addresses(text: str, begin: int, end: int) -> Iterator[Identifier]:
    """Give e-mail addresses and links between two places, each once."""
    yield from _mails(text, begin, end)
    yield from _links(text, begin, end)


def _mails(text: str, begin: int, end: int) -> Iterator[Identifier]:
    at = text.find("@", begin, end)
    done = begin
    while at >= 0:
        floor = max(done, at - _LOCAL)
        local = _LOCAL_TAIL.search(text[floor:at])
        domain = _DOMAIN.match(text, at + 1)
        if local and domain:
            start = floor + local.start()
            while start < at and text[start] in ".'/=|{`":
                start += 1
            done = domain.end()
            if start < at:
                yield Identifier(Kind.EMAIL_ADDRESS, start, done, Strength.STRONG)
        at = text.find("@", max(at + 1, done), end)


def _links(text: str, begin: int, end: int) -> Iterator[Identifier]:
    for mark, pattern, back in (("://", _LINK, 5), ("www.", _WWW, 0), ("WWW.", _WWW, 0)):
        at = text.find(mark, begin, end)
        while at >= 0:
            done = at + 1
            for start in range(max(0, at - back), at + 1):
                match = pattern.match(text, start)
                if match:
                    done = match.start() + len(match.group().rstrip(_END))
                    yield Identifier(Kind.URL, start, done, Strength.STRONG)
                    break
            at = text.find(mark, done, end)
    yield from _names(text, begin, end)


def _names(text: str, begin: int, end: int) -> Iterator[Identifier]:
    """Give domain names that stand without ``http``: only those of well-known endings."""
    done = begin
    for ending in _PREVIEW.finditer(text, begin, end):
        if ending.start() < done:
            continue
        start = ending.start()
        floor = max(done, start - 130)
        while start > floor and (text[start - 1].isalnum() or text[start - 1] in "-."):
            start -= 1
        match = _NAME.match(text, start)
        if match:
            done = match.end()
            last = start + len(match.group().rstrip(_END))
            yield Identifier(Kind.URL, start, last, Strength.FAIR)


# --- at a digit --------------------------------------------------------------------------------


def hexadecimal(text: str, start: int) -> Identifier | None:
    """Give the UUID, MAC or IPv6 address that begins here."""
    for kind, pattern in ((Kind.UUID, _UUID), (Kind.MAC_ADDRESS, _MAC)):
        match = pattern.match(text, start)
        if match:
            return Identifier(kind, start, match.end(), Strength.FAIR)
    return internet6(text, start)


def internet6(text: str, start: int) -> Identifier | None:
    """Give the IPv6 address that begins here."""
    match = _IP6.match(text, start)
    if not match or match.group().count(":") < 2:
        return None
    written = match.group()
    if written.endswith(":") and not written.endswith("::"):
        written = written.rstrip(":")
    if len(written) < 4 or text[match.end() : match.end() + 1].isalnum():
        return None
    try:
        IPv6Address(written)
    except AddressValueError:
        return None
    return Identifier(Kind.IP_ADDRESS, start, start + len(written), Strength.FAIR)


def internet4(text: str, start: int) -> Identifier | None:
    """Give the IPv4 address that begins here; versions of programs look the same."""
    match = _IP4.match(text, start)
    if match is None or text[max(0, start - 1) : start].lower() in ("v", "."):
        return None
    if _VERSION.search(text[max(0, start - 16) : start]):
        return None
    return Identifier(Kind.IP_ADDRESS, start, match.end(), Strength.FAIR)


def date(text: str, start: int) -> Identifier | None:
    """Give the date that begins here, or whose month stands just before."""
    match = _NUMERIC.match(text, start)
    if match is None and text[max(0, start - 1) : start] in (" ", "-", "/", ","):
        floor = max(0, start - 12)
        month = _BEFORE_DAY.search(text[floor:start])
        if month:
            match = _AFTER_MONTH.match(text, start)
            if match:
                begin = floor + month.start()
                return Identifier(Kind.DATE_TIME, begin, match.end(), Strength.FAIR)
    match = match or _DAY_MONTH.match(text, start)
    if match is None and _MONTH_YEAR.match(text, start):
        names = named(text, start, start + 5)
        if names and (Kind.DATE_TIME in names[0] or Kind.CREDIT_CARD in names[0]):
            match = _MONTH_YEAR.match(text, start)
    if match is None:
        return None
    return Identifier(Kind.DATE_TIME, start, match.end(), Strength.FAIR)


def phone(text: str, start: int) -> Identifier | None:
    """Give the telephone number that begins here: by its form, or by the words beside it."""
    for pattern in (_PLUS, _NANP, _ZERO, _MOBILE):
        match = pattern.match(text, start)
        if match and 8 <= _digits(match.group()) <= 20:
            return Identifier(Kind.PHONE_NUMBER, start, match.end(), Strength.FAIR)
    match = _PHONE.match(text, start)
    if match is None or match.end() - start < 7 or not 7 <= _digits(match.group()) <= 17:
        return None
    names = named(text, start, match.end())
    if names and Kind.PHONE_NUMBER in names[0]:
        return Identifier(Kind.PHONE_NUMBER, start, match.end(), Strength.WEAK)
    return None


def _digits(written: str) -> int:
    return len(written.encode("ascii", "replace").translate(None, _NO_DIGIT))
