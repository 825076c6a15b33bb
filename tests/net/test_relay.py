"""The relay: byte for byte, with all parameters the next hop knows, and always an answer."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.net.smtp_bench import AT, StoppedClock, answer_lines, rude_hop
from tests.net.smtp_certificates import issue

from missent.mail.envelope import Envelope, Recipient
from missent.mail.mailbox import Mailbox
from missent.net.relay import RelaySettings, SmtpRelay
from missent.net.sink import Sink, SinkSettings
from missent.net.smtp import bind
from missent.service.ports import Relay, RelayAnswer
from missent.wire.smtp_bytes import Reply

ANN = Mailbox.parse("ann@contractor.example")
JOHN = Mailbox.parse("john@army.mil")
DATA = b"Subject: plans\r\n\r\n.one dot\r\n"


def _envelope(
    parameters: Mapping[str, str] | None = None, recipient: Recipient | None = None
) -> Envelope:
    return Envelope("T1", ANN, (recipient or Recipient(JOHN),), AT, parameters or {})


def _relay(address: tuple[str, int], tls: ssl.SSLContext | None = None) -> Relay:
    return SmtpRelay(RelaySettings(*address, "guard.contractor.example", tls, timeout=10))


def _to_sink(
    envelope: Envelope, data: bytes = DATA, sink: Sink | None = None
) -> tuple[RelayAnswer, Sink]:
    sink = sink or Sink(StoppedClock())

    async def run() -> RelayAnswer:
        await sink.start()
        try:
            return await asyncio.to_thread(_relay(sink.address).send, envelope, data)
        finally:
            await sink.close()

    return asyncio.run(run()), sink


def _to_rude_hop(answers: Mapping[str, bytes], tls: ssl.SSLContext | None = None) -> RelayAnswer:
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answer_lines(reader, writer, answers)

    async def run() -> RelayAnswer:
        async with rude_hop(behave) as hop:
            return await asyncio.to_thread(_relay(hop, tls).send, _envelope(), DATA)

    return asyncio.run(run())


def test_a_message_is_handed_over() -> None:
    """What arrives is what was sent, to the octet; the answer is the next hop's."""
    answer, sink = _to_sink(_envelope())
    assert answer == RelayAnswer(250, "2.0.0 Ok")
    (message,) = sink.messages(JOHN)
    assert (message.sender, message.data) == (ANN, DATA)
    assert sink.heard[0] == f"MAIL FROM:<{ANN}> SIZE={len(DATA)}"


@settings(max_examples=10, deadline=None)
@given(st.lists(st.sampled_from([b".", b"..", b"", b"\xff", b"From x", b" \t "]), min_size=1))
def test_octets_are_kept(lines: list[bytes]) -> None:
    """Dots, empty lines, eight-bit octets: all lines that end in CRLF arrive as they are."""
    data = b"".join(line + b"\r\n" for line in lines)
    answer, sink = _to_sink(_envelope(), data)
    assert answer.accepted
    assert sink.messages()[0].data == data


def test_all_parameters_pass() -> None:
    """DSN parameters, priority and 8BITMIME go along where they are offered."""
    offers = ("8BITMIME", "SMTPUTF8", "DSN", "MT-PRIORITY", "REQUIRETLS")
    sink = Sink(StoppedClock(), SinkSettings(extensions=offers))
    parameters = {"BODY": "8BITMIME", "RET": "HDRS", "ENVID": "a+2Bb", "REQUIRETLS": ""}
    recipient = Recipient(JOHN, {"NOTIFY": "NEVER", "ORCPT": "rfc822;john@army.ml"})
    answer, _ = _to_sink(_envelope({**parameters, "MT-PRIORITY": "3"}, recipient), DATA, sink)
    assert answer.accepted
    (message,) = sink.messages()
    assert dict(message.parameters) == {
        **parameters,
        "SIZE": str(len(DATA)),
        "MT-PRIORITY": "3",
    }
    assert dict(message.recipient_parameters) == dict(recipient.parameters)


def test_parameters_that_are_not_offered_stay_here() -> None:
    """A small next hop still gets the message, without what it would refuse."""
    sink = Sink(StoppedClock(), SinkSettings(extensions=()))
    recipient = Recipient(JOHN, {"NOTIFY": "NEVER"})
    answer, _ = _to_sink(_envelope({"RET": "HDRS", "BODY": "8BITMIME"}, recipient), DATA, sink)
    assert answer.accepted
    assert sink.heard[:2] == (f"MAIL FROM:<{ANN}> SIZE={len(DATA)}", f"RCPT TO:<{JOHN}>")


def test_eight_bit_data_is_declared() -> None:
    """Octets above 127 make BODY=8BITMIME, whatever the message came with."""
    _, sink = _to_sink(_envelope({"BODY": "7BIT"}), b"Subject: gr\xc3\xbc\xc3\x9fe\r\n")
    assert dict(sink.messages()[0].parameters)["BODY"] == "8BITMIME"


