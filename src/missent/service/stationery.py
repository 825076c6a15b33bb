"""Own what all of Missent's letters are made with: templates, line ends, addresses, names of letters.

The rule: text from outside is hostile. It cannot become markup, start a header line, or be a link;
what a template shows is escaped, and an address under suspicion is shown inert.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from email.headerregistry import Address
from email.message import EmailMessage
from importlib import resources
from typing import Final

from jinja2 import DictLoader, Environment, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from missent.mail.mailbox import Mailbox

_WIDTH: Final = 72


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
