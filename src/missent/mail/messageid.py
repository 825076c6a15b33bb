"""Own what a Message-ID is here: ``<left@right>``, with its angle brackets, 1 to 512 characters.

Everything that stores or compares a Message-ID takes it from these two functions, so that the id in
our header, in a log line and in somebody's ``References`` are one text.
"""

from __future__ import annotations

import re

MAX_LENGTH = 512  # longer ones do not fit a header line (RFC 5322 §2.1.1) and are nobody's real id
MAX_IDS = 64  # of one message; a longer chain is cut at its old end
_BRACKETED = re.compile(r"<[^<>\s\x00-\x1f\x7f]{1,512}>")
_BARE = re.compile(r"[^<>\s\x00-\x1f\x7f]{1,512}\Z")


def find_ids(*texts: str) -> tuple[str, ...]:
    """Find the ids in these field bodies: each once, in order, the newest `MAX_IDS` of them.

    RFC 5322 §3.6.4: ``References`` is oldest first, so give it before ``In-Reply-To``.
    """
    found = dict.fromkeys(found for text in texts for found in _BRACKETED.findall(text))
    return tuple(found)[-MAX_IDS:]


def read_id(text: str) -> str | None:
    """Read one id, adding brackets an old program left out; None if there is none."""
    bracketed = _BRACKETED.search(text)
    if bracketed:
        return bracketed[0]
    bare = text.strip()
    return f"<{bare}>" if _BARE.match(bare) else None
