"""Own the proof that what strangers write into mail, logs and names hides nothing and stops nothing."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from tests.engine.samples import (
    NOW,
    START,
    arrival,
    attempt,
    gathered,
    letter,
    mbox,
    passed,
    removed,
    story,
    written,
)
from tests.engine.test_letterbox import _opened
from tests.engine.test_scan import batch, log

from missent.engine import letterbox
from missent.engine.facts import Task
from missent.engine.inputs import find_inputs
from missent.engine.local import LocalEngine
from missent.engine.scan import scan
from missent.engine.spool import Spool
from missent.engine.wanted import Wanted
from missent.errors import OperatorError

ANN, JOHN = "ann@contractor.example", "john@army.ml"
DAY = timedelta(days=1)


@pytest.mark.parametrize("said", [": message-id=<x@y.example>", " from=<x@y.example>, ", " <= "])
def test_a_reply_hides_no_sender(tmp_path: Path, said: str) -> None:
    """A wrong server's reply that looks like an arrival does not keep the real one from being found."""
    last = attempt("4B0000001", JOHN, START + DAY).replace("told by the other side", said * 2)
    before = written(tmp_path / "log.1", [*story(3), *arrival("4B0000001", ANN, START)])
    after = written(tmp_path / "log", [last, removed("4B0000001", START + DAY)])
    (one,) = gathered(tmp_path / "o", before, after)
    assert one.sender is not None
    assert one.sender.wire == ANN
    assert one.message_id == "<4B0000001@contractor.example>"


@pytest.mark.parametrize(
    "name", ["john@army\u3002ml", "john@ar\u00admy.ml", "john@\uff41rmy.ml", "john@army.m\uff2c"]
)
def test_full_width_letters_hide_nothing(name: str) -> None:
    """What is read as ASCII is found, though no octet of it is as it would be in ASCII."""
    quick = Wanted((JOHN,)).quick
    assert quick is not None
    assert quick.search(f"to=<{name}>".encode())
    assert Wanted(("@army.ml",)).has(name.encode())


def test_a_letter_whose_lower_case_is_ascii() -> None:
    """U+212A is k, and no capital of it in ASCII."""
    line = attempt("4B0000001", "ann@ban\u212a.example")
    task = Task(NOW.isoformat(), to=("ann@bank.example",), joins=True)
    assert scan(batch("postfix", log([line]), task=task)).num_rows


def test_postfix_behind_a_byte_order_mark() -> None:
    """As rsyslog writes a message of RFC 5424."""
    line = f"<22>1 {START.isoformat()} mx postfix/smtp 9 - - \ufeff"
    line += attempt("4B0000001", JOHN).partition("]: ")[2]
    task = Task(NOW.isoformat(), to=(JOHN,), joins=True)
    assert scan(batch("postfix", log([line]), task=task)).num_rows


@pytest.mark.parametrize(
    "to",
    ["john@ army.ml", "john@\n army.ml", "john@army\n .ml", "john@army. ml", "john@(c)army.ml"],
)
def test_space_within_a_domain_hides_nothing(tmp_path: Path, to: str) -> None:
    """RFC 5322's obsolete forms: read as john@army.ml, and found."""
    (tmp_path / "box").write_bytes(mbox([letter(1, to)]))
    (one,) = gathered(tmp_path / "o", tmp_path / "box")
    assert one.recipient.wire == JOHN


def test_a_subject_that_the_log_cut_is_left_out() -> None:
    """Law 8: Exim cuts a long line, and its closing quote with it."""
    line = f'2025-06-02 09:00:00 1vMkU0-000aea-0A <= {ANN} H=h [192.0.2.1] S=9 T="the secret'
    hit = f"2025-06-02 09:00:01 1vMkU0-000aea-0A => {JOHN} R=dns T=smtp H=h [192.0.2.2]"
    task = Task(NOW.isoformat(), to=(JOHN,), joins=True)
    for end in ("", "\\", '\\"'):
        rows = scan(batch("exim", log([line + end, hit]), task=task)).to_pylist()
        assert len(rows) == 2
        assert not any(b"secret" in row["value"] for row in rows)


def test_a_file_name_that_is_no_text(tmp_path: Path) -> None:
    """A name of octets that are not UTF-8 is a name."""
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/log\xff\n<b>"))
    (one,) = gathered(tmp_path / "o", written(path, passed("4B0000001", ANN, JOHN)))
    assert one.recipient.wire == JOHN


def test_a_work_folder_that_is_a_link(tmp_path: Path) -> None:
    """Says what is wrong, and empties nothing."""
    keep = tmp_path / "else" / "keep"
    inputs = find_inputs([written(tmp_path / "log", story(3))])
    written(keep, [])
    (tmp_path / "o").mkdir()
    (tmp_path / "o" / ".investigation").symlink_to(keep.parent)
    with pytest.raises(OperatorError, match="link"):
        Spool.open(tmp_path / "o", inputs, LocalEngine(1), lambda *_: None, NOW)
    assert keep.exists()


def test_a_reader_that_stumbles_tells_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 8: what it says may quote the message; it counts as not read, the next one is read."""
    calls: list[int] = []

    def stumble(*_: object, **__: object) -> tuple[()]:
        calls.append(1)
        if len(calls) == 1:
            raise ValueError("the secret")
        return ()

    (tmp_path / "box").write_bytes(mbox([letter(1, JOHN), letter(2, JOHN)]))
    monkeypatch.setattr(letterbox, "exposed", stumble)
    box, found, judged = _opened(tmp_path / "box", tmp_path / "o")
    read = box.read(judged, found.all())
    assert [one.level is None for one in read] == [True, False]
    assert box.lost == 1
