"""Own which names a registry gives out: what suffixes exist, which are closed, which rival which.

From the public suffix list that its package ships, nothing online. The rule: `suffix_of` answers as
`DomainName` does (a test holds the two together), ten times as fast, because a generator asks it of
some thousand texts for each name. A closed registry is one where no outsider can have a name; where
it asks for a licence, an address in the country or a trade mark, the answer is "not known".
"""

from __future__ import annotations

import functools
import re
from importlib import resources

from missent.errors import MalformedAddress
from missent.lookalike.shipped import shipped
from missent.mail.domain import MAX_OCTETS, DomainName

_MAX_LABEL = 63  # RFC 1035 §2.3.4
_NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.|\Z)){2,}\Z")
"""Two labels or more, as `DomainName` reads them."""

_CLOSED = frozenset({"mil", "gov", "edu", "int", "arpa", "post", "bank", "insurance", "mit", "ril"})
_CLOSED_SECOND = frozenset(
    {"mil", "gov", "gob", "gouv", "govt", "gub", "gv", "go", "gc", "edu", "ac", "police"}
)
_PLACES = frozenset({"go.it", "ac.ru"})
"""Suffixes that read like a closed one and are a province's or history's."""
_NO_SECOND_LEVEL = frozenset({"il"})
"""Registries with names at the third level only, which the list does not say."""
_OPEN = frozenset(
    label
    for line in (
        "com net org info biz name co cc tv me io ai us uk de fr nl be at ch li dk es pt it pl cz sk",
        "si ro ru su ua lt lv ee se fi gr is la am ag ac bz cl cm cx ec fm gg gs gy hn ht im in ir je",
        "jp ki kr lc lu mn ms mu mx ml ne nu nz om pe ph pm pn pro pw re rs sc sh so st tc tf tk tl",
        "tm to tw vc ve vg vn ws xyz online site shop app dev cam mom mobi tel email group top",
    )
    for label in line.split()
)

_GENERIC = {
    "com": (
        "net=20 org=13 co.uk=7 fr=6 de=6 ca=5 es=4 com.br=4 com.au=4 ru=4 co=4 it=3 nl=3 pl=3 in=3 us=3"
        " uk=3 cz=2 com.mx=2 com.ar=1 com.ua=1 com.uk=1 co.in=2 be=2 ch=2 at=1 dk=2 se=1 no=1 ro=1.5"
        " cl=1.5 sk=1 mx=1 br=1 jp=1 co.jp=1 cn=1 eu=2 info=1 biz=.5 edu=1 me=1 cm=2 cc=.5 ie=.5 pt=.5"
        " hu=.5 gr=.5 co.za=.5 co.nz=.5 io=.5"
    ),
    "net": "com=60 org=14 fr=3 de=2 co=2 co.uk=2 nl=1 ru=1 ua=1 cz=1 us=1 edu=1 info=1 eu=1 ca=1 uk=1",
    "org": "com=45 net=15 co.uk=4 org.uk=4 de=3 nl=2 eu=3 info=2 edu=4 us=2 fr=1 ca=1 uk=1 ch=1",
    "": "com=50 org=20 net=12 us=3 co=3 info=2 eu=2 uk=1 nl=.5 de=.5 fr=.5 co.uk=.5",
}
"""Wrong suffixes of one generic suffix, the rest under ``""``: parts of what goes to another suffix.
``com`` follows where the big mail providers have their country names."""
_COUNTRY = (("com", 55.0), ("net", 10.0), ("org", 6.0), ("co", 5.0), ("eu", 4.0), ("info", 1.0))
_WITHIN = (
    ("{cc}", 20.0),
    ("co.{cc}", 10.0),
    ("com.{cc}", 12.0),
    ("org.{cc}", 5.0),
    ("net.{cc}", 3.0),
)
"""The same country's other suffixes."""
_MADE_UP = 0.15
"""For ``com.uk``, which is no suffix but somebody's name, and catches every name below."""


def suffix_of(text: str) -> str | None:
    """Give the public suffix as `DomainName` would; None below a top-level domain without rules."""
    rules = _rules()
    if text in rules or f"*.{text}" in rules:  # what has wildcards below is a suffix itself
        return text
    rest = text.partition(".")[2]
    suffix, wild = _below(rest)
    if not wild:
        return suffix
    return rest if "!" + text in rules else text


