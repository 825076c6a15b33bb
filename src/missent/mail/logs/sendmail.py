"""Own Sendmail's log: syslog lines joined by queue id into deliveries.

Theory of operation. ``from=`` names sender, size, Message-ID and client of a queue id; ``to=`` names the
recipients of one attempt, each a `Delivery`. A list with an owner is sent on as a ``clone`` of its
message, and a notice (``DSN``, ``sender notify``, ...) goes out under an id of its own from the null path.
Only a talkative log says ``done``, so ids are mostly forgotten by age. That a message was given up is
logged without its recipients: nothing is ever ``expired`` here.

Users without a domain, pipes and files are nobody's mailbox and are passed over. ``ctladdr`` is the alias
that was expanded, or the sender's own. ``queued`` and ``quarantined`` are told as deferred. Strangers
write addresses, Message-IDs, hosts and replies: each form is matched from its start, a list ends where
its quotes say, and a Message-ID that Sendmail cut (at 100 octets) is none.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo

from missent.mail.delivery import Delivery
from missent.mail.logs.dialect import HEAD, MAX_LINE, MAX_OPEN, Dialect, Stamps, mailbox_of
from missent.mail.logs.entries import Entries, Entry
from missent.mail.mailbox import Mailbox
from missent.mail.messageid import read_id

_HANDED_LOCALLY = ("local", "prog", "*file*")
_TAG = (
    HEAD
    + r"""(?:sendmail|sm-)[\w-]{0,32}(?:\[\d+\]:|:|\ \S{1,128}\ \S{1,128}\ (?:-|\[[^\]]{0,512}\]))
    \ (?:\ufeff)?(?:\[ID\ \d+\ \S{1,32}\]\ )?"""
)
_SENDMAIL = re.compile(_TAG, re.VERBOSE | re.ASCII)
_LINE = re.compile(
    rf"""{_TAG}([0-9A-Za-z]{{8,20}}):\ (?:([0-9A-Za-z]{{8,20}}):\ )?
    (to=|from=|done;|clone:?\ |(?:DSN|return\ to\ sender|(?:sender|postmaster)\ notify):)(.*)""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_QUOTED = r'"(?:[^"\\]|\\.)*+"'
