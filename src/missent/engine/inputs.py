"""Own what an investigation reads: every file of its sources, each known by its content.

A source is a file, a Maildir, or a folder of any of these. The rule: what was named on the command line and
cannot be read is an error that says what was expected; what lies in a folder and cannot be read is counted,
named and skipped. Names in results are relative to what was named: no path of this machine.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from missent.engine import archives
from missent.engine.kinds import EML, EXPECTED, MAILDIR, UNKNOWN, kind_of
from missent.engine.packed import UNREADABLE, reason
from missent.errors import ArchiveError

_NO_FILE = "neither a file nor a folder"
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file, or one folder of message files, that is read as one."""

    name: str
    """As shown."""
    path: Path
    kind: str
    """As `kinds` has it."""
    size: int
    """Octets as stored."""
    packed: bool = False
    members: tuple[Path, ...] = ()
    """The message files, of a folder of them."""
    fault: str = ""
    """Why it cannot be read; empty if it can."""


def find_inputs(sources: Iterable[Path], out: Path | None = None) -> tuple[InputFile, ...]:
    """Find every file of these sources, by name, whatever the order they are given in; the report's own
    folder `out` is none of them. Raises `ArchiveError` for a source that holds nothing to be read.
    """
    found: dict[str, InputFile] = {}
    apart = None if out is None else os.path.realpath(out)
    for source in sources:
        if os.path.realpath(source) == apart:
            raise ArchiveError(
                f"{source}: is where the report goes; name another folder with --out"
            )
        inputs = list(_inputs(source, apart))
        if not inputs:
            raise ArchiveError(f"{source}: nothing to read here; expected {EXPECTED}")
        if all(one.fault for one in inputs):
            fault = "nothing here can be read" if source.is_dir() else inputs[0].fault
            raise ArchiveError(f"{source}: {fault}; expected {EXPECTED}")
        for one in inputs:  # what is named twice is read once
            key = f"{one.kind} {os.path.realpath(one.path)}"
            found[key] = min(one, found.get(key, one), key=_order)
    return tuple(sorted(found.values(), key=_order))


def digest(one: InputFile, stop: Callable[[], bool] = lambda: False) -> str:
    """Give the SHA-256 of a file as stored; of a folder, of its members' names and digests in order.

    Empty if it cannot be read, or if `stop` says that nobody wants it any more.
    """
    if not os.path.isdir(one.path):
        return _file_digest(one.path, stop)
    whole = hashlib.sha256()
    for member in one.members:
        name = str(member.relative_to(one.path))
        whole.update(f"{name}\0{_file_digest(member, stop)}\n".encode("utf-8", "surrogateescape"))
    return "" if one.fault or stop() else whole.hexdigest()


def _file_digest(path: Path, stop: Callable[[], bool]) -> str:
    if stop() or not os.path.isfile(path):  # to open a pipe is to wait for its other end
        return ""
    whole = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while not stop() and (block := file.read(_BLOCK)):
                whole.update(block)
    except OSError:
        return ""
    return "" if stop() else whole.hexdigest()


def _order(one: InputFile) -> tuple[str, Path]:
    return one.name, one.path


def _inputs(source: Path, apart: str | None) -> Iterator[InputFile]:
    try:
        mode = source.stat().st_mode
    except FileNotFoundError:
        raise ArchiveError(f"{source}: no such file or directory") from None
    except (OSError, ValueError) as error:
        raise ArchiveError(f"{source}: {reason(error)}; expected {EXPECTED}") from None
    if stat.S_ISDIR(mode):
        named = source if source.name not in ("", "..") else source.resolve()
        yield from _folder(source, named.name, apart)
    elif stat.S_ISREG(mode):
        yield _file(source, source.name)
    else:
        raise ArchiveError(f"{source}: {_NO_FILE}; expected {EXPECTED}")


def _folder(root: Path, name: str, apart: str | None) -> Iterator[InputFile]:
    closed: list[OSError] = []
    for folder, inside, files in os.walk(root, onerror=closed.append):
        here = Path(folder)
        if os.path.realpath(here) == apart:
            inside.clear()
            continue
        shown = name if here == root else f"{name}/{here.relative_to(root)}"
        if "cur" in inside and "new" in inside:
            inside[:] = [one for one in inside if one not in ("cur", "new", "tmp")]
            yield _maildir(here, shown)
        inside.sort()
        letters: list[Path] = []
        for file in sorted(files):
            one = _inside(here / file, f"{shown}/{file}")
            if one.kind == EML and not one.packed:
                letters.append(one.path)
            elif one.size or one.fault:
                yield one
        if letters:
            yield _messages(here, shown, EML, letters)
    for error in closed:
        path = Path(os.fsdecode(error.filename))
        shown = str(Path(name) / path.relative_to(root))
        yield InputFile(shown, path, UNKNOWN, 0, fault=reason(error))


def _inside(path: Path, name: str) -> InputFile:
    """Look at one file of a folder."""
    if path.is_symlink():
        return InputFile(name, path, UNKNOWN, 0, fault="a symbolic link; name what it leads to")
    if not os.path.isfile(path):
        return InputFile(name, path, UNKNOWN, 0, fault=_NO_FILE)
    return _file(path, name)


def _maildir(folder: Path, name: str) -> InputFile:
    try:
        return _messages(folder, name, MAILDIR, archives.one_maildir(folder))
    except OSError as error:
        return InputFile(name, folder, MAILDIR, 0, fault=reason(error))


def _messages(folder: Path, name: str, kind: str, files: Iterable[Path]) -> InputFile:
    members = tuple(files)
    return InputFile(name, folder, kind, sum(map(_size, members)), members=members)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _file(path: Path, name: str) -> InputFile:
    try:
        kind, packed = kind_of(path)
    except ArchiveError as error:
        fault = str(error).removeprefix(f"{path}: ")
        return InputFile(name, path, UNKNOWN, _size(path), fault=fault)
    except UNREADABLE as error:
        return InputFile(name, path, UNKNOWN, _size(path), fault=reason(error))
    if kind is None:
        return InputFile(name, path, UNKNOWN, _size(path), packed, fault="unknown format")
    return InputFile(name, path, kind, _size(path), packed)
