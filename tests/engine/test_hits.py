"""Own the proof that what many files say of one message is joined into one, wherever it stands."""

from __future__ import annotations

import gzip
import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.engine.samples import (
    NOW,
    START,
    arrival,
    attempt,
    gathered,
    handovers,
    letter,
    mbox,
    passed,
    removed,
    said,
    silent,
    story,
    written,
)

from missent.engine import reading
from missent.engine.facts import Task
from missent.engine.hits import Hits
from missent.engine.inputs import find_inputs
from missent.engine.local import LocalEngine
from missent.engine.reading import Unit, plan
from missent.engine.spool import Spool
from missent.mail.logs import DIALECTS
from missent.service.investigation.incident import Outcome
from missent.service.investigation.merging import Handover

CASES = Path(__file__).parents[1] / "cases"
ANN, JOHN = "ann@contractor.example", "john@army.ml"
OTHERS = ("exim", "sendmail", "opensmtpd")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make units of a few lines."""
    monkeypatch.setattr(reading, "UNIT", 2_000)
    monkeypatch.setattr(reading, "STRETCH", 1_000)


def _one(found: list[Handover]) -> Handover:
    (one,) = found
    return one


def _noise(number: int) -> list[str]:
    return [line.replace("army.ml", "army.mil") for line in story(number)]


def test_a_message_is_joined(tmp_path: Path) -> None:
    """Sender, Message-ID, time and outcome of one recipient; nothing of the others."""
    log = written(tmp_path / "log", [*_noise(9), *passed("4B0000001", ANN, JOHN, START + HOUR)])
    one = _one(gathered(tmp_path / "o", log))
    assert one.sender is not None
    assert (one.sender.wire, one.recipient.wire) == (ANN, JOHN)
    assert one.message_id == one.identity == "<4B0000001@contractor.example>"
    assert (one.at, one.outcome, one.queue_id) == (START + HOUR, Outcome.ACCEPTED, "4B0000001")


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("between", [0, 1, 3, 30])
def test_an_arrival_in_another_stretch_or_unit(tmp_path: Path, between: int) -> None:
    """However much other mail stands between a message's arrival and its delivery."""
    lines = [
        *_noise(5),
        *arrival("4B0000001", ANN),
        *_noise(between),
        attempt("4B0000001", JOHN, START + HOUR),
    ]
    log = written(tmp_path / "log", lines)
    one = _one(gathered(tmp_path / "o", log))
    assert one.message_id == "<4B0000001@contractor.example>"
    assert one.sender is not None


@pytest.mark.parametrize("between", [0, 1])
def test_what_is_near_is_not_looked_for_far_away(
    tmp_path: Path, tiny: None, monkeypatch: pytest.MonkeyPatch, between: int
) -> None:
    """An arrival at the end of the unit before costs a look at two units, not at all."""
    early = [*_noise(12), *arrival("4B0000001", ANN)]
    late = [attempt("4B0000001", JOHN, START + HOUR), *_noise(60)]
    size = len("".join(line + "\n" for line in early))
    monkeypatch.setattr(reading, "UNIT", size)
    log = written(tmp_path / "log", [*early, *_noise(between), *late])
    runs: list[int] = []
    real = LocalEngine.run

    def noting(self: LocalEngine, units: Sequence[Unit], *rest: Any) -> None:
        runs.append(len(units))
        real(self, units, *rest)

    monkeypatch.setattr(LocalEngine, "run", noting)
    assert _one(gathered(tmp_path / "o", log)).message_id is not None
    assert runs[0] > runs[1] == 2
    assert len(runs) == 2


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("far", [False, True])
def test_an_arrival_in_a_rotated_file(tmp_path: Path, tiny: None, packed: bool, far: bool) -> None:
    """At its end, or far before; rotated files are named so that the later one comes first."""
    before = [*_noise(20), *arrival("4B0000001", ANN), *_noise(20 if far else 0)]
    written(tmp_path / "logs" / "mail.log", [attempt("4B0000001", JOHN, START + DAY), *_noise(5)])
    old = written(tmp_path / "logs" / "mail.log.1", before)
    if packed:
        (tmp_path / "logs" / "mail.log.2.gz").write_bytes(gzip.compress(old.read_bytes()))
        old.unlink()
    one = _one(gathered(tmp_path / "o", tmp_path / "logs"))
    assert one.message_id == "<4B0000001@contractor.example>"
    assert (one.at, one.outcome) == (START + DAY, Outcome.ACCEPTED)


