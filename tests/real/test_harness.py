"""The harness itself: a mail passes each part while no guard stands in the way."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from pathlib import Path

import pytest
from tests.real import sink
from tests.real.client import Letter, eventually, submit, until_accepted
from tests.real.conftest import require
from tests.real.letters import ANN, as_bytes, crew_list_mail, plain_mail
from tests.real.other_milter import other_milter
from tests.real.postfix import PrivatePostfix, free_port
from tests.real.signing import Signer
from tests.real.sink import RecordingSink
from tests.real.wirings import (
    CONTENT_FILTER,
    MILTER_INET,
    MILTER_UNIX,
    PROXY_FILTER,
    SMART_HOST,
    Places,
    Wiring,
)


def _letter(recipient: str) -> Letter:
    return Letter(
        ANN,
        [recipient],
        crew_list_mail([recipient]),
        options=["RET=HDRS", "ENVID=crew+2B7"],
        recipient_options={recipient: ["NOTIFY=FAILURE,DELAY", "ORCPT=rfc822;crew@army.mil"]},
    )


def test_the_sink_keeps_bytes_and_parameters() -> None:
    """What the sink recorded is octet for octet what the client sent, parameters beside it."""
    data = as_bytes(plain_mail(["mary@army.mil"]))
    letter = Letter(ANN, ["mary@army.mil"], data, options=["RET=FULL", "BODY=8BITMIME"])
    with RecordingSink() as sink:
        assert submit(sink.port, letter).accepted
        (delivery,) = sink.deliveries
    assert delivery.data == data
    assert delivery.parameters == {"RET": "FULL", "BODY": "8BITMIME"}
    assert b"\r\n.leading dot\r\n" in delivery.data


def test_the_sink_refuses_as_told() -> None:
    """A scripted reply is used once, and only a 2yz reply records."""
    letter = Letter(ANN, ["mary@army.mil"], as_bytes(plain_mail(["mary@army.mil"])))
    with RecordingSink() as sink:
        sink.end_of_data.extend(["451 4.3.0 later", "452 4.2.2 later still"])
        outcome, tries = until_accepted(sink.port, letter, pause=0)
        assert (outcome.accepted, tries) == (True, 3)
        assert (sink.attempts, len(sink.deliveries)) == (3, 1)


def test_a_signature_survives_what_a_relay_may_do_and_nothing_else() -> None:
    """simple/simple verifies after a trace field was put in front, and after no other change."""
    signer = Signer("contractor.example")
    signed = signer.sign(crew_list_mail(["john@army.ml"]))
    assert signer.verifies(b"Received: from somewhere\r\n" + signed)
    assert not signer.verifies(signed.replace(b"To: john@army.ml", b"To: john@army.mil"))
    assert not signer.verifies(signed + b"\r\nP.S.\r\n")


@pytest.mark.parametrize("wiring", [MILTER_UNIX, MILTER_INET], ids=lambda w: w.name)
def test_mail_passes_a_milter_wiring(wiring: Wiring) -> None:
    """With a milter that agrees, both listeners deliver with all DSN parameters."""
    require("root", "postfix")
    with (
        Places() as places,
        RecordingSink() as sink,
        other_milter(wiring.milter_listen(places) or ""),
        wiring.postfix(places, sink) as postfix,
    ):
        assert submit(places.listen, _letter("john@army.mil")).accepted, postfix.log()
        assert submit(places.relay, _letter("mary@army.mil")).accepted, postfix.log()
        postfix.sendmail(ANN, ["bob@navy.mil"], crew_list_mail(["bob@navy.mil"]))
        for recipient in ("john@army.mil", "mary@army.mil"):
            (delivery,) = sink.wait_for(recipient)
            assert delivery.parameters["RET"] == "HDRS"
            assert delivery.parameters["ENVID"] == "crew+2B7"
            assert delivery.recipients[0][1] == {
                "NOTIFY": "FAILURE,DELAY",
                "ORCPT": "rfc822;crew@army.mil",
            }
        sink.wait_for("bob@navy.mil")


def test_without_its_milter_nothing_is_accepted() -> None:
    """While nobody answers on the milter's socket the client hears a temporary refusal."""
    require("root", "postfix")
    with Places() as places, RecordingSink() as sink, MILTER_INET.postfix(places, sink) as postfix:
        assert submit(places.listen, _letter("john@army.mil")).temporary
        assert postfix.queue() == []


@pytest.mark.parametrize("wiring", [PROXY_FILTER, CONTENT_FILTER, SMART_HOST], ids=lambda w: w.name)
def test_mail_passes_a_proxy_wiring(wiring: Wiring) -> None:
    """Submitted mail reaches the proxy's place; what the proxy hands on reaches the world."""
    require("root", "postfix")
    with contextlib.ExitStack() as stack:
        places = stack.enter_context(Places())
        proxy = stack.enter_context(RecordingSink(places.proxy))
        world = stack.enter_context(RecordingSink())
        postfix = stack.enter_context(wiring.postfix(places, world))
        if wiring is SMART_HOST:
            stack.enter_context(wiring.inner(places))
        assert submit(places.listen, _letter("john@army.mil")).accepted, postfix.log()
        (judged,) = proxy.wait_for("john@army.mil")
        assert judged.parameters["ENVID"] == "crew+2B7"
        ports = [places.relay] if wiring is SMART_HOST else [places.upstream, places.relay]
        for port in ports:
            assert submit(port, _letter("mary@army.mil")).accepted, postfix.log()
        assert len(world.wait_for("mary@army.mil", count=len(ports))) == len(ports)
        assert world.to("john@army.mil") == []


def test_a_stopped_postfix_leaves_nothing_behind() -> None:
    """Neither a process nor a file survives, even when the test failed inside."""
    require("root", "postfix")
    port = free_port()
    postfix = PrivatePostfix(master=[f"127.0.0.1:{port} inet n - n - - smtpd"], wait_for=[port])
    with pytest.raises(ZeroDivisionError), postfix:
        raise ZeroDivisionError
    assert not postfix.directory.exists()
    running = [_command_line(p) for p in Path("/proc").iterdir() if p.name.isdigit()]
    assert not [line for line in running if str(postfix.directory) in line]
    assert not [line for line in running if f"127.0.0.1:{port}" in line]


def _command_line(process: Path) -> str:
    with contextlib.suppress(OSError):
        return (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""


def test_a_missing_neighbour_is_a_failure_only_where_everything_must_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Elsewhere it is a skip that names what is missing."""
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no-such-daemon"):
        require("sh", "no-such-daemon")
    monkeypatch.delenv("CI")
    with pytest.raises(pytest.skip.Exception, match="no-such-daemon"):
        require("sh", "no-such-daemon")
    require("sh")


def test_the_daemons_are_found() -> None:
    """Programs in sbin are on the path that `require` and the harness use."""
    assert "/usr/sbin" in os.environ["PATH"]


def test_a_connection_that_came_at_the_last_moment_keeps_no_test_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The sink ends though a client that stays has only just been taken."""
    running = threading.Event()
    real = sink._Session.setup

    def late(session: sink._Session) -> None:
        assert running.wait(20)
        real(session)

    monkeypatch.setattr(sink._Session, "setup", late)
    recording = sink.RecordingSink()
    with recording, socket.create_connection(("127.0.0.1", recording.port)):
        eventually(lambda: bool(recording._server.connections), "the connection")
        recording._server.shutdown()  # as at the end: its thread is started, and waits above
        ending = threading.Thread(target=recording._server.close_all)
        ending.start()
        running.set()
        ending.join(20)
        assert not ending.is_alive()
