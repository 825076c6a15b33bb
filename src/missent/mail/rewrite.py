"""Own the visible typo: header fields changed so that no reply reaches a held address (DESIGN §6).

Copies that leave while an address is held carry it as an empty group, which every mail program
shows and none can reply to; the corrected copy carries the right address. The rule: after an edit no
reading of the field finds the wrong address any more, whatever that costs; everything that does not
stand in the way of this is kept exactly as written. From and Sender are never touched. Signed mail
must not be edited at all; that is the caller's to know.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from missent.mail.addresses import AddressList, Entry, Group, fields, read_list, unfold
from missent.mail.mailbox import Mailbox

EDITED_FIELDS: Final = frozenset(
    {
        "to", "cc", "bcc", "resent-to", "resent-cc", "resent-bcc", "apparently-to",
        "reply-to", "mail-reply-to", "mail-followup-to",
        "disposition-notification-to", "return-receipt-to",
    }
)  # fmt: skip
"""Every field a mail program addresses an answer or a receipt from, except the sender's own."""

LINE: Final = 78
"""Octets a line should have at most (RFC 5322 §2.1.1)."""
LONGEST_LINE: Final = 998
"""Octets a line must have at most, line end not counted."""
NOBODY: Final = "undisclosed-recipients:;"

_PLAIN = re.compile(r"[^0-9A-Za-z\u00a1-\u1fff\u2c00-\ud7ff+._'=-]")

Fates = Mapping[Mailbox, Mailbox | None]
"""What becomes of each wrong address: the right one, or None = an empty group."""


@dataclass(frozen=True, slots=True)
class HeaderEdit:
    """Replace one header field (§6, the visible typo)."""

    name: str
    """As it stands in the message: ``To``."""
    occurrence: int
    """1 for the first field of that name from the top, as the milter protocol counts."""
    value: str
    """The new value, folded with CRLF and white space, without leading space."""


def neutralise(data: bytes, wrong: Collection[Mailbox]) -> tuple[HeaderEdit, ...]:
    """Make each wrong address an empty group, wherever the header addresses it."""
    return _edits(data, dict.fromkeys(wrong))


def correct(
    data: bytes, wrong: Mailbox, right: Mailbox, held: Collection[Mailbox] = ()
) -> tuple[HeaderEdit, ...]:
    """Put `right` in the place of `wrong`, its display name kept; make the other `held` empty groups."""
    others = [mailbox for mailbox in held if mailbox != right]
    return _edits(data, {**dict.fromkeys(others), wrong: right})


def apply(data: bytes, edits: Sequence[HeaderEdit], remove_fields: Sequence[str] = ()) -> bytes:
    """Carry out header edits and take out every field named; all other bytes stay as they are.

    An edit whose field is not there is skipped. Names are compared without regard to case.
    """
    wanted = {(edit.name.lower(), edit.occurrence): edit for edit in edits}
    removed = {name.lower() for name in remove_fields}
    seen: dict[str, int] = {}
    out: list[bytes] = []
    position = 0
    for field in fields(data):
        seen[field.key] = seen.get(field.key, 0) + 1
        edit = wanted.get((field.key, seen[field.key]))
        if field.key in removed:
            replacement = b""
        elif edit is not None:
            replacement = f"{edit.name}: {edit.value}\r\n".encode("utf-8", "replace")
        else:
            continue
        out += [data[position : field.start], replacement]
        position = field.end
    return b"".join([*out, data[position:]])


def _edits(data: bytes, fates: Fates) -> tuple[HeaderEdit, ...]:
    seen: dict[str, int] = {}
    found: list[HeaderEdit] = []
    for field in fields(data):
        seen[field.key] = seen.get(field.key, 0) + 1
        if not fates or field.key not in EDITED_FIELDS:
            continue
        addresses = read_list(unfold(data, field))
        if _is_unsafe(addresses, fates):
            name = field.name.decode("ascii")
            value = fold(_safest(addresses, fates), len(name) + 2)
            found.append(HeaderEdit(name, seen[field.key], value))
    return tuple(found)


def _is_unsafe(addresses: AddressList, fates: Fates) -> bool:
    """Tell whether some program might read a wrong address out of this; guessing is not enough."""
    loose = any(entry.loose for entry in addresses.entries)
    return addresses.broken or loose or any(box in fates for box in addresses.mentioned)


