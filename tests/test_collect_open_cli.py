"""``missent collect key, list, open, destroy``: nothing comes out before it is in the trail."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest
from tests.service.collection.custody import LETTER, Custody, build, envelope, hits
from typer.testing import CliRunner, Result

from missent.cli import app
from missent.cli.opening import actor
from missent.errors import ConfigError, MissentError, OperatorError, StoreUnavailable
from missent.service.collection.collection import Item
from missent.service.collection.parcel import FORMAT
from missent.store.agekey import AgeIdentity, AgeSealer
from missent.store.store import SqlStore


@pytest.fixture
def custody(tmp_path: Path) -> Iterator[Custody]:
    """Give a collector with its configuration in one folder, its key in another."""
    here = tmp_path / "collector"
    here.mkdir()
    made = build(here, tmp_path / "elsewhere")
    (here / "missent.toml").write_text(
        '[organisation]\ndomains = ["army.mil"]\n[store]\nurl = "sqlite:///missent.db"\n'
        '[collect]\nmode = "collect"\nvault = "vault"\nlegal_basis = "order 7"\n'
        f'public_key = "{made.public}"\ndomains = {{"army.ml" = "army.mil"}}\n'
    )
    yield made
    made.store.close()


@pytest.fixture
def item(custody: Custody) -> Item:
    """Give a message in custody."""
    return custody.collecting().collect(envelope(), LETTER, hits())


def _run(custody: Custody, *words: str) -> Result:
    config = ("--config", str(custody.folder / "missent.toml"))
    return CliRunner().invoke(app, ["collect", *words, *config])


def _open(custody: Custody, out: Path, *words: str) -> Result:
    key = ("--identity", str(custody.identity), "--out", str(out))
    why = () if "--reason" in words else ("--reason", "case 12")
    return _run(custody, "open", *words, *key, *why)


def test_a_key_pair_is_made(tmp_path: Path) -> None:
    """The public key is told, ready for the configuration; the other lies in a private file."""
    path = tmp_path / "identity.txt"
    ran = CliRunner().invoke(app, ["collect", "key", "--out", str(path)])
    public = AgeIdentity.read(path).public_keys[0]
    assert (ran.exit_code, ran.stdout) == (0, f'public_key = "{public}"\n')
    assert "another machine" in ran.stderr
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    secret = path.read_text().splitlines()[-1]
    assert secret not in ran.output
    again = CliRunner().invoke(app, ["collect", "key", "--out", str(path), "--json"])
    assert isinstance(again.exception, OperatorError)
    other = CliRunner().invoke(app, ["collect", "key", "--out", str(tmp_path / "b"), "--json"])
    assert json.loads(other.stdout)["public_key"].startswith("age1")


def test_an_item_is_opened_with_the_key(custody: Custody, item: Item, tmp_path: Path) -> None:
    """Message to the last octet, envelope beside it, both private; nothing of it is shown."""
    out = tmp_path / "read"
    ran = _open(custody, out, item.item_id, "--reason", "case\n 12")
    assert (ran.exit_code, ran.stdout) == (0, f"{out / item.item_id}.eml\n")
    assert (out / f"{item.item_id}.eml").read_bytes() == LETTER
    told = json.loads((out / f"{item.item_id}.json").read_text())
    assert (told["format"], told["sender"]) == (FORMAT, "ann@contractor.example")
    assert told["recipients"] == ["john@army.ml"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in out.iterdir()} == {0o600}
    (event,) = (e for _, e, _ in custody.store.trail() if e.kind == "item.opened")
    assert (event.subject_id, event.actor) == (item.item_id, actor().name)
    assert event.detail["reason"] == "case 12"


def test_a_file_is_opened_where_there_is_no_collector(
    custody: Custody, item: Item, tmp_path: Path
) -> None:
    """The machine of those who may read has a store and a trail of its own."""
    away = tmp_path / "away"
    away.mkdir()
    sealed = away / f"{item.item_id}.age"
    sealed.write_bytes(custody.vault.get(item.item_id))
    (away / "missent.toml").write_text('[organisation]\ndomains = ["army.mil"]\n')
    asked = ["collect", "open", str(sealed), "--identity", str(custody.identity), "--reason", "x"]
    more = ["--out", str(away), "--config", str(away / "missent.toml")]
    ran = CliRunner().invoke(app, [*asked, *more])
    assert ran.exit_code == 0, ran.output
    assert (away / f"{item.item_id}.eml").read_bytes() == LETTER
    exported = CliRunner().invoke(app, ["audit", "export", "--config", str(away / "missent.toml")])
    (event,) = map(json.loads, exported.stdout.splitlines())
    assert (event["kind"], event["subject_id"]) == ("item.opened", item.item_id)


def test_nothing_comes_out_before_it_is_in_the_trail(
    custody: Custody, item: Item, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If it cannot be written down, it is not opened."""

    def refuses(*_: object) -> None:
        raise StoreUnavailable("the database is full")

    def opened(*_: object) -> bytes:
        raise AssertionError("opened before it was written down")

    monkeypatch.setattr(SqlStore, "audit", refuses)
    monkeypatch.setattr(AgeIdentity, "open", opened)
    ran = _open(custody, tmp_path / "read", item.item_id)
    assert isinstance(ran.exception, StoreUnavailable)
    assert not (tmp_path / "read").exists()


