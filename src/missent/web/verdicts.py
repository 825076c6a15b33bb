"""Own what a caller of the API sees of a verdict; callers who share a key see no evidence in it.

Counts ("you wrote to army.mil 214 times") are the sender's own business. To somebody who only holds
a shared key they would be an address book to be asked line by line, so those callers get a plain
sentence for each finding, and numbers too coarse to count by.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, Field

from missent.judge.finding import Finding
from missent.judge.plain import verdict_to_plain
from missent.judge.verdict import Action, Verdict


class FindingAnswer(BaseModel):
    """One piece of evidence."""

    signal: str
    about: str = Field(description="A recipient's address, or 'message'.")
    weight: float = Field(description="Log-odds this adds to 'not the one meant'.")
    because: str = Field(description="One sentence, fit for the sender's eyes.")
    suggestion: str | None = None


class VerdictAnswer(BaseModel):
    """The judgement on one recipient, as enforce mode would carry it out."""

    recipient: str
    action: Action
    misdirection: float = Field(ge=0, le=1, description="Probability that this is a mistake.")
    sensitivity: int = Field(ge=0, le=4)
    suggestion: str | None = Field(description="The full address that was probably meant.")
    rule: str
    findings: list[FindingAnswer]


def shown(verdict: Verdict, *, shared: bool) -> VerdictAnswer:
    """Write a verdict for a caller; `shared` = the key is known to more than one person."""
    answer = VerdictAnswer.model_validate(verdict_to_plain(verdict))
    if not shared:
        return answer
    findings = [
        plain.model_copy(
            update={"because": _plainly(finding), "weight": float(round(plain.weight))}
        )
        for plain, finding in zip(answer.findings, verdict.findings, strict=True)
    ]
    coarse = round(answer.misdirection, 1)
    return answer.model_copy(update={"findings": findings, "misdirection": coarse})


_PLAIN: Mapping[str, str] = {
    "domain_typo": "this address looks like a slip of another one",
    "confusable": "this address looks like another one, with letters of another alphabet",
    "first_contact": "this address is new for this sender",
    "wrong_person": "another person may have been meant",
}


def _plainly(finding: Finding) -> str:
    if finding.suggestion is not None:
        return f"this address looks like {finding.suggestion.screen}"
    if finding.about == "message":
        return "something in the message speaks for a second look"
    return _PLAIN.get(finding.signal, "this address is unusual for this sender")
