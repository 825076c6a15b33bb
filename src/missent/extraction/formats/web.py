"""Own the reading of an HTML file: its text as a person reads it, its comments apart."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from missent.extraction.charset import decoded
from missent.extraction.reader import Budget, Item
from missent.mail.document import Document, Text, Where
from missent.mail.html import enclosed, text_of

_TITLE = re.compile(r"<title[^<>]{0,200}>([^<>]{1,1000})</title", re.IGNORECASE)
_META = re.compile(
    r"<meta\s{1,9}name=[\"']([\w.:-]{1,100})[\"']\s{1,9}content=[\"']([^\"'<>]{1,1000})[\"']",
    re.IGNORECASE,
)
_HEAD = 65_536


def read(item: Item, budget: Budget) -> Iterator[Document]:
    """Read a page."""
    page = decoded(item.octets)
    budget.spend(characters=len(page))
    text, comments = text_of(page)
    title = _TITLE.search(page, 0, _HEAD)
    named = _META.finditer(page, 0, _HEAD)
    yield Document(
        item.position,
        "html",
        item.name,
        texts=(Text(text), *((Text(comments, Where.COMMENT),) if comments.strip() else ())),
        problems=tuple(enclosed(page)),
        properties=(
            *((("title", html.unescape(title[1]).strip()),) if title else ()),
            *((match[1], html.unescape(match[2])) for match in named if match[1] != "viewport"),
        ),
    )
