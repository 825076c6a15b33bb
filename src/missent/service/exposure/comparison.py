"""Own what is different between two runs: names that came, names that went, and what changed.

The rules. Only a difference in the world is a change: what a later run asked for the first time is
learnt, and is counted, not listed; and a name that left the list, as another limit makes it, is not said
to be gone. A rank counts where it jumps among the first. Of equal runs nothing
is said, and the order is always the same: the later run's, then the earlier one's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from missent.mail.domain import DomainName
from missent.mail.mime import spell_out
from missent.service.exposure.exposure import Exposed, Exposure, Mail, Standing
from missent.service.investigation.sentences import counted, listed

HIGH = 20
"""Ranks below say little, and many names share them."""
JUMP = 2.0
"""A rank jumps where it is half or double of what it was."""
SHOWN = 20
"""Names of one kind that the text lists."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is different about one name."""

    domain: DomainName
    what: str
    """``registered``, ``mail``, ``mx``, ``nameservers`` or ``rank``."""
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that is different."""

    added: tuple[DomainName, ...]
    """Names of ours that only the later run was asked about."""
    dropped: tuple[DomainName, ...]
    """Names of ours that only the earlier run was asked about."""
    new: tuple[DomainName, ...]
    """Look-alikes that only the later run has, the worst first."""
    gone: tuple[DomainName, ...]
    changed: tuple[Change, ...]
    learnt: int = 0
    """Names looked up for the first time."""

    def __bool__(self) -> bool:
        """Tell whether anything is different."""
        return bool(self.added or self.dropped or self.new or self.gone or self.changed)


def compare(before: Exposure, after: Exposure) -> Comparison:
    """Compare two runs."""
    old, late = _ranked(before), _ranked(after)
    both = [domain for domain in late if domain in old]
    changes = (change for domain in both for change in _changes(old[domain], late[domain]))
    return Comparison(
        added=tuple(name for name in after.names if name not in before.names),
        dropped=tuple(name for name in before.names if name not in after.names),
        new=tuple(domain for domain in late if domain not in old),
        gone=tuple(domain for domain in old if domain not in late),
        changed=tuple(changes),
        learnt=sum(_asked(late[one]) and not _asked(old[one]) for one in both),
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a look-alike stands in a run; its best rank, if it is one of several names of ours."""

    rank: int
    one: Exposed


def _ranked(exposure: Exposure) -> Mapping[DomainName, _Place]:
    found: dict[DomainName, _Place] = {}
    for one in exposure.exposed:
        found.setdefault(one.domain, _Place(len(found) + 1, one))
    return found


def _asked(place: _Place) -> bool:
    return place.one.standing.registered is not None or place.one.standing.mail is not Mail.UNKNOWN


def _changes(before: _Place, after: _Place) -> Iterator[Change]:
    domain, old, late = after.one.domain, before.one.standing, after.one.standing
    if None not in (old.registered, late.registered) and old.registered is not late.registered:
        yield Change(domain, "registered", _yes(old.registered), _yes(late.registered))
    if Mail.UNKNOWN not in (old.mail, late.mail):
        if old.mail is not late.mail:
            yield Change(domain, "mail", old.mail.value, late.mail.value)
        if set(old.mx) != set(late.mx):
            yield Change(domain, "mx", _hosts(old.mx), _hosts(late.mx))
    if _has_servers(old) and _has_servers(late) and set(old.nameservers) != set(late.nameservers):
        yield Change(domain, "nameservers", _hosts(old.nameservers), _hosts(late.nameservers))
    first, last = sorted((before.rank, after.rank))
    if first <= HIGH and last >= JUMP * first and last - first > 1:
        yield Change(domain, "rank", str(before.rank), str(after.rank))


def _has_servers(standing: Standing) -> bool:
    """Tell whether nameservers were asked for: a name that nobody holds has none, and says so."""
    return bool(standing.nameservers) or standing.registered is False


def _yes(value: bool | None) -> str:
    return "yes" if value else "no"


def _hosts(hosts: tuple[str, ...]) -> str:
    return " ".join(sorted(hosts)) or "none"


# -- For people and for programs -------------------------------------------------------------------


def text(comparison: Comparison) -> str:
    """Say what is different, a line each; nothing for equal runs."""
    return "".join(f"{line}\n" for line in _lines(comparison))


def _lines(comparison: Comparison) -> Iterator[str]:
    for what, names in (("Also asked", comparison.added), ("No longer asked", comparison.dropped)):
        if names:
            yield f"{what}: {_some(names)}."
    for what, names in (("now", comparison.new), ("no longer", comparison.gone)):
        if names:
            yield f"In the list {what}: {counted(len(names), 'look-alike')}: {_some(names)}."
    for change in comparison.changed:
        yield _sentence(change)
    if comparison and comparison.learnt:
        yield f"{counted(comparison.learnt, 'name')} looked up for the first time."


def _some(names: tuple[DomainName, ...]) -> str:
    shown = [name.ascii for name in names[:SHOWN]]
    more = len(names) - len(shown)
    return listed([*shown, f"{more:,} more"] if more else shown)


def _sentence(change: Change) -> str:
    name, before, after = change.domain.ascii, change.before, change.after
    if change.what == "registered":
        return f"{name} is {'now' if after == 'yes' else 'no longer'} registered."
    if change.what == "rank":
        up = int(after) < int(before)
        return f"{name} went {'up' if up else 'down'} from rank {before} to {after}."
    if change.what == "mail":
        return f"{name} has {_MAIL[Mail(after)]}; before, it had {_MAIL[Mail(before)]}."
    return f"{name}: {_WHAT[change.what]} were {spell_out(before)}, are {spell_out(after)}."


_WHAT = {"mx": "mail servers", "nameservers": "name servers"}
_MAIL = {
    Mail.UNKNOWN: "nothing that is known",
    Mail.NONE: "no mail server",
    Mail.NULL: "a null MX, which refuses all mail",
    Mail.ADDRESS: "an address and no mail server",
    Mail.MX: "mail servers",
}


def to_plain(comparison: Comparison) -> dict[str, Any]:
    """Give what is different as plain values."""
    return {
        "added": [name.ascii for name in comparison.added],
        "dropped": [name.ascii for name in comparison.dropped],
        "new": [name.ascii for name in comparison.new],
        "gone": [name.ascii for name in comparison.gone],
        "changed": [
            {
                "domain": change.domain.ascii,
                "what": change.what,
                "before": change.before,
                "after": change.after,
            }
            for change in comparison.changed
        ],
        "learnt": comparison.learnt,
    }
