"""Own what kind of mail source a file is: known by what stands in it, never by its name.

Every command that reads files asks here, so that what one can read the others can, too. The rule: nothing
is asked of the operator, and only the start of a file is looked at. A file without content is a log or
mailbox that was just begun: it holds nothing, and that is no error.
"""

from __future__ import annotations

from pathlib import Path

from missent.engine import archives
from missent.engine.packed import Pieces, opened, packing_of
from missent.mail.archived import KINDS
from missent.mail.logs import BY_NAME, dialect_of
from missent.mail.traces import decode, trace_of

EXPECTED = (
    "a mail log (Postfix, Exim, Sendmail, OpenSMTPD), a message trace (Exchange, Microsoft 365, Google "
    "Workspace; CSV or JSON), an mbox, a Maildir, .eml files or a Parquet table, compressed or not"
)
MBOX, MAILDIR, EML, PARQUET = KINDS
EMPTY, UNKNOWN = "empty", "unknown"
ARCHIVES = frozenset(KINDS)
LOGS = frozenset(BY_NAME)
_LOOK = 65_536  # octets looked at: a log may begin with other programs' lines
_FIELDS = (b"received:", b"return-path:", b"from:", b"date:", b"message-id:", b"to:", b"subject:")


def kind_of(path: Path) -> tuple[str | None, bool]:
    """Give a file's kind, which is the name of a dialect or trace or one of those above, and whether it
    is compressed. The kind is None where it is none of them.

    Raises `ArchiveError` for a table that cannot be read or an unpacker that is not installed, and
    `packed.UNREADABLE`.
    """
    packed = packing_of(path) is not None
    with opened(path) as unpacked:
        pieces = Pieces(unpacked, _LOOK)
        start = pieces.read()
    if not start:
        pieces.check()
    if start.startswith(archives.PARQUET_START) and not packed:
        archives.check_parquet(path)
        return PARQUET, False
    return _kind_of_start(start), packed


def _kind_of_start(start: bytes) -> str | None:
    if not start:
        return EMPTY
    if archives.is_mbox(start):
        return MBOX
    trace = trace_of(decode(start))
    if trace is not None:
        return trace.name
    dialect = dialect_of(start.decode("utf-8", "replace").splitlines())
    if dialect is not None:
        return dialect.name
    headed = any(line.startswith(_FIELDS) for line in start.lower().splitlines()[:50])
    return EML if headed else None
