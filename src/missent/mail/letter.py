"""Own the letter itself: the whole of what its reader sees at once, as documents.

That is every text part without a file name, and the headers of messages forwarded inside. What has a
file name, or is no text, is an attachment and read elsewhere, in the sandbox.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from missent.mail.addresses import decode_words, fields, unfold
from missent.mail.decoding import decoded, transfer_decoded
from missent.mail.document import Document, Reason, Text, Where
from missent.mail.html import enclosed, text_of
from missent.mail.message import LABEL_LENGTH, Message
from missent.mail.mime import SUBJECT_LENGTH, Nested, Part, one_line

LETTER_OCTETS = 4_000_000
"""Of all text of one letter; a long thread with everything quoted has a tenth of that."""
_SEALED = "-----BEGIN PGP MESSAGE-----"
_TWISTED = "=ybegin line="
"""Of yEnc, whose octets are no text any more once they were decoded as such."""
_NO_TEXT = (
    *(
        b"%PDF-",
        b"PK\x03\x04",
        b"{\\rtf",
        b"\xd0\xcf\x11\xe0",
        b"\x89PNG",
        b"\xff\xd8\xff",
        b"GIF8",
    ),
    *(b"Rar!\x1a", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"II*\0", b"MM\0*"),
)
"""How files begin that are no text, whatever their part is declared to be."""
_PAGE = re.compile(r"\s{0,99}<(?:!doctype html|html|body|table)\b", re.IGNORECASE)
_SAYING = frozenset({"subject", "comments", "keywords", "thread-topic", "content-description"})
"""Header fields in which a person writes."""
_MOST_FIELDS = 200
"""Header fields of a forwarded message that are read."""


def letter_of(data: bytes, message: Message) -> tuple[Document, ...]:
    """Read the letter's parts, in order. Never raises; see `Document.problems`."""
    found = [*(_nested(data, one) for one in message.nested)]
    left = LETTER_OCTETS
    for part in message.parts:
        if not part.spoken:
            continue
        if part.size > left:
            kind = "html" if part.content_type == "text/html" else "text"
            problems = (Reason.TOO_BIG,)
            found.append(Document(part.position, kind, problems=problems, attached=False))
            continue
        left -= part.size
        found.append(_spoken(data, part))
    found.extend(_beside(data, message))
    return tuple(sorted(found, key=lambda document: int(document.position.partition("/")[0])))


def _spoken(data: bytes, part: Part) -> Document:
    raw = data[part.start : part.start + part.size]
    octets, damaged = transfer_decoded(raw, part.encoding)
    text, garbled = decoded(octets, part.charset)
    text = text.replace("\r\n", "\n")
    problems = [Reason.MALFORMED] if damaged or garbled or octets.startswith(_NO_TEXT) else []
    if _SEALED in text:
        problems.append(Reason.ENCRYPTED)
    if _TWISTED in text:
        problems.append(Reason.UNKNOWN_KIND)
    kind, texts = "text", [Text(text)]
    if part.content_type == "text/plain" and _PAGE.match(text):  # some programs show it as a page
        texts = [Text(text_of(text)[0]), Text(text, Where.HIDDEN)]
    if part.content_type == "text/html":
        shown, comments = text_of(text)
        problems.extend(enclosed(text))
        hidden = [Text(comments, Where.HIDDEN)] if comments.strip() else []
        kind, texts = "html", [Text(shown), *hidden]
    return Document(
        part.position, kind, texts=tuple(texts), problems=tuple(problems), attached=False
    )


def _beside(data: bytes, message: Message) -> Iterator[Document]:
    """Give what is said beside the parts: around those of a multipart, in fields, in a long subject."""
    said = [
        told
        for name, value in message.fields
        if name in _SAYING
        and (told := decode_words(value))
        and (len(told) > SUBJECT_LENGTH or one_line(told) not in message.subject)
    ]
    left = LETTER_OCTETS
    for start, end in message.outside:
        said.append(decoded(data[start : min(end, start + left)], "")[0].replace("\r\n", "\n"))
        left -= min(end - start, left)
    if said:
        problems = () if left else (Reason.TOO_BIG,)
        texts = tuple(Text(one, Where.HIDDEN) for one in said)
        yield Document("1/beside", "text", texts=texts, problems=problems, attached=False)


def _nested(data: bytes, nested: Nested) -> Document:
    block = data[nested.start : nested.end]
    found = tuple(_fields(block))
    subject = next((value for name, value in found if name == "subject"), "")
    texts = (Text(one_line(subject)),) if subject else ()
    position = f"{nested.position}/header"
    return Document(position, "eml", texts=texts, properties=found, attached=False)


def _fields(block: bytes) -> Iterator[tuple[str, str]]:
    for raw in fields(block)[:_MOST_FIELDS]:
        yield raw.key, decode_words(unfold(block, raw))[:LABEL_LENGTH]
