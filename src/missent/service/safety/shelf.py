"""Own the files that were loaded: take one in, remove one, say what counts now.

Theory of operation. The store keeps each file as it came. Every process looks after `FRESH` whether
another was loaded, and puts together anew what counts only if so, or if one has expired: a change takes
effect in seconds without a restart. Nothing is fetched: the operator got the file over TLS from the
publisher's own host and names that host, which is all its authenticity (recorded in the audit trail).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from missent.errors import ArchiveError
from missent.judge.published import NOTHING, Published
from missent.mail.domain import DomainName
from missent.service.ports import Clock, NewEvent
from missent.service.safety.admission import FAR, proven, refusal, stands_for, weave
from missent.service.safety.file import Entry, SafetyFile, read
from missent.service.safety.ports import Kept, PublishedStore

FRESH = timedelta(seconds=2)
_CLOCKS = timedelta(days=1)
"""How far a publisher's clock may be ahead of ours."""
MOST_FILES = 100
_WAITING = "it is near {} alone, whose own file does not claim this publisher"


@dataclass(frozen=True, slots=True)
class Judged:
    """One entry, and why it does not count."""

    entry: Entry
    refused: str | None


@dataclass(frozen=True, slots=True)
class Listed:
    """One loaded file, with what counts of it now."""

    kept: Kept
    file: SafetyFile | None
    """None if this version of the program cannot read it."""
    expires_at: datetime
    expired: bool
    proven: tuple[DomainName, ...] = ()
    entries: tuple[Judged, ...] = ()

    @property
    def counting(self) -> int:
        """Count the entries that may warn."""
        return 0 if self.expired else sum(one.refused is None for one in self.entries)


@dataclass(frozen=True, slots=True)
class _State:
    published: Published = NOTHING
    stamps: Mapping[str, datetime] | None = None
    built_at: datetime | None = None
    changes_at: datetime | None = None
    """When the next file expires."""


class Shelf:
    """The loaded files of one installation. Safe to share between threads."""

    def __init__(self, store: PublishedStore, ours: Sequence[DomainName], clock: Clock) -> None:
        self._store = store
        self._ours = tuple(ours)
        self._clock = clock
        self._read_at: datetime | None = None
        self._state = _State()

    def now(self) -> Published:
        """Give what counts now."""
        now = self._clock.now()
        if self._read_at is None or abs(now - self._read_at) > FRESH:
            stamps = self._store.published_stamps()
            if stamps != self._state.stamps or _outdated(self._state, now):
                self._state = self._build(stamps, now) if stamps else _State(NOTHING, stamps)
            self._read_at = now
        return self._state.published

    def take(self, data: bytes, host: DomainName, actor: str) -> Listed:
        """Load a file that was fetched from `host`, in place of the publisher's earlier one.

        Raises `ArchiveError` for a file that cannot be read, that another's host gave out, that is our own,
        or older than the one loaded.
        """
        file = read(data)
        self._check_origin(file, host)
        earlier = {kept.publisher: kept for kept in self._store.published_files()}
        _refuse_older(file, earlier.get(file.publisher))
        if file.publisher not in earlier and len(earlier) >= MOST_FILES:
            raise ArchiveError(f"{MOST_FILES} files are loaded already; remove one first")
        now = self._clock.now()
        if file.issued is not None and file.issued > now + _CLOCKS:
            raise ArchiveError("issued: in the future, so that no later file could replace it")
        detail: dict[str, str | int | bool | None] = {
            "from": host.ascii,
            "id": file.issue,
            "sha256": hashlib.sha256(data).hexdigest(),
            "entries": len(file.not_ours),
            "replaced": file.publisher in earlier,
        }
        kept = Kept(file.publisher, data.decode("utf-8-sig"), now, actor)
        event = NewEvent("safety_file.imported", file.publisher.ascii, actor, now, detail)
        self._store.keep_published(kept, event)
        self._read_at = None
        return next(one for one in self.listed() if one.kept.publisher == file.publisher)

    def _check_origin(self, file: SafetyFile, host: DomainName) -> None:
        publisher = file.publisher
        if not host.is_within(publisher):
            raise ArchiveError(
                f"the file is of {publisher.ascii}; {host.ascii} is neither that nor below it, "
                "so anybody may have written it"
            )
        if any(publisher.is_within(name) for name in self._ours):
            raise ArchiveError(
                f"{publisher.ascii} is our own: what is ours stands in the configuration"
            )

    def remove(self, publisher: DomainName, actor: str) -> bool:
        """Remove a publisher's file; False if there is none."""
        event = NewEvent("safety_file.removed", publisher.ascii, actor, self._clock.now())
        removed = self._store.remove_published(publisher, event)
        self._read_at = None
        return removed

    def listed(self) -> tuple[Listed, ...]:
        """Give every loaded file with what counts of it now, in order of the publishers' names."""
        now, kept = self._clock.now(), self._store.published_files()
        files = {one.publisher: _file(one) for one in kept}
        in_force = {
            one.publisher: file
            for one in kept
            if (file := files[one.publisher]) is not None and now < one.imported_at + file.lasts
        }
        return tuple(self._listed(one, files[one.publisher], in_force) for one in kept)

    def _listed(
        self, kept: Kept, file: SafetyFile | None, in_force: Mapping[DomainName, SafetyFile]
    ) -> Listed:
        if file is None:
            return Listed(kept, None, kept.imported_at, expired=True)
        names = proven(file, in_force)
        entries = tuple(Judged(entry, self._refused(entry, file, names)) for entry in file.not_ours)
        expired = kept.publisher not in in_force
        return Listed(kept, file, kept.imported_at + file.lasts, expired, names, entries)

    def _refused(self, entry: Entry, file: SafetyFile, names: tuple[DomainName, ...]) -> str | None:
        refused = refusal(entry.domain, file, self._ours)
        if refused is not None or stands_for(entry.domain, names) is not None:
            return refused
        claimed = stands_for(entry.domain, tuple(n for n in file.domains if n not in names))
        return FAR if claimed is None else _WAITING.format(claimed.ascii)

    def _build(self, stamps: Mapping[str, datetime], now: datetime) -> _State:
        files, ends = [], []
        for kept in self._store.published_files():
            file = _file(kept)
            if file is not None and now < (end := kept.imported_at + file.lasts):
                files.append(file)
                ends.append(end)
        return _State(weave(files, self._ours), stamps, now, min(ends, default=None))


def _outdated(state: _State, now: datetime) -> bool:
    """Tell whether a file has expired since, or the clock went back behind one that had."""
    if state.built_at is None:
        return False
    return now < state.built_at or (state.changes_at is not None and now >= state.changes_at)


def _file(kept: Kept) -> SafetyFile | None:
    try:
        return read(kept.text.encode())
    except (ArchiveError, UnicodeError):
        return None


def _refuse_older(file: SafetyFile, kept: Kept | None) -> None:
    loaded = _file(kept) if kept is not None else None
    if loaded is None or loaded.issued is None or file.issued is None:
        return
    if file.issued < loaded.issued:
        raise ArchiveError("older than the one that is loaded; remove that first, if this is right")
