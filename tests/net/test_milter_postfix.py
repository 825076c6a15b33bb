"""The milter edge behind a real Postfix, and in front of Debian's own milter client."""

from __future__ import annotations

import asyncio
import shutil
import smtplib
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.net.milter_stage import Judge, Stage, box, stage
from tests.real.client import Letter, Outcome, eventually, submit
from tests.real.conftest import SYSTEM_PATH, require
from tests.real.postfix import PrivatePostfix, free_port, world_searchable
from tests.real.sink import Delivery, RecordingSink

from missent.mail.rewrite import HeaderEdit
from missent.service.guard import Decision

pytestmark = pytest.mark.real
SENDER = "ann@contractor.example"


@contextmanager
def served(listen: str, judge: Judge, *, refuse_at_rcpt: bool = False) -> Iterator[Stage]:
    """Serve a scripted guard from a thread of its own, as Postfix's neighbour."""
    ready, done = threading.Event(), threading.Event()
    stages: list[Stage] = []

    async def run() -> None:
        async with stage(listen, judge, refuse_at_rcpt=refuse_at_rcpt) as held:
            stages.append(held)
            ready.set()
            await asyncio.get_running_loop().run_in_executor(None, done.wait)

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    try:
        assert ready.wait(10), "the milter did not start"
        yield stages[0]
    finally:
        done.set()
        thread.join()


class Site:
    """A Postfix with the guard as its milter and a sink behind it."""

    def __init__(self, held: Stage, sink: RecordingSink, postfix: PrivatePostfix) -> None:
        self.judge = held.judge
        self.log = held.log
        self.postfix = postfix
        self._sink = sink
        self._seen = 0

    def restart(self) -> None:
        """Forget what the test before left."""
        eventually(lambda: self.postfix.queue() == [], "an empty queue")
        self.judge.restart()
        self.log.refusals.clear()
        self._seen = len(self._sink.deliveries)

    @property
    def port(self) -> int:
        """Give the SMTP port."""
        return self.postfix.wait_for[0]

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """Give what this test had delivered."""
        return self._sink.deliveries[self._seen :]

    def send(self, data: bytes, *recipients: str) -> Outcome:
        """Submit one message."""
        return submit(self.port, Letter(SENDER, recipients, data))

    def delivered(self, count: int = 1) -> tuple[Delivery, ...]:
        """Wait for this test's deliveries."""
        self._sink.wait_until(lambda: len(self.deliveries) >= count, f"{count} deliveries")
        return self.deliveries


@pytest.fixture(scope="module", params=["unix", "inet"])
def one_site(request: pytest.FixtureRequest) -> Iterator[Site]:
    """Build the site over a UNIX socket and over TCP."""
    require("postfix", "root")
    directory = world_searchable("milter")
    tcp = f"inet:127.0.0.1:{free_port()}"
    place = f"unix:{directory}/milter.sock" if request.param == "unix" else tcp
    smtpd = free_port()
    with (
        pytest.MonkeyPatch.context() as patch,
        served(place, Judge(), refuse_at_rcpt=True) as held,
        RecordingSink() as sink,
    ):
        patch.setenv("PATH", SYSTEM_PATH)
        main = {
            "smtpd_milters": place,
            "non_smtpd_milters": place,
            "milter_default_action": "tempfail",
            "relayhost": f"[127.0.0.1]:{sink.port}",
            "disable_dns_lookups": "yes",
            "virtual_alias_maps": "inline:{ {boss@contractor.example=chief@contractor.example} }",
        }
        master = [f"127.0.0.1:{smtpd} inet n - n - - smtpd"]
        with PrivatePostfix(main, master, wait_for=[smtpd]) as postfix:
            yield Site(held, sink, postfix)
    shutil.rmtree(directory)


@pytest.fixture
def site(one_site: Site) -> Site:
    """Give the site as if new."""
    one_site.restart()
    return one_site


HEADER = (
    b"From: ann@contractor.example\r\nTo:  john@army.ml,\r\n\teve@army.mil\r\nSubject:crew list\r\n"
)
MESSAGE = (
    HEADER
    + b"X-Empty:\r\nDate: Tue, 4 Mar 2031 05:06:07 +0000\r\nMessage-ID: <1@x.example>\r\n\r\n.x\r\n"
)


def test_the_bytes_judged_are_the_bytes_sent(site: Site) -> None:
    """White space after the colon, tabs in folds, empty values: all as on the wire."""
    body = b"".join(b"%d line\r\n" % number for number in range(8_000))
    assert site.send(MESSAGE + body, "eve@army.mil").accepted
    (delivery,) = site.delivered()
    assert site.judge.data == MESSAGE + body
    assert delivery.data.endswith(MESSAGE + body)


