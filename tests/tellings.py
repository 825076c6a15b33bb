"""Own how one and the same mail is told by every kind of source that an investigation reads.

A `Sent` is one message to one recipient; each function writes many of them as one kind of server, service
or archive would. Nothing here knows what is wrong with any of it.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa
import pyarrow.parquet as pq

START = datetime(2025, 3, 3, 9, tzinfo=UTC)
SENT, BOUNCED, DEFERRED = "sent", "bounced", "deferred"


@dataclass(frozen=True, slots=True)
class Sent:
    """One message to one recipient, and how the attempt ended."""

    name: str
    """The left of its Message-ID."""
    sender: str
    to: str
    at: datetime
    status: str = SENT

    @property
    def message_id(self) -> str:
        """Give it with angle brackets."""
        return f"<{self.name}@{self.sender.partition('@')[2]}>"

    @property
    def server(self) -> str:
        """Give the host that was spoken to."""
        return f"mx.{self.to.partition('@')[2]}"


def day(number: int, hour: int = 9) -> datetime:
    """Give a moment of the story: day 0 is 2025-03-03."""
    return START + timedelta(days=number, hours=hour - START.hour)


# --- logs ----------------------------------------------------------------------------------------


def postfix(mail: Iterable[Sent], stamp: str = "%Y-%m-%dT%H:%M:%S+00:00") -> str:
    """Write Postfix's log."""
    lines = []
    for number, one in enumerate(mail, 0xABCD000001):
        head, key = f"{one.at:{stamp}} mx postfix", f"{number:X}"
        reply = {SENT: "250 2.0.0 ok", BOUNCED: "550 5.1.1 no such user", DEFERRED: "timed out"}
        code = {SENT: "2.0.0", BOUNCED: "5.1.1", DEFERRED: "4.4.1"}[one.status]
        relay = "none" if one.status == DEFERRED else f"{one.server}[203.0.113.9]:25"
        lines += [
            f"{head}/smtpd[7]: {key}: client=pc7.contractor.example[192.0.2.7]",
            f"{head}/cleanup[8]: {key}: message-id={one.message_id}",
            f"{head}/qmgr[9]: {key}: from=<{one.sender}>, size=1432, nrcpt=1 (queue active)",
            (
                f"{head}/smtp[10]: {key}: to=<{one.to}>, relay={relay}, delay=1, delays=0/0/0/1, "
                f"dsn={code}, status={one.status} ({reply[one.status]})"
            ),
            f"{head}/qmgr[9]: {key}: removed",
        ]
    return "\n".join(lines) + "\n"


def exim(mail: Iterable[Sent]) -> str:
    """Write Exim's main log; its log selector has the subject."""
    lines = []
    for number, one in enumerate(mail, 100_000):
        head = f"{one.at:%Y-%m-%d %H:%M:%S} +0000 1vMkQK-{number:06}-1A"
        host = f"R=dnslookup T=remote_smtp H={one.server} [203.0.113.9]"
        end = {
            SENT: f'=> {one.to} {host} C="250 2.0.0 Ok"',
            BOUNCED: f"** {one.to} {host}: SMTP error from remote mail server after RCPT TO:<{one.to}>: "
            "550 5.1.1 no such user",
            DEFERRED: f"== {one.to} {host} defer (110): Connection timed out",
        }[one.status]
        about = f'T="Papers of {one.name}"'
        lines += [
            (
                f"{head} <= {one.sender} H=pc7.contractor.example [192.0.2.7] P=esmtpsa S=1432 "
                f"id={one.message_id[1:-1]} {about}"
            ),
            f"{head} {end}",
            f"{head} Completed",
        ]
    return "\n".join(lines) + "\n"


def sendmail(mail: Iterable[Sent]) -> str:
    """Write Sendmail's log."""
    lines = []
    for number, one in enumerate(mail, 1_000):
        head = f"{one.at:%Y-%m-%dT%H:%M:%S}+00:00 relay sm-mta[1234]: 533A01qx{number:06}"
        dsn, stat = {
            SENT: ("2.0.0", "Sent (ok)"),
            BOUNCED: ("5.1.1", "User unknown"),
            DEFERRED: ("4.0.0", "Deferred: Connection timed out"),
        }[one.status]
        lines += [
            (
                f"{head}: from=<{one.sender}>, size=1432, class=0, nrcpts=1, msgid={one.message_id}, "
                "proto=ESMTP, daemon=MTA, relay=pc7.contractor.example [192.0.2.7]"
            ),
            (
                f"{head}: to=<{one.to}>, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=121432, "
                f"relay={one.server}. [203.0.113.9], dsn={dsn}, stat={stat}"
            ),
        ]
    return "\n".join(lines) + "\n"


