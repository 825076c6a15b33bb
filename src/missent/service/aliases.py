"""Own which addresses are one person's: spellings, tags, relays below one owner, and renamed domains.

People are written to as ``j..smith``, ``j.smith+news`` and ``jsmith@mail.`` of one owner; kept apart,
each spelling looks like somebody the sender hardly knows. So ties, presences and namesakes go by
`person_of`. The rule: nothing that makes trust does. Records, answers and validations stay with the
exact address, since two spellings may be two mailboxes and only one of them was ever validated.

At a public mail provider everybody is a stranger to everybody else: there, only the tag is dropped,
and dots where the provider itself says that it ignores them.

A renamed domain is recognised by `is_rename`. That the same people answer from both names is good
evidence between strangers' names only. Between names that can be mistaken for each other it is none:
the owner of a typo gets mail for three people of the real name, and can answer it in their names.
So there, nothing but the operator's directory counts, where it lists the same people at both.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable

from missent.lookalike.index import keys
from missent.lookalike.people import LONGEST, SHORTEST, bare
from missent.lookalike.shipped import shipped
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox

SAME_PEOPLE = 3
"""People who must be listed at, or have answered from, both names before they are one owner's."""
_CACHE = 65_536
_DOTLESS = frozenset({"gmail.com", "googlemail.com"})
_PROVIDER = "mail_provider"
_SHORTEST_NAME = 5
_ROLE_WORDS = (
    "abuse accounting accounts admin administration billing booking bookings careers contact "
    "customerservice enquiries finance helpdesk hello hostmaster info inquiries invoice invoices "
    "jobs legal mail marketing media office orders postmaster press privacy procurement purchasing "
    "reception recruitment reservations sales secretary security service shipping support "
    "team tenders webmaster"
)
_ROLES = frozenset(_ROLE_WORDS.split())


@functools.lru_cache(maxsize=_CACHE)
def person_of(mailbox: Mailbox) -> str:
    """Give the one text for all addresses of the person behind `mailbox`; never an address to write to."""
    owner = _owner(mailbox.domain)
    local = bare(mailbox)
    if owner is None or not SHORTEST <= len(local) <= LONGEST:
        return mailbox.folded
    if shipped().kind(mailbox.domain) != _PROVIDER:
        return f"{local}@{owner}"
    untagged = mailbox.key.partition("+")[0]
    return f"{local if owner in _DOTLESS else untagged}@{owner}"


def one_each(mailboxes: Iterable[Mailbox]) -> tuple[Mailbox, ...]:
    """Give one address for each person, the first of theirs, so that no flood of spellings hides others."""
    found: dict[str, Mailbox] = {}
    for mailbox in mailboxes:
        found.setdefault(person_of(mailbox), mailbox)
    return tuple(found.values())


@functools.lru_cache(maxsize=_CACHE)
def personal_name(mailbox: Mailbox) -> str | None:
    """Give the local part by which somebody is recognised under another domain; None for a role.

    None at a public mail provider, too: that a John Smith answers from two of them tells nothing.
    """
    local = bare(mailbox)
    if local in _ROLES or not _SHORTEST_NAME <= len(local) <= LONGEST:
        return None
    known = _owner(mailbox.domain) is not None and shipped().kind(mailbox.domain) != _PROVIDER
    return local if known else None


def is_rename(one: DomainName, other: DomainName, *, answered: int, listed: int) -> bool:
    """Tell whether two registrable names are one owner's, before and after a change of name.

    `answered` counts the people (`personal_name`) who answered from both, `listed` those whom the
    operator's directory lists at both.
    """
    if one == other:
        return False
    if listed >= SAME_PEOPLE:
        return True
    return answered >= SAME_PEOPLE and not keys(one) & keys(other)


def _owner(domain: DomainName) -> str | None:
    return None if domain.is_literal else domain.registrable
