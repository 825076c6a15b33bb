"""The milter codec's reading half: any cut of the stream, any bytes, and the table of moves."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kilter import protocol as kilter
from kilter.protocol.buffer import SimpleBuffer

from missent.errors import ProtocolError
from missent.wire import milter as wire
from missent.wire.milter_write import encode

OCTETS = st.binary(max_size=80).map(lambda b: b.replace(b"\0", b""))
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)
NAMES = st.one_of(st.sampled_from("ijv_"), st.from_regex(r"[a-z]{2}[a-z_]{0,12}\Z"))
STAGES = st.sampled_from(list(wire.Stage))
COMMANDS: st.SearchStrategy[wire.Command] = st.one_of(
    st.builds(
        wire.Negotiate,
        st.integers(0, 2**32 - 1),
        st.integers(0, 2**32 - 1),
        st.integers(0, 2**32 - 1),
        st.dictionaries(STAGES, TEXT, max_size=3),
    ),
    st.builds(wire.Macros, st.sampled_from("CHMRTNEBLU"), st.dictionaries(NAMES, TEXT, max_size=4)),
    st.builds(wire.Connect, OCTETS, st.sampled_from(["4", "6", "L"]), st.integers(0, 65535), TEXT),
    st.builds(wire.Connect, OCTETS, st.just("U")),
    st.builds(wire.Helo, OCTETS),
    st.builds(wire.MailFrom, OCTETS, st.lists(OCTETS, max_size=3).map(tuple)),
    st.builds(wire.RcptTo, OCTETS, st.lists(OCTETS, max_size=3).map(tuple)),
    st.builds(wire.Header, OCTETS.filter(bool), OCTETS),
    st.builds(wire.Body, st.binary(max_size=300)),
    st.builds(wire.EndOfMessage, st.binary(max_size=300)),
    st.builds(wire.Unknown, OCTETS),
    st.sampled_from(
        [wire.Data(), wire.EndOfHeaders(), wire.Abort(), wire.Quit(), wire.QuitNewConnection()]
    ),
)


@given(st.lists(COMMANDS, max_size=8))
def test_what_is_written_is_read_back(commands: list[wire.Command]) -> None:
    """Encoding and decoding lose nothing, for every command."""
    assert wire.Decoder().feed(b"".join(map(encode, commands))) == commands


@given(st.lists(COMMANDS, max_size=8), st.lists(st.integers(0, 400), max_size=30))
def test_fragments_do_not_matter(commands: list[wire.Command], cuts: list[int]) -> None:
    """However the stream is cut, the same commands come out, each as soon as it is whole."""
    stream = b"".join(map(encode, commands))
    places = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    decoder = wire.Decoder()
    got = [
        command for start, end in pairwise(places) for command in decoder.feed(stream[start:end])
    ]
    assert got == commands


@given(st.lists(st.binary(max_size=60), max_size=5))
def test_random_bytes_only_ever_raise_protocol_error(chunks: list[bytes]) -> None:
    """No peer can raise anything else out of the decoder."""
    decoder = wire.Decoder()
    try:
        for chunk in chunks:
            decoder.feed(chunk)
    except ProtocolError:
        pass


@given(st.sampled_from(b"ODCHMRTLNBEAQKU"), st.binary(max_size=60))
def test_random_payloads_only_ever_raise_protocol_error(letter: int, payload: bytes) -> None:
    """A known letter with any payload gives a command or `ProtocolError`."""
    try:
        command = wire.decode(letter, payload)
    except ProtocolError:
        return
    assert wire.decode(letter, payload) == command


@pytest.mark.parametrize(
    ("stream", "why"),
    [
        (b"\0\0\0\0", "no letter"),
        ((wire.MAX_PACKET + 1).to_bytes(4, "big"), "longer than we keep"),
        (b"\xff\xff\xff\xff", "4 GB"),
        (b"\0\0\0\1Z", "unknown letter"),
        (b"\0\0\0\2Nx", "data where none belongs"),
        (b"\0\0\0\4Lab\0", "a header without value"),
        (b"\0\0\0\5L\0xy\0", "a header without name"),
        (b"\0\0\0\3Hab", "no NUL at the end"),
        (b"\0\0\0\1M", "no path"),
        (b"\0\0\0\5DMi\0q", "a macro cut short"),
        (b"\0\0\0\4DMi\0", "a macro without value"),
        (b"\0\0\0\2DZ", "macros for an unknown command"),
        (b"\0\0\0\4Ch\0X", "an unknown address family"),
        (b"\0\0\0\5Ch\x004\0", "no port and address"),
        (b"\0\0\0\5O\0\0\0\6", "half a negotiation"),
    ],
)
def test_malformed_packets_are_refused(stream: bytes, why: str) -> None:
    """Each malformed packet raises, and the text never repeats what came."""
    with pytest.raises(ProtocolError):
        wire.Decoder().feed(stream)


def test_a_length_is_refused_before_its_payload_comes() -> None:
    """A peer cannot make us keep more than a packet's bound."""
    with pytest.raises(ProtocolError):
        wire.Decoder().feed((2**31).to_bytes(4, "big"))


