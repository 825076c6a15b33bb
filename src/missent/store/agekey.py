"""Own the age key of a collector: sealing to its public half, and, elsewhere, opening with the other.

The format is age's (https://age-encryption.org/v1, X25519), so that sealed mail can be opened without
Missent: ``age -d``. The collector has `AgeSealer` only. `AgeIdentity` is for the machine of those who may
read; a machine that has both keeps nothing from whoever takes it.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import stat
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from missent.errors import ConfigError, OperatorError, StoreUnavailable
from missent.judge.plain import time_to_plain
from missent.store.seal import sync_folder

SECRET: Final = "AGE-SECRET-KEY-"  # noqa: S105 - how every identity begins
_LONGEST: Final = 65_536
"""Octets of an identity file: one line each, and comments."""


class AgeSealer:
    """Implements `collection.ports.PublicSealer`: encrypts, and cannot undo it."""

    def __init__(self, public_key: str) -> None:
        """Read an age recipient (``age1…``). Raises `ConfigError`; `OperatorError` without pyrage."""
        self._age = _library()
        try:
            self._recipient = self._age.x25519.Recipient.from_str(public_key)
        except self._age.RecipientError:
            raise ConfigError(
                "not an age recipient; it begins with age1, and `missent collect key` prints one"
            ) from None

    def seal(self, data: bytes) -> bytes:
        """Encrypt. Raises `StoreUnavailable`."""
        try:
            return bytes(self._age.encrypt(data, [self._recipient]))
        except self._age.EncryptError:
            raise StoreUnavailable("the message could not be sealed") from None


class AgeIdentity:
    """The half that opens. Holds secrets; never shows them."""

    def __init__(self, identities: list[Any], age: Any) -> None:
        self._identities = identities
        self._age = age

    def __repr__(self) -> str:
        """Show nothing of the key."""
        return "AgeIdentity()"

    @classmethod
    def read(cls, path: Path) -> AgeIdentity:
        """Read an identity file, as ``age-keygen`` and `make_identity` write it.

        Raises `OperatorError` if it cannot be read, others may read it, or it holds no identity; what
        stands in it is never repeated.
        """
        age, text = _library(), _private_text(path)
        lines = [line.strip() for line in text.splitlines()]
        try:
            found = [age.x25519.Identity.from_str(line) for line in lines if line[:1] not in "#"]
        except age.IdentityError:
            found = []
        if not found:
            raise OperatorError(
                f"{path}: not an identity file; it has a line that begins with {SECRET}"
            )
        return cls(found, age)

    @property
    def public_keys(self) -> tuple[str, ...]:
        """Give the public halves."""
        return tuple(str(one.to_public()) for one in self._identities)

    def open(self, sealed: bytes) -> bytes:
        """Decrypt. Raises `OperatorError` if it was altered, or sealed to another key."""
        try:
            return bytes(self._age.decrypt(sealed, self._identities))
        except self._age.DecryptError:
            raise OperatorError("not sealed to this key, or altered since") from None


def make_identity(path: Path, at: datetime) -> str:
    """Write a new identity with mode 0600 and give its public key. Raises `OperatorError`.

    A file that is there stays as it is: whatever was sealed to it could never be opened again.
    """
    identity = _library().x25519.Identity.generate()
    public = str(identity.to_public())
    lines = (f"# created: {time_to_plain(at)}", f"# public key: {public}", str(identity))
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    try:
        handle = os.open(path, flags, 0o600)
    except FileExistsError:
        raise OperatorError(f"{path}: is there already; a key is never written over") from None
    except OSError as error:
        raise OperatorError(f"{path}: cannot be written: {error.strerror}") from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write("".join(f"{line}\n" for line in lines).encode("ascii"))
            file.flush()
            os.fsync(file.fileno())
        sync_folder(path.absolute().parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            path.unlink()
        raise OperatorError(f"{path}: cannot be written: {error.strerror}") from None
    return public


def _private_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            if stat.S_ISREG(found.st_mode) and found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                mode = stat.S_IMODE(found.st_mode)
                raise OperatorError(
                    f"{path}: others may use this key (mode {mode:04o}); run: chmod 600 {path}"
                )
            return file.read(_LONGEST).decode("ascii")
    except OSError as error:
        raise OperatorError(f"{path}: the key cannot be read: {error.strerror}") from None
    except UnicodeError:
        raise OperatorError(f"{path}: not an identity file") from None


def _library() -> Any:
    try:
        return importlib.import_module("pyrage")
    except ImportError:
        raise OperatorError(
            "sealing needs the Python package pyrage: pip install 'missent[collect]'"
        ) from None
