"""Own what the engine's tests share: pieces of any size."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from missent.engine import reading, stretches


@pytest.fixture(name="cut")
def _cut(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make pieces small."""

    def make(unit: int, stretch: int = 0, rows: int = 0) -> None:
        monkeypatch.setattr(reading, "UNIT", unit)
        monkeypatch.setattr(reading, "STRETCH", stretch or unit)
        monkeypatch.setattr(stretches, "STRETCH", stretch or unit)
        monkeypatch.setattr(reading, "_LETTERS", stretch or unit)
        monkeypatch.setattr(reading, "_MEMBERS", rows or 2_000)
        monkeypatch.setattr(reading, "_ROWS", rows or 20_000)

    return make