_ADDRESS = rf'(?:{_QUOTED})?[^<>"]*+'
_FROM = re.compile(
    rf"""(?:<({_ADDRESS})>|([^\s,<>"]*)),\ size=(-?\d+),\ class=-?\d+,(?:\ pri=-?\d+,)?\ nrcpts=\d+
    (?:,\ msgid=(\S*?)(?=,\ [a-z_]+=))?""",
    re.VERBOSE | re.ASCII,
)
_CLIENT = re.compile(
    r".*, relay=(?:(\S{1,255}) )?\[(?:IPv6:)?([^\]\s]+)\]( \(may be forged\))?\s*\Z", re.DOTALL
)
_CLONE = re.compile(r"(?:([0-9A-Za-z]{8,20}), )?owner=<?([^<>\s]*)")
_TO = re.compile(
    rf"""((?:{_QUOTED}|[^",]|,(?!\ ))*+),(?:\ \[more\],)?
    (?:\ ctladdr=((?:{_QUOTED}|[^",])*+),)?\ delay=[\d:+]+,(?:\ xdelay=[\d:+]+,)?
    (?:\ mailer=([^,\s]+),)?(?:\ tls_verify=[^,]*,)?(?:\ pri=-?\d+,)?(?:\ relay=([^,]*),)?
    (?:\ quarantine=[^,]*,)?(?:\ dsn=(\d\.\d{{1,3}}\.\d{{1,3}}),)?(?:\ ntries=\d+,)?
    \ (stat|reply)=(.*)""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_ITEM = re.compile(rf'(?:{_QUOTED}|[^",])++')
_ANGLE = re.compile(rf"<({_ADDRESS})>(?: \(\d+/\d+\))?\s*\Z")
_NOBODY = re.compile(r'"?[|/\\]|:include:|[^@]*\Z')  # a pipe, file, list, name without a domain
_HOST = re.compile(r"(\S+?)\.?(?: \[(?:IPv6:)?([^\]\s]+)\])?\s*", re.ASCII)


class SendmailJoiner:
    """Turns log lines into deliveries, in the log's order; see the theory of operation above."""

    def __init__(self, now: datetime, zone: tzinfo = UTC, limit: int = MAX_OPEN) -> None:
        """Start. `now` dates lines without a year, `zone` those without an offset."""
        self.lines = self.unreadable = 0
        self._stamps = Stamps(now, zone)
        self._entries = Entries(limit)

    def feed(self, line: str) -> list[Delivery]:
        """Take one line, with or without its line end; gives the deliveries it completes."""
        self.lines += 1
        match = _LINE.match(line) if len(line) <= MAX_LINE else None
        if match is None:
            self.unreadable += len(line) > MAX_LINE
            return []
        given = self._take(match)
        return given + self._entries.forget() + self._entries.forget()  # a clone may be two new ids

    def finish(self) -> list[Delivery]:
        """Give what still waited for a sender that no line named."""
        return self._entries.finish()

    def _take(self, match: re.Match[str]) -> list[Delivery]:
        traditional, iso, parent, child, form, rest = match.groups()
        queue_id = child or parent
        if form == "to=":
            return self._deliveries(queue_id, rest, self._stamps.read(traditional, iso))
        if form == "from=":
            return self._sender(self._entries[queue_id], rest)
        if form == "done;":
            return self._entries.close(queue_id)
        if form.startswith("clone"):
            return self._clone(queue_id, parent if child else None, rest)
        return _sent_by(self._entries[queue_id], None) if child else []  # a notice

    def _sender(self, entry: Entry, rest: str) -> list[Delivery]:
        match, client = _FROM.match(rest), _CLIENT.match(rest)
        if match is None:
            return []
        entry.size = int(match[3]) if match[3].isdecimal() and len(match[3]) < 16 else None
        whole = match[4] and (len(match[4]) < 100 or match[4].endswith(">"))
        entry.message_id = read_id(match[4]) if whole else None
        if client:
            host = None if client[3] else client[1]
            entry.client = f"{(host or 'unknown').rpartition('@')[2]}[{client[2]}]"[:255]
        sender = mailbox_of(match[1] or match[2] or "")
        return _sent_by(entry, sender) if sender or match[1] == "" else []  # a local user's name

    def _clone(self, queue_id: str, parent: str | None, rest: str) -> list[Delivery]:
        """Take up the copy of a message that goes to a list, from the list's owner."""
        match = _CLONE.match(rest)
        if match is None or not (parent := parent or match[1]):
            return []
        whole, entry = self._entries[parent], self._entries[queue_id]
        entry.message_id, entry.client, entry.size = whole.message_id, whole.client, whole.size
        owner = mailbox_of(match[2])
        return _sent_by(entry, owner) if owner else []

    def _deliveries(self, queue_id: str, rest: str, at: datetime | None) -> list[Delivery]:
        match = _TO.match(rest)
        named = _recipients(match[1]) if match else [None]
        self.unreadable += at is None or None in named
        if match is None or at is None:
            return []
        entry, status = self._entries[queue_id], _status(match[5], match[6], match[7])
        whole = entry.sender_known and match[2] and "..." not in match[2]  # else Sendmail cut it
        alias = _mailbox_in(match[2]) if whole else None
        given: list[Delivery] = []
        for recipient in filter(None, named):
            delivery = Delivery(
                queue_id=queue_id,
                sender=entry.sender,
                recipient=recipient,
                orig_to=None if alias in (recipient, entry.sender) else alias,
                status=status,
                dsn=match[5],
                relay=_relay(match[3], match[4] or "", status),
                at=at,
                message_id=entry.message_id,
                client=entry.client,
                size=entry.size,
            )
            given += entry.deliver(delivery)
        return given


def is_sendmail_line(line: str) -> bool:
    """Tell whether this is a line of a Sendmail program."""
    return bool(_SENDMAIL.match(line))


def _sent_by(entry: Entry, sender: Mailbox | None) -> list[Delivery]:
    entry.sender, entry.sender_known = sender, True
    return entry.settle()


def _recipients(text: str) -> list[Mailbox | None]:
    """Read a list; None stands for an address outside our grammar."""
    return [_mailbox_in(item) for item in _ITEM.findall(text) if not _NOBODY.match(item)]


def _mailbox_in(item: str) -> Mailbox | None:
    angle = _ANGLE.search(item)
    return mailbox_of(angle[1] if angle else item)


def _status(dsn: str | None, form: str, text: str) -> str:
    """Tell how it ended; ``reply=`` comes with errors only, and a stranger wrote what follows."""
    told = text if form == "stat" else ""
    waits = told.startswith(("Deferred", "queued", "quarantined")) or (dsn or "").startswith("4")
    return "sent" if told.startswith("Sent") else "deferred" if waits else "bounced"


def _relay(mailer: str | None, relay: str, status: str) -> str:
    match = _HOST.fullmatch(relay)
    if mailer in _HANDED_LOCALLY or relay == "local":
        return "local"
    if match is None or not (match[2] or status == "sent"):
        return "none"
    host = match[1].strip("[]").removeprefix("IPv6:")
    return f"{host}[{match[2]}]"[:255] if match[2] else host[:255]


_QUICK = rb'((?:"(?:[^"\\\n]|\\.)*+")?+[^\s,<>"@]*+@[^\s,<>"]++)'
_NAME = rb'(?:"(?:[^"\\\n]|\\.)*+"(?!@)|[^@<>",%s\n])*+<+'
"""What a program that hands in mail itself may have put before an address: ``"Roe, Jane" <``."""
_KEY = rb"[\]\-:] (?:\xef\xbb\xbf)?(?:[0-9A-Za-z]{8,20}: )?([0-9A-Za-z]{8,20}): "

SENDMAIL = Dialect(
    name="sendmail",
    recognises=is_sendmail_line,
    joiner=SendmailJoiner,
    recipients=re.compile(rb"(?: to=(?:%s)?|,(?:%s)?)" % (_NAME % b"", _NAME % b"=") + _QUICK),
    senders=re.compile(rb"(?: from=|owner=)<?" + _QUICK),
    key=re.compile(
        _KEY
        + rb"(?:to=|from=|done;|clone|DSN:|return to sender:|sender notify:|postmaster notify:)"
    ),
    message=b", nrcpts=",
    arrival=re.compile(_KEY + rb"from="),
    sender=re.compile(_KEY + rb"from="),
)
