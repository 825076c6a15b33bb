"""Beliefs about `missent.mail.message`."""

from __future__ import annotations

import email
import hashlib
import time
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missent.mail.message import Message, parse
from missent.mail.mime import DEFAULT_LIMITS, Limits, one_line, spell_out

TOP = b"From: Ann <ann@contractor.example>\r\nTo: john@army.ml\r\nMessage-ID: <1@contractor.example>\r\n"

MIXED = TOP + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
NESTED = [
    b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i) for i in range(900)
]


def _multipart(count: int) -> bytes:
    return MIXED + b"--b\r\n\r\n" * count + b"--b--\r\n"


def test_an_ordinary_message_is_read_whole() -> None:
    """Every field of a `Message` comes from where mail programs look for it."""
    data = (
        b"Received: by a\r\nReceived: by b\r\nDKIM-Signature: v=1\r\n"
        + TOP
        + b"Cc: Bob <bob@navy.mil>\r\n"
        b"Bcc: secret@x.mil\r\nSubject: =?utf-8?q?caf=C3=A9?=\r\n list\r\nIn-Reply-To: <b@x>\r\n"
        b"References: <a@x>\r\n <b@x>\r\n\r\nbody\r\n"
    )
    message = parse(data)
    assert message.message_id == "<1@contractor.example>"
    assert [box.wire for box in message.header_from] == ["ann@contractor.example"]
    assert [box.wire for box in message.addressees] == ["john@army.ml", "bob@navy.mil"]
    assert message.subject == "café list"
    assert message.references == ("<a@x>", "<b@x>")
    assert (message.size, message.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert message.body_digest == hashlib.blake2b(b"body\r\n", digest_size=32).hexdigest()
    assert (message.signed, message.hops, message.resent, message.automatic) == (
        True,
        2,
        False,
        False,
    )
    assert [(p.content_type, p.filename, p.size) for p in message.parts] == [
        ("text/plain", None, 6)
    ]
    assert message.problems == ()


def test_a_retry_with_other_trace_fields_has_the_same_body() -> None:
    """A client's retry differs in Received and Date only; the body's hash does not."""
    one, other = parse(b"Received: a\r\n" + TOP + b"\r\nx\r\n"), parse(TOP + b"\r\nx\r\n")
    assert one.body_digest == other.body_digest
    assert one.sha256 != other.sha256


def test_attachments_are_listed_with_their_names_and_octets() -> None:
    """Leaves of the tree, in order, undecoded; messages in messages are walked through."""
    inner = EmailMessage(policy=SMTP)
    inner.set_content("inner\n")
    inner.add_attachment(b"12345", maintype="application", subtype="pdf", filename="crew-é.pdf")
    outer = EmailMessage(policy=SMTP)
    outer["To"] = "john@army.ml"
    outer.set_content("hello\n")
    outer.add_alternative("<p>hello</p>\n", subtype="html")
    outer.add_attachment(inner)
    message = parse(outer.as_bytes())
    assert [(part.content_type, part.filename) for part in message.parts] == [
        ("text/plain", None),
        ("text/html", None),
        ("text/plain", None),
        ("application/pdf", "crew-é.pdf"),
    ]
    assert message.parts[0].size == len("hello\r\n")
    assert message.problems == ()


TREE = st.recursive(
    st.tuples(st.sampled_from(["text/plain", "application/pdf"]), st.text("ab-\n ", max_size=30)),
    lambda inner: st.lists(inner, min_size=1, max_size=3),
    max_leaves=10,
)


def _build(tree: object, counter: list[int]) -> str:
    if isinstance(tree, tuple):
        return f"Content-Type: {tree[0]}\r\n\r\n" + str(tree[1]).replace("\n", "\r\n")
    assert isinstance(tree, list)
    counter[0] += 1
    boundary = f"frontier{counter[0]}"
    parts = "".join(f"--{boundary}\r\n{_build(part, counter)}\r\n" for part in tree)
    top = f'Content-Type: multipart/mixed; boundary="{boundary}"\r\n\r\npreamble\r\n'
    return f"{top}{parts}--{boundary}--\r\n"


@given(TREE)
@settings(deadline=None)
def test_well_formed_trees_are_read_as_the_standard_library_reads_them(tree: object) -> None:
    """Our walk and the standard library agree about every leaf of mail both can read."""
    data = _build(tree, [0]).encode()
    theirs = [
        (part.get_content_type(), len(str(part.get_payload()).encode()))
        for part in email.message_from_bytes(data).walk()
        if not part.is_multipart()
    ]
    message = parse(data)
    assert [(part.content_type, part.size) for part in message.parts] == theirs
    assert message.problems == ()


@pytest.mark.parametrize(
    ("field", "automatic", "auto_reply"),
    [
        ("Auto-Submitted: no", False, False),
        ("Auto-Submitted: auto-generated", True, False),
        ("Auto-Submitted: auto-replied; owner=x", True, True),
        ("Precedence: Bulk", True, False),
        ("List-Id: <l.x.example>", True, False),
        ("Content-Type: multipart/report; boundary=b", True, True),
        ("X-Mailer: m", False, False),
    ],
)
def test_automatic_mail_is_told_from_automatic_answers(
    field: str, automatic: bool, auto_reply: bool
) -> None:
    """A notification is automatic, but only an answer or report was addressed by nobody."""
    message = parse(TOP + field.encode() + b"\r\n\r\n")
    assert (message.automatic, message.auto_reply) == (automatic, auto_reply)


def test_resent_mail_names_its_new_recipients() -> None:
    """Resent-To counts as a recipient field, and the message is known to be passed on."""
    message = parse(TOP + b"Resent-To: kim@navy.mil\r\n\r\n")
    assert message.resent
    assert "kim@navy.mil" in [box.wire for box in message.addressees]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (TOP + b"Cc: a@x.mil <b@y.ml>\r\n\r\n", "header_disagreement"),
        (TOP + b'Cc: "bob@navy.mil" <bob@navy.ml>\r\n\r\n', "header_disagreement"),
        (b"To: " + b"(" * 300 + b"\r\n\r\n", "header_disagreement"),
        (b"To: " + b"(" * 900_000 + b"\r\n\r\n", "header_disagreement"),
        (TOP + b"stray\r\nCc: b@y.ml\r\n\r\n", "malformed_header"),
        (b"X: y\r\n" * 200_000 + TOP + b"\r\n", "too_many_fields"),
        (b"X: " + b"y" * 2_000_000 + b"\r\n" + TOP + b"\r\n", "header_too_big"),
        (_multipart(100_000), "too_many_parts"),
        (TOP + b"Content-Type: message/rfc822\r\n\r\n" * 1_000, "too_deep"),
        (TOP + b"".join(NESTED), "too_deep"),
        (_multipart(1)[:-7] + b"--x\r\n" * 300_000, "too_many_parts"),
        (TOP + b"Content-Type: multipart/mixed\r\n\r\nx", "malformed_mime"),
        (TOP + b"Content-Type: multipart/mixed; boundary=never\r\n\r\nx", "malformed_mime"),
        (
            TOP + b"Content-Type: text/plain\r\nContent-Type: application/pdf\r\n\r\nx",
            "malformed_mime",
        ),
        (TOP + b"Content-Type: text/plain" + b";" * 60_000 + b"\r\n\r\nx", "malformed_mime"),
        (MIXED + b"--b\r\n" + b"a: b\r\n" * 30_000, "header_too_big"),
    ],
)
def test_what_cannot_be_read_is_a_problem_in_bounded_time(data: bytes, problem: str) -> None:
    """Doubt is named, never passed over, and no bomb takes longer than the verdict may."""
    started = time.process_time()
    message = parse(data)
    assert time.process_time() - started < 2.0
    assert problem in message.problems
    assert message.size == len(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\nno header\r\n",
        b"To: john@army.ml",
        b"From: a@x.mil\nTo: b@y.mil\n\nbare line feeds, as archives have them\n",
        TOP + b"Date: yesterday-ish\r\nSubject: caf\xe9\r\n\r\n\xff\xfe",
        b"From: a@x.mil\r\nTo: undisclosed-recipients:;\r\nSubject: =?x?q?\r\n\r\n",
        TOP + b"Content-Type: text\r\n\r\n",
        MIXED.replace(b"=b", b'="a b"') + b"--a b\r\n\r\nx\r\n--a b--\r\nepilogue -- \r\n--\r\n",
        MIXED + b"--b\r\n\r\ncut off in the mid",
        TOP
        + b"Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nSubject: d\r\n\r\nx\r\n--b--\r\n",
    ],
)
def test_what_is_merely_odd_is_no_problem(data: bytes) -> None:
    """A problem holds mail, so what all programs read alike is none: no date, no id, 8-bit text."""
    assert parse(data).problems == ()


