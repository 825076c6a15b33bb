"""Own the question whether an address is written in letters that only look right.

Two findings. A *mixture*: a label, or the local part, holds letters of several alphabets that nobody
writes together (below UTS 39's highly restrictive level), or a character nobody sees. Registries
refuse such names, so that a slip of the keyboard or a copied text is nearly always behind one. A
*twin*: the whole domain looks like a name that is known, ours or public, though it is in one alphabet
throughout. A correction is offered only to a name that is known, since Unicode's tables take letters
for alike (``г`` and ``r``) that a careful reader tells apart. The rule: a name in one alphabet,
whatever it is, is as good as any other as long as it has no twin; and where `domain_typo` has the
same twin, this signal only tips the scale.
"""

from __future__ import annotations

from collections.abc import Iterator

from missent.judge.case import Case
from missent.judge.finding import Finding
from missent.lookalike.confusables import (
    ALPHABETS,
    highly_restrictive,
    invisible,
    odd_letters,
    reading,
    scripts,
    skeleton,
)
from missent.lookalike.shipped import shipped
from missent.mail.domain import DomainName
from missent.mail.envelope import Recipient
from missent.mail.mailbox import Mailbox

MIXED = 8.0
"""No registry lets such a domain in, and nobody has such a name: three in four are mistakes."""
UNSEEN = 8.0
TWIN = 3.0
"""`domain_typo` weighs the likeness itself; this is what the strange alphabet adds."""


def find(case: Case, recipient: Recipient) -> Iterator[Finding]:
    """Report an address that mixes alphabets, or whose domain is the twin of a known one."""
    mailbox = recipient.mailbox
    if mailbox.wire.isascii() and mailbox.domain.ascii == mailbox.domain.unicode:
        return
    if _exempt(case, mailbox):
        return
    found = _local_part(mailbox) or _domain(case, mailbox)
    if found is not None:
        yield found


def _exempt(case: Case, mailbox: Mailbox) -> bool:
    known = case.correspondence.mailbox(mailbox)
    domain = case.correspondence.domain(mailbox.domain)
    return known.validated_at(case.at) or known.in_directory or domain.in_directory


def _local_part(mailbox: Mailbox) -> Finding | None:
    local = mailbox.local_part
    if invisible(local):
        because = f"the name in {mailbox.screen} has a character that nobody sees"
        return _finding(mailbox, UNSEEN, because, _plain(mailbox), "invisible")
    if highly_restrictive(local):
        return None
    because = f"the name in {mailbox.screen} mixes {_alphabets(local)} letters{_odd(local)}"
    return _finding(mailbox, MIXED, because, _plain(mailbox), "mixed_local_part")


def _domain(case: Case, mailbox: Mailbox) -> Finding | None:
    domain = mailbox.domain
    if case.organisation.owns(domain):
        return None
    twin = _twin(case, domain)
    meant = mailbox.at(_meant(domain, twin)) if twin else None
    mixed = next((x for x in domain.unicode.split(".") if not highly_restrictive(x)), None)
    if mixed is not None:
        because = f"{domain.screen} mixes {_alphabets(mixed)} letters{_odd(mixed)}"
        return _finding(mailbox, MIXED, because, meant, "mixed_domain")
    if twin is None:
        return None
    because = (
        f"{domain.screen} is {_alphabets(domain.unicode)} letters that look like {twin.screen}"
    )
    return _finding(mailbox, TWIN, because, meant, "twin")


def _twin(case: Case, domain: DomainName) -> DomainName | None:
    """Find a name that looks like this one and may have been meant; ours first, then public ones."""
    near = (neighbour.domain for neighbour in case.correspondence.near(domain))
    names = (*case.organisation.domains, *shipped().near(domain), *near)
    twins = (name for name in names if name != domain and _looks(domain, name))
    return next((name for name in twins if not case.published.allied(domain, name)), None)


def _looks(domain: DomainName, name: DomainName) -> bool:
    """Tell whether a name, or a host below it, looks like another; being below it is no likeness."""
    labels = name.unicode.count(".") + 1
    tail = ".".join(domain.unicode.split(".")[-labels:])
    return tail != name.unicode and skeleton(tail) == skeleton(name.unicode)


def _meant(domain: DomainName, twin: DomainName) -> DomainName:
    hosts = domain.ascii.split(".")[: -twin.ascii.count(".") - 1]
    return DomainName.parse(".".join((*hosts, twin.ascii)))


def _plain(mailbox: Mailbox) -> Mailbox | None:
    """Give the address with its name in plain letters, if all of them have one."""
    local = reading(mailbox.local_part)
    if not local or not local.isascii() or local == mailbox.key:
        return None
    return Mailbox(local, mailbox.domain)


def _alphabets(text: str) -> str:
    names = sorted({ALPHABETS.get(script, script) for script in scripts(text)})
    return " and ".join(names) or "foreign"


def _odd(text: str) -> str:
    odd = [letter for letter in odd_letters(text) if "Latn" not in scripts(letter)]
    return f": {', '.join(odd)}" if odd else ""


def _finding(
    mailbox: Mailbox, weight: float, because: str, meant: Mailbox | None, what: str
) -> Finding:
    facts: dict[str, str | bool | int] = {"suspect": True, "what": what}
    if meant is not None:
        facts["intended"] = meant.domain.ascii
    return Finding("mixed_scripts", mailbox.wire, weight, because, meant, facts)