ORACLE = [
    (kilter.Negotiate(6, kilter.ActionFlags(0x1FF), kilter.ProtocolFlags(0x1FFFFF)),
     wire.Negotiate(6, 0x1FF, 0x1FFFFF)),
    (kilter.Macro(ord("R"), {"{rcpt_addr}": "john@army.mil", "i": "4ABC"}),
     wire.Macros("R", {"rcpt_addr": "john@army.mil", "i": "4ABC"})),
    (kilter.Connect("client.example", IPv4Address("192.0.2.1"), 25025),
     wire.Connect(b"client.example", "4", 25025, "192.0.2.1")),
    (kilter.Connect("client.example", IPv6Address("2001:db8::1"), 1),
     wire.Connect(b"client.example", "6", 1, "2001:db8::1")),
    (kilter.Connect("localhost", Path("/run/mta")), wire.Connect(b"localhost", "L", 0, "/run/mta")),
    (kilter.Connect("localhost"), wire.Connect(b"localhost", "U")),
    (kilter.Helo("client.example"), wire.Helo(b"client.example")),
    (kilter.EnvelopeFrom(b"<ann@contractor.example>", [b"BODY=8BITMIME"]),
     wire.MailFrom(b"<ann@contractor.example>", (b"BODY=8BITMIME",))),
    (kilter.EnvelopeRecipient(b"<john@army.ml>", [b"NOTIFY=NEVER"]),
     wire.RcptTo(b"<john@army.ml>", (b"NOTIFY=NEVER",))),
    (kilter.Data(), wire.Data()),
    (kilter.Header("Subject", b" crew\n list"), wire.Header(b"Subject", b" crew\n list")),
    (kilter.EndOfHeaders(), wire.EndOfHeaders()),
    (kilter.Body(b"one\r\n"), wire.Body(b"one\r\n")),
    (kilter.EndOfMessage(b"two\r\n"), wire.EndOfMessage(b"two\r\n")),
    (kilter.Abort(), wire.Abort()),
    (kilter.Close(), wire.Quit()),
]  # fmt: skip


@pytest.mark.parametrize(("theirs", "ours"), ORACLE, ids=lambda value: type(value).__name__)
def test_an_independent_codec_agrees(theirs: kilter.Message, ours: wire.Command) -> None:
    """kilter.protocol writes the bytes we read, and reads the bytes we write."""
    buffer = SimpleBuffer(4096)
    theirs.pack(buffer)
    packed = buffer[:].tobytes()
    assert wire.Decoder().feed(packed) == [ours]
    assert encode(ours) == packed


def _walk(*commands: wire.Command) -> wire.State:
    state = wire.State.FRESH
    for command in commands:
        state = wire.step(state, command)
    return state


NEGOTIATED = (wire.Negotiate(6, 0, 0), wire.Connect(b"h", "U"), wire.Helo(b"h"))
MAIL, RCPT = wire.MailFrom(b"<a@b.example>"), wire.RcptTo(b"<c@d.example>")
MESSAGE = (MAIL, RCPT, wire.Data(), wire.Header(b"a", b"b"), wire.EndOfHeaders(), wire.Body(b""))


def test_two_messages_with_abort_between_pass_the_table() -> None:
    """Postfix sends ABORT after each message, and macros before anything."""
    macros = wire.Macros("M", {})
    end = (wire.EndOfMessage(), wire.Abort(), macros)
    assert _walk(*NEGOTIATED, *MESSAGE, *end, *MESSAGE, *end, wire.Quit()) is wire.State.OVER


def test_abort_is_possible_at_every_point_of_a_message() -> None:
    """A client may vanish or RSET anywhere."""
    for upto in range(len(MESSAGE)):
        assert _walk(*NEGOTIATED, *MESSAGE[:upto], wire.Abort()) is wire.State.IDLE


def test_hello_inside_a_transaction_is_a_reset() -> None:
    """Postfix reports EHLO before it aborts the transaction (RFC 5321 §4.1.4)."""
    assert _walk(*NEGOTIATED, MAIL, RCPT, wire.Helo(b"again")) is wire.State.IDLE


def test_a_new_connection_needs_no_new_negotiation() -> None:
    """Sendmail reuses a connection for the next client."""
    assert _walk(*NEGOTIATED, wire.QuitNewConnection(), NEGOTIATED[1]) is wire.State.IDLE


@pytest.mark.parametrize(
    "commands",
    [
        (MAIL,),
        (wire.Macros("C", {}),),
        (NEGOTIATED[0], NEGOTIATED[0]),
        (NEGOTIATED[0], MAIL),
        (*NEGOTIATED, RCPT),
        (*NEGOTIATED, MAIL, wire.Data()),
        (*NEGOTIATED, wire.EndOfMessage()),
        (*NEGOTIATED, MAIL, RCPT, wire.Body(b"")),
        (*NEGOTIATED, *MESSAGE, RCPT),
        (*NEGOTIATED, *MESSAGE, wire.Header(b"a", b"b")),
        (*NEGOTIATED, *MESSAGE, MAIL),
        (*NEGOTIATED, wire.Quit(), wire.Abort()),
    ],
)
def test_a_pair_not_in_the_table_raises(commands: tuple[wire.Command, ...]) -> None:
    """A command that cannot come now ends the session instead of being guessed at."""
    _walk(*commands[:-1])
    with pytest.raises(ProtocolError):
        _walk(*commands)