def test_an_attempt_stands_in_the_trail_too(custody: Custody, item: Item, tmp_path: Path) -> None:
    """With the wrong key nothing comes out, and it is known who tried."""
    CliRunner().invoke(app, ["collect", "key", "--out", str(tmp_path / "other.txt")])
    key = ("--identity", str(tmp_path / "other.txt"), "--out", str(tmp_path / "read"))
    ran = _run(custody, "open", item.item_id, *key, "--reason", "x")
    assert isinstance(ran.exception, OperatorError)
    assert "not sealed to this key" in str(ran.exception)
    assert not (tmp_path / "read").exists()
    assert custody.kinds() == ["item.sealed", "item.opened"]


def test_other_bytes_in_its_place_are_not_opened(
    custody: Custody, item: Item, tmp_path: Path
) -> None:
    """Anybody can seal to a public key; the trail knows what was sealed."""
    path = custody.folder / "vault" / f"{item.item_id}.age"
    path.write_bytes(AgeSealer(custody.public).seal(b"forged"))
    ran = _open(custody, tmp_path / "read", item.item_id)
    assert isinstance(ran.exception, OperatorError)
    assert "not what was sealed" in str(ran.exception)


def test_nothing_is_opened_without_a_reason(custody: Custody, item: Item, tmp_path: Path) -> None:
    """The trail is to say why."""
    ran = _open(custody, tmp_path / "read", item.item_id, "--reason", " \n")
    assert ran.exit_code == 2
    assert not (tmp_path / "read").exists()
    assert custody.kinds() == ["item.sealed"]


def test_another_name_of_the_file_hides_nothing_from_the_trail(
    custody: Custody, item: Item, tmp_path: Path
) -> None:
    """Which message it was is told by its bytes."""
    other = tmp_path / "harmless.age"
    other.write_bytes(custody.vault.get(item.item_id))
    assert _open(custody, tmp_path / "read", str(other)).exit_code == 0
    *_, event = [e for _, e, _ in custody.store.trail()]
    assert (event.kind, event.subject_id) == ("item.opened", item.item_id)


