"""Own OpenSMTPD's log: its delivery lines, joined with what the message's arrival said.

Theory of operation. A delivery line (``mta`` to another host, ``mda`` to a local mailbox) names sender,
recipient and, as ``rcpt``, the address as it came where it differs. An envelope's id begins with that of
its message (8 digits), which is the queue id here: ``smtp message`` gives that message's size, and its
session's ``smtp connected`` the client. An envelope that was given up is told by ``Expire for``. The
Message-ID is never logged. Memory is bounded: the oldest ids and sessions are forgotten.

The relay is named by the name its address has, not by its MX name; with a name alone nobody was reached,
which is ``none``. ``result`` stands before the reply text, so that no reply can change it; of the reply
only the enhanced code is kept (law 8).
"""

from __future__ import annotations

import re
from collections import OrderedDict
from datetime import UTC, datetime, tzinfo

from missent.mail.delivery import Delivery
from missent.mail.logs.dialect import HEAD, MAX_LINE, MAX_OPEN, Dialect, Stamps, mailbox_of
from missent.mail.logs.entries import Entries

_STATUS = {"Ok": "sent", "TempFail": "deferred", "PermFail": "bounced"}
_TAG = (
    HEAD
    + r"""smtpd(?:\[\d+\]:|:|\ \S{1,128}\ \S{1,128}\ (?:-|\[[^\]]{0,512}\]))
    \ (?:\ufeff)?(?:\[ID\ \d+\ \S{1,32}\]\ )?"""
)
_OPENSMTPD = re.compile(_TAG, re.VERBOSE | re.ASCII)
_LINE = re.compile(
    rf"""{_TAG}(?:([0-9a-f]{{16}})\ )?
    (smtp\ (?:event=)?(?:connected|message)|m[td]a\ (?:event=)?delivery
    |(?:delivery|relay):\ Expire\ for)\ (.*)""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_PATH = r'(?:"(?:[^"\\]|\\.)*+")?[^<>"]*+'
_WHO = rf"from=<(?P<from>{_PATH})>,?\ to=<(?P<to>{_PATH})>,?\ (?:rcpt=<(?P<rcpt>{_PATH})>,?\ )?"
_CONNECTED = re.compile(r"address=\[?([0-9a-fA-F.:]+)\]? host=(\S{1,255})")
_MESSAGE = re.compile(rf"msgid=([0-9a-f]{{8}})\ (?:{_WHO})?size=(?P<size>\d{{1,15}})\ ", re.VERBOSE)
_DELIVERY = re.compile(
    rf"""evpid=(?P<id>[0-9a-f]{{8}})[0-9a-f]{{8}}\ {_WHO}
    (?:source="?[^\s"]*"?\ relay="?(?P<relay>[^"]*?)"?|user=\S*(?:\ method=\S*)?)\ delay=\w+
    \ result="?(?P<result>Ok|TempFail|PermFail)"?
    \ stat="?(?:\d\d\d[ -](?P<dsn>[245]\.\d{{1,3}}\.\d{{1,3}})(?![^\s"]))?""",
    re.VERBOSE | re.ASCII,
)
_EXPIRED = re.compile(rf"(?P<id>[0-9a-f]{{8}})[0-9a-f]{{8}}:\ {_WHO}delay=", re.VERBOSE)
_HOST = re.compile(r"\[?([0-9a-fA-F]*[.:][0-9a-fA-F.:]+)\]?(?: \((\S{1,255})\))?")
_NO_NAME = "<unknown>"


class OpenSmtpdJoiner:
    """Turns log lines into deliveries, in the log's order; see the theory of operation above."""

    def __init__(self, now: datetime, zone: tzinfo = UTC, limit: int = MAX_OPEN) -> None:
        """Start. `now` dates lines without a year, `zone` those without an offset."""
        self.lines = 0
        self.unreadable = 0
        self._stamps = Stamps(now, zone)
        self._entries = Entries(limit)
        self._limit = limit
        self._clients: OrderedDict[str, str] = OrderedDict()

    def feed(self, line: str) -> list[Delivery]:
        """Take one line, with or without its line end; gives the deliveries it completes."""
        self.lines += 1
        match = _LINE.match(line) if len(line) <= MAX_LINE else None
        if match is None:
            self.unreadable += len(line) > MAX_LINE
            return []
        traditional, iso, session, form, rest = match.groups()
        if form.endswith("connected"):
            self._connected(session, rest)
        elif form.endswith("message"):
            self._message(session, rest)
        else:
            return self._delivery(form, rest, self._stamps.read(traditional, iso))
        return self._entries.forget()

    def finish(self) -> list[Delivery]:
        """Give what still waited: nothing, each delivery line names its sender."""
        self._clients.clear()
        return self._entries.finish()

    def _connected(self, session: str | None, rest: str) -> None:
        match = _CONNECTED.match(rest)
        if match and session:
            host = "unknown" if match[2] == _NO_NAME else match[2]
            self._clients[session] = f"{host}[{match[1]}]"[:255]
            if len(self._clients) > self._limit:
                self._clients.popitem(last=False)

    def _message(self, session: str | None, rest: str) -> None:
        match = _MESSAGE.match(rest)
        if match:
            entry = self._entries[match[1]]
            entry.size, entry.client = int(match["size"]), self._clients.get(session or "")

    def _delivery(self, form: str, rest: str, at: datetime | None) -> list[Delivery]:
        expired = "Expire" in form
        match = (_EXPIRED if expired else _DELIVERY).match(rest)
        recipient = mailbox_of(match["to"]) if match else None
        if match is None or recipient is None or at is None:
            self.unreadable += 1
            return []
        entry, sender = self._entries[match["id"]], mailbox_of(match["from"])
        orig_to = mailbox_of(match["rcpt"] or "")
        delivery = Delivery(
            queue_id=match["id"],
            sender=sender,
            recipient=recipient,
            orig_to=None if orig_to == recipient else orig_to,
            status="expired" if expired else _STATUS[match["result"]],
            dsn=None if expired else match["dsn"],
            relay="none" if expired else _relay(match["relay"]),
            at=at,
            message_id=None,
            client=entry.client,
            size=entry.size,
            sender_known=sender is not None or match["from"] in ("", "@"),
        )
        return [delivery, *self._entries.forget()]


def is_opensmtpd_line(line: str) -> bool:
    """Tell whether this is a line of OpenSMTPD's daemon."""
    return bool(_OPENSMTPD.match(line))


def _relay(text: str | None) -> str:
    if text is None:
        return "local"
    match = _HOST.fullmatch(text)
    return f"{match[2] or match[1]}[{match[1]}]"[:255] if match else "none"


_QUICK = rb'=<((?:"(?:[^"\\\n]|\\.)*+")?+[^<>"\n]++)>'

OPENSMTPD = Dialect(
    name="opensmtpd",
    recognises=is_opensmtpd_line,
    joiner=OpenSmtpdJoiner,
    recipients=re.compile(rb" to" + _QUICK),
    senders=re.compile(rb" from" + _QUICK),
    key=re.compile(rb"(?: evpid=| msgid=| Expire for )([0-9a-f]{8})"),
    message=b" msgid=",
    arrival=re.compile(rb" msgid="),
    sender=re.compile(rb" (?:evpid=|Expire for )"),
)
