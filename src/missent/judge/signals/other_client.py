"""Own the question whether an attachment is about, or for, somebody else than it goes to.

Three things tell: the name of the file (``Statement Jane Roe.pdf``), the name behind a label in it
(``Patient:``, ``Account holder:``, ``Prepared for:``, ``Dear Mr Roe``), and addresses in it, all of which
belong to one other outside organisation and never to a recipient's. Silent if anything in the
attachments fits any recipient, or if they name more than one party: then they are about many, or
about the sender. Whoever the name fits among those the sender writes to, of a name like the
recipient's, is suggested; a name that fits nobody known says little, since most letters about
somebody go to somebody else.

A name from an attachment is matched content and stands in no sentence (law 8); an address the
sender writes to may. Weights are small and set by hand: there is no measured mail with attachments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from missent.errors import MalformedAddress
from missent.judge.case import Case
from missent.judge.circle import LIST_SIZE
from missent.judge.finding import Finding
from missent.judge.givennames import is_given, own_names, plain
from missent.judge.party import is_mailing, is_provider, organisation_of
from missent.judge.subjects import Subject, addressed, labelled, named
from missent.mail.document import Document
from missent.mail.envelope import Recipient
from missent.mail.mailbox import Mailbox

SIGNAL = "other_client"
RIVAL_WEIGHT = 2.5
"""What is attached names somebody the sender also writes to, and not the recipient. With a first
contact it stays below a hold."""
FIRM_WEIGHT = 1.5
"""Its addresses are all another organisation's."""
NOBODY_WEIGHT = 0.4
"""It names somebody nobody here knows: a claim handler gets letters about strangers every day."""
_READ = 100_000
"""Characters of one attachment that are looked at."""
_DOCUMENTS = 20
_LEAST_ADDRESSES = 2
_SHORTEST = 4
"""Letters of a domain's own label that can be found in a name."""
_ADDRESS = re.compile(
    r"(?<![\w.+-])([\w.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5})"
)
_FILE_WORDS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_MOST_WORDS = 12


@dataclass(frozen=True, slots=True)
class _About:
    """What the attachments say of whom they are about."""

    subjects: tuple[Subject, ...] = field(default=(), repr=False)
    addresses: tuple[Mailbox, ...] = field(default=(), repr=False)
    files: tuple[tuple[str, ...], ...] = field(default=(), repr=False)
    """The words of each file name, folded."""
    text: str = field(default="", repr=False)
    """All of it, folded: whom it names anywhere may be whom it is for."""
    words: frozenset[str] = field(default=frozenset(), repr=False)


def find(case: Case, recipient: Recipient) -> Iterator[Finding]:
    """Report that what is attached names somebody else than any recipient."""
    message, mailbox = case.message, recipient.mailbox
    if message is None or is_mailing(case) or case.organisation.owns(mailbox.domain):
        return
    if not any(one.attached for one in message.documents):
        return
    if case.correspondence.mailbox(mailbox).validated_at(case.at):
        return
    about = case.derived(SIGNAL, lambda: _about(message.documents))
    if case.derived((SIGNAL, "fits"), lambda: (_fits_any(case, about),))[0]:
        return
    yield from _finding(case, mailbox, about)


def _finding(case: Case, mailbox: Mailbox, about: _About) -> Iterator[Finding]:
    rival = _rival(case, mailbox, about)
    if rival is not None:
        because = (
            f"what is attached seems to be about {rival.screen}, whom you write to,"
            f" and does not name {mailbox.screen}"
        )
        yield _say(mailbox, RIVAL_WEIGHT, because, "correspondent", rival)
    elif _other_firm(case, about):
        because = f"the addresses in what is attached belong to another organisation than {mailbox.screen}"
        yield _say(mailbox, FIRM_WEIGHT, because, "organisation")
    elif len(about.subjects) == 1:
        because = (
            f"what is attached names somebody else than {mailbox.screen}, or any other recipient"
        )
        yield _say(mailbox, NOBODY_WEIGHT, because, "unknown")


def _say(
    mailbox: Mailbox, weight: float, because: str, whose: str, suggestion: Mailbox | None = None
) -> Finding:
    return Finding(SIGNAL, mailbox.wire, weight, because, suggestion, {"whose": whose})


# --- what is attached -----------------------------------------------------------------------------


def _about(documents: tuple[Document, ...]) -> _About:
    attached = [one for one in documents if one.attached][:_DOCUMENTS]
    texts = [_text(one) for one in attached]
    subjects = {s.key: s for text in texts for s in (*labelled(text), *addressed(text))}
    files = tuple(words for one in attached if (words := _file_words(one.name)))
    for one in attached:
        if subject := _file_subject(one.name):
            subjects.setdefault(subject.key, subject)
    text = "\n".join(plain_text(text) for text in texts)
    return _About(
        tuple(subjects.values()),
        tuple(dict.fromkeys(box for text in texts for box in _addresses(text))),
        files,
        text,
        frozenset(_FILE_WORDS.findall(text)),
    )


