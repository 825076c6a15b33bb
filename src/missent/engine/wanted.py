"""Own which addresses a scan is to find, and the quick look that finds where they may stand.

Three forms, lower case: ``john@army.ml`` is one mailbox, ``@army.ml`` everything at that domain or
below it, ``.ml`` everything under a suffix. The rule: `quick` finds too much, never too little; None
means that there are too many names for one pattern, and each address is looked at.
"""

from __future__ import annotations

import functools
import re

from missent.errors import MalformedAddress
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox

_MANY = 200
"""Domains up to which one pattern of all is faster than a look at each address."""
_LONGEST = 10_000
"""Characters of that pattern."""


class Wanted:
    """A set of addresses, domains and suffixes."""

    __slots__ = ("_domains", "_mailboxes", "_narrow", "_octets", "_suffixes", "quick")

    def __init__(self, names: tuple[str, ...]) -> None:
        """Take names in the three forms above."""
        self._mailboxes = frozenset(n for n in names if "@" in n[1:])
        self._domains = frozenset(n[1:] for n in names if n.startswith("@"))
        self._suffixes = tuple(n for n in names if n.startswith(".") and "@" not in n)
        self._octets = frozenset(n.encode() for n in self._mailboxes)
        self._narrow = self._pattern()
        self.quick = self._pattern(wide=True)
        """The quick look at any octets."""

    def look(self, data: bytes) -> re.Pattern[bytes] | None:
        """Give the quickest look that finds enough in these octets."""
        return self._narrow if data.isascii() else self.quick

    def has(self, text: bytes) -> bool:
        """Tell of an address as it stands in a source."""
        lower = text.lower()  # of ASCII letters only
        if lower in self._octets:
            return True
        wide = bool(self._domains or self._suffixes)
        if not wide and text.isascii() and not text.endswith(b"."):
            return False
        whole = text.decode("utf-8", "replace").lower().rstrip(".")
        if whole in self._mailboxes or not wide:
            return whole in self._mailboxes
        domain = whole.rpartition("@")[2]
        return self._at(domain if domain.isascii() else _a_labels(domain))

    def mailbox(self, mailbox: Mailbox) -> bool:
        """Tell of a mailbox."""
        return mailbox.wire.lower() in self._mailboxes or self._at(mailbox.domain.ascii)

    def _at(self, domain: str) -> bool:
        if self._suffixes and domain.endswith(self._suffixes):
            return True
        while domain and self._domains:
            if domain in self._domains:
                return True
            domain = domain.partition(".")[2]
        return False

    def _pattern(self, *, wide: bool = False) -> re.Pattern[bytes] | None:
        ends = {n.rpartition("@")[2] for n in self._mailboxes}
        names = (*ends, *self._domains, *self._suffixes)
        if len(names) > _MANY or not all(map(str.isascii, names)):
            return None
        if any("xn--" in name for name in (*self._domains, *self._suffixes)):
            return None  # sources may spell them otherwise
        # each form begins with one octet that is searched for, which is fastest
        exact = "|".join(_anycase(name) for name in sorted(ends))
        within = "|".join(_anycase(name) for name in sorted(self._domains))
        forms = [f"@(?:{exact})"] if exact else []
        forms += [rf"@(?:[^>\s,;]*\.)?(?:{within})(?!\.*[\w-])"] if within else []
        forms += [rf"@[^>\s,;]*{_anycase(name)}(?!\.*[\w-])" for name in self._suffixes]
        if wide and forms:  # read as ASCII: full-width letters, a soft hyphen
            forms.append(r"@[^\s,;<>@]{0,253}[^\x00-\x7f]")
        pattern = "|".join(forms)
        return re.compile(pattern.encode()) if forms and len(pattern) < _LONGEST else None


@functools.lru_cache(maxsize=4096)
def _a_labels(domain: str) -> str:
    try:
        return DomainName.parse(domain).ascii
    except MalformedAddress:
        return domain


def _anycase(text: str) -> str:
    return "".join(f"[{c}{c.upper()}]" if c.isalpha() else re.escape(c) for c in text)
