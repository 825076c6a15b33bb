"""Own the text of an HTML page: what a person could read in it.

No tree is built: tags are taken out in one linear pass, so that no nesting and no missing bracket can
exhaust anything. Cells of a table row are separated by a tab, rows and blocks by a line end. Text that
a style hides is kept, since whoever receives the page has it, and so are comments, apart.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from missent.mail.document import Reason

_COMMENT_OR_SILENT = re.compile(r"<(?:!--|(script|style|title)\b[^<>]*>)", re.IGNORECASE)
_ENDS = {
    name: re.compile(rf"</{name}\b[^<>]*>?", re.IGNORECASE) for name in ("script", "style", "title")
}
_TAG = re.compile(r"<(?:(/?[a-zA-Z][a-zA-Z0-9]*)[^<>]*|[!?/][^<>]*)>?")
_BREAKS = (
    *("address", "article", "blockquote", "br", "caption", "dd", "div", "dl", "dt", "fieldset"),
    *("footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav"),
    *("ol", "option", "p", "pre", "section", "table", "tbody", "tfoot", "thead", "tr", "ul"),
)
_MEANS = {
    **dict.fromkeys(_BREAKS, "\n"),
    **dict.fromkeys((f"/{name}" for name in _BREAKS), "\n"),
    "/td": "\t",
    "/th": "\t",
}


_SAYS = frozenset({"img", "area", "input", "button", "option", "iframe", "textarea"})
_ATTRIBUTE = re.compile(
    r"""\s(?:alt|value|placeholder|title|label|srcdoc)\s{0,9}=\s{0,9}(?:"([^"]+)"|'([^']+)')""",
    re.IGNORECASE,
)
_DATA = re.compile(r"\bdata:(image/)?[a-z0-9.+/-]{1,80}[;,]", re.IGNORECASE)


def enclosed(page: str) -> Iterator[Reason]:
    """Tell of files that a page carries in its links, which are not read."""
    found = {bool(match[1]) for match in _DATA.finditer(page)} if "data:" in page else set()
    if True in found:
        yield Reason.PICTURE
    if False in found:
        yield Reason.UNKNOWN_KIND


def text_of(page: str) -> tuple[str, str]:
    """Give the text of a page and the text of its comments. Linear; never raises."""
    spoken, comments = _spoken(page)
    told: list[str] = []

    def meaning(tag: re.Match[str]) -> str:
        name = (tag[1] or "").lower()
        if name in _SAYS:
            told.extend(one[1] or one[2] for one in _ATTRIBUTE.finditer(tag[0]))
        return _MEANS.get(name, "")

    text = html.unescape(_TAG.sub(meaning, " ".join(spoken.split())))
    return _tidy(text), html.unescape("\n".join(filter(str.strip, (comments, *told))))


def _tidy(text: str) -> str:
    """Take out the white space that tags have left."""
    text = text.replace("\xa0", " ").replace("  ", " ").replace(" \t", "\t").replace("\t ", "\t")
    return "\n".join(line for one in text.split("\n") if (line := one.strip()))


def _spoken(page: str) -> tuple[str, str]:
    """Take out scripts, styles and comments; one that is never closed hides nothing."""
    spoken: list[str] = []
    comments: list[str] = []
    endless: set[str] = set()
    position = kept = 0
    while match := _COMMENT_OR_SILENT.search(page, position):
        position = match.end()
        name = (match[1] or "").lower()
        end = -1 if name in endless else _end(page, name, position)
        if end < 0:
            endless.add(name)
            spoken.append(page[kept : match.start()])
            kept = position
            continue
        if not name and (said := _conditional(page, position, end - 3)).strip():
            comments.append(said)
        spoken.append(page[kept : match.start()])
        position = kept = end
    spoken.append(page[kept:])
    return " ".join(spoken), "\n".join(comments)


def _end(page: str, name: str, position: int) -> int:
    """Give the offset behind what ends a comment (no name) or element; -1 if nothing does."""
    if name:
        last = _ENDS[name].search(page, position)
        return last.end() if last else -1
    found = page.find("-->", position)
    return found + 3 if found >= 0 else -1


def _conditional(page: str, start: int, end: int) -> str:
    """Give a comment; of one that is a condition, what the programs show that it is for."""
    if not page.startswith("[if", start):
        return page[start:end]
    inner, _ = _spoken(page[page.find("]", start, end) + 1 : end])
    first, *islands = inner.split("<xml>")  # settings of the program
    inner = "".join((first, *(one.partition("</xml>")[2] for one in islands)))
    return "\n".join(line for one in _TAG.sub("\n", inner).split("\n") if (line := one.strip(" >")))
