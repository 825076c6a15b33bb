"""Own the letter itself: the whole of what its reader sees at once, as documents.

That is every text part without a file name, and the headers of messages forwarded inside. What has a
file name, or is no text, is an attachment and read elsewhere, in the sandbox.
"""

from __future__ import annotations

from collections.abc import Iterator

from missent.mail.addresses import decode_words, fields, unfold
from missent.mail.decoding import decoded, transfer_decoded
from missent.mail.document import Document, Reason, Text, Where
from missent.mail.html import text_of
from missent.mail.message import LABEL_LENGTH, Message
from missent.mail.mime import Nested, Part, one_line

LETTER_OCTETS = 4_000_000
"""Of all text of one letter; a long thread with everything quoted has a tenth of that."""
_SEALED = "-----BEGIN PGP MESSAGE-----"
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
    return tuple(sorted(found, key=lambda document: int(document.position.partition("/")[0])))


def _spoken(data: bytes, part: Part) -> Document:
    raw = data[part.start : part.start + part.size]
    octets, damaged = transfer_decoded(raw, part.encoding)
    text, garbled = decoded(octets, part.charset)
    text = text.replace("\r\n", "\n")
    problems = [Reason.MALFORMED] if damaged or garbled else []
    if _SEALED in text:
        problems.append(Reason.ENCRYPTED)
    kind, texts = "text", (Text(text),)
    if part.content_type == "text/html":
        shown, comments = text_of(text)
        hidden = (Text(comments, Where.HIDDEN),) if comments.strip() else ()
        kind, texts = "html", (Text(shown), *hidden)
    return Document(part.position, kind, texts=texts, problems=tuple(problems), attached=False)


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
