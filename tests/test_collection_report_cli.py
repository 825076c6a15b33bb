"""`missent collect report` and `missent collect warn`, from a store to a mail server on loopback."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.real.sink import RecordingSink
from tests.service.collection.happenings import NOW, bot, count, hit, item, seal
from typer.testing import CliRunner, Result

from missent.cli.collect import app
from missent.errors import ConfigError, MissentError, OperatorError
from missent.service.collection.collection import Hit
from missent.store.store import open_store

SINCE = datetime.now(UTC) - NOW
"""The tests' month is the one that ends now: the commands have this machine's clock."""


@pytest.fixture
def sink() -> Iterator[RecordingSink]:
    """Run a mail server that keeps what it gets."""
    with RecordingSink() as sink:
        yield sink


def _hits() -> list[Hit]:
    made = [hit("ann@contractor.example", "john@army.ml", n) for n in range(1, 6)]
    made += [hit("crew@shipping.example", "rose@army.ml", n) for n in range(1, 5)]
    made += [bot(f"info{n}@army.ml", n) for n in range(1, 4)]
    return [replace(one, at=one.at + SINCE) for one in made]


def _config(folder: Path, relay: str = "") -> list[str]:
    store = open_store(f"sqlite:///{folder}/missent.db", node="n")
    count(store, _hits())
    store.close()
    text = (
        '[organisation]\nname = "Owner"\ndomains = ["owner.example"]\n'
        f'[store]\nurl = "sqlite:///{folder}/missent.db"\n'
        '[collect]\nlook_ups = true\n[collect.domains]\n"army.ml" = "army.mil"\n'
    )
    path = folder / "missent.toml"
    path.write_text(text + (f'[relay]\nhost = "{relay}"\n' if relay else ""))
    return ["--config", str(path)]


def _run(*arguments: str) -> Result:
    """Run the command; a fault of ours is raised, as the real entry point reports it."""
    result = CliRunner().invoke(app, list(arguments))
    if isinstance(result.exception, MissentError):
        raise result.exception
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def _json(*arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_run(*arguments, "--json").stdout)
    return found


def test_the_report_is_told_and_has_all_figures_as_json(tmp_path: Path) -> None:
    """The sentence first, then the tables; the same as JSON."""
    where = _config(tmp_path)
    text = _run("report", *where).stdout
    assert text.startswith(
        "In 30 days 12 messages for army.mil came to army.ml; 9 were probably real, from 2 "
        "organisations; 2 senders keep writing.\n"
    )
    assert "contractor.example to army.ml" in text
    plain = _json("report", "--days", "7", *where)
    assert plain["messages"]["all"] == 12
    assert len(plain["by_day"]) == 7


def test_arf_writes_a_report_for_each_stored_address(tmp_path: Path) -> None:
    """Files for the owner alone, named by number."""
    where = _config(tmp_path)
    folder = tmp_path / "arf"
    assert _json("report", "--arf", str(folder), *where)["arf"]["reports"] == 2
    files = sorted(folder.iterdir())
    assert [file.name for file in files] == ["00001.eml", "00002.eml"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert b"Original-Mail-From: <ann@contractor.example>\r\n" in files[0].read_bytes()


def test_arf_writes_over_nothing(tmp_path: Path) -> None:
    """Neither an older report nor through a link that somebody left there."""
    where = _config(tmp_path)
    folder, outside = tmp_path / "arf", tmp_path / "outside"
    folder.mkdir()
    (folder / "00001.eml").symlink_to(outside)
    with pytest.raises(OperatorError, match="is there already"):
        _run("report", "--arf", str(folder), *where)
    assert not outside.exists()


def test_without_send_nothing_is_sent_and_the_letter_is_shown(tmp_path: Path) -> None:
    """The dry run needs no relay, sends nothing and writes nothing."""
    where = _config(tmp_path)
    text = _run("warn", *where).stdout
    assert text.startswith("Dry run: nothing is sent without --send.")
    assert "would be sent  postmaster@contractor.example  1 stored address" in text
    assert "We run the mail servers of army.ml" in text
    assert [one["state"] for one in _json("warn", *where)["letters"]] == ["would be sent"] * 2


def test_the_letter_of_who_once_collected_claims_less(tmp_path: Path) -> None:
    """Refuse mode now says nothing of the messages that were sealed before."""
    config = _config(tmp_path)
    assert "nothing of them was read or kept" in " ".join(_run("warn", *config).stdout.split())
    store = open_store(f"sqlite:///{tmp_path}/missent.db", node="n")
    seal(store, [item(1, 3)])
    store.close()
    text = " ".join(_run("warn", *config).stdout.split())
    assert "read or kept" not in text
    assert "Some or all of these messages reached us." in text


def test_send_tells_each_postmaster_once(tmp_path: Path, sink: RecordingSink) -> None:
    """One letter an organisation with a null sender; the next run tells nobody."""
    where = _config(tmp_path, f"127.0.0.1:{sink.port}")
    first = _json("warn", "--send", *where)
    assert {one["to"]: one["state"] for one in first["letters"]} == {
        "postmaster@contractor.example": "sent",
        "postmaster@shipping.example": "sent",
    }
    assert {one.sender for one in sink.deliveries} == {""}
    again = _json("warn", "--send", *where)
    assert again["letters"] == []
    assert {one["why"] for one in again["not_written_to"]} == {"it was told in the last 30 days"}
    assert len(sink.deliveries) == 2


def test_only_and_skip_choose_among_the_letters(tmp_path: Path) -> None:
    """The operator has the last word on whom to write to."""
    where = _config(tmp_path)
    only = _json("warn", "--only", "shipping.example", *where)
    assert [one["organisation"] for one in only["letters"]] == ["shipping.example"]
    skip = _json("warn", "--skip", "shipping.example", *where)
    assert [one["organisation"] for one in skip["letters"]] == ["contractor.example"]
    assert _run("warn", "--only", "nobody.example", *where).exit_code == 2


def test_a_letter_that_is_not_taken_stays_untold(tmp_path: Path) -> None:
    """A relay that is not there costs nothing: the next run writes again."""
    where = _config(tmp_path, "127.0.0.1:1")
    result = _run("warn", "--send", "--json", *where)
    assert result.exit_code == 2
    assert {one["state"] for one in json.loads(result.stdout)["letters"]} == {"failed"}
    assert len(_json("warn", *where)["letters"]) == 2


def test_send_without_a_relay_says_what_is_missing(tmp_path: Path) -> None:
    """The command names the key."""
    with pytest.raises(ConfigError, match=r"relay\.host is not set"):
        _run("warn", "--send", *_config(tmp_path))


def test_the_audit_trail_says_who_was_told_of_how_much(tmp_path: Path, sink: RecordingSink) -> None:
    """By organisation and number; no address stands in the trail."""
    _run("warn", "--send", *_config(tmp_path, f"127.0.0.1:{sink.port}"))
    store = open_store(f"sqlite:///{tmp_path}/missent.db", node="n")
    told = [event for _, event, _ in store.trail() if event.kind == "collection.told"]
    store.close()
    assert [event.subject_id for event in told] == ["contractor.example", "shipping.example"]
    assert all("@" not in str(event) for event in told)
    assert timedelta(0) <= datetime.now(UTC) - told[0].at < timedelta(minutes=5)