def name_of(text: str) -> DomainName | None:
    """Read a name that could be registered and receive mail; None if it could not."""
    if not text.isascii():
        return _parsed(text)
    suffix = suffix_of(text)
    if suffix is None or len(suffix) == len(text) or not _is_sound(text):
        return None
    label = text[: -len(suffix) - 1].rpartition(".")[2]
    return DomainName(text, text, f"{label}.{suffix}", suffix)


@functools.lru_cache(maxsize=4096)
def is_open(suffix: str) -> bool | None:
    """Tell whether an outsider can have a name below; None where the registry asks for more than money."""
    if is_closed(suffix):
        return False
    return True if suffix.rpartition(".")[2] in _OPEN else None


@functools.lru_cache(maxsize=4096)
def is_closed(suffix: str) -> bool:
    """Tell whether no outsider can have a name under a public suffix."""
    labels = suffix.split(".")
    if labels[-1] in _CLOSED or suffix in _NO_SECOND_LEVEL:
        return True
    if len(labels) > 1 and labels[-2] in _CLOSED_SECOND and len(labels[-1]) == 2:
        return suffix not in _PLACES
    return shipped().protects(DomainName.parse(suffix))


@functools.lru_cache(maxsize=1024)
def rivals(suffix: str) -> tuple[tuple[str, float], ...]:
    """Give the suffixes written for `suffix` when the name is right, with their shares (sum 1)."""
    top = suffix.rpartition(".")[2]
    if len(top) != 2:
        table = _GENERIC.get(suffix, _GENERIC[""])
        parts = {name: float(part) for name, part in (row.split("=") for row in table.split())}
    else:
        parts = dict(_COUNTRY)
        for form, part in _WITHIN:
            within = form.format(cc=top)
            parts[within] = part if suffix_of(within) == within else part * _MADE_UP
    parts.pop(suffix, None)
    total = sum(parts.values())
    return tuple((name, part / total) for name, part in parts.items())


@functools.lru_cache(maxsize=1024)
def country_of(suffix: str) -> str | None:
    """Give the country or territory whose registry gives out names under a suffix; None for generic ones.

    In English, from the ISO 3166 table of the tz database; ``uk`` stands there as ``gb``. Codes that no
    country has (``eu``, ``su``, ``ac``) and countries' names in their own letters give None.
    """
    code = suffix.rpartition(".")[2].upper()
    return countries().get("GB" if code == "UK" else code)


@functools.cache
def countries() -> dict[str, str]:
    """Give the ISO 3166 table: countries and territories in English, by two-letter code."""
    table = resources.files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return {row[0]: row[1] for row in rows}


def _parsed(text: str) -> DomainName | None:
    try:
        name = DomainName.parse(text)
    except MalformedAddress:
        return None
    known = suffix_of(name.ascii)
    return name if name.registrable is not None and known is not None else None


def _is_sound(text: str) -> bool:
    """Tell whether `DomainName` would read it; most texts need no close look."""
    if len(text) <= _MAX_LABEL and "-" not in text and ".." not in text and text[0] != ".":
        return True
    return len(text) <= MAX_OCTETS and "xn--" not in text and _NAME.match(text) is not None


@functools.lru_cache(maxsize=16_384)
def _below(rest: str) -> tuple[str | None, bool]:
    """Give the public suffix of `rest`, and whether every name right below it is one, too."""
    if not rest:
        return None, False
    return suffix_of(rest), "*." + rest in _rules()


@functools.cache
def _rules() -> frozenset[str]:
    """Give the rules of the shipped list, as A-labels (publicsuffix.org/list)."""
    place = resources.files("publicsuffixlist").joinpath("public_suffix_list.dat")
    lines = place.read_text(encoding="utf-8").splitlines()
    rules = (line.split()[0] for line in lines if line and not line.startswith("//"))
    return frozenset(rule if rule.isascii() else _a_labels(rule) for rule in rules)


def _a_labels(rule: str) -> str:
    mark = next((mark for mark in ("*.", "!") if rule.startswith(mark)), "")
    return mark + DomainName.parse(rule.removeprefix(mark)).ascii
