"""Several worker processes on one socket: they share the mail, and one that dies is replaced."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.real.client import Letter, eventually, submit
from tests.real.guard_process import GuardProcess
from tests.real.letters import ANN, crew_list_mail
from tests.real.sink import RecordingSink
from tests.real.wirings import Places

from missent.errors import ConfigError

WORKERS = 3


def _letter(number: int) -> Letter:
    held, other = f"john{number}@army.ml", f"mary{number}@army.mil"
    return Letter(ANN, [held, other], crew_list_mail([held, other]))


def test_workers_share_one_store_and_outlive_each_other() -> None:
    """Mail sent in parallel is judged once each; with a worker killed the rest goes on."""
    with (
        Places() as places,
        RecordingSink() as sink,
        GuardProcess(
            places, upstream=sink.place, relay=sink.port, extra=f"[guard]\nworkers = {WORKERS}"
        ) as guard,
    ):
        eventually(lambda: len(guard.family()) == 1 + WORKERS, "the workers")
        with ThreadPoolExecutor(6) as pool:
            codes = list(pool.map(lambda n: submit(places.proxy, _letter(n)).final[0], range(20)))
        assert codes == [250] * 20
        before = guard.family()
        victim = max(before - {guard.pid})
        os.kill(victim, signal.SIGKILL)
        eventually(lambda: len(guard.family() - before) == 1, "a new worker", timeout=30)
        with ThreadPoolExecutor(6) as pool:
            codes = list(
                pool.map(lambda n: submit(places.proxy, _letter(n)).final[0], range(20, 40))
            )
        assert codes == [250] * 20
        sink.wait_until(lambda: len(sink.to(ANN)) == 40, "forty notices", timeout=60)
        assert len(guard.holds()) == 40
        assert {address for delivery in sink.deliveries for address in delivery.to} == {
            ANN,
            *(f"mary{number}@army.mil" for number in range(40)),
        }


def test_hosted_mode_does_not_start_half_set_up() -> None:
    """Without a client certificate authority and sender domains it would be an open relay."""
    with Places() as places:
        guard = GuardProcess(places, upstream="127.0.0.1:9", extra="")
        guard._configure()
        text = guard.config.read_text().replace("[proxy]", "[proxy]\nhosted = true")
        guard.config.write_text(text)
        with pytest.raises(ConfigError, match=r"proxy\.hosted: .*client_ca and sender_domains"):
            guard.command("config", "check")
