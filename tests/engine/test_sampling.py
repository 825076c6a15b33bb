"""Sampling: distinct things counted in bounded memory."""

from __future__ import annotations

import pytest

from missent.engine.sampling import Sample, key_of


def test_few_things_are_counted_exactly() -> None:
    """Below the limit each key stands for itself, and the newest value is kept."""
    sample: Sample[int] = Sample(100)
    for number in [*range(60), *range(60)]:
        sample.put(key_of(str(number)), number)
    assert (len(sample.kept), sample.each) == (60, 1)


def test_many_things_are_counted_nearly() -> None:
    """A hundred times more than fit are counted to some hundredths, and memory stays bounded."""
    sample: Sample[int] = Sample(4_000)
    for number in range(300_000):
        sample.put(key_of(str(number % 200_000)), number)
        assert len(sample.kept) <= 4_000
    assert len(sample.kept) * sample.each == pytest.approx(200_000, rel=0.05)


def test_the_order_does_not_matter() -> None:
    """The same things give the same sample, whichever came first."""
    one: Sample[int] = Sample(50)
    other: Sample[int] = Sample(50)
    for number in range(1_000):
        one.put(key_of(str(number)), 0)
        other.put(key_of(str(999 - number)), 0)
    assert one.kept == other.kept
    assert one.each == other.each > 1


def test_keys_tell_texts_apart_that_only_look_joined() -> None:
    """``ab`` and ``c`` are not ``a`` and ``bc``, and a lone surrogate has a key, too."""
    assert key_of("ab", "c") != key_of("a", "bc")
    assert key_of("\ud800") == key_of("\ud800")
