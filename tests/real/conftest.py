"""Own what every test against a real neighbour shares: the marker, and what a missing one means.

A neighbour that is not there skips the test with its reason; where ``CI=true`` it fails the test,
so that a green run there means everything was driven.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SYSTEM_PATH = f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin"


def require(*names: str) -> None:
    """Insist on programs by their command's name, or on ``root``; called first by a test or fixture."""
    missing = [name for name in names if not _available(name)]
    if not missing:
        return
    reason = f"not here: {', '.join(missing)} (tests/real/install.sh installs them as root)"
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def _available(name: str) -> bool:
    if name == "root":
        return os.geteuid() == 0
    return shutil.which(name, path=SYSTEM_PATH) is not None


def pytest_configure() -> None:
    """Let the tests find the daemons, which live in sbin, whatever the caller's PATH is."""
    os.environ["PATH"] = SYSTEM_PATH


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Mark every test in this folder ``real``."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.real)