def test_a_held_recipient_gets_no_copy(site: Site) -> None:
    """DELRCPT takes out exactly the recipient RCPT named, however it was spelt."""
    site.judge.withheld = frozenset(
        map(box, ["john@army.ml", '"j k"@army.ml', "boss@contractor.example"])
    )
    recipients = ["JOHN@Army.ml", '"j k"@army.ml', "boss@contractor.example", "eve@army.mil"]
    assert site.send(MESSAGE, *recipients).accepted
    (delivery,) = site.delivered()
    assert delivery.to == ("eve@army.mil",)
    assert len(site.deliveries) == 1
    assert site.judge.envelope.transaction_id in site.postfix.log()


def test_a_bare_postmaster_is_held_like_anybody(site: Site) -> None:
    """RFC 5321 lets it stand without a domain; it must still be found again."""
    site.judge.withheld = frozenset({box("postmaster@contractor.example")})
    assert site.send(MESSAGE, "postmaster", "eve@army.mil").accepted
    (delivery,) = site.delivered()
    assert delivery.to == ("eve@army.mil",)
    assert site.judge.envelope.recipients[0].raw == "<postmaster>"


def test_all_held_leaves_nothing_in_the_queue(site: Site) -> None:
    """DISCARD: the client hears success, the MTA keeps nothing."""
    site.judge.withheld = frozenset({box("john@army.ml")})
    assert site.send(MESSAGE, "john@army.ml").accepted
    assert site.postfix.queue() == []
    assert site.send(MESSAGE, "eve@army.mil").accepted
    (delivery,) = site.delivered()
    assert delivery.to == ("eve@army.mil",)


def test_the_visible_typo_is_edited_in_place(site: Site) -> None:
    """CHGHEADER replaces the field with its folding, and removes every trace field."""
    edit = HeaderEdit("To", 1, '"john at army.ml, being checked":;,\r\n\teve@army.mil')

    def decide(_: object) -> Decision:
        deliver, withheld = frozenset({box("eve@army.mil")}), frozenset({box("john@army.ml")})
        return Decision({}, deliver, withheld, edits=(edit,), remove_fields=("X-Trace",))

    site.judge.script = decide
    traced = b"X-Trace: 1\r\nX-Trace: 2\r\n" + HEADER + b"x-trace: 3\r\n" + MESSAGE[len(HEADER) :]
    assert site.send(traced, "john@army.ml", "eve@army.mil").accepted
    (delivery,) = site.delivered()
    edited = MESSAGE.replace(
        b"To:  john@army.ml,\r\n\teve@army.mil",
        b'To: "john at army.ml, being checked":;,\r\n\teve@army.mil',
    )
    assert delivery.data.endswith(edited)
    assert b"X-Trace" not in delivery.data
    assert delivery.to == ("eve@army.mil",)


def test_refusals_reach_the_client_in_our_words(site: Site) -> None:
    """One line each, at RCPT and at the end of the message; a percent sign survives."""
    site.judge.at_rcpt = lambda mailbox: (
        "550 5.1.2 did you mean 100% <john@army.mil>?" if mailbox == box("john@army.ml") else None
    )
    outcome = site.send(MESSAGE, "john@army.ml", "a%b@army.mil", "eve@army.mil")
    assert outcome.accepted
    assert outcome.recipients["john@army.ml"] == (550, "5.1.2 did you mean 100% <john@army.mil>?")
    assert outcome.recipients["a%b@army.mil"] == (553, "5.1.3 bad recipient address syntax")
    assert site.judge.envelope.mailboxes == (box("eve@army.mil"),)
    site.judge.script = lambda e: Decision(
        {}, frozenset(), frozenset(e.mailboxes), refusal="550 5.7.1 blocked"
    )
    assert site.send(MESSAGE, "eve@army.mil").final == (550, "5.7.1 blocked")


def test_without_a_verdict_the_client_is_told_to_try_again(site: Site) -> None:
    """Nothing leaves, nothing is lost: the client still has it."""

    def decide(_: object) -> Decision:
        raise RuntimeError

    site.judge.script = decide
    outcome = site.send(MESSAGE, "eve@army.mil")
    assert outcome.final[0] == 451
    assert outcome.temporary
    assert site.postfix.queue() == []