def opensmtpd(mail: Iterable[Sent]) -> str:
    """Write OpenSMTPD's log, which knows no Message-ID."""
    lines = []
    for number, one in enumerate(mail, 0x5A6B7C00):
        head, key = (
            f"{one.at:%Y-%m-%dT%H:%M:%S}+00:00 edge smtpd[51]: 8b2d1a0c5e6f7788",
            f"{number:08x}",
        )
        result, stat = {
            SENT: ("Ok", "250 2.0.0 ok"),
            BOUNCED: ("PermFail", "550 5.1.1 no such user"),
            DEFERRED: ("TempFail", "451 4.4.1 later"),
        }[one.status]
        lines += [
            f"{head} smtp message msgid={key} size=1432 nrcpt=1 proto=ESMTP",
            (
                f"{head} mta delivery evpid={key}11223344 from=<{one.sender}> to=<{one.to}> rcpt=<-> "
                f'source="192.0.2.1" relay="203.0.113.9 ({one.server})" delay=1s result="{result}" '
                f'stat="{stat}"'
            ),
        ]
    return "\n".join(lines) + "\n"


# --- traces --------------------------------------------------------------------------------------


def _csv(header: Sequence[str], rows: Iterable[Mapping[str, str]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, header, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def microsoft365(mail: Iterable[Sent]) -> str:
    """Write a message trace of Exchange Online as its cmdlet exports it."""
    header = (
        "MessageId,Received,SenderAddress,RecipientAddress,Subject,Status,ToIP,FromIP,Size,"
        "MessageTraceId"
    )
    status = {SENT: "Delivered", BOUNCED: "Failed", DEFERRED: "Pending"}
    return _csv(
        header.split(","),
        (
            {
                "MessageId": one.message_id,
                "Received": f"{one.at:%Y-%m-%dT%H:%M:%SZ}",
                "SenderAddress": one.sender,
                "RecipientAddress": one.to,
                "Subject": f"Papers of {one.name}",
                "Status": status[one.status],
                "ToIP": "203.0.113.9",
                "Size": "4711",
                "MessageTraceId": f"bbbbbbbb-0000-0000-0000-{number:012}",
            }
            for number, one in enumerate(mail)
        ),
    )


def google(mail: Iterable[Sent]) -> str:
    """Write an Email Log Search export of Google Workspace."""
    header = (
        "Message ID,Start date,End date,Sender,Message size,Subject,Direction,Attachments,"
        "Recipient address,Event target,Event date,Event status,Event target IP address,Has encryption,"
        "Event SMTP reply code,Event description,Client Type,Device User Session ID"
    )
    status = {SENT: "DELIVERED", BOUNCED: "BOUNCED", DEFERRED: "DEFERRED"}
    return _csv(
        header.split(","),
        (
            {
                "Message ID": one.message_id[1:-1],
                "Start date": f"{one.at:%Y/%m/%d %H:%M:%S} UTC",
                "Sender": one.sender,
                "Subject": f"Papers of {one.name}",
                "Recipient address": one.to,
                "Event target": "SMTP_OUT",
                "Event date": f"{one.at:%Y/%m/%d %H:%M:%S} UTC",
                "Event status": status[one.status],
                "Event target IP address": "203.0.113.9",
            }
            for one in mail
        ),
    )


def exchange(mail: Iterable[Sent]) -> str:
    """Write a message tracking log of Exchange."""
    header = (
        "date-time,client-ip,client-hostname,server-ip,server-hostname,source,event-id,internal-message-id,"
        "message-id,recipient-address,recipient-status,total-bytes,message-subject,sender-address"
    )
    event = {SENT: "SENDEXTERNAL", BOUNCED: "FAIL", DEFERRED: "DEFER"}
    reply = {SENT: "250 2.1.5 ok", BOUNCED: "550 5.1.1 unknown", DEFERRED: "451 4.4.0 later"}
    rows = (
        {
            "date-time": f"{one.at:%Y-%m-%dT%H:%M:%S}.000Z",
            "server-ip": "203.0.113.9",
            "server-hostname": one.server,
            "source": "SMTP",
            "event-id": event[one.status],
            "internal-message-id": str(number),
            "message-id": one.message_id,
            "recipient-address": one.to,
            "recipient-status": reply[one.status],
            "total-bytes": "5120",
            "message-subject": f"Papers of {one.name}",
            "sender-address": one.sender,
        }
        for number, one in enumerate(mail, 4_711)
    )
    top = "#Software: Microsoft Exchange Server\r\n#Version: 15.02.1544.004\r\n"
    return f"{top}#Log-type: Message Tracking Log\r\n#Fields: {_csv(header.split(','), rows)}"


# --- archives ------------------------------------------------------------------------------------

Adorn = Callable[[Sent, EmailMessage], None]
"""Puts into a message what it carries."""


def plain(one: Sent, message: EmailMessage) -> None:
    """Carry nothing to speak of."""
    message.set_content("Please find it below.\n")


def letter(one: Sent, adorn: Adorn = plain) -> bytes:
    """Write a message as it is stored."""
    message = EmailMessage()
    message["From"], message["To"] = one.sender, one.to
    message["Subject"] = f"Papers of {one.name}"
    message["Date"] = format_datetime(one.at)
    message["Message-ID"] = one.message_id
    adorn(one, message)
    return message.as_bytes()


def mbox(mail: Iterable[Sent], adorn: Adorn = plain) -> bytes:
    """Write an mbox."""
    separator = b"From MAILER Thu Jan  1 00:00:00 1970\n"
    return b"".join(separator + letter(one, adorn) + b"\n" for one in mail)


def maildir(folder: Path, mail: Iterable[Sent], adorn: Adorn = plain) -> None:
    """Write a Maildir."""
    for part in ("cur", "new", "tmp"):
        (folder / part).mkdir(parents=True)
    for number, one in enumerate(mail):
        part = "cur" if number % 2 else "new"
        (folder / part / f"{number}.M1.mx").write_bytes(letter(one, adorn))


def emls(folder: Path, mail: Iterable[Sent], adorn: Adorn = plain) -> None:
    """Write a folder of single messages."""
    folder.mkdir()
    for number, one in enumerate(mail):
        (folder / f"{number}.eml").write_bytes(letter(one, adorn))


def parquet(path: Path, mail: Iterable[Sent]) -> None:
    """Write a table of mail."""
    rows = [
        {
            "message_id": one.message_id,
            "date": one.at.timestamp(),
            "sender": one.sender,
            "to": [one.to],
            "subject": f"Papers of {one.name}",
            "body": "Please find it below.\n",
        }
        for one in mail
    ]
    pq.write_table(pa.Table.from_pylist(rows), path)


TEXTS: Mapping[str, Callable[[Iterable[Sent]], str]] = MappingProxyType(
    {
        "postfix": postfix,
        "exim": exim,
        "sendmail": sendmail,
        "opensmtpd": opensmtpd,
        "microsoft365": microsoft365,
        "google-log-search": google,
        "exchange": exchange,
    }
)
"""Kind, as an investigation calls it -> how it is written."""


def tell(folder: Path, kind: str, mail: Sequence[Sent], adorn: Adorn = plain) -> str:
    """Write mail into `folder` as one kind of source; gives the source's name below it.

    A Postfix log is rotated: the older half is compressed.
    """
    if kind == "postfix":
        older, newer = mail[: len(mail) // 2], mail[len(mail) // 2 :]
        (folder / "mail.log.1.gz").write_bytes(gzip.compress(postfix(older).encode(), mtime=0))
        (folder / "mail.log").write_text(postfix(newer))
        return "mail.log"
    if kind in TEXTS:
        (folder / kind).write_text(TEXTS[kind](mail), newline="")
    elif kind == "mbox":
        (folder / kind).write_bytes(mbox(mail, adorn))
    elif kind == "parquet":
        parquet(folder / kind, mail)
    else:
        {"maildir": maildir, "eml": emls}[kind](folder / kind, mail, adorn)
    return kind
