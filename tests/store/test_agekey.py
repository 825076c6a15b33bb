"""age keys: what is sealed opens with the one key only, and no key is ever shown."""

from __future__ import annotations

import stat
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from missent.errors import ConfigError, OperatorError
from missent.service.collection.ports import PublicSealer
from missent.store.agekey import AgeIdentity, AgeSealer, make_identity

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TEXT = b"the general's itinerary " * 100


@pytest.fixture
def identity(tmp_path: Path) -> Path:
    """Give an identity file."""
    make_identity(tmp_path / "identity.txt", NOW)
    return tmp_path / "identity.txt"


def test_what_is_sealed_opens_with_the_key(identity: Path) -> None:
    """To the last octet; and no two seals of the same are alike."""
    key = AgeIdentity.read(identity)
    sealer: PublicSealer = AgeSealer(key.public_keys[0])
    sealed = sealer.seal(TEXT)
    assert key.open(sealed) == TEXT
    assert key.open(sealer.seal(b"")) == b""
    assert sealed != sealer.seal(TEXT)
    assert sealed.startswith(b"age-encryption.org/v1\n")
    assert TEXT[:24] not in sealed


def test_nothing_else_opens_it(identity: Path, tmp_path: Path) -> None:
    """Another key, and any bit changed."""
    make_identity(tmp_path / "other.txt", NOW)
    sealed = AgeSealer(AgeIdentity.read(identity).public_keys[0]).seal(TEXT)
    with pytest.raises(OperatorError, match="not sealed to this key"):
        AgeIdentity.read(tmp_path / "other.txt").open(sealed)
    for place in (30, len(sealed) // 2, len(sealed) - 1):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(OperatorError):
            AgeIdentity.read(identity).open(bytes(changed))
    with pytest.raises(OperatorError):
        AgeIdentity.read(identity).open(sealed[:-100])


def test_an_identity_is_written_as_age_keygen_does(identity: Path) -> None:
    """Private, with its time and public key beside it; other tools read it."""
    assert stat.S_IMODE(identity.stat().st_mode) == 0o600
    created, public, secret = identity.read_text().splitlines()
    assert created == "# created: 2026-03-02T09:00:00Z"
    assert public == f"# public key: {AgeIdentity.read(identity).public_keys[0]}"
    assert secret.startswith("AGE-SECRET-KEY-1")


def test_a_key_is_never_written_over(identity: Path, tmp_path: Path) -> None:
    """Whatever was sealed to it could never be opened again; and a link leads nowhere."""
    before = identity.read_bytes()
    link = tmp_path / "link.txt"
    link.symlink_to(tmp_path / "nowhere.txt")
    for path in (identity, link):
        with pytest.raises(OperatorError, match="never written over"):
            make_identity(path, NOW)
    assert identity.read_bytes() == before
    assert not (tmp_path / "nowhere.txt").exists()
    with pytest.raises(OperatorError, match="cannot be written"):
        make_identity(tmp_path / "no" / "such" / "folder", NOW)


def test_a_key_others_may_read_is_refused(identity: Path) -> None:
    """As ssh does."""
    identity.chmod(0o640)
    with pytest.raises(OperatorError, match="chmod 600"):
        AgeIdentity.read(identity)


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", "AGE-SECRET-KEY-1ZANZIBAR\n", "zanzibar", "\xff"]
)
def test_what_is_no_identity_is_refused_and_not_repeated(tmp_path: Path, text: str) -> None:
    """It may be half a key, or another secret."""
    path = tmp_path / "key.txt"
    path.write_bytes(text.encode("latin-1"))
    path.chmod(0o600)
    with pytest.raises(OperatorError, match="identity file") as refused:
        AgeIdentity.read(path)
    assert "zanzibar" not in f"{refused.value!r}".lower()
    with pytest.raises(OperatorError, match="cannot be read"):
        AgeIdentity.read(tmp_path / "missing")


def test_a_key_is_never_shown(identity: Path) -> None:
    """Not by its repr, nor in its attributes' reprs."""
    secret = identity.read_text().splitlines()[-1]
    key = AgeIdentity.read(identity)
    assert secret[20:] not in repr((key, vars(key), AgeSealer(key.public_keys[0]).__dict__))
    assert repr(key) == "AgeIdentity()"


@pytest.mark.parametrize("public", ["", "age1abc", "AGE-SECRET-KEY-1ABC", "age1" + "q" * 58])
def test_what_is_no_public_key_is_refused(public: str) -> None:
    """And the operator is told how to get one; what was given may be a secret, and is not repeated."""
    with pytest.raises(ConfigError, match="missent collect key") as refused:
        AgeSealer(public)
    assert "1ABC" not in str(refused.value)


def test_a_missing_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sealing is an extra."""
    monkeypatch.setitem(sys.modules, "pyrage", None)
    with pytest.raises(OperatorError, match=r"pip install 'missent\[collect\]'"):
        AgeSealer("age1abc")
