"""Own the labels that programs write: header fields of a mail, properties of a document.

Microsoft's ``msip_labels`` and ``MSIP_Label_<id>_Name`` (learn.microsoft.com, "MIP SDK metadata"),
Titus (base64 JSON), Boldon James (``bjDocumentSecurityLabel``), SIO-Label (RFC 7444), MMHS (RFC
6477), Sensitivity (RFC 4021 §2.1.55), the Australian ``X-Protective-Marking``; and fields that a site
chose itself, by configuration. A label that is there and cannot be read is no pass: it is internal.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from missent.judge.marks import australia, nato_eu, tlp, uk, us
from missent.judge.marks.grammar import LONGEST, Caveats, Mark, Place, normal

GRAMMARS = (australia.read, uk.read, us.read, nato_eu.read, tlp.read)
"""All written forms, each asked of every phrase."""
HOUSE, MIP, TITUS, BOLDON_JAMES, SIO, MMHS, SENSITIVITY = (
    *("house", "mip", "titus", "boldon-james", "sio", "mmhs", "sensitivity"),
)
_LONGEST_VALUE = 20_000
"""Characters of one field that are read; real labels stay below 2,000."""

_WORDS: tuple[tuple[re.Pattern[str], int], ...] = tuple(
    (re.compile("|".join(forms), re.IGNORECASE), level)
    for level, *forms in (
        (0, r"\bnon[- ]?(?:confidential|sensitive|business)|\bunclassified|\bunofficial"),
        (0, r"\bunrestricted|\bnot (?:sensitive|confidential|protectively)"),
        (4, r"top[ -]?secret|tres secret|\bsecret(?!ar)|streng geheim|\bgeheim"),
        (3, r"(?:highly|strictly|very|most|extremely) ?(?:confidential|sensitive|restricted)"),
        (3, r"\bprotected\b|streng vertraulich|tres confidentiel|zeer vertrouwelijk"),
        (2, r"confidential|restricted|sensitive|private|vertraulich|confidentiel|confidencial"),
        (2, r"riservat|vertrouwelijk|\bcui\b|fouo|dienstgebrauch|diffusion restreinte"),
        (0, r"\bpublic\b|\bpersonal\b|\boffentlich|\bpublique\b|\bopen\b|\bnormal\b|\bnone\b"),
        (1, r"\binternal|\bintern\b|\binterne\b|\bgeneral\b|\bofficial\b|\bbusiness\b|\bemployees"),
    )
)
"""What organisations call their own levels, in the order in which they are asked."""
_MIP_PART = re.compile(
    r"MSIP_Label_([0-9a-fA-F-]{8,40})_(Enabled|Name|DisplayName)\s*=\s*([^;]{0,200})"
)
_MIP_PROPERTY = re.compile(r"MSIP_Label_([0-9a-fA-F-]{8,40})_(Enabled|Name|DisplayName)\Z")
_SIO_PART = re.compile(
    r"(?:^|;)\s*marking(?:\*\d{0,2}\*?)?\s*=\s*(?:\"([^\"]{0,400})\"|([^;\"]{1,400}))",
    re.IGNORECASE,
)
_XML_SAYS = re.compile(r"(?:uid|value|name|displayName)=[\"']([^\"']{1,120})[\"']|>([^<>]{2,120})<")
_SENSITIVITY_LEVELS = {"personal": 1, "private": 1, "company-confidential": 2}
_TITUS_NAMES = re.compile(r"classif|sensitiv|marking|security|dissem|caveat|label", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LabelHeader:
    """A header field or document property with which a site labels its mail."""

    name: str
    """Of the field; case does not matter."""
    pattern: re.Pattern[str]
    """Found somewhere in the value, the field says so."""
    level: int
    """1 to 4."""
    scheme: str = HOUSE


def read(
    pairs: Iterable[tuple[str, str]], place: Place, extra: tuple[LabelHeader, ...] = ()
) -> Iterator[Mark]:
    """Read the labels in header fields or document properties."""
    microsoft: dict[str, dict[str, str]] = {}
    for name, value in pairs:
        key, text = name.lower(), value[:_LONGEST_VALUE]
        for label in extra:
            if label.name.lower() == key and label.pattern.search(text):
                yield Mark(label.scheme, label.level, place=place)
        if "msip_label" in key:
            _collect(name, text, microsoft)
            continue
        for mark in _field(key, text):
            yield replace(mark, place=place)
    for said in microsoft.values():
        if said.get("enabled", "true").strip().lower() != "false":
            known = said.get("displayname") or said.get("name", "")
            yield replace(_as(MIP, known), place=place)


def said_by(value: str) -> Mark | None:
    """Read a label's value: a published marking, else an organisation's own words; None if neither."""
    text = normal(value[:LONGEST]).strip("\"' []()")
    for written in dict.fromkeys((text, text.upper())) if text else ():
        marks = [m for grammar in GRAMMARS for m in grammar(written) if m.sure or text.isupper()]
        if marks:
            return max(marks, key=lambda mark: mark.level)
    level = next((level for form, level in _WORDS if form.search(text)), None)
    return None if level is None else Mark(HOUSE, level, sure=False)


def _field(key: str, value: str) -> Iterator[Mark]:
    if key == "sensitivity":
        yield from _sensitivity(value)
        return
    for form, reader in _READERS:
        if form.fullmatch(key):
            yield reader(value)
            return


def _sensitivity(value: str) -> Iterator[Mark]:
    level = _SENSITIVITY_LEVELS.get(value.strip().lower())
    if level is not None:
        yield Mark(SENSITIVITY, level)
    elif mark := said_by(value):
        yield replace(mark, scheme=SENSITIVITY)


def _australian(value: str) -> Mark:
    return australia.tag(value) or _own(value)


def _as(scheme: str, value: str) -> Mark:
    said = said_by(value)
    return Mark(scheme, 1) if said is None else replace(said, scheme=scheme, sure=True)


def _own(value: str) -> Mark:
    """Give what a field named for a marking says; unread it is internal."""
    return said_by(value) or Mark(HOUSE, 1)


def _collect(name: str, value: str, labels: dict[str, dict[str, str]]) -> None:
    match = _MIP_PROPERTY.match(name)
    if match:
        labels.setdefault(match[1].lower(), {})[match[2].lower()] = value
        return
    for part in _MIP_PART.finditer(value):
        labels.setdefault(part[1].lower(), {})[part[2].lower()] = part[3]


def _titus(value: str) -> Mark:
    try:
        table = json.loads(base64.b64decode("".join(value.split()), validate=False))
        values = tuple(_titus_values(table))
    except (ValueError, binascii.Error, RecursionError, TypeError, AttributeError):
        return _as(TITUS, value)
    return _worst(TITUS, values)


def _titus_values(table: object) -> Iterator[str]:
    metadata = table.get("Metadata") if isinstance(table, dict) else None
    listed = metadata.get("props") if isinstance(metadata, dict) else None
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict) and _TITUS_NAMES.search(str(one.get("n", ""))):
            values = one.get("vals")
            for each in values if isinstance(values, list) else ():
                if isinstance(each, dict):
                    yield str(each.get("value", ""))


def _boldon_james(value: str) -> Mark:
    if "<" not in value:
        return _as(BOLDON_JAMES, value)
    said = [one or other for one, other in _XML_SAYS.findall(value)]
    return _worst(BOLDON_JAMES, [re.sub(r"[_]|^id_classification", " ", text) for text in said])


def _sio(value: str) -> Mark:
    marking = "".join(one or other for one, other in _SIO_PART.findall(value))
    return _as(SIO, marking) if marking else Mark(SIO, 2)


def _worst(scheme: str, values: Iterable[str]) -> Mark:
    marks = [mark for value in values if (mark := said_by(value)) is not None]
    if not marks:
        return Mark(scheme, 1)
    worst = max(marks, key=lambda mark: mark.level)
    countries = worst.caveats.countries
    return Mark(scheme, worst.level, Caveats(countries=countries) if countries else worst.caveats)


def _mmhs(value: str) -> Mark:
    return _as(MMHS, value)


def _titus_property(value: str) -> Mark:
    return _as(TITUS, value)


_READERS: tuple[tuple[re.Pattern[str], Callable[[str], Mark]], ...] = (
    (re.compile(r"x-protective-marking"), _australian),
    (re.compile(r"x-titus.{0,60}|titusmetadata.{0,60}"), _titus),
    (re.compile(r"titus[a-z]{0,20}classification[a-z]{0,20}"), _titus_property),
    (
        re.compile(
            r"(?:bjdocumentsecuritylabel|bjdocumentlabelxml|x-bj|x-boldonjames|bjlabel).{0,60}"
        ),
        _boldon_james,
    ),
    (re.compile(r"sio-label"), _sio),
    (
        re.compile(
            r"mmhs-(?:handling-instructions|message-instructions|extended-authorisation-info)"
        ),
        _mmhs,
    ),
    (
        re.compile(
            r"(?:x-)?(?:[a-z0-9]{1,20}[-_ ])?(?:(?:security|document|information|data"
            r"|protective)[-_ ]?)?"
            r"(?:classification|protective[-_ ]?marking|marking|security[-_ ]?label"
            r"|sensitivity[-_ ]?label"
            r"|tlp|caveat|pm_protectivemarkingvalue_header|pm_display|pm_securityclassification)"
        ),
        _own,
    ),
)
"""Which reader a field's name calls for; the first that fits."""
