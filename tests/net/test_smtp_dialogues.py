"""The proxy's dialogues, as scripts in ``dialogues/*.txt``.

``#`` the belief; ``!`` how guard and next hop behave; ``C:`` the client says (neighbouring lines go
out in one write); ``R:`` octets as a Python literal without quotes, no line end added; ``S:`` the
proxy answers (``*`` matches anything; ``EOF`` = it hung up). Then all that came of it: ``U:`` what
the next hop heard, ``M:`` what it kept, ``J:`` what the guard was called for, ``L:`` refusals logged.
"""

from __future__ import annotations

import ast
import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from tests.net.smtp_bench import Bench, Plan, Wire, bench

from missent import errors
from missent.mail.mailbox import Mailbox
from missent.mail.rewrite import HeaderEdit
from missent.net.sink import Sink
from missent.net.smtp import ProxySettings
from missent.wire.smtp_bytes import Reply

SCRIPTS = sorted(Path(__file__).with_name("dialogues").glob("*.txt"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_dialogue(script: Path) -> None:
    """Each script says its own belief in its first line."""
    lines = script.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# ")
    asyncio.run(_play([line for line in lines if line and not line.startswith("#")]))


async def _play(lines: list[str]) -> None:
    plan = Plan()
    orders = [line[2:].split(" ", 2) for line in lines if line.startswith("!")]
    for order, *words in orders:
        _prepare(plan, order, words)
    async with bench(plan) as stage:
        for order, *words in orders:
            _answers(stage.sink, order, words)
        await _talk(stage, [line for line in lines if line[:2] in ("C:", "R:", "S:")])
    assert list(stage.sink.heard) == _said(lines, "U:")
    kept = [f"{message.recipient} {message.data!r}"[0:] for message in stage.sink.messages()]
    assert [line.replace(" b'", " '", 1) for line in kept] == _said(lines, "M:")
    assert stage.judging.calls == " ".join(_said(lines, "J:")).split()
    assert stage.log.refusals == " ".join(_said(lines, "L:")).split()


async def _talk(stage: Bench, lines: list[str]) -> None:
    wire = await Wire.to(stage.proxy.address)
    try:
        for who, turn in itertools.groupby(lines, key=lambda line: line.startswith("S:")):
            if not who:
                await wire.send(b"".join(map(_octets, turn)))
                continue
            for expected in turn:
                line = await wire.line()
                assert fnmatchcase(line, expected[3:]), f"{line!r} instead of {expected!r}"
    finally:
        await wire.close()


def _octets(line: str) -> bytes:
    if line.startswith("R:"):
        literal = ast.literal_eval(f"b'{line[3:]}'")
        assert isinstance(literal, bytes)
        return literal
    return line[3:].encode() + b"\r\n"


def _said(lines: list[str], mark: str) -> list[str]:
    return [line[3:] for line in lines if line.startswith(mark)]


def _prepare(plan: Plan, order: str, words: list[str]) -> None:
    """Set guard and proxy up."""
    match order:
        case "hold" | "hold-late" | "hold-early" | "block":
            of = {"hold": "held", "hold-late": "held_late", "hold-early": "held_early"}
            getattr(plan.judging, of.get(order, "blocked")).add(Mailbox.parse(words[0]))
        case "slip":
            plan.judging.slips[Mailbox.parse(words[0])] = words[1]
            plan.change = lambda settings: replace(settings, refuse_at_rcpt=True)
        case "edit":
            plan.judging.edits = (HeaderEdit(words[0], 1, words[1]),)
        case "guard-fails":
            plan.judging.failures[words[0]] = getattr(errors, words[1], RuntimeError)("secret text")
        case "untrusted":
            plan.change = lambda settings: replace(settings, trusted_clients=())
        case "max-size":
            plan.change = lambda settings: _sized(settings, int(words[0]))
        case "upstream-offers":
            plan.sink = replace(plan.sink, extensions=tuple(" ".join(words).split(",")))
        case "upstream-down":
            plan.upstream = ("127.0.0.1", 1)
        case "upstream-mail" | "upstream-data" | "upstream-rcpt":
            pass
        case _:
            raise AssertionError(order)


def _sized(settings: ProxySettings, size: int) -> ProxySettings:
    return replace(settings, max_size=size)


def _answers(sink: Sink, order: str, words: list[str]) -> None:
    """Set the next hop up."""
    match order:
        case "upstream-mail":
            sink.answers.mail = Reply.of(" ".join(words))
        case "upstream-data":
            sink.answers.data = Reply.of(" ".join(words))
        case "upstream-rcpt":
            sink.answers.recipients[Mailbox.parse(words[0])] = Reply.of(words[1])


def test_there_are_dialogues() -> None:
    """An empty folder would pass silently."""
    assert len(list(_named())) >= 15


def _named() -> Iterator[str]:
    return (script.stem for script in SCRIPTS)
