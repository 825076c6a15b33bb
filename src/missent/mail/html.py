"""Own the text of an HTML page: what a person could read in it.

No tree is built: tags are taken out in one linear pass, so that no nesting and no missing bracket can
exhaust anything. Cells of a table row are separated by a tab, rows and blocks by a line end. Text that
a style hides is kept, since whoever receives the page has it, and so are comments, apart.
"""

from __future__ import annotations

import html
import re

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


def text_of(page: str) -> tuple[str, str]:
    """Give the text of a page and the text of its comments. Linear; never raises."""
    spoken, comments = _spoken(page)
    text = html.unescape(_TAG.sub(_meaning, " ".join(spoken.split())))
    return _tidy(text), html.unescape(comments)


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
        if not name and not page.startswith("[if", position):  # no program's condition
            comments.append(page[position : end - 3])
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


def _meaning(tag: re.Match[str]) -> str:
    return _MEANS.get((tag[1] or "").lower(), "")
