"""Beliefs about the letters to senders: right, calm, complete, and made of hostile text without harm."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.service.investigation.warning_samples import (
    ANN,
    BOB,
    CANARY,
    FIRST,
    OURS,
    box,
    destination,
    incident,
    name,
    of_letters,
    one_wrong,
    pair,
    story,
    warnings_of,
)

from missent.errors import MalformedAddress
from missent.mail.mailbox import Mailbox
from missent.service.investigation.letters import Letters
from missent.service.investigation.warning import SenderWarning, Wrong
from missent.service.stationery import LARGEST, Letterhead

AT = datetime(2031, 8, 1, 8, 0, tzinfo=UTC)
OPERATOR = box("postmaster@contractor.example")
HEAD = Letterhead("Contractor", OPERATOR, box("dpo@contractor.example"), "Europe/London")
LETTERS = Letters(HEAD)


def _about(sender: Mailbox) -> SenderWarning:
    return next(one for one in warnings_of(story()) if one.sender == sender)


def _read(data: bytes) -> EmailMessage:
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def _body(data: bytes, kind: str = "plain") -> str:
    part = _read(data).get_body((kind,))
    assert part is not None
    return str(part.get_content())


def _words(text: str) -> str:
    return " ".join(text.split())


class _Page(HTMLParser):
    """Notes the tags, links and words of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [str(v) for k, v in attrs if k in {"href", "src", "background", "action"}]

    def handle_data(self, data: str) -> None:
        self.text += data


def _page(data: bytes) -> _Page:
    page = _Page()
    page.feed(_body(data, "html"))
    return page


# --- what it says ----------------------------------------------------------------------------------


def test_a_letter_says_where_how_often_when_and_what_to_do() -> None:
    """Everything somebody needs is in the text alone: counts, days, wrong and right, three steps."""
    text = _words(_body(LETTERS.letter(_about(ANN), ANN, AT)))
    assert (
        "Between 3 January 2031 and 12 July 2031, 14 of your messages went to 2 addresses that you "
        "probably did not mean." in text
    )
    assert (
        "john@army.ml Probably meant: john@army.mil 12 messages, 3 January to 12 July 2031. A mail "
        "server takes mail for this address, so a stranger probably has what was sent. It came on "
        "several days" in text
    )
    assert "mary@navy.ml Probably meant: mary@navy.mil 2 messages, 3 January to 11 January" in text
    assert "A forwarding rule sent them on, and will again: correct that rule" in text
    assert "1. Correct the address wherever it is kept" in text
    assert "2. Tell the person you meant" in text
    assert "3. Answer this mail (dpo@contractor.example reads the answer)" in text


def test_one_slip_is_told_in_one_sentence() -> None:
    """One message to one address reads as such, with no habit and no plural."""
    letter = LETTERS.letter(_about(BOB), BOB, AT)
    text = _words(_body(letter))
    assert (
        "On 3 January 2031, one of your messages went to john@army.ml, where john@army.mil was "
        "probably meant." in text
    )
    assert "1 message, on 3 January 2031. A mail server takes" in text
    assert "forwarding rule sent" not in text
    assert _read(letter)["Subject"] == "[Missent] Please check an address your mail went to"


def test_both_alternatives_say_the_same() -> None:
    """The page has every sentence and address of the text."""
    letter = LETTERS.letter(_about(ANN), ANN, AT)
    seen = _words(_page(letter).text)
    text = re.sub(r" \d\. ", " ", _words(_body(letter).partition("\n--")[0]))
    sentences = re.split(r"(?<=\.) (?=[A-Z])", text.replace("What to do: ", "What to do "))
    assert len(sentences) > 10
    for sentence in sentences:
        assert sentence in seen


def test_the_header_is_an_automatic_letters_header() -> None:
    """Automatic, dated as told, answered to the contact; line ends CRLF and seven bits."""
    letter = LETTERS.letter(_about(ANN), ANN, AT)
    message = _read(letter)
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"] == "Fri, 01 Aug 2031 08:00:00 +0000"
    assert message["From"] == "Missent <postmaster@contractor.example>"
    assert message["To"] == "ann@contractor.example"
    assert message["Reply-To"] == "dpo@contractor.example"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert letter.isascii()
    assert b"\n" not in letter.replace(b"\r\n", b"")


def test_the_message_id_follows_from_what_is_said() -> None:
    """The same warning is the same letter, at another time, too; another count is another letter."""

    def identity(warning: SenderWarning, reader: Mailbox = ANN, at: datetime = AT) -> str:
        return str(_read(LETTERS.letter(warning, reader, at))["Message-ID"])

    about = _about(ANN)
    assert identity(about) == identity(about, at=FIRST)
    more = replace(about, messages=15)
    fewer = replace(about, rows=about.rows[:1])
    assert len({identity(about), identity(more), identity(fewer), identity(about, BOB)}) == 4
    assert re.fullmatch(r"<warning\.[0-9a-f]{24}@contractor\.example>", identity(about))


def test_whoever_looks_after_an_address_is_told_why_they_are_asked() -> None:
    """A letter to the person behind a scanner names the scanner, and where nobody is known, the domain."""
    text = _words(_body(LETTERS.letter(_about(box("scanner2@contractor.example")), BOB, AT)))
    assert "30 messages sent as scanner2@contractor.example went to desk@army.ml" in text
    assert "where somebody at army.mil was probably meant. You are asked because" in text


