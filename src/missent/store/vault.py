"""Own the vault: sealed messages as files, one each, in a folder that is this program's alone.

Theory of operation. Bytes are written under another name (``ITEM.new``), made durable, renamed to
``ITEM.age``, and the folder is made durable: a name that is there has all its bytes. What a stop leaves
under the other name counts as an orphan of that item, so the sweep removes it with the rest.

The rules: everything happens within one folder held open, so no link can lead elsewhere; the folder is
ours with mode 0700, the files have 0600, and 0400 once there is a row for them; an item's name is letters
and digits. What comes in is sealed already: nothing here could read it.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from missent.errors import OperatorError, StoreUnavailable
from missent.service.collection.parcel import ITEM_ID
from missent.store.seal import sync_folder

SEALED: Final = ".age"
_DRAFT: Final = ".new"
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_SETTLED: Final = 0o400
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class FileVault:
    """Implements `collection.ports.Vault` over a folder. Safe to call from many threads."""

    def __init__(self, folder: Path) -> None:
        """Open the folder, or make it. Raises `OperatorError` if it is not fit to be one."""
        try:
            if not os.path.lexists(folder):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                sync_folder(folder.parent)
        except OSError as error:
            raise OperatorError(f"{folder}: cannot be made: {error.strerror}") from None
        insist_private(folder)
        self._path = folder

    def put(self, item_id: str, sealed: bytes) -> None:
        """Write sealed bytes once, durable on return. Raises `StoreUnavailable`; then nothing is left."""
        draft, name = _named(item_id, _DRAFT), _named(item_id, SEALED)
        with self._folder() as folder:
            if _there(name, folder):
                raise StoreUnavailable("the vault has an item of this name already")
            try:
                _write(draft, sealed, folder)
                os.rename(draft, name, src_dir_fd=folder, dst_dir_fd=folder)
                os.fsync(folder)
            except BaseException:
                for written in (draft, name):
                    with contextlib.suppress(OSError):
                        os.unlink(written, dir_fd=folder)
                raise

    def get(self, item_id: str) -> bytes:
        """Read sealed bytes. Raises `OperatorError` if they are not there."""
        name = _named(item_id, SEALED)
        with self._folder() as folder:
            try:
                handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
            except FileNotFoundError:
                raise OperatorError(f"{item_id}: not in the vault; it was destroyed") from None
            with os.fdopen(handle, "rb") as file:
                if not stat.S_ISREG(os.fstat(handle).st_mode):
                    raise OperatorError(f"{item_id}: not a regular file")
                return file.read()

    def destroy(self, item_id: str) -> None:
        """Remove sealed bytes, durably; those that are not there are gone already."""
        with self._folder() as folder:
            for ending in (SEALED, _DRAFT):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(_named(item_id, ending), dir_fd=folder)
            os.fsync(folder)

    def settle(self, item_id: str) -> None:
        """Mark sealed bytes as having a row: they are read-only from now on."""
        with self._folder() as folder:
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
            handle = os.open(_named(item_id, SEALED), flags, dir_fd=folder)
            try:
                os.fchmod(handle, _SETTLED)
            finally:
                os.close(handle)

    def settled(self, since: datetime) -> Sequence[str]:
        """List what is so marked and was written since."""
        return sorted(
            item_id
            for item_id, found in self._files()
            if stat.S_IMODE(found.st_mode) == _SETTLED and found.st_mtime >= since.timestamp()
        )

    def ids(self, before: datetime | None = None) -> Sequence[str]:
        """List what lies there, drafts included; with a time, what was written before it."""
        files = self._files()
        return sorted(
            {i for i, found in files if before is None or found.st_mtime < before.timestamp()}
        )

    def _files(self) -> Iterator[tuple[str, os.stat_result]]:
        with self._folder() as folder, os.scandir(folder) as entries:
            for entry in entries:
                item_id, ending = os.path.splitext(entry.name)
                if ending not in (SEALED, _DRAFT) or not ITEM_ID.match(item_id):
                    continue
                with contextlib.suppress(FileNotFoundError):  # destroyed while we look
                    yield item_id, entry.stat(follow_symlinks=False)

    def free(self) -> int:
        """Give how many octets of its disk are left to us. Raises `StoreUnavailable`."""
        with self._folder() as folder:
            found = os.fstatvfs(folder)
            return found.f_bavail * found.f_frsize

    @contextlib.contextmanager
    def _folder(self) -> Iterator[int]:
        """Hold the folder open; trouble is `StoreUnavailable`, and names no file but the folder."""
        try:
            handle = os.open(self._path, _FOLDER)
            try:
                yield handle
            finally:
                os.close(handle)
        except OSError as error:
            raise StoreUnavailable(f"{self._path}: the vault: {error.strerror}") from None


def insist_private(folder: Path) -> None:
    """Make sure a folder is ours alone and can be written. Raises `OperatorError`."""
    try:
        found = folder.lstat()
    except OSError as error:
        raise OperatorError(f"{folder}: cannot be used: {error.strerror}") from None
    if not stat.S_ISDIR(found.st_mode):
        raise OperatorError(f"{folder}: not a folder (a link to one is not followed)")
    if found.st_uid != os.geteuid():
        raise OperatorError(f"{folder}: belongs to another user (uid {found.st_uid})")
    if found.st_mode & _OTHERS:
        mode = stat.S_IMODE(found.st_mode)
        raise OperatorError(
            f"{folder}: others may use it (mode {mode:04o}); run: chmod 700 {folder}"
        )
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise OperatorError(f"{folder}: cannot be written")


def _named(item_id: str, ending: str) -> str:
    if not ITEM_ID.match(item_id):
        raise ValueError("an item's name is 16 to 64 small letters and digits")
    return item_id + ending


def _there(name: str, folder: int) -> bool:
    try:
        os.lstat(name, dir_fd=folder)
    except FileNotFoundError:
        return False
    return True


def _write(name: str, octets: bytes, folder: int) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    handle = os.open(name, flags, 0o600, dir_fd=folder)
    with os.fdopen(handle, "wb", buffering=0) as file:
        left = memoryview(octets)
        while left:
            left = left[file.write(left) :]
        os.fsync(handle)