def test_internationalised_mail() -> None:
    """SMTPUTF8 is said where the addresses or the asked-for header need it, and only then."""
    joerg = Recipient(Mailbox.parse("jörg@bücher.example"))
    answer, sink = _to_sink(_envelope(recipient=joerg))
    assert answer.accepted
    assert "SMTPUTF8" in sink.messages(joerg.mailbox)[0].parameters
    _, sink = _to_sink(_envelope({"SMTPUTF8": ""}))
    assert "SMTPUTF8" not in sink.messages()[0].parameters
    _, sink = _to_sink(_envelope({"SMTPUTF8": ""}), b"Subject: \xc3\xbc\r\n")
    assert "SMTPUTF8" in sink.messages()[0].parameters


@pytest.mark.parametrize(
    ("parameters", "recipient", "text"),
    [
        ({}, Recipient(Mailbox.parse("jörg@army.mil")), "5.6.7 "),
        ({"REQUIRETLS": ""}, None, "5.7.30 "),
    ],
)
def test_what_the_next_hop_cannot_honour_is_not_sent(
    parameters: dict[str, str], recipient: Recipient | None, text: str
) -> None:
    """A promise to the sender is not dropped silently: the answer is permanent."""
    sink = Sink(StoppedClock(), SinkSettings(extensions=("8BITMIME",)))
    answer, _ = _to_sink(_envelope(parameters, recipient), DATA, sink)
    assert answer.permanent
    assert answer.text.startswith(text)
    assert sink.heard == ()


def test_the_null_path() -> None:
    """Notices go out from ``<>``."""
    _, sink = _to_sink(replace(_envelope(), sender=None))
    assert sink.messages()[0].sender is None


@pytest.mark.parametrize("data", [b"a\nb\r\n", b"a\rb\r\n", b"\r\n\0\r\n"])
def test_ambiguous_octets_are_not_sent(data: bytes) -> None:
    """What another server might read as two messages does not leave."""
    answer, sink = _to_sink(_envelope(), data)
    assert (answer.code, answer.text[:5]) == (550, "5.6.0")
    assert sink.heard == ()


@pytest.mark.parametrize("step", ["mail", "recipient", "data"])
def test_refusals_are_answers(step: str) -> None:
    """The next hop's code and words come back, all lines as one."""
    sink = Sink(StoppedClock())
    reply = Reply(452, ("4.3.1 full", "4.3.1 really"))
    if step == "recipient":
        sink.answers.recipients[JOHN] = reply
    else:
        setattr(sink.answers, step, reply)
    answer, _ = _to_sink(_envelope(), DATA, sink)
    assert answer == RelayAnswer(452, "4.3.1 full 4.3.1 really")
    assert not answer.accepted
    assert not answer.permanent


def test_nobody_listens() -> None:
    """A next hop that is down is code 0."""
    listening = bind("127.0.0.1:0")
    host, port = listening.getsockname()
    listening.close()
    answer = _relay((host, port)).send(_envelope(), DATA)
    assert answer == RelayAnswer(0, "not reached: ConnectionRefusedError")


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({"GREETING": b"554 go away\r\n"}, 0),
        ({"GREETING": b"hello\r\n"}, 0),
        ({"EHLO": b""}, 0),
        ({"EHLO": b"550 no\r\n", "HELO": b"550 no\r\n"}, 0),
        ({"MAIL": b""}, 0),
        ({"DATA": b""}, 0),
        ({"DATA": b"250 what\r\n"}, 451),
        ({"DATA": b"554 5.5.1 no\r\n"}, 554),
        ({"END": b""}, 0),
        ({"END": b"nonsense\r\n"}, 0),
        ({"END": b"250 " + b"x" * 9000 + b"\r\n"}, 0),
        ({"QUIT": b""}, 250),
        ({"QUIT": b"500 what\r\n"}, 250),
    ],
    ids=repr,
)
def test_a_rude_next_hop_is_never_an_exception(answers: dict[str, bytes], code: int) -> None:
    """Whatever it does, there is an answer; and what it accepted stays accepted."""
    assert _to_rude_hop(answers).code == code


def test_tls_is_required_where_configured(tmp_path: Path) -> None:
    """Configured TLS that is not offered means not reached; offered, the mail goes through it."""
    certificates = issue(tmp_path)
    context = certificates.client_context()
    assert _to_rude_hop({}, context).text == "not reached: SMTPNotSupportedError"
    refusing = {"EHLO": b"250-rude\r\n250 STARTTLS\r\n", "STAR": b"454 4.7.0 no\r\n"}
    assert _to_rude_hop(refusing, context).code == 0

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hop.example\r\n")
        await reader.readline()
        writer.write(b"250-hop.example\r\n250 STARTTLS\r\n")
        await reader.readline()
        writer.write(b"220 go\r\n")
        await writer.start_tls(certificates.server_context())
        await answer_lines(reader, writer, {"GREETING": b""})

    async def run() -> RelayAnswer:
        async with rude_hop(behave) as hop:
            return await asyncio.to_thread(_relay(hop, context).send, _envelope(), DATA)

    assert asyncio.run(run()).code == 250