def _safest(addresses: AddressList, fates: Fates) -> list[str]:
    """Give the new elements: as written where that is safe, bare addresses where not, or nobody."""
    for attempt in (_as_written, _bare):
        elements = list(dict.fromkeys(attempt(addresses, fates)))
        if elements and _is_safe(elements, fates):
            return elements
    return [NOBODY]


def _is_safe(elements: list[str], fates: Fates) -> bool:
    """Read the result again: no wrong address by any reading, and no line that cannot be folded."""
    again = read_list(", ".join(elements))
    if _is_unsafe(again, fates):
        return False
    return all(
        len(element.encode()) < LONGEST_LINE - len("Disposition-Notification-To: ,")
        for element in elements
    )


def _as_written(addresses: AddressList, fates: Fates) -> Iterator[str]:
    if addresses.broken:
        return  # an open quote would swallow whatever is put behind it
    for element in addresses.elements:
        if isinstance(element, Entry):
            yield from _entry(element, fates)
        elif element.name.loose or any(box in fates for box in element.name.mentioned):
            for entry in (element.name, *element.members):
                yield from _entry(entry, fates)
        else:
            yield from _group(element, fates)


def _group(group: Group, fates: Fates) -> Iterator[str]:
    """Keep a group; an empty group cannot stand inside it (RFC 5322 §3.4), so that follows."""
    parts = [part for entry in group.members for part in _entry(entry, fates)]
    inside = [part for part in parts if not part.endswith(":;")]
    yield f"{group.name.text}: {', '.join(inside)};" if inside else f"{group.name.text}:;"
    yield from (part for part in parts if part.endswith(":;"))


def _entry(entry: Entry, fates: Fates) -> Iterator[str]:
    wrong = [box for box in entry.mentioned if box in fates]
    if not wrong and not entry.loose:
        yield entry.text
    elif entry.angle and len(entry.delivered) == 1 and wrong == [*entry.delivered]:
        yield from _in_angle(entry, wrong[0], fates)
    else:  # the display name names a wrong address, or nobody knows which is which: it goes
        yield from _addresses(entry, fates)


def _in_angle(entry: Entry, wrong: Mailbox, fates: Fates) -> Iterator[str]:
    """Replace ``<wrong>``, keep what stands around it, unless that names the wrong address, too."""
    right = fates[wrong]
    if right is None:
        yield being_checked(wrong)
        return
    start, end = entry.angle or (0, 0)
    replaced = f"{entry.text[:start]}<{right.wire}>{entry.text[end:]}"
    yield replaced if _is_safe([replaced], fates) else right.wire


def _addresses(entry: Entry, fates: Fates) -> Iterator[str]:
    for box in dict.fromkeys((*entry.delivered, *(b for b in entry.mentioned if b in fates))):
        right = fates.get(box, box)
        if box in entry.delivered or right is None:
            yield right.wire if right is not None else being_checked(box)


def _bare(addresses: AddressList, fates: Fates) -> Iterator[str]:
    """Give nothing but addresses: no display names, comments or groups."""
    for box in addresses.mentioned if addresses.broken else addresses.delivered:
        right = fates.get(box, box)
        yield right.wire if right is not None else being_checked(box)


def being_checked(wrong: Mailbox) -> str:
    """Write a held address so that people can read it and no program can reply to it."""
    local = _PLAIN.sub("_", wrong.local_part)
    domain = re.sub(r"[^0-9A-Za-z.:_-]", "", wrong.domain.ascii)
    return f'"{local} at {domain}, being checked":;'


def fold(elements: Iterable[str], used: int) -> str:
    """Join list elements with commas, folded at 78 octets where an element allows it.

    `used` octets of the first line are taken by the field's name. Breaks stand between elements only,
    so that what was written inside one stays as it was.
    """
    lines: list[str] = []
    current = ""
    for element in elements:
        room = LINE - (used if not lines else 1)
        joined = f"{current}, {element}" if current else element
        if current and len(joined.encode()) + 1 > room:
            lines.append(current + ",")
            current = element
        else:
            current = joined
    return "\r\n ".join([*lines, current])
