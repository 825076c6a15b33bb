"""What is read of a message's text."""

from __future__ import annotations

import base64

import pytest

from missent.mail.message import parse
from missent.mail.opening import LENGTH, read_opening


def _mail(*lines: str) -> bytes:
    return "\r\n".join(("From: ann@contractor.example", "To: bob@army.mil", *lines)).encode()


def test_plain_text_is_read_as_it_is() -> None:
    """A message without MIME fields is its own text."""
    assert parse(_mail("", "Bob,", "", "the roster.")).text == "Bob,\r\n\r\nthe roster."


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("quoted-printable", "Gr=C3=BC=C3=9Fe, Bob"),
        ("base64", base64.b64encode("Grüße, Bob".encode()).decode()),
        ("8bit", "Grüße, Bob"),
    ],
)
def test_transfer_encodings_are_undone(encoding: str, body: str) -> None:
    """A greeting is found however it travelled."""
    mail = _mail(
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        f"Content-Transfer-Encoding: {encoding}",
        "",
        body,
    )
    assert parse(mail).text.strip() == "Grüße, Bob"


def test_html_is_read_without_tags_and_scripts() -> None:
    """What the reader does not see is not text."""
    html = b"<html><head><title>t</title><style>p{}</style></head><p>Dear Bob,<br>hello</p>"
    assert read_opening(html, "text/html", "utf-8", "7bit").split() == ["Dear", "Bob,", "hello"]


def test_the_first_text_with_something_in_it_counts_and_attachments_do_not() -> None:
    """An attached text is no opening, and an empty part does not hide the next."""
    mail = _mail(
        "MIME-Version: 1.0",
        'Content-Type: multipart/mixed; boundary="b"',
        "",
        "--b",
        'Content-Type: text/plain; name="x.txt"',
        'Content-Disposition: attachment; filename="x.txt"',
        "",
        "attached",
        "--b",
        "Content-Type: text/plain",
        "",
        "  ",
        "--b",
        "Content-Type: text/html",
        "",
        "<p>Bob, hello</p>",
        "--b--",
        "",
    )
    assert parse(mail).text.strip() == "Bob, hello"


@pytest.mark.parametrize("charset", ["", "no-such", "utf-7", "idna", "\x00", "base64"])
def test_a_strange_charset_never_raises(charset: str) -> None:
    """What cannot be decoded is read as far as it can be."""
    assert isinstance(read_opening(b"Bob, \xff\xfe", "text/plain", charset, "base 64"), str)


def test_a_huge_body_costs_its_beginning() -> None:
    """The opening is bounded."""
    assert len(parse(_mail("", "x" * 3_000_000)).text) == LENGTH


def test_the_text_is_in_no_repr() -> None:
    """Law 8: what was read is never repeated."""
    assert "roster" not in repr(parse(_mail("", "the roster")))
