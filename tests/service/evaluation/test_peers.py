"""The peers' rules, answered as ours are."""

from __future__ import annotations

from missent.mail.mailbox import Mailbox
from missent.service.evaluation.labels import read_labels
from missent.service.evaluation.peers import Peer, mailcheck_default, one_edit

AMY = Mailbox.parse("amy@contractor.example")
LABELS = read_labels("typed,meant\nbrigeworks.test,bridgeworks.test\n")
RIGHT, SLIP = Mailbox.parse("kim@bridgeworks.test"), Mailbox.parse("kim@brigeworks.test")


def test_one_edit_needs_a_target_seen_often_enough() -> None:
    """With two sightings the rule that asks for five is silent, the one that asks for two is not."""
    for least, caught in ((5, 0), (2, 1)):
        peer = Peer("p", one_edit(least), LABELS)
        for box in (RIGHT, RIGHT, SLIP):
            peer.send(AMY, (box,), (box,))
        assert (peer.window.first_uses, peer.window.caught) == (1, caught)


def test_one_edit_learns_the_mistake() -> None:
    """Sent once unlabelled, a slip is known, and never asked about again: why law 1 exists."""
    peer = Peer("p", one_edit(1), read_labels("typed,meant\n"))
    for box in (RIGHT, SLIP, SLIP):
        peer.send(AMY, (box,), (box,))
    assert (peer.window.holds, peer.window.false_holds) == (1, 1)


def test_mailcheck_sends_the_founding_case_to_the_netherlands() -> None:
    """The generic list is wrong where it matters most."""
    peer = Peer("p", mailcheck_default, read_labels("typed,meant\narmy.ml,army.mil\n"))
    peer.send(AMY, (typed := Mailbox.parse("john@army.ml"),), (typed,))
    assert (peer.window.caught, peer.window.right) == (1, 0)
