"""Own what all of Missent's letters are made with: templates, headers, line ends, addresses, names.

The rule: text from outside is hostile. It cannot become markup, start a header line, or be a link;
what a template shows is escaped, and an address under suspicion is shown inert.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from importlib import resources
from typing import Final

from jinja2 import DictLoader, Environment, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from missent.mail.mailbox import Mailbox
from missent.mail.mime import one_line
from missent.service.delivery_report import serialise

LARGEST: Final = 60_000
"""Octets of a letter; Gmail cuts a mail at about 100 kB. What it lists may be long: then less is shown."""
_WIDTH: Final = 72


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who writes, and who answers questions."""

    organisation: str
    operator: Mailbox
    """In From."""
    contact: Mailbox
    """In Reply-To: the data-protection officer, or whoever looks into it."""
    timezone: str
    """IANA name; days are those of this zone."""


def top(head: Letterhead, reader: Mailbox, subject: str, at: datetime, name: str) -> EmailMessage:
    """Make the header of a letter; `name` is the left part of its Message-ID."""
    plain = all(box.wire.isascii() for box in (reader, head.operator, head.contact))
    letter = EmailMessage(policy=SMTP if plain else SMTPUTF8)
    letter["From"] = address(head.operator, "Missent")
    letter["To"] = address(reader)
    if head.contact != head.operator:
        letter["Reply-To"] = address(head.contact)
    letter["Subject"] = f"[Missent] {one_line(subject)}"
    letter["Date"] = at
    letter["Message-ID"] = f"<{name}@{head.operator.domain.ascii}>"
    letter["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5
    return letter


def two_parts(
    letter: EmailMessage, environment: Environment, name: str, facts: Mapping[str, object]
) -> bytes:
    """Write a letter as text and as HTML, by the templates ``name.txt`` and ``name.html``."""
    text, html = (
        environment.get_template(f"{name}.{kind}").render(facts) for kind in ("txt", "html")
    )
    letter.set_content(text, cte="quoted-printable")
    letter.add_alternative(html, subtype="html", cte="quoted-printable")
    letter.set_boundary(boundary(letter))
    return serialise(letter)


def templates(folder: str, names: Iterable[str]) -> Environment:
    """Load templates from ``missent/data/<folder>``; those ending in ``.html`` escape what they show."""
    place = resources.files("missent") / "data" / folder
    environment = Environment(
        loader=DictLoader({name: (place / name).read_text("utf-8") for name in names}),
        autoescape=select_autoescape(("html",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["wrap"] = wrap
    environment.filters["inert"] = inert
    return environment


def wrap(text: str, indent: int = 0, hang: int | None = None) -> str:
    """Break a paragraph into lines of at most 72 characters; `hang` indents all lines but the first."""
    return textwrap.fill(
        text,
        _WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent if hang is None else hang),
        break_long_words=False,
        break_on_hyphens=False,
    )


def inert(text: str) -> Markup:
    """Show an address so that mail programs and scanners make no link of it: nobody should write there."""
    return Markup(re.sub(r"([@.])", r"<span>\1</span>", str(escape(text))))  # noqa: S704 - escaped above


def address(mailbox: Mailbox, name: str = "") -> Address:
    """Write a mailbox for a header field."""
    return Address(name, username=mailbox.local_part, domain=mailbox.domain.ascii)


def boundary(letter: EmailMessage) -> str:
    """Make a boundary that is the same each time; ``=_`` cannot stand in quoted-printable."""
    return "=_" + str(letter["Message-ID"])[1:].partition("@")[0]
