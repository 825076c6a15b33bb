"""Beliefs about what collection writes to people and programs: complete, calm, inert, never content."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.service.collection.happenings import (
    BASIS,
    HEAD,
    NOW,
    OPERATOR,
    bot,
    box,
    count,
    hit,
    item,
    month,
    name,
    reported,
    seal,
)

from missent.errors import MalformedAddress, NonAsciiAddress
from missent.mail.envelope import Envelope
from missent.mail.mailbox import Mailbox
from missent.service.collection.abuse_report import FeedbackReports
from missent.service.collection.collection import Check, Hit, Likely, OrganisationRecord, Pair
from missent.service.collection.digest import Digests
from missent.service.collection.postmaster import (
    QUIET,
    SHOWN,
    Chosen,
    Left,
    Notice,
    PostmasterLetters,
    choose,
)
from missent.service.collection.rounds import DigestRound
from missent.service.ports import NewEvent, RelayAnswer
from missent.service.stationery import LARGEST
from missent.store.store import SqlStore, open_store

LETTERS = PostmasterLetters(HEAD, collects=False)
PAIR = Pair(
    box("ann@contractor.example"),
    box("john@army.ml"),
    name("army.mil"),
    NOW - timedelta(days=20),
    NOW - timedelta(days=1),
    12,
    9,
    Likely.REAL,
    client="192.0.2.7",
)
RECORD = OrganisationRecord("contractor.example", NOW - timedelta(days=20), NOW, 12, 12, 12, 12, 12)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    """Open an empty store."""
    store = open_store(f"sqlite:///{tmp_path}/m.db", node="n")
    yield store
    store.close()


def read(data: bytes) -> EmailMessage:
    """Read a letter as a mail program does."""
    assert b"\n" not in data.replace(b"\r\n", b"")
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert message.defects == []
    return message


def body(message: EmailMessage, kind: str = "plain") -> str:
    """Give one body."""
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def words(text: str) -> str:
    """Undo the breaking of lines."""
    return " ".join(text.split())


class Tags(HTMLParser):
    """Notes the tags of a page and what they point to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.pointers: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.pointers += [str(v) for k, v in attrs if k in {"href", "src", "onload", "action"}]


def chosen(store: SqlStore) -> Chosen:
    """Choose whom to tell from what a store holds."""
    records = {one.organisation: one for one in store.organisations()}
    return choose(store.pairs(min_hits=3), records, [name("army.ml")], NOW)


# --- the digest ------------------------------------------------------------------------------------


def test_the_digest_has_the_sentence_the_days_and_the_lists(store: SqlStore) -> None:
    """All of it is in the text alone; the HTML says the same."""
    count(store, month())
    seal(store, [item(1, 3, ("health", 3), people=40)])
    basis = replace(BASIS, collects=True, legal_basis="Act 7")
    message = read(Digests(HEAD).letter(reported(store, basis), OPERATOR, NOW))
    assert message["Subject"] == "[Missent] 47 messages to typo domains in 30 days"
    assert message["Auto-Submitted"] == "auto-generated"
    text = words(body(message))
    for part in (
        "26 were probably real, from 2 organisations; 2 senders keep writing.",
        "contractor.example to army.ml 21 messages, 21 real; 1 stored address",
        "ann@contractor.example to john@army.ml 12 messages on 12 days",
        "1 health, up to level 3",
        "Legal basis: Act 7",
    ):
        assert part in text
    page = body(message, "html")
    assert "26 were probably real" in words(page)
    assert not {"a", "img", "script", "form"} & Tags(page).tags


def test_a_digest_of_nothing_is_short_and_calm(store: SqlStore) -> None:
    """No table, no list; what is kept is said."""
    text = body(read(Digests(HEAD).letter(reported(store), OPERATOR, NOW)))
    assert "In 30 days no message came to army.ml." in text
    assert "Organisations" not in text
    assert "Nothing is kept" in text


local_parts = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0x2FFF, exclude_characters='\\"'), min_size=1
).map(lambda text: f'"{text}"@org.example')


@settings(max_examples=40, deadline=None)
@given(st.lists(local_parts, min_size=1, max_size=3))
def test_hostile_local_parts_stay_text(texts: list[str]) -> None:
    """No local part starts a header line, becomes markup or a link in any letter."""
    pairs = []
    for text in texts:
        try:
            sender = Mailbox.parse(text)
        except MalformedAddress:
            continue
        pairs.append(replace(PAIR, sender=sender, typed=sender.at(name("army.ml"))))
    if not pairs:
        return
    message = read(LETTERS.letter(Notice(name("org.example"), tuple(pairs)), NOW))
    assert set(message.keys()) <= {
        *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version"),
        *("Content-Type", "Content-Transfer-Encoding"),
    }
    assert str(message["Message-ID"]).isascii()


