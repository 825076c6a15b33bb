"""Own the keys under which local parts that can be mistaken for each other meet.

As `index` does for names: dots, hyphens, underscores and a ``+tag`` are taken out, then each single
character in turn, so that ``jon.smith`` and ``john.smith`` of one domain share a key. The rule: this
finds candidates of one domain; whether one was mistyped for the other is a question of evidence.
"""

from __future__ import annotations

import functools

from missent.mail.mailbox import Mailbox

VERSION = 1
"""Changes whenever `local_keys` gives other keys for the same mailbox: stored ones are then rebuilt."""
LONGEST = 40
"""Characters of a local part that are looked at: longer ones are made by programs (SRS, VERP)."""
SHORTEST = 3
_PUNCTUATION = str.maketrans("", "", ".-_'")


def bare(mailbox: Mailbox) -> str:
    """Give the local part without tag and punctuation: equal ones are one person's spellings."""
    return mailbox.key.partition("+")[0].translate(_PUNCTUATION)


@functools.lru_cache(maxsize=32_768)
def local_keys(mailbox: Mailbox) -> frozenset[str]:
    """Give the index keys of a mailbox: at most one more than its local part has characters.

    None for an address literal, or a local part too short or too long to be told from another.
    """
    text = bare(mailbox)
    if mailbox.domain.is_literal or not SHORTEST <= len(text) <= LONGEST:
        return frozenset()
    domain = mailbox.domain.registrable or mailbox.domain.ascii
    cut = {text} | {text[:at] + text[at + 1 :] for at in range(len(text))}
    return frozenset(f"{part}@{domain}" for part in cut)
