"""Own lookalikes.csv: one row for each look-alike with every factor, safe to open in a spreadsheet.

RFC 4180 with CRLF, a header row, no byte order mark; to be written as UTF-8. An operator's note is free
text and mail servers' names are strangers': no cell is taken for a formula (`deliveries.harmless`).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import datetime

from missent.mail.domain import DomainName
from missent.service.exposure.choosing import NO_REVIEWS, review_of
from missent.service.exposure.exposure import Estimate, Exposed, Exposure, Review
from missent.service.exposure.plain import FACTORS
from missent.service.investigation.deliveries import harmless
from missent.service.investigation.moments import rfc3339

_FIGURE = ("_mid", "_low", "_high", "_source")
COLUMNS = (
    *("domain", "unicode", "of", "slip", "kind", "suffix_slip", "suffix", "country"),
    *("jurisdiction", "weight", "open", "expected_share"),
    *(f"expected{part}" for part in _FIGURE),
    *(f"{name}{part}" for name in FACTORS for part in _FIGURE),
    *("match", "controller", "registered", "mail", "mx", "nameservers", "registrar", "looked_up"),
    *("state", "reviewed_by", "reviewed_at", "note"),
)


def table(exposure: Exposure, reviews: Mapping[DomainName, Review] = NO_REVIEWS) -> str:
    """Give all look-alikes, in the exposure's order."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for one in exposure.exposed:
        cells = (*_cells(one), *_review(review_of(one.domain, reviews)))
        writer.writerow([harmless(cell) for cell in cells])
    return out.getvalue()


def _cells(one: Exposed) -> Iterator[str]:
    yield from (one.domain.ascii, one.domain.unicode, one.of.ascii, one.phrase, one.kind)
    yield from (_word(one.suffix_slip), one.suffix, one.country or "")
    yield from (one.jurisdiction, repr(one.weight), _word(one.open), repr(one.expected_share))
    yield from _figure(one.expected)
    for name in FACTORS:
        yield from _figure(getattr(one.factors, name))
    yield from (one.controller.match, one.controller.label)
    standing = one.standing
    yield from (_word(standing.registered), standing.mail.value)
    yield from (" ".join(standing.mx), " ".join(standing.nameservers), standing.registrar)
    yield _moment(standing.at)


def _review(review: Review | None) -> tuple[str, ...]:
    if review is None:
        return ("", "", "", "")
    return (review.state.value, review.actor, _moment(review.at), review.note)


def _figure(estimate: Estimate) -> tuple[str, ...]:
    figures = (estimate.mid, estimate.low, estimate.high)
    return (*map(repr, figures), estimate.source.value)


def _word(value: bool | None) -> str:
    return "" if value is None else str(value).lower()


def _moment(at: datetime | None) -> str:
    return "" if at is None else rfc3339(at)
