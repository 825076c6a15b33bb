"""Own the bytes of held messages: sealed in chunks before the hold exists, opened for a release.

Chunks are written first, each durable; only the hold's own transaction makes them count. Chunks
nobody refers to are orphans and are swept. A message is opened whole or not at all: its SHA-256 must
be the one in the hold, so a missing, moved or altered chunk is an error, never a shorter message.
"""

from __future__ import annotations

import hashlib

from missent.errors import ServiceError
from missent.judge.hold import Hold
from missent.service.ports import Sealer, Store

CHUNK = 256 * 1024
"""Octets a chunk: large enough that a usual mail is one commit, small enough to bound memory."""


class Custody:
    """Seals and opens held messages."""

    def __init__(self, store: Store, sealer: Sealer) -> None:
        self._store = store
        self._sealer = sealer

    def seal(self, hold_id: str, data: bytes) -> bytes:
        """Write the sealed chunks; gives the wrapped key that goes into the hold's transaction."""
        wrapped = self._sealer.new_key(hold_id)
        for index, start in enumerate(range(0, max(len(data), 1), CHUNK)):
            sealed = self._sealer.seal(wrapped, hold_id, index, data[start : start + CHUNK])
            self._store.put_chunk(hold_id, index, sealed)
        return wrapped

    def open(self, hold: Hold) -> bytes | None:
        """Give the message's bytes; None once they were destroyed.

        Raises `ServiceError` if what is stored is not what was sealed.
        """
        wrapped = self._store.wrapped_key(hold.hold_id)
        if not wrapped:
            return None
        chunks = enumerate(self._store.chunks(hold.hold_id))
        data = b"".join(
            self._sealer.open(wrapped, hold.hold_id, index, sealed) for index, sealed in chunks
        )
        if hashlib.sha256(data).hexdigest() != hold.message_sha256:
            raise ServiceError(f"hold {hold.hold_id}: the stored message is incomplete")
        return data