def test_a_full_disk_leaves_no_half_message(
    custody: Custody, item: Item, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be written whole is removed, so that the next try can write it."""
    real = os.fdopen

    def full(handle: int, mode: str) -> BinaryIO:
        if mode != "wb":
            return real(handle, mode)  # type: ignore[return-value]
        os.close(handle)
        return real(os.open("/dev/full", os.O_WRONLY), mode)  # type: ignore[return-value]

    out = tmp_path / "read"
    with monkeypatch.context() as patched:
        patched.setattr("missent.cli.collected.os.fdopen", full)
        ran = _open(custody, out, item.item_id)
    assert isinstance(ran.exception, OperatorError)
    assert "No space left" in str(ran.exception)
    assert list(out.iterdir()) == []
    assert _open(custody, out, item.item_id).exit_code == 0


def test_nothing_is_written_over(custody: Custody, item: Item, tmp_path: Path) -> None:
    """Nor through a link."""
    out, outside = tmp_path / "read", tmp_path / "outside"
    out.mkdir()
    (out / f"{item.item_id}.eml").symlink_to(outside)
    ran = _open(custody, out, item.item_id)
    assert isinstance(ran.exception, OperatorError)
    assert not outside.exists()


@pytest.mark.parametrize("word", ["a" * 20, "./missing.age", "missing.age", "../vault"])
def test_what_is_not_there_is_said(custody: Custody, tmp_path: Path, word: str) -> None:
    """In one line that names it."""
    ran = _open(custody, tmp_path, word)
    assert isinstance(ran.exception, MissentError)
    assert str(ran.exception).startswith(word)


def test_items_are_listed_without_what_they_say(custody: Custody, item: Item) -> None:
    """Level, categories, size, from whom, until when, whether it is still there."""
    plain = json.loads(_run(custody, "list", "--json").stdout)
    (row,) = plain["items"]
    assert plain["legal_basis"] == "order 7"
    assert (row["item"], row["state"], row["level"]) == (item.item_id, "kept", 0)
    assert (row["typed"], row["organisation"]) == (["army.ml"], "contractor.example")
    text = _run(custody, "list").stdout
    assert item.item_id in text
    assert "kept" in text
    assert "until 2026-04-01" in text
    custody.vault.destroy(item.item_id)
    assert json.loads(_run(custody, "list", "--json").stdout)["items"][0]["state"] == "destroyed"


def test_a_configuration_named_first_counts_too(custody: Custody, item: Item) -> None:
    """``missent collect --config FILE list`` must not list another collector's."""
    config = ["--config", str(custody.folder / "missent.toml")]
    assert item.item_id in CliRunner().invoke(app, ["collect", *config, "list"]).stdout
    report = CliRunner().invoke(app, ["collect", *config, "report", "--days", "3660", "--json"])
    assert json.loads(report.stdout)["sealed"]["messages"] == 1
    warned = CliRunner().invoke(app, ["collect", *config, "warn"])
    assert warned.exit_code == 0, warned.output


def test_an_item_is_destroyed_on_request(custody: Custody, item: Item) -> None:
    """At once, and with who and why in the trail; what is not there is said."""
    assert _run(custody, "destroy", item.item_id, "--reason", "asked to").exit_code == 0
    assert custody.vault.ids() == []
    (event,) = (e for _, e, _ in custody.store.trail() if e.kind == "item.destroyed")
    assert (event.actor, event.detail["reason"]) == (actor().name, "asked to")
    again = _run(custody, "destroy", item.item_id)
    assert isinstance(again.exception, OperatorError)


def test_without_a_collector_items_have_no_place(tmp_path: Path, custody: Custody) -> None:
    """A machine without ``[collect]`` opens files."""
    (custody.folder / "missent.toml").write_text('[organisation]\ndomains = ["army.mil"]\n')
    ran = _open(custody, tmp_path, "a" * 20)
    assert isinstance(ran.exception, ConfigError)
    assert "name a file" in str(ran.exception)


def test_without_the_library_it_says_what_to_install(tmp_path: Path) -> None:
    """As one line and exit code 2, from the real command."""
    code = (
        "import sys; sys.modules['pyrage'] = None; sys.argv = ['missent', 'collect', 'key', '--out', "
        f"{str(tmp_path / 'k')!r}]; from missent.cli import main; main()"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert ran.stderr.strip().endswith("pip install 'missent[collect]'")
    assert not (tmp_path / "k").exists()