def test_what_bounced_is_no_part_of_a_letter() -> None:
    """Nobody has it, and the bounce told its sender; only what a wrong mailbox took is counted."""
    letter = LETTERS.letter(_about(BOB), BOB, AT)
    assert "airforce" not in _body(letter)
    assert len(_about(BOB).rows) == 1


def test_days_are_those_of_the_readers_clock() -> None:
    """A message of late evening UTC is of the next day in Tokyo: people look for it in their own folder."""
    late = datetime(2031, 3, 3, 23, 0, tzinfo=UTC)
    row = Wrong(box("john@army.ml"), None, name("army.mil"), 1, late, late, "")
    letters = Letters(replace(HEAD, timezone="Asia/Tokyo"))
    text = _body(letters.letter(SenderWarning(ANN, 1, late, late, (row,)), ANN, AT))
    assert "On 4 March 2031" in text


@pytest.mark.parametrize(("many", "more"), [(20, None), (21, "and 1 more;"), (57, "and 37 more;")])
def test_twenty_addresses_are_spelled_out(many: int, more: str | None) -> None:
    """Of more, their number is told, and who has the list."""
    letter = LETTERS.letter(warnings_of(of_letters(many))[0], ANN, AT)
    for shown in (_words(_body(letter)), _words(_page(letter).text)):
        assert shown.count("Probably meant:") == 20
        assert f"{many} addresses" in shown
        assert ("more; dpo@contractor.example can tell you which" in shown) is bool(more)
        assert more is None or more in shown


def test_no_letter_grows_until_it_is_cut() -> None:
    """Twenty of the longest addresses there are: then fewer are shown."""
    wide = ".".join(["a" * 50] * 3) + "." + ".".join("b" * 14) + ".example"
    long = [
        pair(ANN, box(f'"{n:02}{"&" * 60}"@{wide}'), box(f'"{n:02}{"." * 60}"@{wide}'))
        for n in range(20)
    ]
    letter = LETTERS.letter(
        warnings_of(incident(long, (destination(wide, messages=20),)))[0], ANN, AT
    )
    assert len(letter) <= LARGEST
    assert "and 15 more;" in _body(letter)


# --- what it must not say --------------------------------------------------------------------------


def test_nothing_found_and_nothing_to_click() -> None:
    """No content, no judge's sentence, no link, no picture; nobody is asked for a password."""
    for warning in warnings_of(story()):
        letter = LETTERS.letter(warning, ANN, AT)
        page = _page(letter)
        assert CANARY not in letter.decode() + _body(letter) + page.text
        assert page.links == []
        assert not {"a", "img", "script", "form", "input", "link"} & set(page.tags)
        for tags in re.findall(r"[^\s>]*john[^\s]*", _body(letter, "html")):
            assert "@army" not in tags.replace("<span>", " ")


HOSTILE = (
    '"<script>alert(1)</script>"@army.ml',
    '"</table><img src=x onerror=y>"@army.ml',
    '"a, Bcc: eve x"@army.ml',
    '"\\"{{ 7*7 }}\\" {# raw #}"@army.ml',
    "josé@bücher.example",
    "юлия@пример.example",
    '"a  b"@xn--bcher-kva.example',
)


@pytest.mark.parametrize("wrong", HOSTILE)
def test_hostile_addresses_stay_text(wrong: str) -> None:
    """They are shown as they are, add no tag and no header field, and are no template."""
    quiet = LETTERS.letter(warnings_of(one_wrong("x@army.ml"))[0], ANN, AT)
    letter = LETTERS.letter(warnings_of(one_wrong(wrong))[0], ANN, AT)
    expected = box(wrong).screen
    assert _words(expected) in _words(_body(letter))
    assert _words(expected) in _words(_page(letter).text)
    assert set(_page(letter).tags) == set(_page(quiet).tags)
    assert _read(letter).keys() == _read(quiet).keys()


@pytest.mark.parametrize("reader", ['"a, b <c>; d"@contractor.example', "josé@contractor.example"])
def test_hostile_readers_get_their_letter(reader: str) -> None:
    """A quoted or internationalised reader is one address in To, written as SMTPUTF8 only where needed."""
    one = incident([pair(reader, "x@army.ml", None)], (destination("army.ml"),))
    letter = LETTERS.letter(warnings_of(one)[0], box(reader), AT)
    assert f"\r\nTo: {reader}\r\n".encode() in letter
    assert letter.isascii() is reader.isascii()
    assert _read(letter).keys() == _read(LETTERS.letter(_about(ANN), ANN, AT)).keys()


def test_a_header_cannot_be_broken_even_by_what_no_parser_lets_through() -> None:
    """A mailbox made by force with a line end makes no letter at all."""
    forced = Mailbox("a\r\nBcc: eve@partner.example\r\n", OURS)
    with pytest.raises(ValueError, match="CR or LF"):
        LETTERS.letter(_about(ANN), forced, AT)


@given(st.text(min_size=1, max_size=60))
@settings(max_examples=60, deadline=None)
def test_any_address_we_accept_makes_a_letter(local: str) -> None:
    """Whatever a mailbox may be, both alternatives come out whole and with no more tags than others."""
    escaped = local.replace("\\", "\\\\").replace('"', '\\"')
    try:
        wrong = box(f'"{escaped}"@army.ml')
    except MalformedAddress:
        return
    given_ = incident([pair(ANN, wrong, wrong.at(name("army.mil")))], (destination("army.ml"),))
    letter = LETTERS.letter(warnings_of(given_)[0], ANN, AT)
    assert _page(letter).tags.count("table") == 4
    assert len(_read(letter).keys()) == 9
    assert _body(letter).count("Probably meant:") == 1