def test_hostile_names_in_the_digest_are_no_markup(store: SqlStore) -> None:
    """A local part of HTML is shown as it is written."""
    wild = '"<a href=//evil.example>click</a>"@org.example'
    count(store, [hit(wild, "john@army.ml", n) for n in range(4)])
    page = body(read(Digests(HEAD).letter(reported(store), OPERATOR, NOW)), "html")
    assert "&lt;a href" in page
    assert "a" not in Tags(page).tags


def test_a_digest_of_very_long_names_stays_small(store: SqlStore) -> None:
    """Gmail cuts large mails: fewer rows are shown then, and the rest is counted."""
    hits = [
        hit(f"{'s' * 60}@{'.'.join(['x' * 60] * 2)}{n}.example", f"{'t' * 60}@army.ml", d)
        for n in range(40)
        for d in range(3)
    ]
    count(store, hits)
    data = Digests(HEAD).letter(reported(store), OPERATOR, NOW)
    assert len(data) <= LARGEST
    assert "more" in body(read(data))


# --- whom to tell ------------------------------------------------------------------------------------


def test_organisations_that_keep_sending_are_told(store: SqlStore) -> None:
    """Those with a stored address and SPF on nearly all they sent, the most messages first."""
    count(store, month())
    assert [(n.organisation.ascii, n.hits) for n in chosen(store).notices] == [
        ("contractor.example", 12),
        ("shipping.example", 5),
    ]


@pytest.mark.parametrize("spf", [Check.FAIL, Check.UNKNOWN])
def test_a_forged_sender_causes_no_letter(store: SqlStore, spf: Check) -> None:
    """Whoever did not pass SPF may be somebody else: their postmaster is left in peace."""
    count(store, [hit("ann@victim.example", "john@army.ml", n, aligned=spf) for n in range(9)])
    found = chosen(store)
    assert found.notices == ()
    assert found.left == (("victim.example", 1, Left.FORGED),)


def test_without_look_ups_it_is_said_that_nobody_checked(store: SqlStore) -> None:
    """The operator is told which key to set, not that somebody forged a name."""
    hits = [hit("ann@victim.example", "john@army.ml", n, aligned=Check.UNKNOWN) for n in range(9)]
    count(store, hits)
    records = {one.organisation: one for one in store.organisations()}
    found = choose(store.pairs(min_hits=3), records, [name("army.ml")], NOW, checked=False)
    assert found.left == (("victim.example", 1, Left.UNCHECKED),)


def test_one_pass_among_many_failures_is_not_enough(store: SqlStore) -> None:
    """An organisation that is being forged is not told, even if some of its mail is its own."""
    hits = [hit("ann@victim.example", "john@army.ml", n) for n in range(4)]
    hits += [hit("bob@victim.example", f"x{n}@army.ml", n, aligned=Check.FAIL) for n in range(4)]
    count(store, hits)
    assert chosen(store).left == (("victim.example", 1, Left.FORGED),)


def test_retries_of_one_day_are_no_habit(store: SqlStore) -> None:
    """Five tries within a day tell nobody anything."""
    count(store, [hit("ann@contractor.example", "john@army.ml", n / 100) for n in range(5)])
    assert chosen(store) == Chosen((), ())


@pytest.mark.parametrize(
    ("sender", "why"),
    [
        ("ann@gmail.com", Left.PROVIDER),
        ("ann@army.ml", None),  # forged, so spam: it has no pair at all
        ("ann@[192.0.2.9]", Left.NOBODY),
        ("ann@co.uk", Left.NOBODY),
    ],
)
def test_those_who_cannot_be_told_are_left_out(
    store: SqlStore, sender: str, why: Left | None
) -> None:
    """Providers, literals and bare suffixes get no letter, and it is said why."""
    count(store, [hit(sender, "john@army.ml", n) for n in range(4)])
    found = chosen(store)
    assert found.notices == ()
    assert [one[2] for one in found.left] == ([why] if why else [])


def test_a_typo_domain_is_never_written_to() -> None:
    """A sender below one of our own typo domains is ours, whatever it passed."""
    pair = replace(PAIR, sender=box("x@mail.army.ml"))
    record = replace(RECORD, organisation="army.ml")
    assert choose([pair], {"army.ml": record}, [name("army.ml")], NOW).left == (
        ("army.ml", 1, Left.OURS),
    )
    assert choose([pair], {"army.ml": record}, [name("ml")], NOW).left[0][2] is Left.OURS


