"""Own how misdirected mail is told from spam by its envelope: a sum of log-odds, each with its reason.

The rules: nothing of the content is looked at, so that the same judgement is made of a message that is
refused before it is sent. Everything here can be said by a stranger; what a stranger can say at will
weighs little, and what only the owner knows (which mailboxes exist) weighs most. What is known of an
organisation is not believed of a client that may not send for it.

The directory tells real from unclear and never makes or unmakes spam: what is not spam may be told to
the sender's postmaster, and a letter that hung on the directory would tell a prober which mailboxes
exist. The weights are set by hand; ``bench/collection_evidence.py`` says how they do on synthetic mail.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from missent.errors import MalformedAddress
from missent.mail.domain import DomainName
from missent.service.collection.collection import Check, Hit, Likely, OrganisationRecord

BASE: Final = -1.0
"""Before anything is known: published catch-alls of typo domains got more spam than mail."""
REAL_FROM: Final = 1.8
"""Log-odds from which a hit is called real: about 6 to 1."""
SPAM_UP_TO: Final = -1.8
"""Log-odds, without the directory, up to which it is called spam."""

_LISTED = 3.0
"""A spammer meets a mailbox that exists now and then; somebody who slips in the domain, nearly always."""
_UNLISTED = -1.8
"""Aliases and lists may be missing from a directory, and a name may be mistyped, too."""
_ALIGNED = {Check.PASS: 0.4, Check.FAIL: -0.8}
"""Spammers publish SPF, too, so that a pass says little; forwarding breaks it for honest senders."""
_CONFIRMED = {Check.PASS: 0.3, Check.FAIL: -0.8}
"""A mail server has a reverse name that leads back to it; a computer that was taken over seldom does.
No failure here weighs by itself what it would alone: such a computer shows several at once."""
_TLS, _PLAIN = 0.4, -1.0
"""Nearly all mail servers start TLS where it is offered; few programs that send spam do."""
_FEW, _SOME, _MANY = 0.5, -1.5, -2.5
_FEW_UP_TO, _SOME_UP_TO = 2, 8
"""Recipients of one transaction: somebody slips in one address, seldom in several of one domain."""
_HOST = 0.2
_LITERAL = -1.5
"""Allowed where a host has no name (RFC 5321 §4.1.3): mail servers have one."""
_NO_NAME = -1.2
"""A bare word, or no domain name at all."""
_DYNAMIC = -1.2
"""The client's own address stands in the name: a line at home, not a mail server."""
_PRETENDER = -2.5
"""It calls itself by the typo domain, where nobody is."""
_OWN_SENDER = -3.0
"""The sender's domain is the typo domain: nobody has a mailbox there."""
_LOGGED_IN = -2.0
"""It guesses passwords; honest servers do not log in to a stranger."""
_KNOWN = 1.0
_KNOWN_REAL = 3
"""Real hits from which on an organisation is known."""
_OFTEN_LISTED, _NEVER_LISTED = 0.8, -0.8
_LISTED_HITS = 5
"""Hits from which on an organisation's part of existing mailboxes says something."""
_RETURNING = 0.6
_RETURNING_AFTER = timedelta(days=7)
"""Campaigns move on; people and address books stay."""
_UNCHECKED = 0.5
"""How much of an organisation's record is believed where nobody checked that it is the sender."""


@dataclass(frozen=True, slots=True)
class Weight:
    """One piece of evidence."""

    because: str
    log_odds: float
    """Natural logarithm; above 0 speaks for real mail."""


def likely(hit: Hit, record: OrganisationRecord | None) -> Likely:
    """Say what a hit probably was; `record` is what was known of its organisation before it.

    A bounce is never real mail and seldom spam: it answers a message that somebody sent, or forged, in
    the typo domain's name. It is unclear.
    """
    if hit.sender is None:
        return Likely.UNCLEAR
    plain = BASE + sum(one.log_odds for one in _client(hit)) + _sum(_acquaintance(hit, record))
    if plain <= SPAM_UP_TO:
        return Likely.SPAM
    return Likely.REAL if plain + _sum(_directory(hit, record)) >= REAL_FROM else Likely.UNCLEAR


def score(hit: Hit, record: OrganisationRecord | None) -> float:
    """Give the log-odds that a hit is somebody's mail, by all evidence."""
    return BASE + sum(weight.log_odds for weight in weigh(hit, record))


