"""What every log dialect promises: it knows its own lines only, and a quick look finds all it can join."""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.mail.logs.rows import NOW, cases_of, lines_of, read

from missent.mail.logs import DIALECTS, dialect_of
from missent.mail.logs.dialect import MAX_LINE, Dialect, mailbox_of
from missent.mail.mailbox import Mailbox

LOGS = [(dialect, path) for dialect in DIALECTS for path in cases_of(dialect.name)]
EACH_LOG = pytest.mark.parametrize(
    ("dialect", "path"), LOGS, ids=[f"{dialect.name}-{path.stem}" for dialect, path in LOGS]
)
EACH = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
FOREIGN = ("]:", "1vMkU0-")
"""Starts of lines of which the start is missing."""
CUT = ("Nov 22 10:00:01", "2025-11-22 10:00:03 1vMkU0-000aea-0A", "")


def found(text: bytes) -> Mailbox | None:
    """Read an address as it stands in a log; Exim writes some without their quotes."""
    local, _, domain = text.decode("utf-8", "replace").rpartition("@")
    return mailbox_of(f"{local}@{domain}") or mailbox_of(f'"{local}"@{domain}')


@EACH_LOG
def test_each_line_is_recognised_by_its_own_dialect_only(dialect: Dialect, path: Path) -> None:
    """What is foreign or cut is recognised by none."""
    for line in lines_of(path):
        foreign = line in CUT or line.startswith(FOREIGN) or "dovecot: " in line
        names = [one.name for one in DIALECTS if one.recognises(line)]
        assert names == ([] if foreign else [dialect.name]), line


def test_queue_id_without_vowels_does_not_make_sendmail_postfix() -> None:
    """Sendmail's ids may look like Postfix's long ones; the program's name decides."""
    line = (
        "Jun 22 11:00:01 mx sendmail[7]: 55MB01qx001234: to=<a@army.mil>, delay=00:00:01, stat=Sent"
    )
    assert [one.name for one in DIALECTS if one.recognises(line)] == ["sendmail"]


@EACH_LOG
def test_whole_log_is_known_by_its_lines(dialect: Dialect, path: Path) -> None:
    """The first line that any dialect knows decides, whatever stands around it."""
    assert dialect_of(["", "nothing", *lines_of(path)]) is dialect


@EACH_LOG
def test_quick_look_finds_every_name_and_id(dialect: Dialect, path: Path) -> None:
    """Recipients, senders and queue ids of all deliveries are among what the patterns find."""
    data = path.read_bytes()
    recipients = {found(text) for text in dialect.recipients.findall(data)}
    senders = {found(text) for text in dialect.senders.findall(data)}
    keys = {match[1].decode() for match in dialect.key.finditer(data)}
    for delivery in read(dialect, lines_of(path)):
        assert delivery.recipient in recipients
        assert delivery.sender is None or delivery.sender in senders
        assert delivery.queue_id in keys


@EACH_LOG
def test_quick_look_finds_names_as_they_are_written(dialect: Dialect, path: Path) -> None:
    """Where a log has the wire form, the text found is that form."""
    data = path.read_bytes()
    recipients = {text.lower() for text in dialect.recipients.findall(data)}
    for delivery in read(dialect, lines_of(path)):
        wire = delivery.recipient.wire.lower().encode()
        assert wire in recipients or wire not in data.lower()


@EACH_LOG
def test_quick_look_stays_within_a_line(dialect: Dialect, path: Path) -> None:
    """Line by line it finds what it finds in the whole, so a log may be cut between any two lines."""
    data = path.read_bytes()
    for pattern in (dialect.recipients, dialect.senders, dialect.key):
        pieces = [text for line in data.split(b"\n") for text in pattern.findall(line + b"\n")]
        assert pieces == pattern.findall(data)


@EACH_LOG
def test_lines_of_one_queue_id_give_its_deliveries(dialect: Dialect, path: Path) -> None:
    """Joining only the lines that the key finds gives what joining the whole log gives for that id.

    But for what other lines say: OpenSMTPD's session names the client, and a Sendmail message what its
    clone is.
    """
    grouped = defaultdict(list)
    for line in path.read_bytes().split(b"\n"):
        if match := dialect.key.search(line + b"\n"):
            grouped[match[1].decode()].append(line.decode("utf-8", "replace"))
    whole = [replace(one, client=None) for one in read(dialect, lines_of(path))]
    assert {one.queue_id for one in whole} <= grouped.keys()
    for key, lines in grouped.items():
        alone = [replace(one, client=None) for one in read(dialect, lines)]
        if not any(": clone" in line for line in lines):
            assert alone == [one for one in whole if one.queue_id == key]


@EACH_LOG
def test_mark_of_a_message_stands_once_for_each_id(dialect: Dialect, path: Path) -> None:
    """Counting it counts messages."""
    if path.stem.endswith("hostile"):
        return
    marked = [line for line in path.read_bytes().split(b"\n") if dialect.message in line]
    keys = [match[1] for line in marked if (match := dialect.key.search(line + b"\n"))]
    assert len(keys) == len(set(keys)) == path.read_bytes().count(dialect.message)


@EACH
@given(lines=st.lists(st.text(max_size=120), max_size=20))
def test_no_text_raises(dialect: Dialect, lines: list[str]) -> None:
    """Any lines are counted and none of them is taken for a delivery."""
    joiner = dialect.joiner(NOW, UTC)
    given_out = [delivery for line in lines for delivery in joiner.feed(line)]
    assert given_out + joiner.finish() == []
    assert (joiner.lines, joiner.unreadable) == (len(lines), 0)
    assert not any(dialect.recognises(line) for line in lines if not line[:1].isalnum())


@EACH
@settings(deadline=None)  # the first reads the public suffix list
@given(data=st.data())
def test_no_change_to_a_line_raises(dialect: Dialect, data: st.DataObject) -> None:
    """Golden lines cut, joined and filled with anything are read, or counted, or passed over."""
    joiner = dialect.joiner(NOW, UTC)
    fed = 0
    for _ in range(data.draw(st.integers(1, 8))):
        path = data.draw(st.sampled_from(cases_of(dialect.name)))
        line = data.draw(st.sampled_from(lines_of(path)))
        start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(line))] * 2)))
        changed = line[:start] + data.draw(st.text(max_size=30)) + line[end:]
        for delivery in joiner.feed(changed):
            assert delivery.at.tzinfo is UTC
            known = {"sent", "deferred", "bounced", "expired", "discarded"}
            assert delivery.status in known or dialect.name == "postfix"  # which names it itself
        fed += 1
    joiner.finish()
    assert joiner.lines == fed
    assert 0 <= joiner.unreadable <= fed


@EACH
@pytest.mark.parametrize(
    "filler", ['"', "<", ' <"', "(", " (", ",", "\\", "a", "@", " H=", "]: ", " => ", " to=<", ", "]
)
def test_overlong_and_repetitive_lines_cost_little(dialect: Dialect, filler: str) -> None:
    """What could make a pattern try every way is read at once; a line over the limit is counted."""
    for line in (line for path in cases_of(dialect.name)[:2] for line in lines_of(path)):
        joiner = dialect.joiner(NOW, UTC)
        middle = line.find("@") + 1
        longest = line[:middle] + filler * ((MAX_LINE - len(line)) // len(filler)) + line[middle:]
        joiner.feed(longest)
        for pattern in (dialect.recipients, dialect.senders, dialect.key):
            pattern.findall(longest.encode())
        before = joiner.unreadable
        assert joiner.feed(longest + filler * len(longest)) == []
        assert joiner.unreadable == before + 1
