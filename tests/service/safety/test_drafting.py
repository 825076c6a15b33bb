"""Our own file: what is put in, what is spared, and that others would admit all of it."""

from __future__ import annotations

import string
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.service.safety.texts import name

from missent.errors import OperatorError
from missent.lookalike.generate import candidates
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.service.exposure.exposure import Review, State
from missent.service.safety.admission import refusal, stands_for, weave
from missent.service.safety.drafting import Wish, draft
from missent.service.safety.file import LARGEST, MOST_ENTRIES, Entry, read

AT = datetime(2026, 3, 2, tzinfo=UTC)
ARMY = (name("army.mil"),)


def _review(text: str, state: State) -> Review:
    return Review(name(text), state, "our lawyers know; see evil.example", "ann", AT)


def test_the_story_is_drafted() -> None:
    """Domains, neighbours with their reasons, hint and address; the same wish gives the same bytes."""
    wish = Wish(
        (name("us.army.mil"), name("navy.example"), name("army.example")),
        named=(Entry(name("usarmy.ml"), "one letter and a dot dropped"),),
        hint="Our addresses end in .mil",
        report=Mailbox.parse("desk@army.mil"),
    )
    file = read(draft(wish, ()))
    assert [one.ascii for one in file.domains] == ["us.army.mil", "army.example", "navy.example"]
    assert file.not_ours == (Entry(name("usarmy.ml"), "one letter and a dot dropped"),)
    assert (file.hint, file.report) == ("Our addresses end in .mil", wish.report)
    assert draft(wish, ()) == draft(wish, ())


def test_what_was_decided_counts() -> None:
    """Blocked and watched names are named, first; ours, spared and legitimate ones are not."""
    exposed = tuple(
        Entry(name(text), "drops the i of .mil")
        for text in ("army.ml", "army.il", "amry.mil", "arny.mil")
    )
    reviews = [
        _review("army.il", State.BLOCKED),
        _review("amry.mil", State.LEGITIMATE),
        _review("arny.mil", State.REGISTERED),
        _review("armyy.mil", State.WATCHED),
    ]
    file = read(draft(Wish(ARMY, (), exposed, {one.domain: one for one in reviews}), ()))
    assert [(one.domain.ascii, one.why) for one in file.not_ours] == [
        ("army.il", "drops the i of .mil"),
        ("armyy.mil", ""),
        ("army.ml", "drops the i of .mil"),
    ]


def test_a_decision_about_a_name_spares_those_below() -> None:
    """Whose name was found legitimate is not accused by one of its hosts; a decision nearer goes before."""
    exposed = tuple(Entry(name(text)) for text in ("mail.army.ml", "www.army.ml", "army.mli"))
    reviews = [_review("army.ml", State.LEGITIMATE), _review("www.army.ml", State.BLOCKED)]
    file = read(draft(Wish(ARMY, (), exposed, {one.domain: one for one in reviews}), ()))
    assert "mail.army.ml" not in [one.domain.ascii for one in file.not_ours]
    only = read(draft(Wish(ARMY, (), exposed), ()))
    assert "mail.army.ml" in [one.domain.ascii for one in only.not_ours]


def test_what_the_operator_names_goes_before_what_was_decided() -> None:
    """Named by hand, with the operator's own words, though it was let be before."""
    reviews = {name("army.ml"): _review("army.ml", State.ACCEPTED)}
    wish = Wish(ARMY, (Entry(name("army.ml"), "not us"),), (Entry(name("army.ml")),), reviews)
    assert read(draft(wish, ())).not_ours == (Entry(name("army.ml"), "not us"),)


@pytest.mark.parametrize(
    ("wish", "fault"),
    [
        (Wish(()), "domains"),
        (Wish(ARMY, (Entry(name("rival.example")),)), "not near"),
        (Wish(ARMY, (Entry(name("us.army.mil")),)), "publisher itself"),
        (Wish(ARMY, (Entry(name("army.ml"), "see evil.example"),)), "link"),
        (Wish(ARMY, (Entry(name("army.example"), "x"),)), "our own"),
        (Wish(ARMY, hint="x" * 241), "longer"),
        (Wish(ARMY, hint="https://army.mil"), "only letters"),
    ],
)
def test_what_others_would_refuse_is_not_written(wish: Wish, fault: str) -> None:
    """The operator hears why at once."""
    with pytest.raises(OperatorError, match=fault):
        draft(wish, (name("army.example"),))


def test_one_look_alike_of_another_of_our_domains_is_left_out() -> None:
    """What was found by machine and would be refused is not worth an error."""
    exposed = (Entry(name("rival.example")), Entry(name("army.example")), Entry(name("army.ml")))
    file = read(draft(Wish(ARMY, exposed=exposed), (name("army.example"),)))
    assert [one.domain.ascii for one in file.not_ours] == ["army.ml"]


_LABEL = st.text(string.ascii_lowercase + "-ü", min_size=1, max_size=40).map(
    lambda text: f"a{text.replace('--', '-')}z"
)
_OURS = st.lists(
    st.builds("{}.{}".format, _LABEL, st.sampled_from(["mil", "example", "gov.uk"])).map(name),
    min_size=1,
    max_size=3,
    unique=True,
)


@settings(deadline=None)  # a fresh process has everything to read first
@given(_OURS, st.text(max_size=400), st.integers(0, 300))
def test_what_is_exported_is_imported(ours: list[DomainName], phrase: str, count: int) -> None:
    """Whatever our names and the phrases are: within bounds, and every entry is admitted elsewhere."""
    found = [one for domain in ours for one in candidates(domain, limit=count or 1, closed=False)]
    wish = Wish(tuple(ours), exposed=tuple(Entry(one.domain, phrase) for one in found))
    data = draft(wish, ours)
    file = read(data)
    assert len(data) <= LARGEST
    assert len(file.not_ours) <= MOST_ENTRIES
    assert all(refusal(entry.domain, file, ()) is None for entry in file.not_ours)
    if len(ours) == 1:
        counting = weave([file], (name("stranger.example"),)).not_ours
        assert {entry.domain.ascii for entry in file.not_ours} == set(counting)


def test_a_file_too_large_loses_its_least_likely_entries() -> None:
    """Two hundred long names with long reasons do not fit; the first ones stay."""
    domain = name("depot-for-everything-that-anybody-may-ever-need-again.com")
    names = [one.domain for one in candidates(domain, limit=600, closed=False)][:200]
    wish = Wish((domain,), exposed=tuple(Entry(one, "ü" * 120) for one in names))
    kept = [one.domain for one in read(draft(wish, ())).not_ours]
    assert 0 < len(kept) < len(names)
    assert kept == [one for one in names if stands_for(one, (domain,))][: len(kept)]
