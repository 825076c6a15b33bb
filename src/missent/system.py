"""Own this machine's clock and randomness: the real implementations of `Clock` and `Ids`."""

from __future__ import annotations

import base64
import secrets
from datetime import UTC, datetime


class SystemClock:
    """The time of day of this machine, in UTC."""

    def now(self) -> datetime:
        """Give the time, aware, in UTC."""
        return datetime.now(UTC)


class RandomIds:
    """Names nobody can guess, from the operating system's randomness."""

    def hold_id(self) -> str:
        """Give a new hold id: 20 characters of lower-case base 32, 100 random bits."""
        return base64.b32encode(secrets.token_bytes(13)).decode("ascii").lower()[:20]

    def code(self) -> str:
        """Give a fresh code: 8 decimal digits."""
        return f"{secrets.randbelow(10**8):08d}"

    def transaction_id(self) -> str:
        """Give a name for one SMTP transaction, for logs."""
        return secrets.token_hex(6)
