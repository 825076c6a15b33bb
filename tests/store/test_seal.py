"""Sealing: only the right key, hold and place open a chunk; the key file is private."""

from __future__ import annotations

import os
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from missent.errors import OperatorError, ServiceError
from missent.service.ports import Sealer
from missent.store.seal import AesSealer, open_sealer

MASTER = bytes(range(32))
TEXT = b"the quick brown fox " * 50


def test_it_is_a_sealer_and_opens_what_it_sealed() -> None:
    """A chunk, an empty one, and the same index sealed again all open."""
    sealer: Sealer = AesSealer(MASTER)
    key = sealer.new_key("h1")
    for index, chunk in ((0, TEXT), (0, b""), (7, TEXT)):
        sealed = sealer.seal(key, "h1", index, chunk)
        assert TEXT[:20] not in sealed
        assert sealer.open(key, "h1", index, sealed) == chunk


def test_no_two_seals_are_alike() -> None:
    """The same bytes sealed twice, for the same place, differ; so do two keys of one hold."""
    sealer = AesSealer(MASTER)
    key = sealer.new_key("h1")
    assert sealer.seal(key, "h1", 0, TEXT) != sealer.seal(key, "h1", 0, TEXT)
    assert sealer.new_key("h1") != key


def test_anything_moved_or_altered_does_not_open() -> None:
    """Another index, hold, key, master key or a single changed bit raises, never gives bytes."""
    sealer = AesSealer(MASTER)
    key = sealer.new_key("h1")
    sealed = sealer.seal(key, "h1", 0, TEXT)
    flipped = [
        sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :] for at in range(len(sealed))
    ]
    attempts = [
        (sealer, key, "h1", 1, sealed),
        (sealer, key, "h2", 0, sealed),
        (sealer, sealer.new_key("h1"), "h1", 0, sealed),
        (AesSealer(bytes(32)), key, "h1", 0, sealed),
        (sealer, key[:-1], "h1", 0, sealed),
        (sealer, b"", "h1", 0, sealed),
        (sealer, key, "h1", 0, sealed[:-1]),
        (sealer, key, "h1", 0, b""),
        *((sealer, key, "h1", 0, bad) for bad in flipped),
    ]
    for who, wrapped, hold_id, index, bad in attempts:
        with pytest.raises(ServiceError, match="altered") as raised:
            who.open(wrapped, hold_id, index, bad)
        assert "fox" not in str(raised.value)


def test_tokens_and_signatures_are_stable_and_apart() -> None:
    """A token is 256 bits, the same after a restart; purposes, texts and keys do not mix."""
    sealer, other = AesSealer(MASTER), AesSealer(bytes(32))
    token = sealer.token("h1")
    assert token == AesSealer(MASTER).token("h1")
    assert len(token) == 43
    assert token.replace("-", "").replace("_", "").isalnum()
    assert len({token, sealer.token("h2"), other.token("h1")}) == 3
    signed = {
        sealer.sign("csrf", "h1"),
        sealer.sign("code", "h1"),
        sealer.sign("csrfh", "1"),
        other.sign("csrf", "h1"),
        sealer.key_id,
    }
    assert len(signed) == 5
    assert len(sealer.sign("csrf", "h1")) == 64


def test_the_key_is_not_shown() -> None:
    """Neither repr nor the object's text gives the key away."""
    assert repr(AesSealer(MASTER)) == "AesSealer()"


def test_a_key_file_is_made_once_and_private(tmp_path: Path) -> None:
    """It is made with mode 0600 whatever the umask, and the next start reads the same key."""
    path = tmp_path / "keys" / "missent.key"
    before = os.umask(0)
    try:
        first = open_sealer(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["missent.key"]
    assert open_sealer(path).key_id == first.key_id
    assert open_sealer(tmp_path / "other.key").key_id != first.key_id


def test_many_starting_at_once_share_one_key(tmp_path: Path) -> None:
    """Of eight that find no file, one makes the key and all use it."""
    start = threading.Barrier(8)

    def begin(_: int) -> str:
        start.wait()
        return open_sealer(tmp_path / "missent.key").key_id

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(begin, range(8)))) == 1


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610])
def test_a_key_others_may_use_is_refused(tmp_path: Path, mode: int) -> None:
    """The error names the file and the command that mends it."""
    path = tmp_path / "missent.key"
    open_sealer(path)
    path.chmod(mode)
    with pytest.raises(OperatorError, match=f"chmod 600 {path}"):
        open_sealer(path)


@pytest.mark.parametrize("text", ["", "not base64!", "c2hvcnQ="])
def test_a_file_without_a_key_is_refused(tmp_path: Path, text: str) -> None:
    """It is never overwritten, and its content is not repeated."""
    path = tmp_path / "missent.key"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(OperatorError, match="not a key file") as raised:
        open_sealer(path)
    assert path.read_text() == text
    assert not text or text not in str(raised.value)


def test_a_folder_is_not_a_key(tmp_path: Path) -> None:
    """Anything but a regular file is the operator's mistake."""
    with pytest.raises(OperatorError):
        open_sealer(tmp_path)
