"""Own what other organisations published about their names, as far as it counts: frozen, looked up by name.

Two things only. *Not ours*: a publisher says that a name near its own is somebody else's. *Allied*: two
publishers each say that the other's name is theirs, too. The rule: what counts was settled before it came
in here (`service.safety.admission`), so that nothing in a stranger's file can make a judgement fail.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from missent.errors import MalformedAddress
from missent.mail.domain import DomainName


@dataclass(frozen=True, slots=True)
class NotOurs:
    """One name that a publisher says is not its own."""

    publisher: DomainName
    accused: DomainName
    """It, and every name below it."""
    meant: DomainName
    """What `accused` stands for: a name of the publisher, or the closed suffix such a name is under."""
    names: tuple[DomainName, ...]
    """The publisher's proven names: what was meant must be one of them, or below one."""
    why: str = ""
    """The publisher's words: bounded, printable, no link."""
    hint: str = ""
    """The publisher's words to senders, the same."""

    def meant_by(self, written: DomainName) -> DomainName | None:
        """Give the publisher's name that `written`, at or below the accused one, stands for."""
        hosts = written.ascii.removesuffix(self.accused.ascii)
        try:
            meant = DomainName.parse(hosts + self.meant.ascii)
        except MalformedAddress:  # longer than a name may be
            return None
        return meant if any(meant.is_within(name) for name in self.names) else None


@dataclass(frozen=True, slots=True)
class Published:
    """All that counts of the files that were loaded, at one moment."""

    not_ours: Mapping[str, tuple[NotOurs, ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    """By ``DomainName.ascii`` of the accused name, in order of the publishers' names."""
    allies: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    """By ``DomainName.ascii`` of a publisher: those that claim it and that it claims."""

    def accusing(self, written: DomainName) -> Iterator[tuple[NotOurs, DomainName]]:
        """Give what is said against a name or one above it, each with the name that was meant."""
        if not self.not_ours:
            return
        for name in _upwards(written):
            for entry in self.not_ours.get(name, ()):
                meant = entry.meant_by(written)
                if meant is not None:
                    yield entry, meant

    def allied(self, one: DomainName, other: DomainName) -> bool:
        """Tell whether two names, or names above them, are claimed mutually: then they have one owner."""
        if not self.allies:
            return False
        above = set(_upwards(other))
        return any(not above.isdisjoint(self.allies.get(name, ())) for name in _upwards(one))


NOTHING = Published()


def _upwards(name: DomainName) -> Iterator[str]:
    """Give a name and those above it, as text, but for the top-level domain."""
    text = name.ascii
    while "." in text:
        yield text
        text = text.partition(".")[2]
