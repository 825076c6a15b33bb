"""The next hop refuses after a hold was due: until it accepts, nothing waits and nobody is told.

The client's server tries again, as it must; in the end there is one hold and one notice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from tests.real.client import Letter, submit
from tests.real.conftest import require
from tests.real.gateway import gateway
from tests.real.guard_process import GuardProcess
from tests.real.letters import ANN, crew_list_mail
from tests.real.other_milter import TEMPORARY, other_milter
from tests.real.postfix import free_port
from tests.real.sink import RecordingSink
from tests.real.wirings import MILTER_INET, Places


@dataclass(frozen=True, slots=True)
class Set:
    """The guard's proxy between a client and two sinks."""

    guard: GuardProcess
    upstream: RecordingSink
    relay: RecordingSink

    def try_once(self, letter: Letter) -> int:
        """Send once and give the final code."""
        return submit(self.guard.places.proxy, letter).final[0]

    def wait_for_notice_about(self, recipient: str) -> None:
        """Wait until the sender was told about this recipient."""
        self.relay.wait_until(lambda: self.notices(recipient) > 0, "the notice")

    def notices(self, recipient: str) -> int:
        """Count the notices that name a recipient."""
        return sum(recipient.encode() in d.data for d in self.relay.to(ANN))


@pytest.fixture(scope="module")
def between() -> Iterator[Set]:
    """Give a running guard with an upstream that follows a script."""
    with (
        Places() as places,
        RecordingSink() as upstream,
        RecordingSink() as relay,
        GuardProcess(places, upstream=upstream.place, relay=relay.port) as guard,
    ):
        yield Set(guard, upstream, relay)


def _letter(held: str, other: str) -> Letter:
    return Letter(ANN, [held, other], crew_list_mail([held, other]))


def test_five_temporary_refusals_leave_one_hold_and_one_notice(between: Set) -> None:
    """Each refused try is undone; the accepted one makes hold and notice real, once."""
    held, other = "john@army.ml", "mary@army.mil"
    letter = _letter(held, other)
    between.upstream.end_of_data.extend(["451 4.3.0 try later"] * 5)
    for _ in range(5):
        assert between.try_once(letter) == 451
        assert between.guard.holds(every=True) == []
    assert between.relay.deliveries == between.upstream.deliveries == ()

    assert between.try_once(letter) == 250
    (copy,) = between.upstream.to(other)
    assert copy.to == (other,)
    between.wait_for_notice_about(held)
    between.guard.hold_of(held)  # exactly one

    # Notices leave in order: once the next one is here, a second one for `held` would be, too.
    assert between.try_once(_letter("otto@army.ml", "olga@army.mil")) == 250
    between.wait_for_notice_about("otto@army.ml")
    assert between.notices(held) == 1


def test_a_permanent_refusal_is_passed_on_and_leaves_nothing(between: Set) -> None:
    """The client hears the next hop's own words; there is nothing to decide about."""
    held, other = "kurt@army.ml", "kate@army.mil"
    between.upstream.end_of_data.append("554 5.7.1 not today")
    outcome = submit(between.guard.places.proxy, _letter(held, other))
    assert outcome.final == (554, "5.7.1 not today")
    assert not any(held in str(hold["recipients"]) for hold in between.guard.holds(every=True))
    assert between.notices(held) == 0


def test_a_client_that_did_not_hear_the_answer_makes_no_second_hold(between: Set) -> None:
    """The same message again finds the same hold; nobody is told twice or served twice."""
    held, other = "lena@army.ml", "luke@army.mil"
    letter = _letter(held, other)
    assert [between.try_once(letter) for _ in range(5)] == [250] * 5
    between.wait_for_notice_about(held)
    between.guard.hold_of(held)  # exactly one
    assert len(between.upstream.to(other)) == 1
    assert between.try_once(_letter("ivan@army.ml", "iris@army.mil")) == 250
    between.wait_for_notice_about("ivan@army.ml")
    assert between.notices(held) == 1


def test_a_next_hop_that_is_away_is_a_temporary_refusal() -> None:
    """Nothing is accepted on behalf of a next hop that cannot be reached, and nothing is held."""
    with (
        Places() as places,
        RecordingSink() as relay,
        GuardProcess(places, upstream=f"127.0.0.1:{places.upstream}", relay=relay.port) as guard,
    ):
        outcome = submit(places.proxy, _letter("john@army.ml", "mary@army.mil"))
        assert outcome.temporary
        assert guard.holds(every=True) == []
        assert relay.deliveries == ()


def test_a_filter_behind_the_milter_may_refuse_as_often_as_it_likes() -> None:
    """Postfix may still refuse what our milter let pass; the retries make one hold, and one copy."""
    require("root", "postfix")
    held, other = "john@army.ml", "mary@army.mil"
    last_word = f"inet:127.0.0.1:{free_port()}"
    letter = _letter(held, other)
    with other_milter(last_word) as answers, gateway(MILTER_INET, after=last_word) as wired:
        answers.extend([TEMPORARY] * 5)
        codes = [submit(wired.places.listen, letter).final[0] for _ in range(6)]
        assert codes == [451] * 5 + [250]
        (copy,) = wired.sink.wait_for(other)
        assert copy.to == (other,)
        wired.guard.hold_of(held)  # exactly one
        wired.sink.wait_for(ANN)

        wired.submit(_letter("otto@army.ml", "olga@army.mil"))
        wired.sink.wait_until(
            lambda: any(b"otto@army.ml" in d.data for d in wired.sink.to(ANN)), "the next notice"
        )
        assert sum(held.encode() in d.data for d in wired.sink.to(ANN)) == 1
        assert len(wired.sink.to(other)) == 1
