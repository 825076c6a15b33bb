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
"""

from __future__ import annotations

import functools

from missent.mail.domain import DomainName

VERSION = 2
"""Changes whenever `keys` gives other keys for the same name: stored keys must then be rebuilt."""

_SEPARATORS = str.maketrans("", "", ".-")


@functools.lru_cache(maxsize=8192)
def keys(name: DomainName) -> frozenset[str]:
    """Give the index keys of a name: less than 3 for each of its characters.

    ``d:`` keys are squashed names and their one-character deletions, ``s:`` keys are stems. Two
    names within OSA distance 1, as a whole or in their registrable parts, or with an equal stem,
    always share a key. An address literal has none, since nothing known is near it.
    """
    if name.is_literal:
        return frozenset()
    parts = _parts(name)
    found = {f"d:{text}" for part in parts for text in _deletions(squash(part))}
    for part in parts:
        if stem := _stem(part, name.public_suffix):
            found.update((f"s:{stem}", f"d:{squash(stem)}"))  # the latter: ``army.mil.com``
    return frozenset(found)


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
    return text.translate(_SEPARATORS)


def _deletions(text: str) -> set[str]:
    return {text} | {text[:at] + text[at + 1 :] for at in range(len(text))}


def _stem(part: str, suffix: str) -> str:
    return part.removesuffix(suffix).rstrip(".")
