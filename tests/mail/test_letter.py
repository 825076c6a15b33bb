"""The letter itself, read whole."""

from __future__ import annotations

import base64

from missent.mail.attachment import attachments
from missent.mail.document import Reason, Where
from missent.mail.letter import LETTER_OCTETS, letter_of
from missent.mail.message import parse


def _mail(*lines: str) -> bytes:
    return "\r\n".join(("From: ann@contractor.example", "To: bob@army.mil", *lines)).encode()


MIXED = _mail(
    "X-Protective-Marking: VER=2018.4,",
    " NS=gov.au, SEC=PROTECTED",
    "MIME-Version: 1.0",
    'Content-Type: multipart/mixed; boundary="b"',
    "",
    "--b",
    "Content-Type: text/plain; charset=utf-8",
    "",
    "Bob, the roster.",
    "--b",
    "Content-Type: text/html",
    "Content-Transfer-Encoding: quoted-printable",
    "",
    "<p>Bob=2C the <b>roster</b>.</p><!-- v2 -->",
    "--b",
    'Content-Type: text/csv; name="crew.csv"',
    "Content-Transfer-Encoding: base64",
    "",
    base64.b64encode(b"Name,Rank\r\nA. Roe,Captain\r\n").decode(),
    "--b",
    "Content-Type: message/rfc822",
    "",
    "Subject: =?utf-8?q?NATO_RESTRICTED?=",
    "SIO-Label: marking=x",
    "",
    "forwarded text",
    "--b--",
    "",
)


def test_text_parts_are_the_letter_and_the_rest_is_attached() -> None:
    """Each leaf is a document of the letter or an attachment, by position; none is both or neither."""
    message = parse(MIXED)
    letter = letter_of(MIXED, message)
    read = [(d.position, d.kind, [t.text for t in d.texts]) for d in letter]
    assert read == [
        ("1", "text", ["Bob, the roster."]),
        ("2", "html", ["Bob, the roster.", " v2 "]),
        ("4/header", "eml", ["NATO RESTRICTED"]),
        ("4", "text", ["forwarded text"]),
    ]
    assert letter[1].texts[1].where is Where.HIDDEN
    assert dict(letter[2].properties)["sio-label"] == "marking=x"
    attached = list(attachments(MIXED, message.parts))
    assert [(a.position, a.content_type, a.name) for a in attached] == [
        ("3", "text/csv", "crew.csv")
    ]
    assert attached[0].octets == b"Name,Rank\r\nA. Roe,Captain\r\n"


def test_label_fields_are_kept_unfolded() -> None:
    """Labels of vendors stand in the header, folded."""
    fields = dict(parse(MIXED).fields)
    assert fields["x-protective-marking"] == "VER=2018.4, NS=gov.au, SEC=PROTECTED"
    assert "to" not in fields


def test_what_is_encrypted_in_the_letter_is_told() -> None:
    """Inline PGP is no text."""
    mail = _mail("", "-----BEGIN PGP MESSAGE-----", "", "hQEMA", "-----END PGP MESSAGE-----")
    assert letter_of(mail, parse(mail))[0].problems == (Reason.ENCRYPTED,)


def test_a_letter_without_end_is_a_problem_and_not_cut_silently() -> None:
    """What is beyond the limit was not judged, so it is a finding."""
    mail = _mail("", "x" * LETTER_OCTETS, "SECRET")
    assert letter_of(mail, parse(mail))[0].problems == (Reason.TOO_BIG,)


def test_nothing_of_the_letter_is_in_a_repr() -> None:
    """A debugger's print or a traceback must not repeat it (law 8)."""
    message = parse(MIXED)
    shown = repr((message, letter_of(MIXED, message), list(attachments(MIXED, message.parts))))
    for canary in ("roster", "PROTECTED", "RESTRICTED", "Captain", "crew", "forwarded"):
        assert canary not in shown
