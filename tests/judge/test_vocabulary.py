"""The quick look: two ways, the same words."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missent.judge.sensitivity import VOCABULARY
from missent.judge.vocabulary import Vocabulary, plain

WORDS = ("crew", "list", "secret", "a", "x1", "passport", "list2", "tres")
SLOW = Vocabulary(WORDS, fast=False)
FAST = Vocabulary(WORDS, fast=True)
"""Hyperscan is installed for the tests; where it is not, this line says so loudly."""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The CREW-list.", {"crew", "list"}),
        ("crew", {"crew"}),
        ("crewlist screw lists", set()),
        ("Très secret", {"tres", "secret"}),
        ("passport€", {"passport"}),
        ("_crew_", {"crew"}),
        ("crew\x00list", {"crew", "list"}),
        ("a a a crew crew", {"a", "crew"}),
        ("x1", {"x1"}),
        ("passeport", set()),
        ("crеw", set()),
        ("", set()),
    ],
)
def test_whole_words_are_found_whatever_stands_around(text: str, words: set[str]) -> None:
    """Case, accents and punctuation do not matter; parts of words are not words."""
    assert SLOW.among(plain(text)) == words
    assert FAST.among(plain(text)) == words


@given(
    st.text(max_size=200)
    | st.lists(st.sampled_from((*WORDS, " ", "-", "É", "ß", "\n"))).map("".join)
)
def test_both_ways_find_the_same_words(text: str) -> None:
    """A verdict must not depend on whether a library is installed."""
    assert SLOW.among(plain(text)) == FAST.among(plain(text))


def test_both_ways_agree_on_the_shipped_vocabulary() -> None:
    """Every word the detectors look for is found by both, alone and in a crowd."""
    fast, slow = Vocabulary(VOCABULARY.words, fast=True), Vocabulary(VOCABULARY.words, fast=False)
    crowd = plain(" ".join(sorted(VOCABULARY.words)))
    assert fast.among(crowd) == slow.among(crowd) == VOCABULARY.words
    for word in sorted(VOCABULARY.words)[::7]:
        assert fast.among(plain(word)) == {word}


def test_threads_look_at_the_same_time() -> None:
    """The guard judges in a pool of threads; Hyperscan's working memory is not shared."""
    faults: list[object] = []

    def look() -> None:
        found = {FAST.among(b"the crew list ") for _ in range(500)}
        faults.extend(found - {frozenset({"crew", "list"})})

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults


@pytest.mark.parametrize("word", ["", "Crew", "crew list", "é", "x" * 65, "a.c"])
def test_what_is_no_plain_word_is_refused(word: str) -> None:
    """A detector with such a word would never run, and nobody would notice."""
    with pytest.raises(ValueError, match="plain word"):
        Vocabulary([word])
