"""The directory at start-up: a server that is away is no reason not to start, nor to forget anybody."""

from __future__ import annotations

import contextlib
import importlib.util
from datetime import UTC, datetime
from pathlib import Path

import pytest

from missent import wiring
from missent.config import Config
from missent.errors import ConfigError
from missent.mail.mailbox import Mailbox
from missent.service.ports import Exchange, Sighting, SightingKind

NOW = datetime(2026, 3, 2, tzinfo=UTC)
JOHN, ANN = Mailbox.parse("john@army.mil"), Mailbox.parse("ann@contractor.example")


def _config(folder: Path, directory: str) -> Config:
    return Config.model_validate(
        {
            "organisation": {"domains": ["contractor.example"], "directory": directory},
            "store": {"url": f"sqlite:///{folder}/m.db", "key_file": str(folder / "key")},
        }
    )


def test_who_is_no_longer_in_the_file_is_no_longer_listed(tmp_path: Path) -> None:
    """Read again, the file as it is now counts."""
    people = tmp_path / "people.csv"
    config = _config(tmp_path, str(people))
    for text, listed in (("john@army.mil\n", True), ("mary@navy.mil\n", False)):
        people.write_text(text)
        with contextlib.closing(wiring.install(config)) as installation:
            assert wiring.learn_directory(installation) == 1
            view = installation.store.view(ANN, [JOHN], NOW)
            assert view.mailbox(JOHN).in_directory is listed


@pytest.mark.skipif(importlib.util.find_spec("ldap3") is None, reason="needs missent[ldap]")
def test_a_server_that_is_away_forgets_nobody(tmp_path: Path) -> None:
    """It is logged, and those listed before stay listed."""
    config = _config(tmp_path, "ldap://127.0.0.1:9/dc=example?mail?sub")
    with contextlib.closing(wiring.install(config)) as installation:
        installation.store.list_directory([JOHN], NOW)
        assert wiring.learn_directory(installation) == 0
        assert installation.store.view(ANN, [JOHN], NOW).mailbox(JOHN).in_directory


def test_a_wrong_url_names_the_key(tmp_path: Path) -> None:
    """It is found before anything starts, without asking a server."""
    with pytest.raises(ConfigError, match=r"organisation\.directory: the scope"):
        wiring.examine_directory(_config(tmp_path, "ldap://127.0.0.1:9/dc=x?mail?tree"))


def test_the_recorder_writes_letters_too(tmp_path: Path) -> None:
    """What passes is written soon, sightings and letters."""
    config = _config(tmp_path, str(tmp_path / "none.csv"))
    with contextlib.closing(wiring.install(config)) as installation:
        letter = Exchange(NOW, ANN, (JOHN,), frozenset({ANN}), "<1@x>")
        sighting = Sighting(SightingKind.SENT, JOHN, ANN, NOW, "<1@x>")
        installation.recorder.record([sighting], [letter])
        installation.recorder.flush()
        view = installation.store.view(ANN, [JOHN], NOW)
        assert (view.mailbox(JOHN).sent, view.circle.tie(JOHN).sent) == (1, 1)
