"""The vault: whole files or none, private, and never anywhere but in its folder."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from missent.errors import OperatorError, StoreUnavailable
from missent.service.collection.ports import Vault
from missent.store.vault import FileVault

ITEM = "a" * 20
OTHER = "b" * 20
SEALED = b"age-encryption.org/v1\n" + bytes(range(256)) * 40


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give where the vault is made."""
    return tmp_path / "below" / "vault"


def _modes(folder: Path) -> set[int]:
    return {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


def test_what_is_put_is_there_and_private(folder: Path) -> None:
    """Folder 0700, files 0600, whatever the umask lets through; nothing else lies there."""
    before = os.umask(0)
    try:
        vault: Vault = FileVault(folder)
        vault.put(ITEM, SEALED)
    finally:
        os.umask(before)
    assert vault.get(ITEM) == SEALED
    assert vault.ids() == [ITEM]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert _modes(folder) == {0o600}
    assert [path.name for path in folder.iterdir()] == [f"{ITEM}.age"]
    assert FileVault(folder).get(ITEM) == SEALED, "it outlives the process"


def test_what_is_destroyed_is_gone(folder: Path) -> None:
    """Also what a stop left half-written; what is not there is gone already."""
    vault = FileVault(folder)
    vault.put(ITEM, SEALED)
    (folder / f"{OTHER}.new").write_bytes(b"half")
    assert vault.ids() == [ITEM, OTHER]
    for item_id in (ITEM, OTHER, "c" * 20):
        vault.destroy(item_id)
    assert list(folder.iterdir()) == []
    with pytest.raises(OperatorError, match="was destroyed"):
        vault.get(ITEM)


def test_an_item_is_written_once(folder: Path) -> None:
    """A second message of one name replaces nothing."""
    vault = FileVault(folder)
    vault.put(ITEM, SEALED)
    with pytest.raises(StoreUnavailable):
        vault.put(ITEM, b"other")
    assert vault.get(ITEM) == SEALED


def test_the_old_are_told_from_the_young(folder: Path) -> None:
    """The sweep must not take what is on its way to its row."""
    vault = FileVault(folder)
    vault.put(ITEM, SEALED)
    vault.put(OTHER, SEALED)
    now, hour = datetime(2031, 7, 31, 12, tzinfo=UTC), timedelta(hours=1)
    for name, written in ((ITEM, now - hour), (OTHER, now)):
        os.utime(folder / f"{name}.age", (written.timestamp(),) * 2)
    assert vault.ids(now) == [ITEM]
    assert vault.ids(now - hour) == []
    assert vault.ids(now + hour) == [ITEM, OTHER]


def test_what_is_settled_is_told_from_the_rest(folder: Path) -> None:
    """A mark that outlives the database; it says nothing of what was written long ago."""
    vault = FileVault(folder)
    vault.put(ITEM, SEALED)
    vault.put(OTHER, SEALED)
    vault.settle(ITEM)
    written = datetime.fromtimestamp((folder / f"{ITEM}.age").stat().st_mtime, UTC)
    assert vault.settled(written - timedelta(hours=1)) == [ITEM]
    assert vault.settled(written + timedelta(hours=1)) == []
    assert vault.get(ITEM) == SEALED
    vault.destroy(ITEM)
    assert vault.ids() == [OTHER]
    with pytest.raises(StoreUnavailable):
        vault.settle(ITEM)


def test_what_is_none_of_ours_is_left_alone(folder: Path) -> None:
    """A note somebody left in the folder is no item."""
    vault = FileVault(folder)
    (folder / "README.txt").write_text("x")
    (folder / "short.age").write_text("x")
    assert vault.ids() == []


@pytest.mark.parametrize(
    "name", ["../" + "a" * 20, "a" * 20 + "/b", "A" * 20, "", "a" * 15, "a.b" * 9]
)
def test_a_name_is_no_path(folder: Path, name: str) -> None:
    """Whatever an item is called, nothing outside the folder is touched."""
    vault = FileVault(folder)
    for act in (vault.get, vault.destroy, lambda n: vault.put(n, SEALED)):
        with pytest.raises(ValueError, match="small letters"):
            act(name)


def test_no_link_is_followed(folder: Path, tmp_path: Path) -> None:
    """Neither in place of an item, nor of a draft, nor of the folder."""
    vault, outside = FileVault(folder), tmp_path / "outside"
    outside.write_bytes(b"untouched")
    (folder / f"{ITEM}.age").symlink_to(outside)
    with pytest.raises(StoreUnavailable):
        vault.get(ITEM)
    with pytest.raises(StoreUnavailable):
        vault.put(ITEM, SEALED)
    (folder / f"{OTHER}.new").symlink_to(outside)
    with pytest.raises(StoreUnavailable):
        vault.put(OTHER, SEALED)
    vault.destroy(ITEM)
    assert outside.read_bytes() == b"untouched"
    folder.rename(tmp_path / "moved")
    folder.symlink_to(tmp_path / "moved")
    with pytest.raises(StoreUnavailable):
        vault.put("c" * 20, SEALED)
    with pytest.raises(OperatorError, match="not followed"):
        FileVault(folder)


def test_a_folder_that_others_may_use_is_refused(folder: Path) -> None:
    """The error says what to do."""
    folder.mkdir(parents=True)
    folder.chmod(0o750)
    with pytest.raises(OperatorError, match="chmod 700"):
        FileVault(folder)


def test_a_file_is_no_vault(folder: Path) -> None:
    """Nor is anything else that is not a folder."""
    folder.parent.mkdir()
    folder.write_text("x")
    with pytest.raises(OperatorError, match="not a folder"):
        FileVault(folder)


_FULL = """
import os, sys
from pathlib import Path
from missent.errors import StoreUnavailable
from missent.store.vault import FileVault
folder, how = Path(sys.argv[1]), sys.argv[2]
if how == "limit":
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
vault = FileVault(folder)
vault.put("b" * 20, b"small")
try:
    vault.put("a" * 20, bytes(3_000_000))
except StoreUnavailable as error:
    print(str(error).rpartition(": ")[2])
print(*(path.name[-6:] for path in folder.iterdir()))
vault.put("c" * 20, bytes(200_000))
print(*vault.ids())
"""


def _filled(folder: Path, how: str, *before: str) -> list[str]:
    ran = subprocess.run(
        [*before, sys.executable, "-c", _FULL, str(folder), how],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return ran.stdout.splitlines()


def test_a_write_that_stops_half_way_leaves_nothing(folder: Path) -> None:
    """Three megabytes where a file may have 0.4; what is smaller still goes in afterwards."""
    said, names, after = _filled(folder, "limit")
    assert said == "File too large"
    assert names == "bb.age"
    assert after == f"{'b' * 20} {'c' * 20}"


@pytest.mark.real
def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    """The same on a file system of one megabyte, in a mount namespace of its own."""
    mounted = tmp_path / "disk"
    mounted.mkdir()
    mount = f'mount -t tmpfs -o size=1m,mode=700 none "{mounted}" && exec "$@"'
    said, names, after = _filled(
        mounted / "vault", "disk", "unshare", "-rm", "sh", "-c", mount, "sh"
    )
    assert said == "No space left on device"
    assert names == "bb.age"
    assert after == f"{'b' * 20} {'c' * 20}"