def weigh(hit: Hit, record: OrganisationRecord | None) -> tuple[Weight, ...]:
    """Give every piece of evidence with its weight, for the explanation."""
    return (*_client(hit), *_acquaintance(hit, record), *_directory(hit, record))


def _sum(weights: Iterator[Weight]) -> float:
    return sum(weight.log_odds for weight in weights)


# --- the transaction -----------------------------------------------------------------------------


def _client(hit: Hit) -> Iterator[Weight]:
    if hit.aligned is not Check.UNKNOWN:
        word = "may" if hit.aligned is Check.PASS else "may not"
        yield Weight(f"the client {word} send for the sender's domain (SPF)", _ALIGNED[hit.aligned])
    if hit.confirmed is not Check.UNKNOWN:
        word = "leads" if hit.confirmed is Check.PASS else "does not lead"
        yield Weight(f"the client's reverse name {word} back to it", _CONFIRMED[hit.confirmed])
    yield Weight("it used TLS", _TLS) if hit.tls else Weight("it used no TLS", _PLAIN)
    yield _recipients(hit.rcpts)
    yield _helo(hit)
    if hit.logged_in:
        yield Weight("it tried to log in", _LOGGED_IN)
    if hit.sender is not None and _below(hit.sender.domain, hit.typed.domain):
        yield Weight("the sender claims to be of the typo domain itself", _OWN_SENDER)


def _recipients(number: int) -> Weight:
    if number <= _FEW_UP_TO:
        return Weight("few recipients at once", _FEW)
    return Weight("many recipients at once", _SOME if number <= _SOME_UP_TO else _MANY)


def _helo(hit: Hit) -> Weight:
    if hit.helo.startswith("["):
        return Weight("it names itself by an address", _LITERAL)
    try:
        name = DomainName.parse(hit.helo)
    except MalformedAddress:
        return Weight("it names itself by no host name", _NO_NAME)
    if "." not in name.ascii or name.ascii.rpartition(".")[2] in ("local", "localdomain", "lan"):
        return Weight("it names itself by no public host name", _NO_NAME)
    if _below(name, hit.typed.domain):
        return Weight("it calls itself by the typo domain", _PRETENDER)
    if _spells(name.ascii, hit.client):
        return Weight("its name is made of its address", _DYNAMIC)
    return Weight("it names itself by a host name", _HOST)


def _below(name: DomainName, other: DomainName) -> bool:
    """Tell whether two names belong to one holder."""
    owner = other if other.registrable is None else DomainName.parse(other.registrable)
    return name.is_within(owner)


def _spells(name: str, client: str) -> bool:
    """Tell whether an IPv4 address stands in a name, forwards or backwards, by any separator."""
    octets = client.split(".")
    if len(octets) != 4:
        return False
    numbers = [str(int(number)) for number in re.findall(r"\d{1,3}", name)]
    wanted = (octets, octets[::-1])
    return any(numbers[at : at + 4] in wanted for at in range(len(numbers) - 3))


# --- the organisation ----------------------------------------------------------------------------


def _acquaintance(hit: Hit, record: OrganisationRecord | None) -> Iterator[Weight]:
    """Weigh how an organisation came before, unless this client may not send for it."""
    if record is None or hit.sender is None or hit.aligned is Check.FAIL:
        return
    belief = 1.0 if hit.aligned is Check.PASS else _UNCHECKED
    if record.last - record.first >= _RETURNING_AFTER:
        yield Weight("its organisation wrote on other days, too", _RETURNING * belief)


def _directory(hit: Hit, record: OrganisationRecord | None) -> Iterator[Weight]:
    """Weigh what only the owner knows, and what was concluded from it before."""
    if hit.listed is not None:
        yield (
            Weight("the owner has a mailbox of that name", _LISTED)
            if hit.listed
            else Weight("the owner has no mailbox of that name", _UNLISTED)
        )
    if record is None or hit.sender is None or hit.aligned is Check.FAIL:
        return
    belief = 1.0 if hit.aligned is Check.PASS else _UNCHECKED
    if record.real >= _KNOWN_REAL and 2 * record.real >= record.hits:
        yield Weight("its organisation sent real mail before", _KNOWN * belief)
    if hit.listed is not None and record.hits >= _LISTED_HITS:
        if 2 * record.listed >= record.hits:
            yield Weight("most of what its organisation wrote to exists", _OFTEN_LISTED * belief)
        elif 10 * record.listed < record.hits:
            yield Weight("little of what its organisation wrote to exists", _NEVER_LISTED * belief)
