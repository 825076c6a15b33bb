"""No delivered copy may spread the mistake: a reply-all reaches nobody who is held (law 2).

The recipients of a reply-all are computed twice: as RFC 5322 §3.6.3 says, by the standard library,
and by the product's own reading, which finds more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import getaddresses

import pytest
from tests.real.client import Letter
from tests.real.conftest import require
from tests.real.gateway import Gateway, gateway
from tests.real.letters import ANN
from tests.real.sink import Delivery
from tests.real.wirings import MILTER_UNIX, PROXY_FILTER, Wiring

from missent.mail.addresses import reply_all_targets
from missent.mail.mailbox import Mailbox


@dataclass(frozen=True, slots=True)
class Shape:
    """One way in which the wrong address (``@HELD@``) can stand in a header."""

    name: str
    fields: str

    @property
    def held(self) -> str:
        """Give the wrong address, one for each shape so that they do not meet."""
        return f"{self.name}@army.ml"

    @property
    def right(self) -> str:
        """Give the address that was meant."""
        return f"{self.name}@army.mil"

    @property
    def others(self) -> list[str]:
        """Give the good recipients, recognisable at the sink."""
        return [f"mary.{self.name}@army.mil", f"bob.{self.name}@navy.mil"]

    @property
    def data(self) -> bytes:
        """Write the message."""
        mary, bob = self.others
        fields = self.fields.replace("@HELD@", self.held).replace("@MARY@", mary)
        header = f"From: {ANN}\n{fields.replace('@BOB@', bob)}\nSubject: {self.name}\n"
        identity = f"Date: Mon, 17 Jul 2023 09:30:00 +0000\nMessage-ID: <{self.name}@x.example>\n"
        return f"{header}{identity}\nThe list is below.\n".replace("\n", "\r\n").encode()


SHAPES = [
    Shape("plain", "To: @HELD@, @MARY@, @BOB@"),
    Shape("named", 'To: @MARY@\nCc: "Harrow, John" <@HELD@>, Bob <@BOB@>'),
    Shape("namesake", 'To: "@HELD@" <@HELD@>, @MARY@\nCc: @BOB@'),
    Shape("folded", "To: Mary\n <@MARY@>,\n\tJohn\n <@HELD@>,\n @BOB@"),
    Shape("twice", "To: @HELD@, @MARY@\nCc: @BOB@, John <@HELD@>"),
    Shape("remark", "To: @HELD@ (John, of the crew), @MARY@\nCc: @BOB@"),
    Shape("grouped", "To: crew: @HELD@, @MARY@;, @BOB@"),
    Shape("answers", "Reply-To: ann@contractor.example, @HELD@\nTo: @HELD@, @MARY@\nCc: @BOB@"),
    Shape("alone", "To: @HELD@\nCc: @MARY@, @BOB@"),
    Shape("encoded", "To: =?utf-8?q?J=C3=B6rg?= <@HELD@>, @MARY@\nCc: @BOB@"),
]


@dataclass(frozen=True, slots=True)
class Delivered:
    """What the sink had of each shape before a decision, and after its correction."""

    before: dict[str, list[Delivery]]
    after: dict[str, list[Delivery]]


@pytest.fixture(scope="module", params=[MILTER_UNIX, PROXY_FILTER], ids=lambda w: w.name)
def delivered(request: pytest.FixtureRequest) -> Iterator[Delivered]:
    """Send every shape, decide every hold, and give all copies."""
    require("root", "postfix")
    wiring: Wiring = request.param
    with gateway(wiring) as wired:
        yield Delivered(_before(wired), _after(wired))


def _before(wired: Gateway) -> dict[str, list[Delivery]]:
    for shape in SHAPES:
        wired.submit(Letter(ANN, [shape.held, *shape.others], shape.data))
    for shape in SHAPES:
        for other in shape.others:
            wired.sink.wait_for(other)
    return {
        shape.name: [d for other in shape.others for d in wired.sink.to(other)] for shape in SHAPES
    }


def _after(wired: Gateway) -> dict[str, list[Delivery]]:
    held = {r["mailbox"]: hold for hold in wired.guard.holds() for r in hold["recipients"]}
    for shape in SHAPES:
        wired.guard.correct(held[shape.held]["hold_id"], shape.held, shape.right)
    return {shape.name: wired.sink.wait_for(shape.right) for shape in SHAPES}


def _reply_all(delivery: Delivery) -> set[str]:
    message = delivery.message
    senders = message.get_all("Reply-To") or message.get_all("From") or []
    fields = [*senders, *message.get_all("To", []), *message.get_all("Cc", [])]
    return {address.lower() for _, address in getaddresses([str(field) for field in fields])}


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_reply_to_a_copy_delivered_at_once_reaches_nobody_held(
    delivered: Delivered, shape: Shape
) -> None:
    """Those who have their copy can answer to all, and the wrong address is not among them."""
    copies = delivered.before[shape.name]
    assert {a for d in copies for a in d.to} >= set(shape.others)
    for copy in copies:
        assert not {shape.held, shape.right} & _reply_all(copy)
        assert Mailbox.parse(shape.held) not in reply_all_targets(copy.data)
        assert set(shape.others) <= _reply_all(copy)
        assert copy.data.endswith(b"\r\n\r\nThe list is below.\r\n")


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_reply_to_the_corrected_copy_reaches_the_right_address(
    delivered: Delivered, shape: Shape
) -> None:
    """The corrected copy carries the corrected address in place of the wrong one."""
    (copy,) = delivered.after[shape.name]
    assert copy.to == (shape.right,)
    assert shape.held not in _reply_all(copy)
    assert Mailbox.parse(shape.held) not in reply_all_targets(copy.data)
    assert {shape.right, *shape.others} <= _reply_all(copy)
