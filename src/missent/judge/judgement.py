"""Own the judgement: one verdict for each recipient of a case, in the envelope's order.

Pure: the same case and policy give the same verdicts, today in the guard and next year in an
investigation (law 3). A verdict is what *enforce* would do; the mode is the service's business.
Whatever raises in here is a finding that holds, never a pass (law 5).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from missent.judge import release, score
from missent.judge.case import Case
from missent.judge.content import Detector, read
from missent.judge.finding import Finding
from missent.judge.policy import Facts, Policy
from missent.judge.sensitivity import DETECTORS, VOCABULARY
from missent.judge.signals import SIGNALS, Signal
from missent.judge.signals.unreadable import WEIGHT
from missent.judge.verdict import Verdict, worse
from missent.mail.envelope import Recipient
from missent.mail.mailbox import Mailbox


def judge(
    case: Case,
    policy: Policy,
    signals: tuple[Signal, ...] = SIGNALS,
    detectors: tuple[Detector, ...] = DETECTORS,
) -> tuple[Verdict, ...]:
    """Judge every recipient of the envelope, in order.

    A recipient the MTA resolved to another mailbox is judged as both, and the worse verdict counts;
    it always names the recipient as written.
    """
    content = tuple(_content(case, detectors))
    return tuple(
        _recipient(case, recipient, policy, signals, content)
        for recipient in case.envelope.recipients
    )


def _recipient(
    case: Case,
    recipient: Recipient,
    policy: Policy,
    signals: tuple[Signal, ...],
    content: tuple[Finding, ...],
) -> Verdict:
    released = _release(case, recipient.mailbox, policy, content)
    findings = (*_heard(case, recipient, signals), *released, *content)
    verdict = _verdict(case, recipient, policy, findings)
    if recipient.resolved is None or recipient.resolved == recipient.mailbox:
        return verdict
    resolved = replace(recipient, mailbox=recipient.resolved, resolved=None)
    other = _recipient(case, resolved, policy, signals, content)
    return worse(verdict, replace(other, recipient=recipient.mailbox))


def _verdict(
    case: Case, recipient: Recipient, policy: Policy, findings: tuple[Finding, ...]
) -> Verdict:
    probability = score.misdirection(findings, policy.prior)
    level = score.sensitivity(findings)
    facts = Facts(
        recipient.mailbox,
        case.envelope.sender,
        not case.organisation.owns(recipient.mailbox.domain),
        probability,
        level,
        findings,
    )
    ruling = policy.decide(facts)
    return Verdict(
        recipient=recipient.mailbox,
        action=ruling.action,
        misdirection=probability,
        sensitivity=level,
        rule=ruling.rule,
        findings=findings,
        suggestion=_suggestion(findings) if findings else None,
    )


def _suggestion(findings: tuple[Finding, ...]) -> Mailbox | None:
    suggested = [finding for finding in findings if finding.suggestion is not None]
    # a publisher's word comes after whatever was found here
    best = max(suggested, key=lambda f: ("publisher" not in f.facts, f.weight), default=None)
    return best.suggestion if best else None


def _heard(case: Case, recipient: Recipient, signals: tuple[Signal, ...]) -> Iterable[Finding]:
    for signal in signals:
        try:
            yield from tuple(signal(case, recipient))
        except Exception:  # whatever it was, it must not become a pass
            name = getattr(signal, "__module__", "check").rpartition(".")[2]
            yield _failed(name, recipient.mailbox.wire)


def _content(case: Case, detectors: tuple[Detector, ...]) -> Iterable[Finding]:
    if case.message is None:
        return
    try:
        content = read(case.message, VOCABULARY)
    except Exception:
        yield _failed("content", "message")
        return
    words = frozenset[str]().union(*(reading.words for reading in content.readings))
    for detector in detectors:
        if detector.words and detector.words.isdisjoint(words):
            continue
        try:
            yield from tuple(detector.detect(content))
        except Exception:
            yield _failed(detector.name, "message")


def _release(
    case: Case, mailbox: Mailbox, policy: Policy, content: tuple[Finding, ...]
) -> Iterable[Finding]:
    """Ask whether what is marked may go to this recipient."""
    if not any(finding.signal == "marking" for finding in content):
        return ()
    try:
        found = release.check(
            content, mailbox, case.organisation, policy.release, len(case.envelope.recipients)
        )
    except Exception:
        found = _failed(release.SIGNAL, mailbox.wire)
    return () if found is None else (found,)


def _failed(name: str, about: str) -> Finding:
    because = f"a check could not be completed ({name}), so nothing is known of what it looks for"
    return Finding("unreadable", about, WEIGHT, because, facts={"problem": f"{name}_failed"})
