"""Own how a domain name stands in a comparison: in plain letters, cut from the right.

The rule: a plain form is only compared. What is reported is made of the real names' own labels,
which `meant` puts together: a reading has as many labels as its name.
"""

from __future__ import annotations

from dataclasses import dataclass

from missent.errors import MalformedAddress
from missent.lookalike.confusables import reading
from missent.mail.domain import DomainName


@dataclass(frozen=True, slots=True)
class Plain:
    """A name and its plain form, with the parts of it that `DomainName` knows."""

    name: DomainName
    text: str
    registrable: str | None
    suffix: str

    @classmethod
    def of(cls, name: DomainName) -> Plain:
        """Give the plain form of a name; that of an ASCII name is itself."""
        if name.ascii == name.unicode:
            return cls(name, name.ascii, name.registrable, name.public_suffix)
        text = reading(name.unicode)
        if text.count(".") != name.ascii.count("."):  # a letter that reads as nothing
            return cls(name, name.ascii, name.registrable, name.public_suffix)
        registrable = name.registrable and last_labels(text, name.registrable)
        return cls(name, text, registrable, last_labels(text, name.public_suffix))

    @property
    def strange(self) -> bool:
        """Whether the name has other than plain letters."""
        return self.name.ascii != self.name.unicode


def last_labels(text: str, like: str) -> str:
    """Give as many labels from the end of `text` as `like` has."""
    return ".".join(text.split(".")[-like.count(".") - 1 :])


def meant(written: DomainName, tail: str, known: DomainName, text: str) -> DomainName | None:
    """Put in place of the labels of `tail` those of `text`; None if no name comes of it.

    Both are plain forms of the last labels of their names, and only their numbers of labels count.
    """
    kept = written.ascii.split(".")[: -tail.count(".") - 1]
    try:
        return DomainName.parse(".".join((*kept, last_labels(known.ascii, text))))
    except MalformedAddress:  # a slip may have made room for a name that is too long
        return None
