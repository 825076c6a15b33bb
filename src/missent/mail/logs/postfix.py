"""Own Postfix's log: syslog lines joined by queue id into deliveries.

Theory of operation. One queue id's facts come on several lines, mixed with those of others:
``client=`` (smtpd), ``message-id=`` (cleanup), ``from=`` (qmgr), one ``to=`` for each recipient and
attempt, ``removed``. `LogJoiner` keeps what it has heard of each id and gives a `Delivery` at once
for every ``to=`` line; only where the sender is still missing (syslog may swap lines) it waits for
``from=``, ``removed`` or the end. Memory is bounded: the oldest ids are forgotten.

What stands in these lines was written by strangers (addresses, Message-IDs, host names), so each
form is matched from its start and an address ends where its quotes say. Lines of other programs are
passed over; a delivery that cannot be read is counted. The reply text, which may quote a message,
is never kept (law 8).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo

from missent.mail.delivery import Delivery
from missent.mail.logs.dialect import HEAD, MAX_LINE, MAX_OPEN, Dialect, Stamps, mailbox_of
from missent.mail.logs.entries import Entries
from missent.mail.messageid import read_id

# The head with the program's name, then what Postfix says about one queue id: short (hexadecimal) or
# long (base 52, no vowels), as a Sendmail id may be, too.
_LINE = re.compile(
    HEAD
    + r"""(?!sendmail|sm-)\S{1,128}?(?:\[\d+\]:|\ \S{1,128}\ \S{1,128}\ (?:-|\[[^\]]{0,512}\]))
    \ (?:\ufeff)?(?:\[ID\ \d+\ \S{1,32}\]\ )?
    ([0-9A-F]{5,16}|[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{10,20}):[ ]
    (to=<|from=<|message-id=|client=|removed\s*\Z)(.*)""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_POSTFIX = re.compile(HEAD + r"postfix\S{0,64}[\[\ ]", re.VERBOSE | re.ASCII)
_ADDRESS = r'((?:"(?:[^"\\]|\\.)*+")?[^<>"]*+)>'
_TO = re.compile(
    rf"""{_ADDRESS}(?:,\ orig_to=<{_ADDRESS})?,\ relay=([^,]*),(?:\ conn_use=\d+,)?
    \ delay=[\d.]+,(?:\ delays=[\d./]+,)?(?:\ dsn=(\d\.\d{{1,3}}\.\d{{1,3}}),)?\ status=(\w+)""",
    re.VERBOSE,
)
_FROM = re.compile(rf"{_ADDRESS},(?: size=(\d+),)?")


_DISCARDED = "discarded"
"""What the log calls sent, to nobody: the transport ``discard:`` throws it away."""


class LogJoiner:
    """Turns log lines into deliveries, in the log's order; see the theory of operation above."""

    def __init__(self, now: datetime, zone: tzinfo = UTC, limit: int = MAX_OPEN) -> None:
        """Start. `now` dates lines without a year, `zone` those without an offset."""
        self.lines = 0
        self.unreadable = 0
        """Delivery lines that are cut, or name an address outside our grammar."""
        self._stamps = Stamps(now, zone)
        self._entries = Entries(limit)

    def feed(self, line: str) -> list[Delivery]:
        """Take one line, with or without its line end; gives the deliveries it completes."""
        self.lines += 1
        match = _LINE.match(line) if len(line) <= MAX_LINE else None
        if match is None:
            self.unreadable += len(line) > MAX_LINE
            return []
        traditional, iso, queue_id, form, rest = match.groups()
        if form == "to=<":
            return self._delivery(queue_id, rest, traditional, iso)
        if form == "from=<":
            return self._sender(queue_id, rest)
        if form == "message-id=":
            self._entries[queue_id].message_id = read_id(rest)
        elif form == "client=":
            self._entries[queue_id].client = rest.split(",", 1)[0].strip()[:255]
        else:
            return self._entries.close(queue_id)
        return self._entries.forget()

    def finish(self) -> list[Delivery]:
        """Give what still waited for a sender that no line named."""
        return self._entries.finish()

    def _sender(self, queue_id: str, rest: str) -> list[Delivery]:
        match = _FROM.match(rest)
        sender = mailbox_of(match[1]) if match else None
        if match is None or (match[1] and sender is None):
            return self._entries.forget()  # pickup's ``from=<root>``: qmgr repeats it in full
        entry = self._entries[queue_id]
        entry.sender, entry.sender_known = sender, True
        entry.size = int(match[2]) if match[2] and len(match[2]) < 16 else entry.size
        return entry.settle() + self._entries.forget()

    def _delivery(
        self, queue_id: str, rest: str, traditional: str | None, iso: str | None
    ) -> list[Delivery]:
        match = _TO.match(rest)
        recipient = mailbox_of(match[1]) if match else None
        at = self._stamps.read(traditional, iso)
        if match is None or recipient is None or at is None:
            self.unreadable += 1
            return []
        entry = self._entries[queue_id]
        delivery = Delivery(
            queue_id=queue_id,
            sender=entry.sender,
            recipient=recipient,
            orig_to=mailbox_of(match[2]) if match[2] else None,
            status=_DISCARDED if match[3] == "none" and match[5] == "sent" else match[5],
            dsn=match[4],
            relay=match[3][:255],
            at=at,
            message_id=entry.message_id,
            client=entry.client,
            size=entry.size,
        )
        return entry.deliver(delivery) + self._entries.forget()


def is_log_line(line: str) -> bool:
    """Tell whether this is a line of a log that `LogJoiner` reads, one that it skips included."""
    return bool(_POSTFIX.match(line) or (len(line) <= MAX_LINE and _LINE.match(line)))


_ID = rb"([0-9A-F]{5,16}|[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{10,20})"
_KEY = rb"[\]\-:] (?:\xef\xbb\xbf)?" + _ID + rb": "
_QUICK = rb' %s=<((?:"(?:[^"\\\n]|\\.)*+")?+[^<>"\n]*+)>'

POSTFIX = Dialect(
    name="postfix",
    recognises=is_log_line,
    joiner=LogJoiner,
    recipients=re.compile(_QUICK % b"to"),
    senders=re.compile(_QUICK % b"from"),
    key=re.compile(_KEY + rb"(?:to=<|from=<|message-id=|client=|removed)"),
    message=b": message-id=",
    arrival=re.compile(_KEY + rb"message-id="),
    sender=re.compile(_KEY + rb"from=<"),
    both=re.compile(rb": ((?:to|from)=<[^>\n]+)"),
)
