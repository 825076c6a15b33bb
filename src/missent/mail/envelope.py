"""Own what SMTP says about a message before its first byte: sender, recipients, parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from missent.mail.mailbox import Mailbox

Parameters = Mapping[str, str]
"""ESMTP parameters: keyword in upper case -> value as written, "" for a keyword without value."""


def _none() -> Parameters:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Recipient:
    """One ``RCPT TO``: the mailbox, its DSN parameters, and what the MTA resolved it to."""

    mailbox: Mailbox
    parameters: Parameters = field(default_factory=_none)
    """NOTIFY and ORCPT (RFC 3461), as written."""
    resolved: Mailbox | None = None
    """The MTA's own ``{rcpt_addr}``, where it says one and it differs; judged, too (worse counts)."""
    raw: str = ""
    """The argument exactly as the peer wrote it, for deleting it again; empty = the wire form."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One mail transaction. Immutable; edges build it step by step with `replace`."""

    transaction_id: str
    """The MTA's queue id or our own session id; for logs only."""
    sender: Mailbox | None
    """MAIL FROM; None is the null path of bounces and automatic mail."""
    recipients: tuple[Recipient, ...]
    received_at: datetime
    parameters: Parameters = field(default_factory=_none)
    """Of MAIL FROM: BODY, SMTPUTF8, RET, ENVID, REQUIRETLS, MT-PRIORITY."""
    authenticated_as: str | None = None
    """SASL login, where the MTA or our own listener authenticated the client."""
    certificate_subject: str | None = None
    """Subject of a verified client certificate."""
    client_address: str | None = None
    """The client's IP address as text; None for mail that did not come by SMTP."""
    extra: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Edge-private facts (XFORWARD attributes, milter macros); never judged."""

    @property
    def mailboxes(self) -> tuple[Mailbox, ...]:
        """Give the recipients' mailboxes, in order."""
        return tuple(recipient.mailbox for recipient in self.recipients)

    def only(self, mailboxes: frozenset[Mailbox] | set[Mailbox]) -> Envelope:
        """Give the same transaction with only these recipients."""
        kept = tuple(r for r in self.recipients if r.mailbox in mailboxes)
        return replace(self, recipients=kept)
