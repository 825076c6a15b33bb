"""Own who is asked about a held message (DESIGN §6, "Who is asked"), and which mail never is.

The order is by how hard a name is to forge: SASL login, client certificate, a submitter we know,
the envelope sender aligned with From, From alone. Only a mailbox of ours is ever asked: a notice sent
outside would tell a stranger, or the squatter himself, who nearly wrote. The operator's ``[owners]``
map comes last and replaces whoever was found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from missent.errors import MalformedAddress
from missent.judge.case import Organisation
from missent.judge.hold import Known, Owner
from missent.mail.envelope import Envelope
from missent.mail.mailbox import Mailbox
from missent.mail.message import Message
from missent.service.settings import PeopleSettings

_EMAIL_IN_SUBJECT = re.compile(
    r"(?:emailAddress|E|rfc822Name)\s*=\s*([^,/+\s\"<>]+)", re.IGNORECASE
)
_NAME_IN_SUBJECT = re.compile(r"(?:^|[,/+\s])CN\s*=\s*([^,/+\s\"<>]+)", re.IGNORECASE)
_SIGNED_PATH = re.compile(
    r"prvs=[0-9a-z]+=(.+)\Z", re.IGNORECASE
)  # BATV: the person is behind the tag
_PROGRAM_PATH = re.compile(r"srs[01][-+=]|.*=|.*-bounces?\b|bounces?[-+]", re.IGNORECASE)


def who_is_asked(
    envelope: Envelope, message: Message | None, organisation: Organisation, people: PeopleSettings
) -> Owner:
    """Find who decides; `Owner(None, OPERATOR)` where nobody here can be named with any certainty."""
    if envelope.sender is None:
        return Owner(None, Known.OPERATOR)
    search = _Search(envelope, message, organisation, people)
    for known, mailbox in search.candidates():
        if mailbox is not None:
            return Owner(people.owners.get(mailbox, mailbox), known)
    return Owner(None, Known.OPERATOR)


def is_automatic(envelope: Envelope, message: Message | None) -> bool:
    """Tell whether this is mail nobody wrote just now: a bounce, an automatic answer, a report.

    Such mail is never held, since nobody is there to ask and the address was not typed. Automatic
    *notifications* (bookings, payslips, newsletters) are not meant: a slip in their address books
    leaks every day, and the service's owner is asked.
    """
    return envelope.sender is None or (message is not None and message.auto_reply)


@dataclass(frozen=True, slots=True)
class _Search:
    """One search for the owner, strongest evidence first."""

    envelope: Envelope
    message: Message | None
    organisation: Organisation
    people: PeopleSettings

    def candidates(self) -> Iterator[tuple[Known, Mailbox | None]]:
        yield Known.LOGIN, self._login()
        yield Known.CERTIFICATE, self._certificate()
        yield Known.SUBMITTER, self._submitter()
        yield Known.MAIL_FROM, self._aligned()
        yield Known.FROM, self._header_from()

    def _login(self) -> Mailbox | None:
        """Read the login. A bare one (``ann``) counts only where something else agrees.

        A login name need not be a mailbox. ``ann`` is taken for ``ann@`` one of our domains if the
        envelope sender or From is just that, or if ``[owners]`` lists it.
        """
        login = self.envelope.authenticated_as
        if not login:
            return None
        if whole := self._ours(login):
            return whole
        bare = login.rpartition("\\")[2]  # CORP\ann
        for mailbox in (self._person(), *self._froms()):
            if mailbox is not None and mailbox.key == bare.casefold():
                return mailbox
        listed = (self._ours(f"{bare}@{domain.ascii}") for domain in self.organisation.domains)
        return next((box for box in listed if box in self.people.owners), None)

    def _certificate(self) -> Mailbox | None:
        subject = self.envelope.certificate_subject
        if not subject:
            return None
        named = [*_EMAIL_IN_SUBJECT.findall(subject), *_NAME_IN_SUBJECT.findall(subject), subject]
        return next((box for box in map(self._ours, named) if box is not None), None)

    def _submitter(self) -> Mailbox | None:
        """Believe the envelope sender of a client that proved itself, but as a service, not a person."""
        proved = self.envelope.authenticated_as or self.envelope.certificate_subject
        return self._person() if proved else None

    def _aligned(self) -> Mailbox | None:
        """Take the envelope sender if From is in the same organisation, as DMARC aligns (RFC 7489 §3.1)."""
        person = self._person()
        if person is None or self.message is None:
            return person
        ours = person.domain.owner
        theirs = {box.domain.owner for box in self.message.header_from}
        return person if ours in theirs else None

    def _header_from(self) -> Mailbox | None:
        return next(self._froms(), None)

    def _froms(self) -> Iterator[Mailbox]:
        for mailbox in self.message.header_from if self.message else ():
            if self.organisation.owns(mailbox.domain):
                yield mailbox

    def _person(self) -> Mailbox | None:
        """Give the envelope sender if it is a mailbox of ours that a person may read.

        A return path made by a program (SRS, VERP, a list's bounces) is not: a notice there would be
        forwarded to a stranger, or read as a bounce.
        """
        sender = self.envelope.sender
        if sender is None or not self.organisation.owns(sender.domain):
            return None
        if signed := _SIGNED_PATH.match(sender.local_part):
            return Mailbox(signed[1], sender.domain)
        return None if _PROGRAM_PATH.match(sender.local_part) else sender

    def _ours(self, text: str) -> Mailbox | None:
        try:
            mailbox = Mailbox.parse(text.strip())
        except MalformedAddress:
            return None
        return mailbox if self.organisation.owns(mailbox.domain) else None
