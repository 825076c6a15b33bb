"""Own what Postfix is given to refuse look-alikes at RCPT with the right name in the answer.

For ``check_recipient_access`` (access(5)). A refusal is ``550 5.1.2``: the part right of the @ is wrong
(RFC 3463 §3.2), one line, as a client shows no more. Each name stands twice, with a dot in front for those
below it: Postfix looks up the one or the other by ``parent_domain_matches_subdomains``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from missent.mail.domain import DomainName
from missent.service.exposure.choosing import NO_REVIEWS, to_stop
from missent.service.exposure.exposure import Exposed, Exposure, Review
from missent.service.investigation.sentences import counted


def postfix_map(exposure: Exposure, reviews: Mapping[DomainName, Review] = NO_REVIEWS) -> str:
    """Give an access map: for ``postmap``, as ``hash:`` or ``lmdb:``, or as ``texthash:``."""
    found = list(to_stop(exposure, reviews))
    lines = [
        f"# {counted(len(found), 'look-alike')} found by missent expose; for check_recipient_access.",
        *(line for one in found for line in _entry(one)),
    ]
    return "\n".join(lines) + "\n"


def postfix_regexp(exposure: Exposure, reviews: Mapping[DomainName, Review] = NO_REVIEWS) -> str:
    """Give a ``regexp:`` map that refuses whole suffixes, none of them active: a person decides.

    A line stands for every name there, known or not, and says the same name under the right suffix.
    """
    return "\n".join(_patterns(to_stop(exposure, reviews))) + "\n"


def refusal(one: Exposed) -> str:
    """Say what a client is told: ``550 5.1.2 army.ml is not army.mil: did you mean army.mil?``."""
    return f"550 5.1.2 {one.domain.ascii} is not {one.of.ascii}: did you mean {one.of.ascii}?"


def _entry(one: Exposed) -> tuple[str, str]:
    answer = refusal(one)
    return f"{one.domain.ascii}\t{answer}", f".{one.domain.ascii}\t{answer}"


def _patterns(found: Iterator[Exposed]) -> Iterator[str]:
    pairs = {
        (one.suffix, one.of.public_suffix)
        for one in found
        if one.controller.match == f".{one.suffix}"
    }
    if not pairs:
        yield "# No slip leads to another suffix as a whole."
    for wrong, right in sorted(pairs):
        yield f"# Refuses all mail to .{wrong}. Take the mark off if nobody here writes there rightly."
        pattern = rf"/@([^@]+)\.{re.escape(wrong)}$/"
        name = "${1}"
        yield (
            f"#{pattern} 550 5.1.2 {name}.{wrong} is not {name}.{right}: did you mean {name}.{right}?"
        )