def test_a_parser_that_breaks_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even a failure nobody foresaw holds the message instead of raising (law 5)."""

    def broken(_: object) -> Message:
        raise RecursionError

    monkeypatch.setattr("missent.mail.message._Reading.message", broken)
    message = parse(TOP + b"\r\nx")
    assert message.problems == ("unparsable",)
    assert message.sha256 == hashlib.sha256(TOP + b"\r\nx").hexdigest()


@given(st.binary(max_size=300))
def test_parsing_never_raises_on_bytes(data: bytes) -> None:
    """Any bytes at all give a message."""
    assert parse(data).size == len(data)


@given(
    st.lists(
        st.sampled_from(
            [
                b"\r\n",
                b"\n",
                b"\r",
                b"\r\n\r\n",
                b"--",
                b"--b",
                b"--b--",
                b"--b\r\n",
                b"--c\r\n",
                b"To: a@x.mil",
                b": ",
                b"Content-Type: multipart/mixed; boundary=b\r\n",
                b"Content-Type: multipart/mixed; boundary=c\r\n",
                b"Content-Type: message/rfc822\r\n",
                b"Content-Type: multipart/digest; boundary=b\r\n",
                b" x",
                b"\0",
            ]
        ),
        max_size=25,
    ).map(b"".join)
)
def test_parsing_never_breaks_on_torn_mime(data: bytes) -> None:
    """Pieces of MIME in any order are read to the end, without the safety net being needed."""
    message = parse(data)
    assert "unparsable" not in message.problems
    assert sum(part.size for part in message.parts) <= len(data)


def test_limits_are_the_callers() -> None:
    """An archive scan may read with other limits than the guard."""
    assert "too_many_parts" in parse(_multipart(5), Limits(parts=3)).problems
    assert parse(_multipart(5), DEFAULT_LIMITS).problems == ()


def test_a_subject_is_one_line_without_tricks() -> None:
    """Control and bidi characters do not reach a page or a letter, and length is capped."""
    message = parse(TOP + b"Subject: =?utf-8?q?a=0D=0ABcc:_x=E2=80=AEb=00c?=\r\n\r\n")
    assert message.subject == "a Bcc: xbc"
    assert len(parse(TOP + b"Subject: " + b"x" * 900 + b"\r\n\r\n").subject) == 200


@given(st.text(max_size=300))
def test_shown_text_is_always_one_printable_line(text: str) -> None:
    """Neither form of hostile text can end a line or hide a character."""
    for shown in (one_line(text), spell_out(text)):
        assert len(shown.splitlines()) <= 1
        assert not set(shown) & set(
            "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u200e\u200f"
        )


@given(
    st.sampled_from(["text/plain", "TEXT/HTML", "text/x", "text/plain;charset=UTF-8"]),
    st.sampled_from(
        ["", ' ; charset="utf-8"', "; charset=Latin-1", ";charset=a b", "; name=x.txt"]
    ),
)
def test_an_ordinary_content_type_is_read_as_the_library_reads_it(kind: str, more: str) -> None:
    """The short way for plain text says what the standard library says."""
    value = kind + more
    peer = email.message.Message()
    peer["Content-Type"] = value
    (part,) = parse(f"Content-Type: {value}\r\n\r\nx\r\n".encode()).parts
    assert (part.content_type, part.charset, part.filename) == (
        peer.get_content_type(),
        peer.get_content_charset(""),
        peer.get_filename(),
    )
