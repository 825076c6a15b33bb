"""Own what a sender is told: which domain was meant, in one line of ASCII that every server can show.

The rule: the hint names a domain and never says whether a mailbox exists there; the typed address is
repeated only to the peer that sent it in the same command, and only where it is a plain atom, so that
a reply carries no markup into anybody's bounce. A reply line has at most 512 octets (RFC 5321
§4.5.3.1.5): the key words come first, and what does not fit behind them is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from missent.errors import ConfigError, MalformedAddress
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox

CODE = "550 5.1.2"
"""IANA: X.1.2, the part right of @ is no destination for mail; 5.7.x would speak of policy."""
ROLES = frozenset({"abuse", "postmaster"})
"""Local parts that are meant for whoever runs the domain as typed (RFC 5321 §4.5.1, RFC 2142 §4)."""
_ROOM = 510  # octets of a reply line without CRLF
_LETTERS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}\Z")
_REFUSED = "nothing was delivered."
_SEALED = "it was not delivered, a sealed copy was kept."


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The typo domains that are ours, each with the domain that is meant."""

    domains: Mapping[str, DomainName]
    """A-labels of a typo domain -> the domain that is meant; names below follow."""
    suffixes: Mapping[str, str]
    """A-labels of a suffix, without its dot -> the suffix that is meant."""

    @classmethod
    def read(cls, table: Mapping[str, str]) -> Neighbours:
        """Read the table ``collect.domains``.

        Raises `ConfigError` naming the key: for what is no name, a domain paired with a suffix, a pair
        that leads to itself, and a meant name that is a typo by another key.
        """
        domains: dict[str, DomainName] = {}
        suffixes: dict[str, str] = {}
        for key, value in table.items():
            typed, meant = _names(key, value)
            if typed.ascii in domains or typed.ascii in suffixes:
                raise ConfigError(f"{_key(key)}: the name is there already, spelled differently")
            if key.startswith("."):
                suffixes[typed.ascii] = meant.ascii
            else:
                domains[typed.ascii] = meant
        found = cls(MappingProxyType(domains), MappingProxyType(suffixes))
        for key, value in table.items():
            if found.covers(DomainName.parse(value.removeprefix("."))):
                raise ConfigError(f"{_key(key)}: {value} is itself a typo domain by this table")
        return found

    @property
    def names(self) -> tuple[DomainName, ...]:
        """Give the typo domains and suffixes themselves, for what must never be looked up."""
        return tuple(DomainName.parse(name) for name in (*self.domains, *self.suffixes))

    def meant(self, typed: DomainName) -> DomainName | None:
        """Give the domain that is meant; None for a name that is not ours. The longest key wins."""
        for prefix, rest in _splits(typed):
            if rest in self.domains:
                meant = self.domains[rest]
                return _below(prefix, meant.ascii) or meant
            if rest in self.suffixes and prefix:
                return _below(prefix, self.suffixes[rest])
        return None

    def covers(self, name: DomainName) -> bool:
        """Tell whether a name is one of ours, or below one, or a suffix of ours itself."""
        return self.meant(name) is not None or name.ascii in self.suffixes


def is_role(mailbox: Mailbox) -> bool:
    """Tell whether a mailbox is meant for whoever runs its domain, however it came to be typed."""
    return mailbox.key in ROLES


def refusal(typed: Mailbox, meant: DomainName, help_url: str = "", *, sealed: bool = False) -> str:
    """Write the reply to one RCPT: one line, ASCII, at most 510 octets.

    `sealed` says that a copy was kept, so that its sender knows.
    """
    question = f"did you mean {meant.ascii}?"
    another = f"{typed.domain.ascii} is another domain;"
    tail = (another, _SEALED if sealed else _REFUSED, *filter(None, (help_url,)))
    heads = (f"{CODE} {shown}: {question}" for shown in _shown(typed))
    return _fitting((*heads, f"{CODE} {question}"), tail)


def refusal_of_all(
    typed: Iterable[tuple[Mailbox, DomainName]], help_url: str = "", *, sealed: bool = False
) -> str:
    """Write the one reply to a message with several wrong recipients; as `refusal` for a single one."""
    pairs = list(typed)
    if len(pairs) == 1:
        return refusal(*pairs[0], help_url, sealed=sealed)
    names = dict.fromkeys((box.domain.ascii, meant.ascii) for box, meant in pairs)
    first, *others = (f"{wrong}: did you mean {meant}?" for wrong, meant in names)
    return _fitting(
        (f"{CODE} {first}",),
        (*others, _SEALED if sealed else _REFUSED, *filter(None, (help_url,))),
    )


def role_refusal(typed: Mailbox, meant: DomainName | None, operator: Mailbox) -> str:
    """Write the reply to mail for whoever runs the typed domain: where that person is reached."""
    reached = _shown(operator)[0].strip("<>")
    where = f"nothing is received here; write to {reached}"
    hints = (f"(did you mean {meant.ascii}?)",) if meant is not None else ()
    heads = tuple(f"{CODE} {shown}: {where}" for shown in _shown(typed))
    return _fitting((*heads, f"{CODE} {where}"), hints)


def _names(key: str, value: str) -> tuple[DomainName, DomainName]:
    """Read one entry: both are domains, or both are suffixes."""
    if key.startswith(".") != value.startswith("."):
        raise ConfigError(
            f'{_key(key)}: a domain is paired with a domain ("army.ml" = "army.mil"), '
            'a suffix with a suffix (".ml" = ".mil")'
        )
    try:
        typed = DomainName.parse(key.removeprefix("."))
        meant = DomainName.parse(value.removeprefix("."))
    except MalformedAddress as error:
        raise ConfigError(f"{_key(key)}: {error}") from None
    if typed.is_literal or meant.is_literal:
        raise ConfigError(f"{_key(key)}: an address literal is no domain")
    return typed, meant


def _key(key: str) -> str:
    return f'collect.domains."{key}"'


def _splits(name: DomainName) -> Iterator[tuple[str, str]]:
    """Give the name cut at each dot, longest right side first: what is below, and the rest."""
    if name.is_literal:
        return
    labels = name.ascii.split(".")
    for index in range(len(labels)):
        yield ".".join(labels[:index]), ".".join(labels[index:])


def _below(prefix: str, name: str) -> DomainName | None:
    """Put labels before a name; None where that is too long to be one."""
    try:
        return DomainName.parse(f"{prefix}.{name}" if prefix else name)
    except MalformedAddress:
        return None


def _shown(mailbox: Mailbox) -> tuple[str, ...]:
    """Give the ways to name what was typed, best first."""
    domain = mailbox.domain.ascii
    if _LETTERS.match(mailbox.local_part):
        return f"<{mailbox.local_part}@{domain}>", domain
    return (domain,)


def _fitting(heads: tuple[str, ...], tail: tuple[str, ...]) -> str:
    """Give the first head that fits, and of the tail, in its order, whatever fits behind it."""
    line = next((head for head in heads if len(head) <= _ROOM), heads[-1])[:_ROOM]
    for part in tail:
        if len(line) + 1 + len(part) <= _ROOM:
            line = f"{line} {part}"
    return line
