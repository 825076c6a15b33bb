"""Own how the names of one stretch are counted: mailboxes with how often they stand there, in Arrow.

The rule: a name is counted as it stands, lower case; whether it is one is asked when all are counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from missent.engine.facts import Fact, Facts, micros
from missent.mail.archived import ArchivedMessage
from missent.mail.delivery import Delivery
from missent.mail.logs.dialect import Dialect


class Names:
    """Counts the names of one stretch."""

    def __init__(self) -> None:
        self._to: Counter[str] = Counter()
        self._wrote: Counter[str] = Counter()
        self._texts: list[tuple[str, pa.Array, pa.Array]] = []
        self._first: datetime | None = None
        self._last: datetime | None = None
        self.counts: Counter[str] = Counter()

    def text(self, what: str, addresses: Iterable[bytes]) -> None:
        """Count addresses as a quick look finds them: often the same ones."""
        counted = Counter(addresses)
        self.counted(what, _texts(counted), pa.array(list(counted.values()), pa.int64()))

    def counted(self, what: str, texts: pa.Array, counts: pa.Array) -> None:
        """Take addresses that are counted already."""
        self._texts.append((what, texts, counts))

    def message(self, header: ArchivedMessage) -> None:
        """Count one archived message."""
        self.counts["messages"] += 1
        if not header.header_from or header.at is None:
            self.counts["unreadable"] += 1
        self._to.update(mailbox.wire for mailbox in header.recipients)
        if not header.automatic:
            self._wrote.update(mailbox.wire for mailbox in header.header_from[:1])
        self.see(header.at)

    def delivery(self, delivery: Delivery) -> None:
        """Count one row of a trace."""
        self._to[delivery.recipient.wire] += 1
        if delivery.sender is not None:
            self._wrote[delivery.sender.wire] += 1
        self.see(delivery.at)

    def see(self, *moments: datetime | None) -> None:
        """Take note of time stamps."""
        known = [at for at in (*moments, self._first, self._last) if at is not None]
        self._first, self._last = min(known, default=None), max(known, default=None)

    def tell(self, found: Facts, unit: int, part: int) -> None:
        """Write down what was counted."""
        for what, counter in ((Fact.TO, self._to), (Fact.FROM, self._wrote)):
            if counter:
                texts = pa.array(list(counter), pa.string())
                self._texts.append((what, texts, pa.array(list(counter.values()), pa.int64())))
        for what, texts, counts in self._texts:
            found.extend(what, unit, part, _split(texts, counts))
        for key, count in self.counts.items():
            found.add(Fact.COUNT, unit, part, key=key, count=count)
        if self._first is not None:
            found.add(Fact.TIME, unit, part, first=micros(self._first), last=micros(self._last))


def _texts(octets: Iterable[bytes]) -> pa.Array:
    array = pa.array(list(octets), pa.binary())
    try:
        return array.cast(pa.string())
    except pa.ArrowInvalid:  # not UTF-8: rare, and slower
        return pa.array([text.decode("utf-8", "replace") for text in array.to_pylist()])


def _split(texts: pa.Array, counts: pa.Array) -> dict[str, pa.Array]:
    """Take addresses apart at the last @; what has none is no mailbox of ours to judge."""
    whole = pc.match_substring(texts, "@")
    lower = pc.utf8_lower(texts.filter(whole))
    parts = pc.split_pattern(lower, "@", max_splits=1, reverse=True)
    return {
        "key": pc.list_element(parts, 0),
        "domain": pc.utf8_rtrim(pc.list_element(parts, 1), "."),
        "count": counts.filter(whole).cast(pa.int64()),
    }


def count_names(dialect: Dialect, data: bytes, names: Names) -> None:
    """Count the names in whole lines of a log, and the lines with a NUL, which no server writes."""
    if b"\0" in data:
        names.counts["unreadable"] = sum(b"\0" in line for line in data.split(b"\n"))
    if dialect.both is not None and _count_both(dialect.both, data, names):
        return
    names.text(Fact.TO, dialect.recipients.findall(data))
    names.text(Fact.FROM, dialect.senders.findall(data))


def _count_both(both: re.Pattern[bytes], data: bytes, names: Names) -> bool:
    """Count recipients and senders in one go; False if a local part is quoted: then apart, with care."""
    counted = Counter(both.findall(data))
    texts, counts = _texts(counted), pa.array(list(counted.values()), pa.int64())
    if pc.any(pc.match_substring(texts, '"')).as_py():
        return False
    for what, mark in ((Fact.TO, "to=<"), (Fact.FROM, "from=<")):
        chosen = pc.starts_with(texts, mark)
        addresses = pc.utf8_slice_codeunits(texts.filter(chosen), len(mark))
        names.counted(what, addresses, counts.filter(chosen))
    return True
