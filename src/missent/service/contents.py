"""Own the way from a parsed message to one whose content was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from missent.mail.attachment import Attachment, attachments
from missent.mail.document import Document, Table, Text
from missent.mail.letter import letter_of
from missent.mail.message import UNPARSABLE, Message
from missent.mail.packed import packed
from missent.service.ports import Extractor

UNREAD = "content_unread"
"""The problem of a message whose content could not be taken apart."""


_UNSEEN = dict.fromkeys(
    [
        *(0xAD, 0x34F, 0x61C, 0x180E, 0xFEFF),
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2070),
        *range(0xFE00, 0xFE10),
        *range(0xE0000, 0xE0080),
    ]
)
"""Characters that nobody sees, and that part words nobody sees parted: soft hyphens, joiners, marks."""


class NamesOnly:
    """The extractor of those who read no attachments: their names and kinds are all that is known."""

    def extract(self, attachments: Sequence[Attachment]) -> tuple[Document, ...]:
        """Give a document without content for each."""
        return tuple(
            Document(one.position, one.content_type.rpartition("/")[2], one.name)
            for one in attachments
        )


def with_content(message: Message, data: bytes, extractor: Extractor) -> Message:
    """Give the message with its documents: the letter, then what is attached."""
    if UNPARSABLE in message.problems:
        return message
    try:
        letter = letter_of(data, message)
        attached = (*attachments(data, message.parts), *packed(letter))
        read = extractor.extract(attached) if attached else ()
        return replace(message, documents=tuple(map(visible, (*letter, *read))))
    except Exception:  # whatever it was, it must not become a pass (law 5)
        return replace(message, problems=(*message.problems, UNREAD))


def visible(document: Document) -> Document:
    """Take out the characters that nobody sees, so that a word in pieces is one word again."""
    texts = tuple(_shown(text) for text in document.texts)
    tables = tuple(_cells(table) for table in document.tables)
    return replace(document, texts=texts, tables=tables)


def _shown(text: Text) -> Text:
    return text if text.text.isascii() else replace(text, text=text.text.translate(_UNSEEN))


def _cells(table: Table) -> Table:
    if all(cell.isascii() for row in table.rows for cell in row):
        return table
    return replace(
        table, rows=tuple(tuple(c.translate(_UNSEEN) for c in row) for row in table.rows)
    )