def test_the_senders_wishes_arrive(site: Site) -> None:
    """ESMTP and DSN parameters are there for a later release."""
    letter = Letter(
        SENDER,
        ["eve@army.mil"],
        MESSAGE,
        ("RET=HDRS", "ENVID=abc+2B1", "BODY=8BITMIME", "SMTPUTF8", "SIZE=1000"),
        {"eve@army.mil": ("NOTIFY=SUCCESS,DELAY", "ORCPT=rfc822;eve@army.mil")},
    )
    assert submit(site.port, letter).accepted
    envelope = site.judge.envelope
    assert envelope.parameters == {
        "RET": "HDRS",
        "ENVID": "abc+2B1",
        "BODY": "8BITMIME",
        "SMTPUTF8": "",
    }
    assert envelope.recipients[0].parameters == {
        "NOTIFY": "SUCCESS,DELAY",
        "ORCPT": "rfc822;eve@army.mil",
    }
    assert envelope.client_address == "127.0.0.1"


def test_sendmail_command_mail_is_judged_and_has_no_client(site: Site) -> None:
    """non_smtpd_milters: Postfix plays an SMTP session for it; held copies stay behind, too."""
    site.judge.withheld = frozenset({box("john@army.ml")})
    site.judge.at_rcpt = lambda _: "550 5.1.2 nobody is waiting for this answer"
    site.postfix.sendmail(SENDER, ["john@army.ml", "eve@army.mil"], MESSAGE)
    (delivery,) = site.delivered()
    assert delivery.to == ("eve@army.mil",)
    assert site.judge.envelope.client_address is None
    assert site.judge.envelope.sender == box(SENDER)
    assert site.judge.data.endswith(MESSAGE)


def test_a_dialogue_with_resets_and_several_messages(site: Site) -> None:
    """RSET, a second EHLO in mid-transaction, unknown commands: the table has them all."""
    with smtplib.SMTP("127.0.0.1", site.port, "client.example.test", timeout=20) as session:
        session.ehlo()
        session.mail(SENDER)
        session.rcpt("john@army.ml")
        session.ehlo()
        session.mail(SENDER)
        session.rset()
        session.docmd("XYZZY")
        session.docmd("VRFY", "eve@army.mil")
        at_mail, _ = session.mail("a%b@contractor.example")  # answered over TCP
        assert 553 in (at_mail, session.rcpt("eve@army.mil")[0])
        session.rset()
        for number in range(3):
            session.sendmail(SENDER, ["eve@army.mil"], MESSAGE + b"%d\r\n" % number)
        session.mail("<>")
        session.rcpt("eve@army.mil")
        assert session.data(MESSAGE)[0] == 250
    assert len(site.delivered(4)) == 4
    envelopes = [envelope for envelope, _ in site.judge.seen]
    assert [e.sender for e in envelopes] == [box(SENDER)] * 3 + [None]
    assert all(e.mailboxes == (box("eve@army.mil"),) for e in envelopes)
    assert len({e.transaction_id for e in envelopes}) == 4
    assert site.log.reasons == ["malformed_sender"]


MILTERTEST = """
conn = mt.connect("{place}")
assert(conn ~= nil, "no connection")
assert(mt.conninfo(conn, "client.example", "192.0.2.1") == nil)
mt.helo(conn, "client.example")
mt.mailfrom(conn, "<ann@contractor.example>")
mt.macro(conn, SMFIC_RCPT, "i", "4ABC")
mt.rcptto(conn, "<john@army.ml>")
assert(mt.getreply(conn) == SMFIR_CONTINUE, "RCPT")
mt.rcptto(conn, "<eve@army.mil>")
mt.header(conn, "Subject", "crew list")
mt.eoh(conn)
mt.bodystring(conn, "x\\r\\n")
mt.eom(conn)
assert(mt.getreply(conn) == SMFIR_CONTINUE, "end of message")
assert(mt.eom_check(conn, MT_RCPTDELETE, "<john@army.ml>"), "not deleted")
assert(not mt.eom_check(conn, MT_RCPTDELETE, "<eve@army.mil>"), "deleted")
mt.disconnect(conn)
"""


@pytest.mark.parametrize("kind", ["unix", "inet"])
def test_debians_milter_client_agrees(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """miltertest speaks for Sendmail's side of the protocol."""
    require("miltertest")
    monkeypatch.setenv("PATH", SYSTEM_PATH)
    port = free_port()
    listen = f"unix:{tmp_path}/m.sock" if kind == "unix" else f"inet:127.0.0.1:{port}"
    place = listen if kind == "unix" else f"inet:{port}@127.0.0.1"
    script = tmp_path / "script.lua"
    script.write_text(MILTERTEST.format(place=place))
    with served(listen, Judge("john@army.ml")) as held:
        done = subprocess.run(
            ["miltertest", "-s", str(script)],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert held.judge.data == b"Subject: crew list\r\n\r\nx\r\n"
        assert held.judge.envelope.transaction_id == "4ABC"