def test_a_message_across_a_rotation_within_a_second(tmp_path: Path) -> None:
    """The older file comes first, whatever the files are called."""
    lines = passed("4B0000001", ANN, JOHN)
    for number, (new, old) in enumerate([("mail.log", "mail.log.1"), ("b", "a")]):
        folder = tmp_path / str(number)
        written(folder / new, [*lines[3:], *passed("4B0000002", ANN, "eve@army.mil", START + HOUR)])
        written(folder / old, [*passed("4B0000003", ANN, "x@army.mil", START - HOUR), *lines[:3]])
        sources = sorted((folder / new, folder / old))
        begun = {sources.index(folder / new): START, sources.index(folder / old): START - HOUR}
        one = _one(gathered(tmp_path / "o", folder, begun=begun))
        assert one.message_id == "<4B0000001@contractor.example>"


def test_deferred_and_sent_days_later(tmp_path: Path, tiny: None) -> None:
    """One message, with its last word, though the queue manager names it again each time."""
    key = "4B0000001"
    days = [
        [*arrival(key, ANN), attempt(key, JOHN, START, status="deferred"), *_noise(20)],
        [arrival(key, ANN, START + DAY)[2], attempt(key, JOHN, START + DAY, status="deferred")],
        [*_noise(20), arrival(key, ANN, START + 2 * DAY)[2], attempt(key, JOHN, START + 2 * DAY)],
    ]
    for number, lines in enumerate(days):
        written(tmp_path / "logs" / f"mail.log.{number}", lines)
    one = _one(gathered(tmp_path / "o", tmp_path / "logs"))
    assert one.identity == f"<{key}@contractor.example>"
    assert (one.at, one.outcome) == (START + 2 * DAY, Outcome.ACCEPTED)
    (tmp_path / "logs" / "mail.log.2").unlink()
    one = _one(gathered(tmp_path / "o", tmp_path / "logs"))
    assert one.outcome is Outcome.PENDING


@pytest.mark.usefixtures("tiny")
def test_hosts_with_the_same_queue_id(tmp_path: Path) -> None:
    """Are two messages, also where only one of them begins in this file."""
    key = "4B0000001"
    other = arrival(key, "bob@contractor.example", message_id="<b@contractor.example>", host="mx2")
    mine = arrival(key, ANN, message_id="<a@contractor.example>")
    log = written(
        tmp_path / "log",
        [
            *other,
            *_noise(25),
            *mine,
            attempt(key, JOHN, START + HOUR),
            attempt(key, "eve@army.ml", START + HOUR, host="mx2"),
        ],
    )
    found = gathered(tmp_path / "o", log)
    assert {
        (one.recipient.wire, one.sender and one.sender.wire, one.identity) for one in found
    } == {
        (JOHN, ANN, "<a@contractor.example>"),
        ("eve@army.ml", "bob@contractor.example", "<b@contractor.example>"),
    }


def test_a_queue_id_that_comes_again(tmp_path: Path) -> None:
    """Short ids do, after days or minutes: two messages, each with its own sender."""
    lines: list[str] = []
    for number, sender in enumerate((ANN, "bob@contractor.example")):
        at = START + number * HOUR
        lines += arrival("ABCDE1", sender, at, message_id=f"<r{number}@contractor.example>")
        lines += [attempt("ABCDE1", JOHN, at), removed("ABCDE1", at)]
    found = gathered(tmp_path / "o", written(tmp_path / "log", lines))
    assert [(one.identity, one.sender and one.sender.wire) for one in found] == [
        ("<r0@contractor.example>", ANN),
        ("<r1@contractor.example>", "bob@contractor.example"),
    ]


def test_copies_of_a_log_count_once(tmp_path: Path) -> None:
    """The same log twice, and rotated files that overlap, in any order."""
    lines = story(80, 10)
    once = said(gathered(tmp_path / "o", written(tmp_path / "once", lines)))
    assert len(once) == 4
    texts = {
        "a": "\n".join(lines) + "\n",
        "b.gz": "\n".join(lines[:250]) + "\n",
        "c": "\n".join(lines[100:]) + "\n",
    }
    for names in itertools.permutations(texts):
        folder = tmp_path / "-".join(names)
        folder.mkdir()
        for number, name in enumerate(names):
            data = texts[name].encode()
            path = folder / f"{number}"
            path.write_bytes(gzip.compress(data) if name.endswith("gz") else data)
        assert said(gathered(tmp_path / "o", folder)) == once


