"""The same mails through milter and proxy: one judge, so one verdict, one hold, one delivered copy.

Each case in tests/cases/twins is a ``.msg`` (envelope, empty line, message), a ``.readme`` that says
what it is about, and two expected files, ``.milter`` and ``.proxy``, which differ in nothing.
Write them anew with ``TWINS=write pytest tests/net/test_twins.py``, and read what changed.
"""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import os
import smtplib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.net.milter_stage import Mta
from tests.service.stage import JOHN, MARY, OURS, Stage, build, correspond

from missent.mail.domain import DomainName
from missent.mail.envelope import Envelope
from missent.mail.rewrite import HeaderEdit, apply
from missent.net.milter import MilterServer, MilterSettings, bind
from missent.net.milter_duty import Surroundings
from missent.net.sink import Sink
from missent.net.smtp import ProxyServer, ProxyServices, ProxySettings
from missent.net.smtp import bind as bind_smtp
from missent.service.guard import Decision
from missent.wire import milter as wire

CASES = Path(__file__).parent.parent / "cases" / "twins"
_LOOPBACK = ipaddress.IPv4Network("127.0.0.0/8")
NAMES = sorted(path.stem for path in CASES.glob("*.msg"))


class _Verdicts:
    """An `EdgeLog` that keeps what was judged."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def judged(self, edge: str, envelope: Envelope, decision: Decision, seconds: float) -> None:
        """Keep each verdict as one line."""
        for box, verdict in decision.verdicts.items():
            fix = verdict.suggestion.wire if verdict.suggestion else "-"
            self.lines.append(
                f"verdict {box.wire} {verdict.action.value} {verdict.misdirection:.4f} "
                f"sensitivity={verdict.sensitivity} rule={verdict.rule!r} suggests={fix}"
            )

    def refused(self, edge: str, reason: str, transaction_id: str) -> None:
        """Keep refusals."""
        self.lines.append(f"refused {reason}")


def _case(name: str) -> tuple[list[str], list[str], bytes]:
    text = (CASES / f"{name}.msg").read_bytes()
    head, _, message = text.partition(b"\n\n")
    lines = head.decode().splitlines()
    mail = lines[0].removeprefix("MAIL ").split(" ")
    recipients = [line.removeprefix("RCPT ") for line in lines[1:]]
    return mail, recipients, message.replace(b"\n", b"\r\n")


def _told(stage: Stage, log: _Verdicts, copies: dict[str, bytes]) -> str:
    holds = [
        f"held {held.mailbox.wire} {held.state.value} {held.verdict.action.value}"
        for hold in stage.store.holds()
        for held in hold.recipients
    ]
    delivered = [
        f"delivered {box} {hashlib.sha256(data).hexdigest()[:16]} {_to(data)}"
        for box, data in sorted(copies.items())
    ]
    return "\n".join([*log.lines, *sorted(holds), *delivered]) + "\n"


def _to(data: bytes) -> str:
    head = data.split(b"\r\n\r\n")[0].replace(b"\r\n ", b" ").decode("utf-8", "replace")
    return next(line for line in head.splitlines() if line.startswith("To:"))[:200]


def _stage(folder: Path) -> Stage:
    folder.mkdir()
    stage = build(folder)
    correspond(stage, MARY)
    correspond(stage, JOHN)
    return stage


async def _through_milter(name: str, folder: Path) -> str:
    stage, log = _stage(folder), _Verdicts()
    mail, recipients, message = _case(name)
    listening = bind(f"unix:{folder}/m.sock")
    with ThreadPoolExecutor(2) as pool:
        around = Surroundings(pool, stage.clock, stage.place.ids, log)
        server = MilterServer(stage.guard, MilterSettings([listening], local_domain=OURS), around)
        await server.start()
        mta = await Mta.to(listening)
        await mta.connect()
        parameters = tuple(word.encode() for word in mail[1:])
        await mta.ask(wire.MailFrom(mail[0].encode(), parameters))
        for recipient in recipients:
            await mta.ask(wire.RcptTo(recipient.encode()))
        await mta.ask(wire.Macros("T", {"i": "4ABC"}))
        await mta.ask(wire.Data())
        head, _, body = message.partition(b"\r\n\r\n")
        for field in head.replace(b"\r\n ", b"\n ").split(b"\r\n"):
            key, _, value = field.partition(b":")
            await mta.ask(wire.Header(key, value))
        await mta.ask(wire.EndOfHeaders())
        await mta.ask(wire.Body(body))
        replies = await mta.ask(wire.EndOfMessage())
        await mta.close()
        await server.close(1)
    copies = _carried_out(replies, recipients, message)
    told = _told(stage, log, copies)
    stage.store.close()
    return told


def _carried_out(
    replies: list[tuple[str, bytes]], recipients: list[str], message: bytes
) -> dict[str, bytes]:
    """Do what an MTA does with a milter's replies; gives the copy of each recipient that is left."""
    left, edits = dict.fromkeys(recipients), []
    for letter, payload in replies:
        if letter == "-":
            left.pop(payload.rstrip(b"\0").decode(), None)
        elif letter == "m":
            index = int.from_bytes(payload[:4], "big")
            name, value = payload[4:].split(b"\0")[:2]
            text = value.decode().removeprefix(" ").replace("\n", "\r\n")
            edits.append(HeaderEdit(name.decode(), index, text))
    assert replies[-1][0] in "cad"
    if replies[-1][0] == "d":
        return {}
    copy = apply(message, edits, ())
    return {box.strip("<>"): copy for box in left}


