"""What nobody here can read, and what failed while it was read."""

from __future__ import annotations

import pytest
from tests.judge.build import case, content, message

from missent.judge.judgement import judge
from missent.judge.policy import Policy
from missent.judge.sensitivity import opaque
from missent.judge.signals import unreadable
from missent.judge.verdict import Action
from missent.mail.document import Document, Reason
from missent.mail.message import parse
from missent.service.contents import UNREAD, with_content

POLICY = Policy.with_defaults()


def _part(reason: Reason, position: str = "2", kind: str = "zip") -> Document:
    return Document(position, kind, "zebra crew.zip", problems=(reason,))


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_is_found_exactly_once(reason: Reason) -> None:
    """Nothing is skipped silently, and each part is named by its position and never by its name."""
    document = _part(reason)
    about = case("x@partner.example", about=message(documents=(document,)))
    failed = list(unreadable.find(about, about.envelope.recipients[0]))
    ordinary = list(opaque.detect(content("letter", document)))
    assert (len(failed), len(ordinary)) == ((1, 0) if reason.failed else (0, 1))
    (found,) = failed or ordinary
    assert "part 2 " in found.because
    assert found.facts["problem"] == reason.value
    assert "zebra" not in repr(found)


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason.failed])
def test_what_failed_holds_outside_mail(reason: Reason) -> None:
    """A limit that is hit or a reader that dies is never a pass (law 5)."""
    about = message(documents=(_part(reason),))
    (verdict,) = judge(case("x@partner.example", about=about), POLICY)
    assert (verdict.action, verdict.rule) == (Action.HOLD, "unreadable")


def test_what_is_encrypted_is_judged_by_its_recipient() -> None:
    """It passes to whom nobody doubts, and counts as confidential."""
    about = message(documents=(_part(Reason.ENCRYPTED),))
    (verdict,) = judge(case("x@partner.example", about=about), POLICY)
    assert (verdict.action, verdict.sensitivity) == (Action.DELIVER, 2)


def test_many_parts_are_one_sentence() -> None:
    """Twenty photos do not make twenty findings."""
    photos = tuple(_part(Reason.PICTURE, str(n), "jpeg") for n in range(2, 22))
    (found,) = opaque.detect(content("letter", *photos))
    assert found.facts["count"] == 20
    assert "and 15 more" in found.because


def test_an_extractor_that_raises_is_a_problem() -> None:
    """Whatever it was, it does not become a pass."""

    class Broken:
        def extract(self, attachments: object) -> tuple[Document, ...]:
            raise RuntimeError("zebra")

    data = b'Content-Type: application/pdf; name="x.pdf"\r\n\r\n%PDF\r\n'
    read = with_content(parse(data), data, Broken())
    assert read.problems == (UNREAD,)
    (verdict,) = judge(case("x@partner.example", about=read), POLICY)
    assert verdict.rule == "unreadable"
