"""A guard that is killed loses nothing and lets nothing slip; of two answers one counts.

Every recipient a client saw acknowledged is afterwards at the far end or in a hold. The client tries
again on a temporary answer, as an MTA does. The seed of a failed run is in its message.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from tests.real.client import Letter, Outcome, eventually, until_accepted
from tests.real.conftest import require
from tests.real.gateway import Gateway, gateway
from tests.real.guard_process import GuardProcess, restarting
from tests.real.letters import ANN, as_bytes, crew_list_mail, plain_mail
from tests.real.postfix import answers
from tests.real.sink import RecordingSink
from tests.real.wirings import MILTER_UNIX, PROXY_FILTER, Places, Wiring

from missent.service.ports import JobKind

CLIENTS = 4
EVERY = 5
"""One message in so many has a mistyped recipient."""
KILLS = 8
BATCH = 20
"""Jobs that one worker of the outbox takes at once."""
LIVES = (0.1, 1.5)
"""Seconds the guard lives after it was ready, at random between these."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One message and what became of its transaction."""

    number: int
    outcome: Outcome
    tries: int

    @property
    def good(self) -> str:
        """Give the recipient nothing speaks against."""
        return _good(self.number)

    @property
    def slip(self) -> str | None:
        """Give the mistyped recipient, where there is one."""
        return _slip(self.number)


def _good(number: int) -> str:
    return f"mary.{number}@army.mil"


def _slip(number: int) -> str | None:
    return f"john.{number}@army.ml" if number % EVERY == 0 else None


@pytest.mark.parametrize(
    ("wiring", "messages"),
    [(MILTER_UNIX, 1000), (PROXY_FILTER, 200)],
    ids=["milter-unix", "proxy-filter"],
)
def test_nothing_is_lost_and_nothing_slips_through_a_crash(wiring: Wiring, messages: int) -> None:
    """Killed at random moments, the guard keeps every promise an acknowledgement made."""
    require("root", "postfix")
    seed = random.randrange(2**32)
    with gateway(wiring) as wired:
        with restarting(wired.guard, _lives(seed)) as kills, ThreadPoolExecutor(CLIENTS) as pool:
            sent = list(pool.map(lambda number: _send(wired, number), range(messages)))
        what = f"seed {seed}, {len(kills)} kills"
        assert len(kills) >= 2, what
        assert [each for each in sent if not each.outcome.accepted] == [], what
        _nothing_lost(wired, sent, what)
        _nothing_slipped(wired, sent, what)
        _duplicates_only_where_forced(wired, sent, len(kills), what)
        _everybody_was_told(wired, sent, len(kills), what)


def _lives(seed: int) -> Iterator[float]:
    chance = random.Random(seed)
    return (chance.uniform(*LIVES) for _ in range(KILLS))


def _send(wired: Gateway, number: int) -> Sent:
    slip = _slip(number)
    recipients = [_good(number), *([slip] if slip else [])]
    letter = Letter(ANN, recipients, as_bytes(plain_mail(recipients)))
    return Sent(number, *until_accepted(wired.places.listen, letter, timeout=120))


def _nothing_lost(wired: Gateway, sent: list[Sent], what: str) -> None:
    def missing() -> set[str]:
        arrived = {address for delivery in wired.sink.deliveries for address in delivery.to}
        return {each.good for each in sent} - arrived

    with contextlib.suppress(AssertionError):
        eventually(lambda: not missing(), "arrival", timeout=60)
    assert not missing(), f"lost: {sorted(missing())[:5]}; {what}"
    held = Counter(r["mailbox"] for h in wired.guard.holds() for r in h["recipients"])
    slips = {each.slip for each in sent if each.slip}
    assert held == Counter(slips), f"not held exactly once: {what}"


def _nothing_slipped(wired: Gateway, sent: list[Sent], what: str) -> None:
    reached = {address for delivery in wired.sink.deliveries for address in delivery.to}
    assert not {address for address in reached if address.endswith("@army.ml")}, what


def _duplicates_only_where_forced(wired: Gateway, sent: list[Sent], kills: int, what: str) -> None:
    copies = Counter(address for d in wired.sink.deliveries for address in d.to if d.sender == ANN)
    twice = {address for address, count in copies.items() if count > 1}
    assert twice <= {each.good for each in sent if each.tries > 1}, what
    # Each crash can cut off the answers to what the clients had in flight, and no more.
    assert len(twice) <= kills * CLIENTS, what
    if wired.wiring.milter:  # Postfix queues only after the milter's last answer
        assert not twice, what


def _everybody_was_told(wired: Gateway, sent: list[Sent], kills: int, what: str) -> None:
    slips = sum(each.slip is not None for each in sent)

    def told_or_leased() -> bool:
        leased = wired.guard.pending(
            JobKind.NOTICE
        )  # a killed worker's jobs wait for its lease to end
        return leased <= kills * BATCH and len(wired.sink.to(ANN)) + leased >= slips

    eventually(told_or_leased, f"every notice ({what})", timeout=60)
    assert len(wired.sink.to(ANN)) <= slips + kills, what  # one was in the relay's hands at a crash


@pytest.mark.parametrize("round_", range(3))
def test_of_two_racing_answers_one_counts(racing: Gateway, round_: int) -> None:
    """Two processes decide about one recipient at once: one wins, and only its copy leaves."""
    typed, right = f"race{round_}@army.ml", f"race{round_}@army.mil"
    racing.submit(Letter(ANN, [typed], crew_list_mail([typed])))
    hold_id = racing.guard.hold_of(typed)["hold_id"]
    with (
        racing.guard.popen("hold", "confirm", hold_id, typed) as confirm,
        racing.guard.popen("hold", "correct", hold_id, typed, right) as correct,
    ):
        said = [process.communicate(timeout=60) for process in (confirm, correct)]
    codes = [confirm.returncode, correct.returncode]
    assert sorted(codes) == [0, 1], said
    winner, loser = (typed, right) if codes[0] == 0 else (right, typed)
    racing.guard.wait_for_state(hold_id, typed, "released")
    assert len(racing.sink.wait_for(winner)) == 1
    assert racing.sink.to(loser) == []


@pytest.fixture(scope="module")
def racing() -> Iterator[Gateway]:
    """Give one running gateway to all rounds."""
    require("root", "postfix")
    with gateway(MILTER_UNIX) as running:
        yield running


def test_no_worker_outlives_the_guard() -> None:
    """When the first process is killed, however hard, the others stop and leave the socket free."""
    with Places() as places, RecordingSink() as relay:
        listen = f"inet:127.0.0.1:{places.milter}"
        workers = "[guard]\nworkers = 3\n"
        guard = GuardProcess(places, milter=listen, relay=relay.port, extra=workers)
        with guard:
            family = guard.family()
            assert len(family) >= 3  # and what reads attachments
            os.kill(guard.pid, signal.SIGKILL)
            eventually(lambda: guard.family() <= {guard.pid}, "the end of the workers")
            guard.kill()  # only buries it
            guard.start()
            guard.wait_until_ready()
            assert answers(places.milter)
