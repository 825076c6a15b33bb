"""Own what a signal or detector may say. A finding never repeats matched content (law 8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from missent.mail.mailbox import Mailbox


@dataclass(frozen=True, slots=True)
class Finding:
    """One piece of evidence for or against a recipient."""

    signal: str
    """The signal's name, as policy rules use it: ``domain_typo``, ``first_contact``, ``unreadable``."""
    about: str
    """What it is about: a recipient's address, or ``message``."""
    weight: float
    """Log-odds it adds to "this recipient is not the one meant" (natural logarithm)."""
    because: str
    """One plain sentence with the evidence, fit for the sender's eyes."""
    suggestion: Mailbox | None = None
    """The address that was probably meant."""
    facts: Mapping[str, str | bool | int] = field(default_factory=lambda: MappingProxyType({}))
    """What policy rules can ask for beside the name, for example ``suffix_slip = true``."""
