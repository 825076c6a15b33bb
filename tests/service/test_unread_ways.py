"""Ways in which a letter says something where a reader of letters may not look."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

import pytest

from missent.extraction.reader import Item, Limits
from missent.extraction.reading import read_all
from missent.judge.content import read
from missent.judge.vocabulary import Vocabulary
from missent.mail.attachment import Attachment
from missent.mail.document import Document, Reason
from missent.mail.message import parse
from missent.service.contents import with_content

SAID = "quetzal roster passport"
_HEAD = "From: ann@contractor.example\r\nTo: bob@army.mil\r\nMIME-Version: 1.0\r\n"
_WIDE = base64.encodebytes(SAID.encode("utf-16")).decode()
_WALL = base64.b64encode(f"{SAID} and a filler of text \r\n".encode() * 30).decode()
_MULTI = _HEAD + 'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'


class Direct:
    """Reads attachments in this very process."""

    def extract(self, attachments: Sequence[Attachment]) -> tuple[Document, ...]:
        """Give what is in each."""
        items = [Item(a.position, a.content_type, a.name, a.octets) for a in attachments]
        return tuple(read_all(items, Limits()))


def _letter(body: str, content_type: str = "text/plain; charset=utf-8", *fields: str) -> bytes:
    head = "".join(f"{one}\r\n" for one in (f"Content-Type: {content_type}", *fields))
    return (_HEAD + head + "\r\n" + body).encode()


def _page(body: str) -> bytes:
    return _letter(body, "text/html; charset=utf-8")


_BASE64 = "Content-Transfer-Encoding: base64"
_UU = binascii.b2a_uu(SAID.encode()).decode().replace("\n", "\r\n")
WAYS = {
    "joiners": _letter("que\u200btzal ros\u00adter pass\u2060port"),
    "entities of soft hyphens": _page("que&shy;tzal ros&#8203;ter passport"),
    "preamble": (_MULTI + SAID + "\r\n--b\r\n\r\nhi\r\n--b--\r\n").encode(),
    "epilogue": (_MULTI + "--b\r\n\r\nhi\r\n--b--\r\n" + SAID).encode(),
    "a long subject": (_HEAD + "Subject: " + "word " * 60 + SAID + "\r\n\r\nhi").encode(),
    "a second subject": (_HEAD + f"Subject: hi\r\nSubject: {SAID}\r\n\r\nhi").encode(),
    "comments": (_HEAD + f"Comments: {SAID}\r\n\r\nhi").encode(),
    "UTF-16 nobody declared": _letter(_WIDE, "text/plain", _BASE64),
    "UTF-16 declared as ASCII": _letter(_WIDE, "text/plain; charset=us-ascii", _BASE64),
    "ASCII declared as EBCDIC": _letter(SAID, "text/plain; charset=cp037"),
    "ASCII declared as UTF-16": _letter(SAID + " ", "text/plain; charset=utf-16-le"),
    "uuencode": _letter(f"See:\r\n\r\nbegin 644 crew.txt\r\n{_UU}`\r\nend\r\n"),
    "bare base64": _letter("\r\n".join(_WALL[n : n + 76] for n in range(0, len(_WALL), 76))),
    "for Outlook only": _page(f"hi<!--[if mso]><p>{SAID}</p><![endif]-->"),
    "instead of a picture": _page(f"hi<img alt='{SAID}'>"),
    "in a form": _page(f'<input value="{SAID}">'),
    "a page declared plain": _letter("<html><body>que<b>tzal</b> roster passport"),
}


@pytest.mark.parametrize("way", WAYS)
def test_what_is_said_in_an_unusual_place_is_read(way: str) -> None:
    """Whoever receives the mail has it, so the detectors have it."""
    message = with_content(parse(WAYS[way]), WAYS[way], Direct())
    content = read(message, Vocabulary(()))
    assert any(SAID.encode() in b" ".join(one.plain.split()) for one in content.readings)


@pytest.mark.parametrize(
    ("mail", "reason"),
    [
        (_letter("=ybegin line=128 size=3 name=x\r\nxyz"), Reason.UNKNOWN_KIND),
        (_page("<img src='data:image/png;base64,AAAA'>"), Reason.PICTURE),
        (_page("<a href='data:text/html;base64,AAAA'>x</a>"), Reason.UNKNOWN_KIND),
        (_letter("%PDF-1.4\r\n"), Reason.MALFORMED),
        (_letter(base64.b64encode(b"PK\3\4abc").decode(), "text/plain", _BASE64), Reason.MALFORMED),
    ],
)
def test_what_cannot_be_read_in_a_letter_is_told(mail: bytes, reason: Reason) -> None:
    """Law 5: neither a file declared text nor one in a link passes in silence."""
    message = with_content(parse(mail), mail, Direct())
    assert reason in message.documents[0].problems


def test_a_piece_of_a_message_is_told() -> None:
    """Nobody can read a third of a file: RFC 2046 §5.2.2 lets programs cut one."""
    mail = _letter("AAAA", "message/partial; id=1; number=2; total=3")
    assert "partial_message" in parse(mail).problems


def test_ordinary_letters_have_nothing_beside_them() -> None:
    """The notice for old programs before the first part is all there usually is; a key is no file."""
    key = "-----BEGIN PGP PUBLIC KEY BLOCK-----\r\n\r\n" + "mQINBF" * 11 + "\r\n"
    mail = _letter("Dear Bob,\r\nbegin with the roster.\r\n" + key * 2)
    assert [d.position for d in with_content(parse(mail), mail, Direct()).documents] == ["1"]