def plain_text(text: str) -> str:
    """Fold a text for comparison; accents are taken off only where there are any."""
    return text.casefold() if text.isascii() else plain(text)


def _text(document: Document) -> str:
    parts = [text.text[:_READ] for text in document.texts]
    parts += ["\t".join(row) for table in document.tables for row in table.rows[:500]]
    return "\n".join(parts)[:_READ]


def _addresses(text: str) -> Iterator[Mailbox]:
    if "@" not in text:
        return
    for count, found in enumerate(_ADDRESS.finditer(text)):
        if count >= LIST_SIZE:
            return
        try:
            yield Mailbox.parse(found[1].rstrip("."))
        except MalformedAddress:
            continue


def _file_words(name: str | None) -> tuple[str, ...]:
    stem = (name or "").rpartition(".")[0] or (name or "")
    return tuple(plain(word) for word in _FILE_WORDS.findall(_spaced(stem))[:_MOST_WORDS])


def _spaced(stem: str) -> str:
    """Part ``JaneRoe_statement`` into words."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", stem.replace("_", " "))


def _file_subject(name: str | None) -> Subject | None:
    """Give the person a file is named for: a known given name, and the capitalised word after it."""
    words = _FILE_WORDS.findall(_spaced((name or "").rpartition(".")[0]))[:_MOST_WORDS]
    for first, last in pairwise(words):
        if first[0].isupper() and last[0].isupper() and is_given(first) and len(last) > 2:
            return named(f"{first} {last}")
    return None


# --- whom it fits -----------------------------------------------------------------------------------


def _fits_any(case: Case, about: _About) -> bool:
    """Tell whether anything attached names a recipient, an addressee or the sender."""
    if not (about.subjects or about.addresses or about.files):
        return True
    message = case.message
    seen = message.addressees[:LIST_SIZE] if message else ()
    sender = (case.envelope.sender,) if case.envelope.sender else ()
    return any(
        _fits(one, about) for one in dict.fromkeys((*case.envelope.mailboxes, *seen))
    ) or any(_is(one, about.subjects) for one in sender)


def _fits(mailbox: Mailbox, about: _About) -> bool:
    organisation = organisation_of(mailbox)
    if any(organisation_of(one) == organisation for one in about.addresses):
        return True
    label = _label(mailbox)
    if len(label) >= _SHORTEST and (
        label in about.text or any(label in "".join(file) for file in about.files)
    ):
        return True
    own = own_names(mailbox.key)
    telling = [name for name in own if not is_given(name)] or own
    if any(name in about.words or any(name in file for file in about.files) for name in telling):
        return True
    return _is(mailbox, about.subjects)


def _label(mailbox: Mailbox) -> str:
    """Give an organisation's own label: ``partner`` of ``partner.example``; none of a provider's."""
    if is_provider(mailbox.domain):
        return ""
    return (mailbox.domain.registrable or mailbox.domain.ascii).partition(".")[0]


def _is(mailbox: Mailbox, subjects: tuple[Subject, ...]) -> bool:
    """Tell whether a mailbox could be one of these: all names in it are theirs, initials included."""
    return any(_is_one(mailbox, subject) for subject in subjects)


def _is_one(mailbox: Mailbox, subject: Subject) -> bool:
    label = _label(mailbox)
    words = subject.key.split()
    if subject.organisation:
        return len(label) >= _SHORTEST and label in "".join(words) + " " + " ".join(words)
    names = own_names(mailbox.key)
    if len(words) == 1:  # ``Dear Mr Roe``
        return words[0] in names
    if len(names) > 1:
        return set(names) <= subject.words
    joined = "".join(c for c in plain(mailbox.key) if c.isalpha())
    spellings = {a + b for a in words for b in words if a != b}
    spellings |= {a[0] + b for a in words for b in words if a != b}
    spellings |= {a + b[0] for a in words for b in words if a != b}
    return joined in spellings


def _rival(case: Case, mailbox: Mailbox, about: _About) -> Mailbox | None:
    """Give whom of the known ones near this recipient the attachments name."""
    view = case.correspondence
    near = (*view.circle.rivals_of(mailbox), *(n.mailbox for n in view.near_mailboxes(mailbox)))
    theirs = set(about.addresses)
    for other in dict.fromkeys(near):
        if other in (mailbox, case.envelope.sender) or other in case.envelope.mailboxes:
            continue
        if other in theirs or _is(other, about.subjects) or _in_files(other, about):
            return other
    return None


def _in_files(mailbox: Mailbox, about: _About) -> bool:
    names = own_names(mailbox.key)
    return len(names) > 1 and any(set(names) <= set(file) for file in about.files)


def _other_firm(case: Case, about: _About) -> bool:
    """Tell whether all outside addresses are those of one organisation, written twice or more."""
    outside = [
        box
        for box in about.addresses
        if not case.organisation.owns(box.domain) and not is_provider(box.domain)
    ]
    firms = {organisation_of(box) for box in outside}
    return len(firms) == 1 and len(outside) >= _LEAST_ADDRESSES
