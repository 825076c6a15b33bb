"""Bombs: each ends in time, in memory, and never as cleanly read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from bench.bombs import MEMORY, SECONDS, Bomb, bombs, families, throw

from missent.extraction import sandbox
from missent.extraction.pool import ExtractionSettings, SandboxedExtractor

pytestmark = pytest.mark.skipif(
    sandbox.available() is not None, reason=f"no sandbox here: {sandbox.available()}"
)

_SLOW = frozenset(
    {"zip_zeros", "zip_understated", "zip_tree", "gzip_twice", "seven_zeros", "tar_million"}
    | {"rtf_deep", "rtf_long", "ics_many", "xlsx_cells", "pdf_forms", "pdf_flate_twice", "pdf_text"}
    | {"mime_long_field"}
)
"""Left to the bench: seconds each to make, or read until their time is over."""


def _chosen() -> list[Bomb]:
    """Give sixty: of each family whose turn it is one, other numbers than the bench begins with."""
    pytest.importorskip("py7zr")
    quick = [bomb for bomb in bombs() if bomb.name not in _SLOW and bomb.number == 1]
    return quick[::2] + [bomb for bomb in quick[1::2] if bomb.mail]


@pytest.fixture(scope="module", name="extractor")
def _extractor() -> Iterator[SandboxedExtractor]:
    extractor = SandboxedExtractor(ExtractionSettings(workers=1, memory=MEMORY))
    assert extractor.warm() is None
    yield extractor
    extractor.close()


@pytest.mark.parametrize("bomb", _chosen(), ids=lambda bomb: f"{bomb.name}-{bomb.number}")
def test_a_bomb_is_no_clean_reading(bomb: Bomb, extractor: SandboxedExtractor) -> None:
    """It is stopped within ten seconds and 512 MB, and says so."""
    result = throw(bomb, extractor)
    assert result.reasons, result.line()
    assert result.seconds <= SECONDS
    assert result.resident <= MEMORY


def test_a_seed_names_a_bomb() -> None:
    """The same seed gives the same octets, so that a miss can be looked at again."""
    names = ("zip_many", "docx_deep", "pdf_forms", "truncated", "csv_cells")
    chosen = [bomb for bomb in bombs() if bomb.name in names and bomb.number == 0]
    assert len(chosen) == len(names)
    assert all(bomb.octets() == bomb.octets() for bomb in chosen)
    assert len(list(bombs())) == 300
    assert len(families()) > 80
