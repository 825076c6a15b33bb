"""Own the way from a parsed message to one whose content was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from missent.mail.attachment import Attachment, attachments
from missent.mail.document import Document
from missent.mail.letter import letter_of
from missent.mail.message import UNPARSABLE, Message
from missent.service.ports import Extractor

UNREAD = "content_unread"
"""The problem of a message whose content could not be taken apart."""


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
        attached = tuple(attachments(data, message.parts))
        read = extractor.extract(attached) if attached else ()
        return replace(message, documents=(*letter_of(data, message), *read))
    except Exception:  # whatever it was, it must not become a pass (law 5)
        return replace(message, problems=(*message.problems, UNREAD))