@pytest.mark.parametrize("hosts", [("mx1", "zx2"), ("zx1", "ax2")])
@pytest.mark.parametrize("later", [timedelta(0), HOUR])
@pytest.mark.parametrize("apart", [False, True])
def test_the_last_host_has_the_last_word(
    tmp_path: Path, hosts: tuple[str, str], later: timedelta, apart: bool
) -> None:
    """The first host sent it to the second, which could not: it bounced, and counts once."""
    inner, outer = hosts
    mid = "<m@contractor.example>"
    first = [
        *arrival("4B0000001", ANN, message_id=mid, host=inner),
        attempt("4B0000001", JOHN, host=inner),
    ]
    second = [
        *arrival("4C0000001", ANN, START + later, message_id=mid, host=outer),
        attempt("4C0000001", JOHN, START + later, status="bounced", host=outer),
    ]
    for name, lines in (("a", [*first, *second]),) if not apart else (("b", first), ("a", second)):
        written(tmp_path / "logs" / name, lines)
    one = _one(gathered(tmp_path / "o", tmp_path / "logs"))
    assert (one.outcome, one.queue_id) == (Outcome.BOUNCED, "4C0000001")


def test_logs_and_archive_tell_of_one_message(tmp_path: Path) -> None:
    """The log says what became of it, the archive what it held."""
    log = written(
        tmp_path / "log",
        [
            *arrival("4B0000001", ANN, message_id="<m1@contractor.example>"),
            attempt("4B0000001", JOHN, status="bounced"),
            *arrival("4B0000002", ANN, message_id="<m2@contractor.example>"),
            attempt("4B0000002", JOHN, START + HOUR),
        ],
    )
    box = tmp_path / "box"
    # the archived copy of the second says nothing of john: it was a blind copy
    box.write_bytes(mbox([letter(1, JOHN), letter(2, "eve@army.mil"), letter(3, JOHN)]))
    found = gathered(tmp_path / "o", log, box)
    assert [(one.identity, one.outcome, one.content is not None) for one in found] == [
        ("<m1@contractor.example>", Outcome.BOUNCED, True),
        ("<m2@contractor.example>", Outcome.ACCEPTED, True),
        ("<m3@contractor.example>", Outcome.ACCEPTED, True),
    ]
    assert [one.queue_id for one in found] == ["4B0000001", "4B0000002", None]


def test_a_sender_that_is_nowhere(tmp_path: Path) -> None:
    """A log that begins in the middle: the message counts, its sender is not made up."""
    log = written(tmp_path / "log", [attempt("4B0000001", JOHN), *_noise(3)])
    one = _one(gathered(tmp_path / "o", log))
    assert (one.sender, one.message_id, one.outcome) == (None, None, Outcome.ACCEPTED)


def test_a_bounce_that_went_astray(tmp_path: Path) -> None:
    """The null sender is known, and nobody."""
    log = written(tmp_path / "log", [*arrival("4B0000001", ""), attempt("4B0000001", JOHN)])
    one = _one(gathered(tmp_path / "o", log))
    assert one.sender is None
    assert one.message_id is not None


def test_a_sender_named_after_the_delivery(tmp_path: Path) -> None:
    """syslog may swap lines, and Exim names the sender last when it cuts through."""
    first, second, third = arrival("4B0000001", ANN)
    log = written(tmp_path / "log", [first, second, attempt("4B0000001", JOHN), third])
    one = _one(gathered(tmp_path / "o", log))
    assert one.sender is not None
    assert one.sender.wire == ANN


@pytest.mark.parametrize(
    ("kind", "number"),
    [*(("postfix", n) for n in (1, 2, 3)), *((k, n) for k in OTHERS for n in (1, 2, 4))],
)
def test_every_dialect_is_joined_as_its_joiner_does(
    tmp_path: Path, tiny: None, kind: str, number: int
) -> None:
    """In tiny units, and in two files: what the whole log says is what the hits say."""
    (path,) = (CASES / kind).glob(f"{number:02}-*.log")
    lines = path.read_text().split("\n")
    joiner = next(one for one in DIALECTS if one.name == kind).joiner(NOW, UTC)
    read = [one for line in lines for one in joiner.feed(line)] + joiner.finish()
    expected = {(one.message_id, one.recipient.folded, one.sender) for one in read}
    to = sorted({f"@{one.recipient.domain.ascii}" for one in read})
    half = len(lines) // 2
    written(tmp_path / "logs" / "a", lines[:half])
    written(tmp_path / "logs" / "b", lines[half:])
    found = gathered(tmp_path / "o", tmp_path / "logs", to=to)
    assert {(one.message_id, one.recipient.folded) for one in found} == {
        (mid, recipient) for mid, recipient, _ in expected
    }
    assert {one.sender for one in found} == {sender for *_, sender in expected}


