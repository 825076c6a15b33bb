"""Own what becomes of sealed things: encrypted ones are said to be so, signed ones are opened.

Nothing is ever decrypted. S/MIME's opaque signature (RFC 8551 §3.5.2) only wraps the mail, which is read.
"""

from __future__ import annotations

import binascii
import re
import zlib
from collections.abc import Iterator

from missent.extraction.formats.archive import checked
from missent.extraction.formats.cms import DETACHED, Wrapped, content_of
from missent.extraction.kinds import kind_of
from missent.extraction.reader import Budget, Item, Locked
from missent.mail.document import Document

_PEM = re.compile(rb"-----BEGIN [A-Z0-9 ]{1,40}-----([A-Za-z0-9+/=\s]+)-----END")


def read(item: Item, budget: Budget) -> Iterator[Document]:
    """Open a signature's wrapping, or say that it is encrypted."""
    kind = kind_of(item.octets, item.name, item.content_type)
    if kind != "smime":
        raise Locked
    octets = item.octets
    if armour := _PEM.search(octets):
        octets = binascii.a2b_base64(armour[1])
    found = content_of(octets)
    if found is None:
        raise Locked
    yield Document(item.position, "smime", item.name)
    if found is DETACHED:
        return
    content = _inflated(found, budget) if found.compressed else found.octets
    yield from budget.inside(item, 1, None, content, "message/rfc822")


def _inflated(found: Wrapped, budget: Budget) -> bytes:
    inflater = zlib.decompressobj()
    most = budget.limits.octets - budget.octets
    content = inflater.decompress(found.octets, most + 1)
    checked(budget, len(content), len(found.octets))
    if not inflater.eof:
        raise EOFError("cut off")
    return content
