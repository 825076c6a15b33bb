"""Own the keys under which names that can be mistaken for each other meet.

A known name is stored under `keys(name)`, a written one is looked up by `keys(name)`, and the two
have a key in common whenever they are one slip apart, so a look-up costs the same among a hundred
names and a million. The rule: this module finds candidates and never judges them; `compare.explain`
does, and drops most.

Theory of operation. Dots and hyphens are taken out first (``us.army.mil`` -> ``usarmymil``), then
each single character is deleted in turn, as SymSpell does. Taking out separators never moves two
names apart, so OSA distance 1 is still complete, and a lost or misplaced dot or hyphen costs
nothing: ``usarmy.ml``, which is two slips from ``us.army.mil``, meets it under ``usarmyml``. The
registrable part is indexed in the same way, so that ``mail.army.ml`` meets ``army.mil``. A second
kind of key is the stem, the name without its public suffix, for a right name under a wrong suffix.
What looks alike meets under a squashed skeleton (``arrnymil``) and what sounds alike under the
stem's sound, which is one key more each. A name with other than plain letters is indexed under its
`reading` as well, so that a Cyrillic ``а`` in ``army.mil`` is no more than a slip beside another.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator

from missent.lookalike.confusables import reading, skeleton, spelling
from missent.lookalike.plain import Plain, last_labels
from missent.lookalike.sounds import sound
from missent.lookalike.top_level import exists
from missent.mail.domain import DomainName

VERSION = 3
"""Changes whenever `keys` gives other keys for the same name: stored keys must then be rebuilt."""

GLUED_BEFORE = "www"
"""What browsers put before a name, and hands put on it."""
_DEEP = 2
"""Dots in what stands before a suffix, from which on it may end in a suffix of two labels itself."""


def keys_anew(name: DomainName) -> frozenset[str]:
    """Give the index keys of a name: less than 3 for each of its characters.

    ``d:`` keys are squashed names and their one-character deletions, ``s:`` keys are stems, ``p:`` keys
    are sounds. Two names within OSA distance 1, as a whole or in their registrable parts, or with
    an equal stem, skeleton or sound, always share a key. An address literal has none, since nothing
    known is near it.
    """
    if name.is_literal:
        return frozenset()
    parts, suffix = _parts(name), _suffix(name)
    found = {f"d:{text}" for part in parts for text in _deletions(squash(part))}
    for part in parts:
        if stem := _stem(part, suffix):
            found.update((f"s:{stem}", f"d:{squash(stem)}"))  # the latter: ``army.mil.com``
    found.update(_sensed(name), _glued(name))
    return frozenset(found)


keys = functools.lru_cache(maxsize=8192)(keys_anew)
"""The same, kept for the names that are asked again and again: 3 KB each."""


def _sensed(name: DomainName) -> Iterator[str]:
    """Give the keys of what a name looks and sounds like, its hosts left out."""
    owner = _owner(name)
    if name.ascii != name.unicode:
        yield from _read(name)
    yield f"d:{squash(skeleton(owner))}"
    if said := sound(owner.removesuffix("." + Plain.of(name).suffix)):
        yield f"p:{said}"


def _read(name: DomainName) -> Iterator[str]:
    """Give the keys of a name with other than plain letters as it is read and spelt in plain ones."""
    unicode = [last_labels(name.unicode, part) for part in _parts(name)]
    for text in {read for part in unicode for read in (reading(part), spelling(part))}:
        yield from (f"d:{each}" for each in _deletions(squash(text)))
        if stem := ".".join(text.split(".")[: -_suffix(name).count(".") - 1]):
            yield from (f"s:{stem}", f"d:{squash(stem)}")


def _glued(name: DomainName) -> Iterator[str]:
    """Give the keys of what is left of a name when what was run into it or put after it is cut off."""
    owner = _owner(name)
    if owner.startswith(GLUED_BEFORE):
        yield f"d:{squash(owner.removeprefix(GLUED_BEFORE))}"
    if not exists(name.ascii):
        yield from (f"d:{squash(_owner(DomainName.parse(cut)))}" for cut in unglued(name.ascii))
    stem = _stem(name.ascii, name.public_suffix)
    if stem.count(".") >= _DEEP:  # of ``www.mod.gov.uk.com`` neither part is ``mod.gov.uk``
        yield f"d:{squash(_owner(DomainName.parse(stem)))}"


def _owner(name: DomainName) -> str:
    """Give the registrable part in plain letters, or the name if it is a public suffix itself."""
    plain = Plain.of(name)
    return plain.registrable or plain.text


def unglued(text: str) -> Iterator[str]:
    """Give each way to cut two letters or more off the end that leaves a real top-level domain."""
    head, _, last = text.rpartition(".")
    if head and last.isalpha():
        ends = (f"{head}.{last[:at]}" for at in range(2, len(last) - 1))
        yield from (end for end in ends if exists(end))


def _suffix(name: DomainName) -> str:
    """Give the suffix; of a public suffix that has mail itself (``mil.no``) what is after its first dot."""
    return name.public_suffix if name.registrable else name.ascii.partition(".")[2]


def _parts(name: DomainName) -> frozenset[str]:
    """Give the name, its registrable part, and that with the label before it.

    The last is for a slip in a suffix of two labels: of ``mail.mod.go.uk`` the registrable part is
    ``go.uk``, and only ``mod.go.uk`` is near ``mod.gov.uk``.
    """
    registrable = name.registrable or name.ascii
    labels = name.ascii.split(".")
    longer = ".".join(labels[-(registrable.count(".") + 2) :])
    return frozenset({name.ascii, registrable, longer})


def squash(text: str) -> str:
    """Take dots and hyphens out of a name."""
    return text.replace(".", "").replace("-", "")


def _deletions(text: str) -> set[str]:
    return {text} | {text[:at] + text[at + 1 :] for at in range(len(text))}


def _stem(part: str, suffix: str) -> str:
    return part.removesuffix(suffix).rstrip(".") if suffix else part
