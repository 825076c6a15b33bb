"""Own what the judge says about one recipient."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from missent.judge.finding import Finding
from missent.mail.mailbox import Mailbox


class Action(StrEnum):
    """What is to happen to one recipient, mildest first."""

    DELIVER = "deliver"
    WARN = "warn"
    HOLD = "hold"
    BLOCK = "block"

    @property
    def severity(self) -> int:
        """Order the actions: 0 deliver, 1 warn, 2 hold, 3 block."""
        return _SEVERITY[self]


_SEVERITY = {action: number for number, action in enumerate(Action)}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement on one recipient, as `enforce` would carry it out."""

    recipient: Mailbox
    action: Action
    misdirection: float
    """Probability, 0 to 1, that this recipient is not the one meant."""
    sensitivity: int
    """0 (nothing found) to 4 of the message, as it matters for this recipient."""
    rule: str
    """Name of the policy rule that decided."""
    findings: tuple[Finding, ...] = ()
    suggestion: Mailbox | None = None
    """The full address that was probably meant."""

    @property
    def because(self) -> str:
        """Give the strongest finding's sentence, or a plain one where there is none.

        Where something is stopped and the message is sensitive, what is in it is said, too; so is what
        the publisher of a like name says of it.
        """
        weighty = [f for f in self.findings if f.weight > 0]
        said = [f.because for f in self.findings if self._acts and "publisher" in f.facts]
        if not weighty:
            return "; ".join(said) or "nothing speaks against this address"
        first = max(weighty, key=lambda finding: finding.weight)
        grave = max(self.findings, key=lambda finding: int(finding.facts.get("level", 0)))
        if self._acts and grave is not first and _is_grave(grave):
            said.append(grave.because)
        return "; ".join((first.because, *said))

    @property
    def _acts(self) -> bool:
        return self.action is not Action.DELIVER


_GRAVE = 2
"""The level from which what is in a message is a reason beside the address."""


def _is_grave(finding: Finding) -> bool:
    return "category" in finding.facts and int(finding.facts.get("level", 0)) >= _GRAVE


def worse(one: Verdict, other: Verdict) -> Verdict:
    """Give the verdict that is more severe, by action, then by probability."""
    return max(one, other, key=lambda v: (v.action.severity, v.misdirection))
