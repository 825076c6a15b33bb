"""Real Postfix, Exim and OpenSMTPD send to the collector: what their own users read, and what never left.

Each is somebody's mail server with one user, ann. The collector is the real process; a wire tap before
it keeps every octet the servers say.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol

import pytest
from tests.real.client import Letter, eventually, submit
from tests.real.collector_process import CollectorProcess
from tests.real.conftest import require
from tests.real.exim import PrivateExim
from tests.real.letters import ANN, CREW_LIST, crew_list_mail
from tests.real.opensmtpd import PrivateOpenSmtpd
from tests.real.postfix import PrivatePostfix, free_port
from tests.real.sink import RecordingSink
from tests.real.tap import Tap

from missent.store.store import open_store

SOON = {"postfix": 5.0, "exim": 5.0, "opensmtpd": 15.0}
"""Seconds within which ann knows: OpenSMTPD gathers its own reports for 3 to 5 seconds."""
HINT = "did you mean army.mil?"
JOHN, MARY = "john@army.ml", "mary@navy.mil"
SENDERS = ("postfix", "exim", "opensmtpd")


class Sender(Protocol):
    """A mail server that was started."""

    def log(self) -> str:
        """Give its log."""
        ...


@dataclass
class Scene:
    """A server, the collector behind the tap, and a mailbox for everybody else."""

    name: str
    port: int
    sender: Sender
    mailbox: RecordingSink
    tap: Tap
    directory: Path
    told: int = 0
    """Times the collector was asked for john."""

    def send(self, *recipients: str) -> None:
        """Send the crew list as ann."""
        self.told += 1
        outcome = submit(self.port, Letter(ANN, recipients, crew_list_mail(recipients)))
        assert outcome.accepted, outcome

    def returned(self) -> EmailMessage:
        """Wait until ann's own server has told her of each; gives the last report."""
        soon = SOON[self.name]
        try:
            return self.mailbox.wait_for(ANN, count=self.told, timeout=soon)[-1].message
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.sender.log()}") from None

    def hits(self) -> int:
        """Count what the collector's store holds."""
        store = open_store(f"sqlite:///{self.directory}/missent.db", node="test")
        try:
            return sum(day.hits for day in store.days(date(2020, 1, 1), date(2100, 1, 1)))
        finally:
            store.close()


@pytest.fixture(scope="module", params=SENDERS)
def scene(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    """Run one sender with the collector; all three tests share it."""
    directory = tmp_path_factory.mktemp(request.param)
    with ExitStack() as stack:
        listen = free_port()
        stack.enter_context(CollectorProcess(directory, f"127.0.0.1:{listen}"))
        mailbox = stack.enter_context(RecordingSink())
        tap = stack.enter_context(Tap(listen))
        port, sender = _start(request.param, stack, tap.port, mailbox.port)
        yield Scene(request.param, port, sender, mailbox, tap, directory)


def _start(name: str, stack: ExitStack, typo: int, others: int) -> tuple[int, Sender]:
    if name == "exim":
        exim = stack.enter_context(PrivateExim("army.ml", typo, others))
        return exim.port, exim
    if name == "opensmtpd":
        opensmtpd = stack.enter_context(PrivateOpenSmtpd("army.ml", typo, others))
        return opensmtpd.port, opensmtpd
    require("root", "postfix")
    port = free_port()
    main = {
        "relayhost": f"[127.0.0.1]:{others}",
        "transport_maps": f"inline:{{ {{ army.ml = smtp:[127.0.0.1]:{typo} }} }}",
        "maximal_queue_lifetime": "1h",
    }
    master = [f"127.0.0.1:{port} inet n - n - - smtpd"]
    postfix = stack.enter_context(PrivatePostfix(main, master, wait_for=[port]))
    return port, postfix


def test_ann_reads_the_right_domain_within_seconds(scene: Scene) -> None:
    """Her server's report has the hint in its text and in the diagnosis, and the status 5.1.2."""
    scene.send(JOHN)
    report = scene.returned()
    text, diagnosis = _parts(report)
    assert HINT in _unfolded(text)
    assert "5.1.2" in _unfolded(text) + diagnosis
    if scene.name != "opensmtpd":
        assert HINT in _unfolded(diagnosis)
    if scene.name == "postfix":
        assert re.search(r"^Status: 5\.1\.2", diagnosis, re.MULTILINE)


def test_her_other_recipient_is_served_and_no_content_leaves(scene: Scene) -> None:
    """The good recipient has the message; not one octet of it was said to the collector."""
    scene.send(JOHN, MARY)
    (delivery,) = scene.mailbox.wait_for(MARY)
    assert delivery.to == (MARY,)
    assert "crew list.csv" in delivery.data.decode()
    assert HINT in _unfolded(scene.returned().as_string())
    assert scene.tap.after_data() == b""
    said = b"".join(map(bytes, scene.tap.said))
    assert b"Subject" not in said
    assert CREW_LIST.splitlines()[1].encode() not in said


def test_every_attempt_is_counted_and_none_is_repeated(scene: Scene) -> None:
    """A permanent answer ends it: as many hits as messages, and nothing of them on the disk."""
    for _ in range(3):
        scene.send(JOHN)
        scene.returned()
    eventually(lambda: scene.hits() == scene.told, "a hit for each message")
    kept = b"".join(path.read_bytes() for path in scene.directory.iterdir() if path.is_file())
    assert b"Crew list" not in kept
    assert b"Passport" not in kept


def test_a_client_that_says_all_in_one_packet_leaves_nothing(scene: Scene) -> None:
    """Content that was sent unasked is thrown away: it is no command, no hit, and on no disk."""
    everything = (
        f"EHLO rude.example\r\nMAIL FROM:<{ANN}>\r\nRCPT TO:<{JOHN}>\r\nDATA\r\n"
        f"Subject: unasked\r\n\r\nRCPT TO:<forged@army.ml>\r\n{CREW_LIST}\r\n.\r\nQUIT\r\n"
    )
    with socket.create_connection(("127.0.0.1", scene.tap.behind), timeout=20) as client:
        client.sendall(everything.encode())
        heard = b""
        while octets := client.recv(65_536):
            heard += octets
    assert HINT.encode() in heard
    assert heard.endswith(b"554 5.5.1 no valid recipients\r\n")
    scene.told += 1
    eventually(lambda: scene.hits() == scene.told, "one hit more")
    kept = b"".join(path.read_bytes() for path in scene.directory.iterdir() if path.is_file())
    assert b"unasked" not in kept
    assert b"forged" not in kept


def _parts(report: EmailMessage) -> tuple[str, str]:
    """Give what a person reads of a report, and what a program reads."""
    text = diagnosis = ""
    for part in report.walk():
        if part.get_content_type() == "text/plain" and not text:
            text = part.get_content()
        if part.get_content_type() == "message/delivery-status":
            diagnosis = part.as_string()
    return text, diagnosis


def _unfolded(text: str) -> str:
    """Undo the line breaks that servers put into long lines."""
    return re.sub(r"\s+", " ", text)
