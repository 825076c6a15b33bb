"""Own what the tests of readers share: making archives and documents, and reading them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from missent.extraction.reader import Item, Limits
from missent.extraction.reading import read_all
from missent.mail.document import Document


def documents(
    octets: bytes, name: str | None = None, content_type: str = "", limits: Limits | None = None
) -> list[Document]:
    """Read one attachment as the second part of a message."""
    item = Item("2", content_type, name, octets)
    return list(read_all([item], limits or Limits()))


def only(octets: bytes, name: str | None = None, content_type: str = "") -> Document:
    """Read one attachment in which there is nothing else."""
    (document,) = documents(octets, name, content_type)
    return document


def zipped(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Make a ZIP archive."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, octets in members.items():
            archive.writestr(name, octets)
    return target.getvalue()