def test_nobody_is_told_twice_in_thirty_days(store: SqlStore) -> None:
    """An organisation that was told is left alone, also about pairs that are new; then told of all."""
    count(store, [hit("ann@contractor.example", "john@army.ml", n) for n in range(9)])
    (notice,) = chosen(store).notices
    store.told(notice.pairs, NOW, NewEvent("collection.told", "contractor.example", "op", NOW))
    count(store, [hit("bob@contractor.example", "rose@army.ml", n) for n in range(9)])
    assert chosen(store).left == (("contractor.example", 2, Left.TOLD),)
    records = {one.organisation: one for one in store.organisations()}
    later = choose(store.pairs(min_hits=3), records, [name("army.ml")], NOW + QUIET)
    assert [len(one.pairs) for one in later.notices] == [2]


def test_the_choice_never_hangs_on_the_directory(store: SqlStore, tmp_path: Path) -> None:
    """A prober cannot read from a letter which mailboxes exist: the same pairs are told either way."""
    letters = []
    for number, listed in enumerate((True, False)):
        other = open_store(f"sqlite:///{tmp_path}/o{number}.db", node="n")
        sent: list[Hit] = [
            hit("probe@prober.example", f"p{n}@army.ml", day, listed=listed, rcpts=n + 1, tls=n < 5)
            for n in range(10)
            for day in range(4)
        ]
        count(other, sent)
        letters.append([LETTERS.letter(notice, NOW) for notice in chosen(other).notices])
        other.close()
    assert letters[0] == letters[1]
    assert len(letters[0]) == 1


# --- the letter to a postmaster --------------------------------------------------------------------


def test_the_letter_says_which_domain_how_many_since_when_and_whose_senders() -> None:
    """A postmaster can act on it alone, and check it against their own logs."""
    message = read(LETTERS.letter(Notice(name("contractor.example"), (PAIR,)), NOW))
    assert message["To"] == "postmaster@contractor.example"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Subject"] == "[Missent] Mail from contractor.example keeps going to army.ml"
    text = words(body(message))
    for part in (
        "We run the mail servers of army.ml, which is often written by mistake for army.mil.",
        "Between 11 Jul and 30 Jul 2031, one of your senders wrote there 12 times, to the same address",
        "ann@contractor.example wrote to: john@army.ml probably meant: a mailbox at army.mil",
        "12 messages on 9 days, between 11 Jul and 30 Jul 2031",
        "nothing of them was read or kept",
        "nobody's guilt",
        "your own mail logs",
    ):
        assert part in text
    assert "john@army.mil" not in text


def test_the_letter_of_a_collecting_owner_does_not_claim_that_nothing_is_kept() -> None:
    """What is said of custody is true in both modes."""
    letter = PostmasterLetters(HEAD, collects=True).letter(
        Notice(name("contractor.example"), (PAIR,)), NOW
    )
    text = words(body(read(letter)))
    assert "sealed to a key that is kept elsewhere" in text
    assert "read or kept" not in text


def test_long_lists_are_cut_and_counted() -> None:
    """Twenty pairs are spelled out, the rest is a number."""
    pairs = tuple(replace(PAIR, typed=box(f"x{n}@army.ml")) for n in range(SHOWN + 214))
    text = body(read(LETTERS.letter(Notice(name("contractor.example"), pairs), NOW)))
    assert text.count("wrote to:") == SHOWN
    assert "and 214 more; postmaster@owner.example can tell you which" in words(text)


def test_the_same_letter_has_the_same_name() -> None:
    """Sent twice by accident, it is recognised; with one message more it is another letter."""
    one, two = (
        read(LETTERS.letter(Notice(name("contractor.example"), (pair,)), NOW))["Message-ID"]
        for pair in (PAIR, replace(PAIR, hits=13))
    )
    again = read(LETTERS.letter(Notice(name("contractor.example"), (PAIR,)), NOW + QUIET))
    assert again["Message-ID"] == one != two


# --- the machine-readable report ---------------------------------------------------------------------


def test_a_feedback_report_is_what_rfc_5965_asks_for() -> None:
    """Three parts in order, the required fields, those that are known, each once where once is asked."""
    message = read(FeedbackReports(HEAD, "1.0").letter(PAIR, OPERATOR, NOW))
    assert message.get_content_type() == "multipart/report"
    assert message.get_param("report-type") == "feedback-report"
    text, fields, header = message.iter_parts()
    assert [part.get_content_type() for part in (text, fields, header)] == [
        "text/plain",
        "message/feedback-report",
        "text/rfc822-headers",
    ]
    said = email.message_from_bytes(_payload(fields))
    assert (said["Feedback-Type"], said["Version"]) == ("other", "1")
    assert said["User-Agent"] == "Missent/1.0"
    assert said["Original-Mail-From"] == "<ann@contractor.example>"
    assert said["Original-Rcpt-To"] == "<john@army.ml>"
    assert said["Source-IP"] == "192.0.2.7"
    assert said["Arrival-Date"] == "Wed, 30 Jul 2031 12:00:00 +0000"
    assert said.get_all("Reported-Domain") == ["contractor.example", "army.ml"]
    assert said["Incidents"] == "12"
    assert all(len(said.get_all(key, [])) == 1 for key in set(said.keys()) - {"Reported-Domain"})
    envelope = email.message_from_bytes(_payload(header))
    assert sorted(envelope.keys()) == ["Return-Path", "X-Original-To"]