async def _through_proxy(name: str, folder: Path) -> str:
    stage, log = _stage(folder), _Verdicts()
    mail, recipients, message = _case(name)
    sink = Sink(stage.clock)
    await sink.start()
    with ThreadPoolExecutor(2) as pool:
        host, port = sink.address
        local = DomainName.parse("contractor.example")
        settings = ProxySettings(
            host, port, "gw.contractor.example", local, trusted_clients=(_LOOPBACK,)
        )
        services = ProxyServices(stage.guard, stage.place.ids, stage.clock, log)
        proxy = ProxyServer(settings, services, pool)
        await proxy.start(bind_smtp("127.0.0.1:0"))
        await asyncio.to_thread(_submit, proxy.address[1], mail, recipients, message)
        await proxy.close(1)
    await sink.close()
    copies = {message.recipient.wire: message.data for message in sink.messages()}
    told = _told(stage, log, copies)
    stage.store.close()
    return told


def _submit(port: int, mail: list[str], recipients: list[str], message: bytes) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
        client.ehlo("client.example")
        client.command_encoding = "utf-8"
        words = " ".join(["8BITMIME", *mail[1:]]).replace("8BITMIME", "BODY=8BITMIME")
        assert client.docmd("MAIL", f"FROM:{mail[0]} {words}")[0] == 250
        for recipient in recipients:
            code, _ = client.docmd("RCPT", f"TO:{recipient}")
            assert code == 250
        assert client.data(message)[0] == 250


@pytest.mark.parametrize("name", NAMES)
def test_twins(name: str, tmp_path: Path) -> None:
    """Milter and proxy agree with their expected files, and so with each other."""
    results = {
        "milter": asyncio.run(_through_milter(name, tmp_path / "milter")),
        "proxy": asyncio.run(_through_proxy(name, tmp_path / "proxy")),
    }
    for edge, result in results.items():
        expected = CASES / f"{name}.{edge}"
        if os.environ.get("TWINS") == "write":
            expected.write_text(result)
        assert result == expected.read_text(), edge
    assert results["milter"] == results["proxy"]


def test_every_case_is_whole() -> None:
    """Each case has its four files."""
    assert len(NAMES) >= 15
    for name in NAMES:
        for suffix in ("readme", "milter", "proxy"):
            assert (CASES / f"{name}.{suffix}").exists()
