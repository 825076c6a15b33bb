"""Places to listen on, for tests of the edges."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(params=["unix", "inet"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Run a test over both kinds of socket."""
    return f"unix:{tmp_path}/run/milter.sock" if request.param == "unix" else "inet:127.0.0.1:0"


@pytest.fixture
def unix(tmp_path: Path) -> str:
    """Give a UNIX place."""
    return f"unix:{tmp_path}/milter.sock"
