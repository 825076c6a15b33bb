"""Own the story's mail: what ann writes, with a crew list, ready to be sent.

All names are invented; domains end in .example or are the story's own.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8

ANN = "ann@contractor.example"
_NUMBERS = itertools.count(1)

CREW_LIST = """\
Name,Rank,Date of birth,Passport number,Nationality
Quill Harrow,Captain,1971-03-14,X4471920,USA
Bram Oakes,First officer,1980-11-02,X5520147,USA
Tilda Marsh,Engineer,1985-07-21,X6093318,USA
Orin Vale,Loadmaster,1990-01-30,X7184402,USA
Petra Lund,Loadmaster,1992-09-09,X7901265,USA
"""


def crew_list_mail(
    to: Sequence[str], cc: Sequence[str] = (), *, sender: str = ANN, subject: str = "Crew list"
) -> bytes:
    """Write a message with the crew list attached; CRLF line ends, a Message-ID of its own."""
    letter = plain_mail(to, cc, sender=sender, subject=subject)
    letter.add_attachment(CREW_LIST, subtype="csv", filename="crew list.csv")
    return as_bytes(letter)


def plain_mail(
    to: Sequence[str],
    cc: Sequence[str] = (),
    *,
    sender: str = ANN,
    subject: str = "Inspection on Monday",
) -> EmailMessage:
    """Write a message without attachment, to be altered or given to `as_bytes`."""
    utf8 = not all(address.isascii() for address in (sender, *to, *cc))
    letter = EmailMessage(SMTPUTF8 if utf8 else SMTP)
    letter["From"] = sender
    letter["To"] = ", ".join(to)
    if cc:
        letter["Cc"] = ", ".join(cc)
    letter["Subject"] = subject
    letter["Date"] = "Mon, 17 Jul 2023 09:30:00 +0000"
    letter["Message-ID"] = f"<story-{next(_NUMBERS)}@contractor.example>"
    letter.set_content("The list is below.\n.leading dot\nRegards, Ann\n")
    return letter


def as_bytes(letter: EmailMessage) -> bytes:
    """Give the message's bytes with CRLF line ends."""
    return letter.as_bytes()