def _payload(part: object) -> bytes:
    """Give a part's own bytes, without its MIME fields."""
    assert isinstance(part, EmailMessage)
    return part.as_bytes().partition(b"\n\n")[2]


def test_what_is_not_known_is_left_out() -> None:
    """Without a client's address there is no field for it, never an empty one."""
    for client in ("", "not an address\r\nBcc: x@y.example"):
        data = FeedbackReports(HEAD, "1.0").letter(replace(PAIR, client=client), OPERATOR, NOW)
        assert b"Source-IP" not in data
        assert b"Bcc" not in data


def test_an_address_that_is_not_ascii_has_no_feedback_report() -> None:
    """RFC 5965 knows ASCII only; the report and the letters name such a pair all the same."""
    with pytest.raises(NonAsciiAddress):
        FeedbackReports(HEAD, "1.0").letter(
            replace(PAIR, sender=box("jürgen@contractor.example")), OPERATOR, NOW
        )


# --- when the digest is sent -------------------------------------------------------------------------


class _Relay:
    """Notes what is handed over, and answers as it is told."""

    def __init__(self, *codes: int) -> None:
        self.codes = list(codes)
        self.sent: list[tuple[Envelope, bytes]] = []

    def send(self, envelope: Envelope, data: bytes) -> RelayAnswer:
        """Take one."""
        self.sent.append((envelope, data))
        return RelayAnswer(self.codes.pop(0), "")


def _round(store: SqlStore, relay: _Relay, days: int = 7) -> DigestRound:
    return DigestRound(store, relay, Digests(HEAD), BASIS, OPERATOR, timedelta(days=days))


def test_the_digest_goes_out_once_in_each_stretch_with_a_null_sender(store: SqlStore) -> None:
    """At first, then not before seven days have passed; nobody answers it automatically."""
    count(store, [bot("info@army.ml")])
    relay = _Relay(250, 250)
    rounds = _round(store, relay)
    for hours in (0, 1, 24 * 7 - 1, 24 * 7 + 1):
        rounds.tick(NOW + timedelta(hours=hours))
    assert len(relay.sent) == 2
    envelope, data = relay.sent[0]
    assert envelope.sender is None
    assert [one.mailbox for one in envelope.recipients] == [OPERATOR]
    assert read(data)["To"] == "postmaster@owner.example"


def test_a_digest_that_was_not_taken_is_tried_again_in_an_hour(store: SqlStore) -> None:
    """A relay that is down for a moment costs no digest."""
    relay = _Relay(0, 250)
    rounds = _round(store, relay)
    for minutes in (0, 30, 61, 120):
        rounds.tick(NOW + timedelta(minutes=minutes))
    assert len(relay.sent) == 2


def test_no_hit_falls_between_two_digests(store: SqlStore) -> None:
    """What comes on the day of a digest, after it, is in the next; a late digest covers more days."""
    relay = _Relay(250, 0, 0, 250)
    rounds = _round(store, relay, days=1)
    rounds.tick(NOW)
    late = bot("info@army.ml")
    count(store, [replace(late, at=NOW + timedelta(minutes=1))])
    for hours in (24, 25, 49):
        rounds.tick(NOW + timedelta(hours=hours))
    texts = [words(body(read(data))) for _, data in relay.sent]
    assert "no message came" in texts[0]
    assert "In 3 days 1 message for army.mil came to army.ml" in texts[3]
    assert "The first hours of 31 Jul 2031 were in the last digest, too." in texts[3]
    assert "last digest" not in texts[0]


def test_a_clock_that_was_wrong_once_delays_no_digest(store: SqlStore) -> None:
    """A machine that started in the year 2036 sends its digests again once it knows the time."""
    relay = _Relay(250, 250)
    rounds = _round(store, relay)
    rounds.tick(NOW + timedelta(days=3650))
    rounds.tick(NOW)
    assert len(relay.sent) == 2


def test_zero_means_never(store: SqlStore) -> None:
    """The operator may switch it off."""
    relay = _Relay()
    assert _round(store, relay, days=0).tick(NOW) is None
    assert relay.sent == []
