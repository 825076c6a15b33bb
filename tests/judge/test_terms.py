"""Hashed wording."""

from __future__ import annotations

from missent.judge import terms
from missent.judge.circle import BUCKETS, TERMS_READ


def test_wording_is_bounded_and_gives_no_word_away() -> None:
    """However long a text, few numbers are kept of it, and the keys are digests."""
    text = " ".join(f"word{chr(97 + n % 26) * 3}{chr(97 + n // 26) * 2}" for n in range(600))
    wording = terms.read("Re: Bridge plans", text, tuple(f"<{n}@a.example>" for n in range(100)))
    assert 0 < len(wording.terms) <= TERMS_READ
    assert all(0 <= term < BUCKETS for term in wording.terms)
    assert len(wording.reference_keys) == 8
    assert "ridge" not in repr(wording)


def test_an_answer_continues_its_subject() -> None:
    """Prefixes, case and spaces do not make another conversation; a bare "hi" makes none."""
    keys = {
        terms.subject_key(text)
        for text in ("Bridge plans", "RE: Fwd:  bridge  PLANS", "AW: Bridge plans")
    }
    assert len(keys) == 1
    assert terms.subject_key("Re: hi") is None
    assert terms.subject_key("") is None
    assert terms.is_reply("re: x")
    assert not terms.is_reply("report: x")


def test_odd_text_is_read_as_far_as_it_goes() -> None:
    """Lone surrogates and empty texts do not raise."""
    assert terms.read("\udcff\udcfe", "\udcff" * 5000).terms == ()
    assert terms.buckets("", "abcd\udcff efgh")
