"""Own the JSON form of verdicts, findings, envelopes and holds.

One form for the command line, the check API and the database (DESIGN §7), so that what an operator
reads is what is stored. Addresses are in wire form, times are RFC 3339 in UTC, and what is read back
is equal to what was written. The `..._from_plain` functions read only what this module wrote; for
anything else they raise `KeyError`, `ValueError` or `MalformedAddress`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from missent.judge.finding import Finding
from missent.judge.hold import HeldRecipient, Hold, Known, Owner, State
from missent.judge.verdict import Action, Verdict
from missent.mail.domain import DomainName
from missent.mail.envelope import Envelope, Recipient
from missent.mail.mailbox import Mailbox

Plain = Mapping[str, Any]
"""A JSON object."""

# --- verdicts ----------------------------------------------------------------------------------


def verdict_to_plain(verdict: Verdict) -> dict[str, Any]:
    """Write a verdict as `check --json` shows it."""
    return {
        "recipient": verdict.recipient.wire,
        "action": verdict.action.value,
        "misdirection": verdict.misdirection,
        "sensitivity": verdict.sensitivity,
        "suggestion": _optional(verdict.suggestion),
        "rule": verdict.rule,
        "findings": [finding_to_plain(finding) for finding in verdict.findings],
    }


def verdict_from_plain(plain: Plain) -> Verdict:
    """Read a verdict."""
    return Verdict(
        recipient=mailbox_from_plain(plain["recipient"]),
        action=Action(plain["action"]),
        misdirection=float(plain["misdirection"]),
        sensitivity=int(plain["sensitivity"]),
        rule=str(plain["rule"]),
        findings=tuple(finding_from_plain(finding) for finding in plain["findings"]),
        suggestion=_maybe(plain["suggestion"]),
    )


def finding_to_plain(finding: Finding) -> dict[str, Any]:
    """Write a finding; its `facts` are there only if it has any."""
    plain: dict[str, Any] = {
        "signal": finding.signal,
        "about": finding.about,
        "weight": finding.weight,
        "because": finding.because,
        "suggestion": _optional(finding.suggestion),
    }
    if finding.facts:
        plain["facts"] = dict(finding.facts)
    return plain


def finding_from_plain(plain: Plain) -> Finding:
    """Read a finding."""
    return Finding(
        signal=str(plain["signal"]),
        about=str(plain["about"]),
        weight=float(plain["weight"]),
        because=str(plain["because"]),
        suggestion=_maybe(plain["suggestion"]),
        facts=MappingProxyType(dict(plain.get("facts", {}))),
    )


# --- envelopes ---------------------------------------------------------------------------------


def envelope_to_plain(envelope: Envelope) -> dict[str, Any]:
    """Write an envelope; a null sender is null."""
    return {
        "transaction_id": envelope.transaction_id,
        "sender": _optional(envelope.sender),
        "recipients": [_recipient_to_plain(recipient) for recipient in envelope.recipients],
        "received_at": time_to_plain(envelope.received_at),
        "parameters": dict(envelope.parameters),
        "authenticated_as": envelope.authenticated_as,
        "certificate_subject": envelope.certificate_subject,
        "client_address": envelope.client_address,
        "extra": dict(envelope.extra),
    }


def envelope_from_plain(plain: Plain) -> Envelope:
    """Read an envelope."""
    return Envelope(
        transaction_id=str(plain["transaction_id"]),
        sender=_maybe(plain["sender"]),
        recipients=tuple(_recipient_from_plain(recipient) for recipient in plain["recipients"]),
        received_at=time_from_plain(plain["received_at"]),
        parameters=MappingProxyType(dict(plain["parameters"])),
        authenticated_as=plain["authenticated_as"],
        certificate_subject=plain["certificate_subject"],
        client_address=plain["client_address"],
        extra=MappingProxyType(dict(plain["extra"])),
    )


def _recipient_to_plain(recipient: Recipient) -> dict[str, Any]:
    return {
        "mailbox": recipient.mailbox.wire,
        "parameters": dict(recipient.parameters),
        "resolved": _optional(recipient.resolved),
        "raw": recipient.raw,
    }


def _recipient_from_plain(plain: Plain) -> Recipient:
    return Recipient(
        mailbox=mailbox_from_plain(plain["mailbox"]),
        parameters=MappingProxyType(dict(plain["parameters"])),
        resolved=_maybe(plain["resolved"]),
        raw=str(plain["raw"]),
    )


# --- holds -------------------------------------------------------------------------------------


def hold_to_plain(hold: Hold) -> dict[str, Any]:
    """Write a hold as `hold show --json` shows it."""
    return {
        "hold_id": hold.hold_id,
        "envelope": envelope_to_plain(hold.envelope),
        "message_sha256": hold.message_sha256,
        "recipients": [held_to_plain(recipient) for recipient in hold.recipients],
        "held_at": time_to_plain(hold.held_at),
        "expires_at": time_to_plain(hold.expires_at),
        "owner": {
            "mailbox": _optional(hold.owner.mailbox),
            "known_by": hold.owner.known_by.value,
        },
        "fingerprint": hold.fingerprint,
        "size": hold.size,
        "sensitivity": hold.sensitivity,
        "legal_hold": hold.legal_hold,
        "prepared": hold.prepared,
    }


def hold_from_plain(plain: Plain) -> Hold:
    """Read a hold."""
    owner = plain["owner"]
    return Hold(
        hold_id=str(plain["hold_id"]),
        envelope=envelope_from_plain(plain["envelope"]),
        message_sha256=str(plain["message_sha256"]),
        recipients=tuple(held_from_plain(recipient) for recipient in plain["recipients"]),
        held_at=time_from_plain(plain["held_at"]),
        expires_at=time_from_plain(plain["expires_at"]),
        owner=Owner(_maybe(owner["mailbox"]), Known(owner["known_by"])),
        fingerprint=str(plain["fingerprint"]),
        size=int(plain["size"]),
        sensitivity=int(plain["sensitivity"]),
        legal_hold=bool(plain["legal_hold"]),
        prepared=bool(plain["prepared"]),
    )


def held_to_plain(held: HeldRecipient) -> dict[str, Any]:
    """Write one held recipient."""
    return {
        "mailbox": held.mailbox.wire,
        "state": held.state.value,
        "verdict": verdict_to_plain(held.verdict),
        "corrected_to": _optional(held.corrected_to),
        "release_at": time_to_plain(held.release_at) if held.release_at else None,
    }


def held_from_plain(plain: Plain) -> HeldRecipient:
    """Read one held recipient."""
    release_at = plain["release_at"]
    return HeldRecipient(
        mailbox=mailbox_from_plain(plain["mailbox"]),
        state=State(plain["state"]),
        verdict=verdict_from_plain(plain["verdict"]),
        corrected_to=_maybe(plain["corrected_to"]),
        release_at=time_from_plain(release_at) if release_at else None,
    )


# --- single values -----------------------------------------------------------------------------


def time_to_plain(at: datetime) -> str:
    """Write a time as RFC 3339 in UTC; raises `ValueError` for one without a time zone."""
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def time_from_plain(text: str) -> datetime:
    """Read an RFC 3339 time into UTC; raises `ValueError` for one without a time zone."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at.astimezone(UTC)


def mailbox_from_plain(text: str) -> Mailbox:
    """Read a mailbox's own wire form.

    Unlike `Mailbox.parse` this asks no second time whether the address is acceptable: an A-label may
    be longer than the U-label that was accepted, and what was held must stay readable.
    """
    local, _, domain = text.rpartition("@")
    if local.startswith('"'):
        local = re.sub(r"\\(.)", r"\1", local[1:-1], flags=re.DOTALL)
    return Mailbox(local, DomainName.parse(domain))


def _optional(mailbox: Mailbox | None) -> str | None:
    return None if mailbox is None else mailbox.wire


def _maybe(text: str | None) -> Mailbox | None:
    return None if text is None else mailbox_from_plain(text)
