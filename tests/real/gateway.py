"""Own a whole gateway: Postfix in one of the wirings, the guard, and the sink at the far end."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.real.client import Letter, Outcome, submit
from tests.real.guard_process import GuardProcess
from tests.real.postfix import PrivatePostfix
from tests.real.sink import RecordingSink
from tests.real.wirings import SMART_HOST, Places, Wiring


@dataclass(frozen=True, slots=True)
class Gateway:
    """What a test may touch."""

    wiring: Wiring
    places: Places
    sink: RecordingSink
    postfix: PrivatePostfix
    """Where mail enters."""
    guard: GuardProcess

    def submit(self, letter: Letter) -> Outcome:
        """Send as a mail client does; it must be accepted."""
        outcome = submit(self.places.listen, letter)
        assert outcome.accepted, f"{outcome}\n{self.guard.output[-3000:]}\n{self.postfix.log()}"
        return outcome


@contextlib.contextmanager
def gateway(
    wiring: Wiring,
    *,
    main: Mapping[str, str] | None = None,
    refuse_at_rcpt: bool = False,
    after: str = "",
) -> Iterator[Gateway]:
    """Start everything of one wiring, and stop it again.

    `main` adds settings where mail enters; `after` names one more milter, behind the guard's.
    """
    with contextlib.ExitStack() as stack:
        places = stack.enter_context(Places())
        sink = stack.enter_context(RecordingSink())
        guard = GuardProcess.behind(wiring, places, refuse_at_rcpt=refuse_at_rcpt)
        starting = stack.enter_context(guard.starting())
        if wiring is SMART_HOST:
            stack.enter_context(wiring.postfix(places, sink))
            entry = stack.enter_context(wiring.inner(places, main))
        else:
            entry = stack.enter_context(wiring.postfix(places, sink, main, after))
        starting.wait_until_ready()
        yield Gateway(wiring, places, sink, entry, guard)
