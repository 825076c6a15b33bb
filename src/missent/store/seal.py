"""Own encryption at rest: a master key in a file, one key a message, AES-256-GCM.

Theory of operation. Each message has a random key; it encrypts the chunks and is itself stored only
wrapped, under a key derived from the master key. Destroying the wrapped key destroys the message,
whatever copies of the sealed bytes exist. The master key lies outside the database and its backups.

What is authenticated: a wrapped key is bound to its hold id, a chunk to its hold id and its index, so
nothing can be moved between holds or reordered. A missing last chunk is not seen here: the hold
carries the SHA-256 and size of the whole message, which the service compares after opening.

A chunk's nonce is its index (32 bits) and 64 random bits: chunks of one message never share one, and
neither do two versions of the same chunk, which `put_chunk` may overwrite.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import hmac
import os
import stat
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from missent.errors import OperatorError, ServiceError

KEY_OCTETS = 32
_NONCE_OCTETS = 12  # NIST SP 800-38D §5.2.1.1: the length GCM is made for
_FORMAT = b"\x01"
"""First octet of every wrapped key and sealed chunk, so that a later format can be told apart."""


class AesSealer:
    """The sealer (see `ports.Sealer`). Holds the master key; never shows it."""

    def __init__(self, master: bytes) -> None:
        if len(master) != KEY_OCTETS:
            raise ValueError(f"a master key is {KEY_OCTETS} octets")
        self._wrapping = AESGCM(_derive(master, b"missent wrap 1"))
        self._tokens = _derive(master, b"missent token 1")
        self._signing = _derive(master, b"missent sign 1")

    def __repr__(self) -> str:
        """Show nothing of the key."""
        return "AesSealer()"

    @property
    def key_id(self) -> str:
        """Name the master key without telling it, so that a swapped key file can be noticed."""
        return self.sign("key id", "")[:16]

    def new_key(self, hold_id: str) -> bytes:
        """Make a message key and give it wrapped, bound to `hold_id`."""
        nonce = os.urandom(_NONCE_OCTETS)
        key = AESGCM.generate_key(bit_length=8 * KEY_OCTETS)
        return _FORMAT + nonce + self._wrapping.encrypt(nonce, key, _about(hold_id))

    def seal(self, wrapped: bytes, hold_id: str, index: int, chunk: bytes) -> bytes:
        """Encrypt chunk number `index`; bound to hold and position."""
        nonce = index.to_bytes(4, "big") + os.urandom(_NONCE_OCTETS - 4)
        sealed = self._unwrap(wrapped, hold_id).encrypt(nonce, chunk, _about(hold_id, index))
        return _FORMAT + nonce + sealed

    def open(self, wrapped: bytes, hold_id: str, index: int, sealed: bytes) -> bytes:
        """Decrypt one chunk. Raises `ServiceError` if it was altered, moved or the key is another's."""
        return _decrypt(self._unwrap(wrapped, hold_id), sealed, _about(hold_id, index))

    def token(self, hold_id: str) -> str:
        """Derive the page's link token: 256 bits, URL-safe; the store keeps only its hash."""
        mac = hmac.digest(self._tokens, hold_id.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(mac).rstrip(b"=").decode("ascii")

    def sign(self, purpose: str, text: str) -> str:
        """Sign `text` (HMAC-SHA-256, hex) for one purpose: CSRF, trace fields, mailed codes."""
        name = purpose.encode()
        said = len(name).to_bytes(4, "big") + name + text.encode()
        return hmac.digest(self._signing, said, hashlib.sha256).hex()

    def _unwrap(self, wrapped: bytes, hold_id: str) -> AESGCM:
        return AESGCM(_decrypt(self._wrapping, wrapped, _about(hold_id)))


def open_sealer(path: Path) -> AesSealer:
    """Read the master key file, or make one with mode 0600 if there is none.

    Raises `OperatorError` if it cannot be read, others may read it, or it holds no key of ours.
    """
    try:
        if not path.exists():
            _create(path)
        _insist_private(path)
        text = path.read_bytes()
    except OSError as error:
        raise OperatorError(f"{path}: the key file cannot be used: {error.strerror}") from None
    try:
        return AesSealer(base64.b64decode(text.strip(), validate=True))
    except (binascii.Error, ValueError):
        raise OperatorError(
            f"{path}: not a key file; it must hold {KEY_OCTETS} octets in base64. Restore it from"
            " where you keep it: without it the messages now held cannot be opened"
        ) from None


def _create(path: Path) -> None:
    """Write a new key under another name first, so that nobody ever reads half a key."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.urandom(8).hex()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(base64.b64encode(os.urandom(KEY_OCTETS)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # another process was first: its key counts
            os.link(draft, path)
    finally:
        draft.unlink()
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _insist_private(path: Path) -> None:
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise OperatorError(f"{path}: not a regular file")
    if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        mode = stat.S_IMODE(found.st_mode)
        raise OperatorError(
            f"{path}: others may use this key file (mode {mode:04o}); run: chmod 600 {path}"
        )


def _derive(master: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_OCTETS, salt=None, info=purpose).derive(master)


def _about(hold_id: str, index: int | None = None) -> bytes:
    place = b"key" if index is None else b"chunk" + index.to_bytes(4, "big")
    return place + b"\x00" + hold_id.encode()


def _decrypt(key: AESGCM, sealed: bytes, about: bytes) -> bytes:
    nonce, text = sealed[1 : 1 + _NONCE_OCTETS], sealed[1 + _NONCE_OCTETS :]
    try:
        if sealed[:1] == _FORMAT:
            return key.decrypt(nonce, text, about)
    except (InvalidTag, ValueError):
        pass
    raise ServiceError("sealed bytes were altered, moved, or belong to another key")