# --- time ----------------------------------------------------------------------------------------


def _traditional(lines: list[str]) -> list[str]:
    """Write the stamps as syslog did for thirty years: no year, no zone."""
    made = []
    for line in lines:
        stamp, rest = line.split(" ", 1)
        at = datetime.fromisoformat(stamp)
        made.append(f"{at:%b} {at.day:2} {at:%H:%M:%S} {rest}")
    return made


def test_stamps_without_a_year(tmp_path: Path) -> None:
    """Are of the last year in which they are not in the future."""
    log = written(tmp_path / "log", _traditional(passed("4B0000001", ANN, JOHN, START)))
    assert _one(gathered(tmp_path / "o", log)).at == START
    early = datetime(2025, 5, 1, tzinfo=UTC)
    assert _one(gathered(tmp_path / "o", log, now=early)).at == START.replace(year=2024)


@pytest.mark.parametrize("month", [1, 5])
def test_a_zone_has_summer_and_winter(tmp_path: Path, month: int) -> None:
    """The time of a line is that of its own day, not today's offset."""
    zone = ZoneInfo("Europe/London")
    at = datetime(2025, month, 20, 9, tzinfo=UTC)
    local = at.astimezone(zone).replace(tzinfo=UTC)
    log = written(tmp_path / "log", _traditional(passed("4B0000001", ANN, JOHN, local)))
    assert _one(gathered(tmp_path / "o", log, zone=zone)).at == at


def test_offsets_are_mixed(tmp_path: Path) -> None:
    """Two hosts in two zones: what counts is when it happened."""
    east = [
        line.replace("+00:00", "+02:00") for line in passed("4B0000001", ANN, JOHN, START + HOUR)
    ]
    west = [line.replace("+00:00", "-05:00") for line in passed("4B0000002", ANN, JOHN, START)]
    found = gathered(tmp_path / "o", written(tmp_path / "log", [*west, *east]))
    assert [one.at for one in found] == [START - HOUR, START + 5 * HOUR]


def test_a_file_that_is_not_in_order(tmp_path: Path) -> None:
    """Two logs put together the wrong way round are one log."""
    lines = [*arrival("4B0000001", ANN), attempt("4B0000001", JOHN, START, status="deferred")]
    later = [arrival("4B0000001", ANN, START + DAY)[2], attempt("4B0000001", JOHN, START + DAY)]
    one = _one(gathered(tmp_path / "o", written(tmp_path / "log", [*later, *lines])))
    assert (one.at, one.outcome) == (START + DAY, Outcome.ACCEPTED)
    assert one.message_id is not None


def test_messages_without_a_date(tmp_path: Path) -> None:
    """Are dated by what is told, and none is lost."""
    box = tmp_path / "box"
    box.write_bytes(mbox([letter(1, JOHN, date=False), letter(2, JOHN)]))
    found = gathered(tmp_path / "o", box, undated=START)
    assert [(one.message_id, one.at) for one in found] == [
        ("<m1@contractor.example>", START),
        ("<m2@contractor.example>", START + 2 * HOUR),
    ]


def test_unreadable_hits_are_counted_by_input(tmp_path: Path) -> None:
    """A delivery line that is cut in the middle."""

    line = attempt("4B0000001", JOHN)
    good = written(tmp_path / "a", story(5))
    bad = written(tmp_path / "b", [line[: line.index("status=")]])
    inputs = find_inputs([good, bad])
    spool = Spool.open(tmp_path / "o", inputs, LocalEngine(1), silent, NOW)
    hits = Hits(inputs, plan(inputs), spool, Task(NOW.isoformat(), to=("@army.ml",), joins=True))
    assert hits.gather().all() == []
    assert {number: count for number, count in hits.unreadable.items() if count} == {1: 1}


def test_the_content_of_copies_is_read_once(tmp_path: Path) -> None:
    """Of several archives the first one's place is kept."""
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(mbox([letter(1, JOHN)]))
    book = handovers(tmp_path / "o", tmp_path / "b", tmp_path / "a")
    one = _one(book.all())
    assert one.content is not None
    assert one.content.unit == 0
