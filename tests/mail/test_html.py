"""The text of an HTML page."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missent.mail.html import text_of


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<p>Dear&nbsp;Ann,<br>hello <b>you</b></p>", "Dear Ann,\nhello you"),
        ("<table><tr><td> A </td><td></td><td>B</td></tr><tr><th>C</th></tr></table>", "A\t\tB\nC"),
        ("<head><title>x</title><style>p{}</style></head>seen<script>var a</script>", "seen"),
        ("<SCRIPT type=x>no</Script >yes", "yes"),
        ("a&lt;b&gt; &amp;amp;", "a<b> &amp;"),
        ("<span style='display:none'>hidden</span>", "hidden"),
        ("half a <b", "half a"),
        ("<!-- never closed, so it is read", "never closed, so it is read"),
        ("<script>never closed", "never closed"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("no\n markup\tat all", "no markup at all"),
        ("", ""),
    ],
)
def test_what_a_reader_sees_is_the_text(page: str, text: str) -> None:
    """Blocks become lines and cells tabs; a tag that is never closed hides nothing."""
    assert text_of(page)[0] == text


def test_comments_are_kept_apart_but_conditions_are_not_text() -> None:
    """Whoever receives the page has its comments, too."""
    page = "a<!-- crew of the ship --><!--[if mso]><xml>1</xml><![endif]-->b"
    assert text_of(page) == ("a b", " crew of the ship ")


@pytest.mark.parametrize(
    "bait",
    ["<!--", "<script>", "<a ", "<script", "&#", " \t", "<td> ", "<", "<br> ", "<!-- -->", "&"],
)
def test_no_page_is_slow(bait: str) -> None:
    """A megabyte of anything takes about a second of a slow machine's time, not minutes."""
    page = (bait * 1_000_000)[:1_000_000]
    started = time.process_time()
    text_of(page)
    assert time.process_time() - started < 10


@given(st.text(alphabet="<>!-/ab &;#t\n", max_size=200))
def test_nothing_raises(page: str) -> None:
    """Whatever comes, there is a text without a closed tag in it."""
    assert isinstance(text_of(page)[0], str)
