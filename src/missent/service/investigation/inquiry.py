"""Own which deliveries were misdirected: every message to every recipient that is looked at, judged
once more.

A pair of sender and recipient is judged once. What the operator names as wrong is wrong, whatever the
judge says of it; who was meant is then as the judge suggests, if it does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from missent.errors import MalformedAddress
from missent.judge.finding import Finding
from missent.judge.verdict import Action, Verdict
from missent.lookalike.shipped import shipped
from missent.lookalike.suffixes import meant_suffixes, under
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.service.investigation.book import DOUBTFUL, MISDIRECTED, NAMES, Book, named
from missent.service.investigation.incident import Doubt, Misdirected
from missent.service.investigation.merging import Handover

NAMED_RULE = "named by the operator"


@dataclass(slots=True)
class Inquiry:
    """Judges what was gathered."""

    book: Book
    named: Callable[[Mailbox], bool]
    """Whether the operator says that a recipient is wrong."""
    sources: Sequence[str]
    """The inputs' names, by number."""
    since: datetime | None = None
    _verdicts: dict[tuple[Mailbox | None, Mailbox], Verdict] = field(default_factory=dict)

    def judged(
        self, handovers: Iterable[Handover]
    ) -> tuple[tuple[Misdirected, ...], tuple[Doubt, ...]]:
        """Give the misdirected, by time, and the domains that are only doubted, the likeliest first."""
        found: list[Misdirected] = []
        doubts: defaultdict[DomainName, list[tuple[Handover, Verdict, Finding]]] = defaultdict(list)
        for one in handovers:
            if self.since is not None and one.at < self.since:
                continue
            verdict = self._verdict(one)
            finding = named(verdict)
            if is_wrong(verdict) or self.named(one.recipient):
                found.append(self._misdirected(one, verdict, finding))
            elif finding is not None and _doubtful(verdict):
                doubts[one.recipient.domain].append((one, verdict, finding))
        return tuple(found), _doubts(doubts)

    def _verdict(self, one: Handover) -> Verdict:
        pair = one.sender, one.recipient
        verdict = self._verdicts.get(pair)
        if verdict is None:
            verdict = self._verdicts[pair] = self.book.verdict(one.sender, one.recipient)
        return verdict

    def _misdirected(self, one: Handover, verdict: Verdict, finding: Finding | None) -> Misdirected:
        facts = finding.facts if finding is not None else {}
        by_name = not is_wrong(verdict)
        because = "" if finding is None else finding.because
        return Misdirected(
            at=one.at,
            sender=one.sender,
            recipient=one.recipient,
            meant=None if finding is None else finding.suggestion,
            intended=_intended(one.recipient.domain, facts.get("intended")),
            outcome=one.outcome,
            misdirection=verdict.misdirection,
            rule=NAMED_RULE if by_name else verdict.rule,
            slip=str(facts.get("slip", "")),
            suffix_slip=bool(facts.get("suffix_slip", False)),
            because=because or f"{one.recipient.domain.screen} was named as wrong by the operator",
            identity=one.identity,
            message_id=one.message_id,
            queue_id=one.queue_id,
            relay=one.relay,
            forwarded=one.forwarded,
            source=self.sources[one.source],
        )


def is_wrong(verdict: Verdict) -> bool:
    """Tell whether a delivery counts as misdirected, by the names alone.

    A slip inside a public suffix, for a public name or one of a closed registry, counts however much it
    answered if the guard would hold it: whoever has that suffix receives for every name below, and a
    squatter answers, too.
    """
    if named(verdict) is None:
        return False
    pinned = any(
        finding.facts.get("suffix_slip") and finding.facts.get("suspect") and _is_public(finding)
        for finding in verdict.findings
        if finding.signal in NAMES
    )
    held = verdict.action.severity >= Action.HOLD.severity
    return verdict.misdirection >= MISDIRECTED or (pinned and held)


def _is_public(finding: Finding) -> bool:
    meant = finding.suggestion.domain if finding.suggestion is not None else None
    return meant is not None and bool(shipped().protects(meant) or shipped().kind(meant))


def _doubtful(verdict: Verdict) -> bool:
    return verdict.misdirection >= DOUBTFUL or verdict.action.severity >= Action.HOLD.severity


def _intended(written: DomainName, text: object) -> DomainName:
    """Give the domain that was meant: the judge's, else the same name under a closed suffix, else
    itself.
    """
    try:
        if isinstance(text, str):
            return DomainName.parse(text)
    except MalformedAddress:
        pass
    meant = (under(written, suffix) for suffix, _ in meant_suffixes(written))
    return next((name for name in meant if name is not None), written)


def _doubts(
    found: dict[DomainName, list[tuple[Handover, Verdict, Finding]]],
) -> tuple[Doubt, ...]:
    made = []
    for domain, rows in found.items():
        _, verdict, finding = max(rows, key=lambda row: (row[1].misdirection, row[2].because))
        intended = _intended(domain, finding.facts.get("intended"))
        count = len({one.identity for one, _, _ in rows})
        made.append(Doubt(domain, intended, count, verdict.misdirection, finding.because))
    return tuple(sorted(made, key=lambda d: (-d.misdirection, -d.messages, d.domain.ascii)))
