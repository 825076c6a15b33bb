"""The milter codec's writing half, against an independent reader."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kilter import protocol as kilter
from kilter.protocol.buffer import SimpleBuffer

from missent.errors import MissentError, ProtocolError
from missent.wire import milter as wire
from missent.wire import milter_write as write


def _read(packet: bytes) -> kilter.Message:
    buffer = SimpleBuffer(8192)
    buffer[:] = packet
    message, size = kilter.Message.unpack(buffer)
    message.freeze()
    assert size == len(packet)
    return message


@pytest.mark.parametrize(
    ("packet", "meaning"),
    [
        (write.CONTINUE, kilter.Continue()),
        (write.ACCEPT, kilter.Accept()),
        (write.REJECT, kilter.Reject()),
        (write.TEMPFAIL, kilter.TemporaryFailure()),
        (write.DISCARD, kilter.Discard()),
        (write.SKIP, kilter.Skip()),
    ],
)
def test_bare_replies_are_what_they_are_called(packet: bytes, meaning: kilter.Message) -> None:
    """Each reply without data has its own letter."""
    assert type(_read(packet)) is type(meaning)


def test_edits_are_read_by_an_independent_codec() -> None:
    """Deleting, adding and changing come out as kilter.protocol understands them."""
    assert _read(write.delete_recipient("<john@army.ml>")) == kilter.RemoveRecipient(
        "<john@army.ml>"
    )
    assert _read(write.add_recipient("<jörg@army.mil>")) == kilter.AddRecipient("<jörg@army.mil>")
    assert _read(write.change_header("To", 2, b" x\n y")) == kilter.ChangeHeader(2, "To", b" x\n y")
    assert _read(write.insert_header("X-A", 0, b"b")) == kilter.InsertHeader(0, "X-A", b"b")
    assert _read(write.add_header("X-A", b"b")) == kilter.AddHeader("X-A", b"b")


def test_a_negotiation_says_which_macros_are_wanted() -> None:
    """The macro lists follow the three numbers, stage by stage."""
    choice = wire.Negotiate(
        6, 0x118, 0x100100, {wire.Stage.RCPT: "i {rcpt_addr}", wire.Stage.MAIL: "i"}
    )
    assert _read(write.negotiated(choice)) == kilter.Negotiate(
        6,
        kilter.ActionFlags(0x118),
        kilter.ProtocolFlags(0x100100),
        {kilter.Stage.ENVELOPE_FROM: ["i"], kilter.Stage.ENVELOPE_RECIPIENT: ["i", "{rcpt_addr}"]},
    )


def test_a_reply_line_is_one_printable_line_with_percent_doubled() -> None:
    """Sendmail takes the text as a format; controls and other scripts would break the dialogue."""
    packet = write.reply_line("550 5.1.2 50% sure:\r\n250 ok – really")
    assert packet[4:] == b"y550 5.1.2 50%% sure:??250 ok ? really\0"


@pytest.mark.parametrize(
    "line", ["", "250 2.0.0 ok", "550 no enhanced code", "550 4.7.1 they disagree", "550 5.1.2 "]
)
def test_a_line_postfix_would_not_take_is_refused_here(line: str) -> None:
    """A malformed reply makes Postfix drop the filter, so it must never be written."""
    with pytest.raises(ValueError, match="enhanced"):
        write.reply_line(line)


def test_every_error_of_ours_can_be_said() -> None:
    """The whole exception tree gives lines an MTA takes."""

    def tree(kind: type[MissentError]) -> list[type[MissentError]]:
        return [kind, *(leaf for sub in kind.__subclasses__() for leaf in tree(sub))]

    for kind in tree(MissentError):
        line = f"{kind.code} {kind.enhanced} {kind.public}"
        assert write.reply_line(line)[5:8] == str(kind.code).encode()


@given(st.text(max_size=700))
def test_any_text_after_the_codes_stays_one_short_line(text: str) -> None:
    """Whatever a sentence contains, the reply is one line within RFC 5321's length."""
    packet = write.reply_line("451 4.3.0 " + "x" + text)
    line = packet[5:-1].replace(b"%%", b"%")
    assert len(line) <= write.MAX_REPLY
    assert all(0x20 <= octet < 0x7F for octet in line)


def test_nul_is_never_smuggled_into_a_string() -> None:
    """A NUL would end the string early and start another."""
    with pytest.raises(ProtocolError):
        write.delete_recipient("<a@b.example>\0<c@d.example>")
