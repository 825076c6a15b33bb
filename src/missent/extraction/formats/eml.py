"""Own the reading of mails in mails: attached, saved as files, or many in one mailbox file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from missent.extraction.kinds import kind_of
from missent.extraction.reader import Budget, Exceeded, Item
from missent.mail.addresses import decode_words, header, unfold
from missent.mail.attachment import attachments
from missent.mail.document import Document, Reason, Text
from missent.mail.letter import letter_of
from missent.mail.message import LABEL_LENGTH, parse
from missent.mail.packed import packed

_FIELDS = 500
_ON_THE_WAY = frozenset(
    {
        *("received", "return-path", "delivered-to", "dkim-signature", "authentication-results"),
        *("arc-seal", "arc-message-signature", "arc-authentication-results", "received-spf"),
        *("mime-version", "content-type", "content-transfer-encoding", "content-disposition"),
    }
)
_READ_OTHERWISE = {
    "too_many_parts": Reason.TOO_MANY,
    "too_many_fields": Reason.TOO_MANY,
    "too_deep": Reason.TOO_DEEP,
    "header_too_big": Reason.TOO_BIG,
    "unparsable": Reason.MALFORMED,
    "malformed_mime": Reason.MALFORMED,
    "malformed_header": Reason.MALFORMED,
    "partial_message": Reason.MALFORMED,
}
_NEXT = re.compile(rb"(?:\A|\r?\n)From [^\r\n]{1,500}\r?\n(?=[A-Za-z-]{1,80}:)")


def read(item: Item, budget: Budget) -> Iterator[Document]:
    """Read a mail, or all mails of a mailbox."""
    if kind_of(item.octets, item.name, item.content_type) == "mbox":
        yield Document(item.position, "mbox", item.name)
        starts = list(_NEXT.finditer(item.octets))
        ends = [match.start() for match in starts[1:]] + [len(item.octets)]
        if len(starts) > budget.limits.members:
            raise Exceeded(Reason.TOO_MANY)
        for number, (match, end) in enumerate(zip(starts, ends, strict=True), 1):
            mail = item.octets[match.end() : end]
            yield from budget.inside(item, number, None, mail, "message/rfc822")
        return
    yield from _mail(item, budget)


def _mail(item: Item, budget: Budget) -> Iterator[Document]:
    data = item.octets
    message = parse(data)
    letters = letter_of(data, message)
    texts = tuple(text for letter in letters for text in letter.texts)
    budget.spend(characters=sum(len(text.text) for text in texts))
    problems = dict.fromkeys(
        _READ_OTHERWISE[problem] for problem in message.problems if problem in _READ_OTHERWISE
    )
    problems.update(dict.fromkeys(reason for letter in letters for reason in letter.problems))
    subject = (Text(message.subject),) if message.subject else ()
    yield Document(
        item.position,
        "eml",
        item.name or message.subject or None,
        texts=(*subject, *texts),
        properties=tuple(_fields(data)),
        problems=tuple(problems),
    )
    for part in attachments(data, message.parts):
        number = int(part.position)
        yield from budget.inside(item, number, part.name, part.octets, part.content_type)
        if part.damaged:
            position = f"{item.position}/{number}"
            yield Document(position, "unknown", part.name, problems=(Reason.MALFORMED,))
    for number, file in enumerate(packed(letters), len(message.parts) + 1):
        yield from budget.inside(item, number, file.name, file.octets)


def _fields(data: bytes) -> Iterator[tuple[str, str]]:
    """Give the header, without what relays have put on it."""
    for raw in header(data, _FIELDS).fields[:_FIELDS]:
        if raw.key not in _ON_THE_WAY:
            yield raw.key, decode_words(unfold(data, raw))[:LABEL_LENGTH]
