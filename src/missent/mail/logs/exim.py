"""Own Exim's log: the main log, or the same lines in syslog, joined by message id into deliveries.

Theory of operation. ``<=`` names sender, client, size and Message-ID; ``=>``, ``->``, ``>>`` (sent),
``==`` (deferred) and ``**`` (failed) name one recipient each; ``Completed`` ends the entry. ``>>`` stands
before its ``<=`` and waits for it. ``**`` is a bounce, or ``expired`` if it ends in ``retry timeout
exceeded``. What no mailbox was handed (``*>`` of -N, ``blackhole``) is no delivery. Relay is ``local``
where a delivery names no host, ``none`` where an attempt that failed names none.

A recipient is ``final <as it came>``; where the final one is a user, file or pipe, the mailbox is the one
in parentheses or angle brackets. Exim writes a quoted local part without its quotes, so that it could
pass for fields: it is known by the same text, quoted, in the angle brackets. Other quoted text is stepped
over whole, and no field is looked for in the free text of ``==`` and ``**`` (law 8: none of it is kept).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo

from missent.mail.delivery import Delivery
from missent.mail.logs.dialect import HEAD, MAX_LINE, MAX_OPEN, Dialect, Stamps, mailbox_of
from missent.mail.logs.entries import Entries, Entry
from missent.mail.mailbox import Mailbox
from missent.mail.messageid import read_id

# Up to Exim 4.96 and from 4.97.
_ID = r"[0-9A-Za-z]{6}-(?:[0-9A-Za-z]{6}-[0-9A-Za-z]{2}|[0-9A-Za-z]{11}-[0-9A-Za-z]{4})"
_TAG = (
    HEAD
    + r"""\S{0,32}?exim\S{0,32}?(?:\[\d+\]:|:|\ \S{1,128}\ \S{1,128}\ (?:-|\[[^\]]{0,512}\]))
    \ (?:\ufeff)?(?:\[ID\ \d+\ \S{1,32}\]\ )?(?:\[\d+[\\/]\d+\]\ )?"""
)
_OWN = r"(\d{4}-\d\d-\d\d\ \d\d:\d\d:\d\d(?:\.\d{1,6})?)(?:\ ([+-]\d{4}))?\ "
_LINE = re.compile(
    rf"""(?!{_ID})(?:{_TAG})?(?:{_OWN})?(?:\[\d+\]\ )?({_ID})
    \ (<=|\(=|=>|->|>>|==|\*\*|Completed(?=\ QT=|\s*\Z))(?:\ (.*))?""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_EXIM = re.compile(
    rf"""{_TAG}|{_OWN}(?:\[\d+\]\ )?
    (?:{_ID}\ |(?:Start|End)\ queue\ run:|exim\ \d|H=|no\ host\ name\ found\ for\ IP\ address)""",
    re.VERBOSE | re.ASCII,
)

_QUOTED = r'"(?:[^"\\]|\\.)*+"'
_ADDRESS = rf'(?:{_QUOTED})?[^\s<>"]*'
_SENDER = re.compile(rf"(<>|{_ADDRESS})(?=\s|\Z)")
_TOP = rf"(?: <({_ADDRESS})>)"
_MAILBOX = rf'(?![|/>:])(?:{_QUOTED})?[^\s<>"@]*@[^\s<>"]+?'  # no file, pipe, reply or keyword
_FINAL = re.compile(rf"({_MAILBOX})(?: \([^()]*\))?{_TOP}?(?=:?(?: |\s*\Z))")
_LOCAL = re.compile(rf'[^<]*?(?: \(([^\s<>"(),]++)[^()]*+\))?{_TOP}')
_UNQUOTED = re.compile(r'(?= <("((?:[^"\\]|\\.){1,140}+)"@[^\s<>"]+)>)')
_DOMAIN = re.compile(r'@([^\s<>"@()]+)(?: \([^()]*\))?')

_WHERE = r"(?:(?:\ \(\S*\))?(?:\ DS)?\ \[[^\]\s]*\](?::\d+)?)?"
_VALUE = r"""\ ([A-Za-z]{1,6}\*?)=((?:"(?:[^"\\]|\\.)*+"?|[^\s"])*+"""  # _WHERE) ends the value
_FIELDS = re.compile(rf"{_VALUE}{_WHERE})", re.VERBOSE)
_BEFORE_TEXT = re.compile(
    rf"""(?:{_VALUE}(?<!:){_WHERE})\*?|\ [A-Z]{{1,5}}[*.-]*(?=\ ))*+
    (?:\ defer\ \((?:-\d+\)|\d+\)(?::\ [^:="\[\]]{{1,80}})?)\ H=\S+{_WHERE})?""",
    re.VERBOSE | re.ASCII,
)
_HOST = re.compile(r"([^\s()\[\]]+)?(?: ?\(\S*\))?(?: DS)? ?\[([^\]\s]+)\](:\d{1,5})?", re.ASCII)
_CONFIRMED = re.compile(r'"2\d\d[ -](2\.\d{1,3}\.\d{1,3})[\s"\\]')
_REFUSED = re.compile(
    rf"""error\ from\ remote\ mail\ server\ after\ [^:<]{{1,60}}(?::<{_ADDRESS}>[^:]{{0,80}})?:
    \ (?:host\ \S+\ \[[^\]]*\]:\ )?([45])\d\d[ -](\1\.\d{{1,3}}\.\d{{1,3}})(?!\S)""",
    re.VERBOSE,
)
_EXPIRED = re.compile(r": retry timeout exceeded(?: DT=\S+)?\s*\Z")
_NOBODY = re.compile(r":?blackhole(?:: | \()|[^<]* <system-filter>")
_FAILED = {"==": "deferred", "**": "bounced"}


class EximJoiner:
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
        traditional, iso, own, zone, queue_id, flag, rest = match.groups()
        if flag == "Completed":
            return self._entries.close(queue_id)
        if flag in ("<=", "(="):
            return self._arrival(self._entries[queue_id], rest or "") + self._entries.forget()
        at = self._stamps.read(*((None, f"{own}{zone or ''}") if own else (traditional, iso)))
        return self._delivery(queue_id, flag, rest or "", at) + self._entries.forget()

    def finish(self) -> list[Delivery]:
        """Give what still waited for a sender that no line named."""
        return self._entries.finish()

    def _arrival(self, entry: Entry, rest: str) -> list[Delivery]:
        match = _SENDER.match(rest)
        fields = _fields(rest[match.end() :] if match else rest)
        host, size = _HOST.fullmatch(fields.get("H", "")), fields.get("S", "")
        entry.client = f"{host[1] or 'unknown'}[{host[2]}]"[:255] if host else None
        entry.size = int(size) if size.isdecimal() and len(size) < 16 else None
        entry.message_id = read_id(fields.get("id") or fields.get("id*") or "")
        sender = mailbox_of(match[1]) if match else None
        if sender is None and (match is None or match[1] != "<>"):
            return []
        entry.sender, entry.sender_known = sender, True
        return entry.settle()

    def _delivery(self, queue_id: str, flag: str, rest: str, at: datetime | None) -> list[Delivery]:
        target = _target(rest)
        if target is None or at is None or _NOBODY.match(rest):
            self.unreadable += not _NOBODY.match(rest)
            return []
        recipient, orig_to, text = target
        fields, status, dsn = _outcome(flag, text)
        host = _HOST.fullmatch(fields.get("H", ""))
        nowhere = "none" if flag in _FAILED else "local"
        entry = self._entries[queue_id]
        if flag != ">>" and not entry.sender_known:  # the ``<=`` of >> is to come, and says more
            path = fields.get("F", "")  # log selector sender_on_delivery
            entry.sender = mailbox_of(path[1:-1])
            entry.sender_known = entry.sender is not None or path == "<>"
        delivery = Delivery(
            queue_id=queue_id,
            sender=entry.sender,
            recipient=recipient,
            orig_to=orig_to,
            status=status,
            dsn=dsn,
            relay=f"{host[1] or host[2]}[{host[2]}]{host[3] or ''}"[:255] if host else nowhere,
            at=at,
            message_id=entry.message_id,
            client=entry.client,
            size=entry.size,
        )
        return (entry.settle() if entry.sender_known else []) + entry.deliver(delivery)


def is_exim_line(line: str) -> bool:
    """Tell whether this is a line of Exim's main log or of its syslog."""
    return bool(_EXIM.match(line))


def _target(text: str) -> tuple[Mailbox, Mailbox | None, str] | None:
    """Read who a delivery line is about: recipient, address as it came, and what follows."""
    for again in _UNQUOTED.finditer(text):
        local = re.sub(r"\\(.)", r"\1", again[2])
        domain = _DOMAIN.fullmatch(text, len(local), again.start())
        if text.startswith(local) and (domain or len(local) == again.start()):
            final = f'"{again[2]}"@{domain[1]}' if domain else again[1]
            return _named(final, again[1], text[again.end(1) + 1 :])
    match = _FINAL.match(text) or _LOCAL.match(text)
    return _named(match[1] or match[2], match[2], text[match.end() :]) if match else None


def _named(final: str, top: str | None, text: str) -> tuple[Mailbox, Mailbox | None, str] | None:
    recipient, orig_to = mailbox_of(final), mailbox_of(top or "")
    return (recipient, None if orig_to == recipient else orig_to, text) if recipient else None


def _outcome(flag: str, text: str) -> tuple[dict[str, str], str, str | None]:
    """Read what follows the addresses: fields, status, enhanced code."""
    if flag not in _FAILED:
        fields = _fields(text)
        confirmed = _CONFIRMED.match(fields.get("C", ""))
        return fields, "sent", confirmed and confirmed[1]
    before = _BEFORE_TEXT.match(text)
    end = before.end() if before else 0
    refused = _REFUSED.search(text, end)
    status = "expired" if flag == "**" and _EXPIRED.search(text) else _FAILED[flag]
    return _fields(text[:end]), status, refused and refused[2]


def _fields(text: str) -> dict[str, str]:
    """Read ``KEY=value`` once each: what comes first is Exim's."""
    return dict(reversed(_FIELDS.findall(text)))


_QUICK = rb'(?:"(?:[^"\\\n]|\\.)*+")?+[^\s<>"@]*@[^\s<>"()]*[^\s<>"(),:]'
_QUICK_UNQUOTED = rb'[^@<>"\n]{1,140}@[^\s<>"()]+(?= <")'
_QUICK_BEFORE = rb' (?:(?:[=\->]>|==|\*\*) (?:[^@<("\n]{0,512}[<(])?|<(?="))'
_KEY = rb" (?:\xef\xbb\xbf)?(" + _ID.encode() + rb") "

EXIM = Dialect(
    name="exim",
    recognises=is_exim_line,
    joiner=EximJoiner,
    recipients=re.compile(_QUICK_BEFORE + rb"(" + _QUICK + rb"|" + _QUICK_UNQUOTED + rb")"),
    senders=re.compile(rb" (?:[<(]= |F=<)(" + _QUICK + rb")"),
    key=re.compile(_KEY + rb"(?:<=|\(=|=>|->|>>|==|\*\*|Completed)"),
    message=b" <= ",
    arrival=re.compile(_KEY + rb"<= "),
    sender=re.compile(_KEY + rb"<= "),
    subject=re.compile(rb' T="(?:[^"\\\n]|\\.)*+(?:"|\\?(?=\n|\Z))'),  # a long line is cut
)
