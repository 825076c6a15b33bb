"""Which registry gives a name out."""

from __future__ import annotations

import pytest

from missent.lookalike.registries import country_of


@pytest.mark.parametrize(
    ("suffix", "country"),
    [
        ("ml", "Mali"),
        ("com.ml", "Mali"),
        ("uk", "Britain (UK)"),
        ("co.uk", "Britain (UK)"),
        ("gb", "Britain (UK)"),
        ("cm", "Cameroon"),
        ("co", "Colombia"),
        ("ci", "Côte d’Ivoire"),
        ("com", None),
        ("mil", None),
        ("example", None),
        ("eu", None),
        ("ac", None),
        ("xn--p1ai", None),
        ("[192.0.2.1]", None),
        ("", None),
    ],
)
def test_a_country_code_is_a_countrys(suffix: str, country: str | None) -> None:
    """By the last label; generic names, and codes that are nobody's, belong to no country."""
    assert country_of(suffix) == country
