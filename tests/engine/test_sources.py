"""What `engine.sources` promises: the kind is seen, the messages are all there, errors say what to do."""

import bz2
import gzip
import lzma
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from missent.engine.kinds import EMPTY, EXPECTED, MAILDIR, MBOX
from missent.engine.sources import ArchiveSource, LogSource, log_lines, open_source
from missent.errors import ArchiveError
from missent.mail.archived import ArchivedMessage
from missent.mail.delivery import Delivery
from missent.mail.logs.dialect import MAX_LINE

CASES = Path(__file__).parent.parent / "cases"
NOW = datetime(2025, 11, 23, tzinfo=UTC)
LOG = (
    "Nov 22 10:00:00 mx postfix/qmgr[9]: ABCDE1: from=<ann@contractor.example>, size=1, nrcpt=1\n"
    "Nov 22 10:00:01 mx postfix/smtp[9]: ABCDE1: to=<john@army.mil>, relay=mx.army.mil[198.51.100.5]:25,"
    " delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)\n"
)


def letter(n: int, body: str = "hello\n") -> str:
    """Write message number `n`."""
    return (
        f"From: ann@contractor.example\nTo: p{n}@army.mil\nMessage-ID: <s{n}@contractor.example>\n"
        f"Date: Sat, 22 Nov 2025 10:00:0{n} +0000\n\n{body}"
    )


def mbox(*messages: str) -> str:
    """Put messages into an mbox."""
    return "".join(f"From ann@x.example Sat Nov 22 10:00:00 2025\n{m}\n" for m in messages)


def opened(path: Path) -> list[ArchivedMessage]:
    """Read an archive."""
    source = open_source(path, now=NOW)
    assert isinstance(source, ArchiveSource)
    return list(source)


def ids(path: Path) -> list[str | None]:
    """Give the ids of an archive's messages."""
    return [message.message_id for message in opened(path)]


def deliveries(path: Path, zone: tzinfo = UTC) -> list[Delivery]:
    """Read a log or a trace."""
    source = open_source(path, now=NOW, zone=zone)
    assert isinstance(source, LogSource)
    return list(source)


def make_maildir(folder: Path, *names: str) -> None:
    """Make a Maildir with messages."""
    for part in ("cur", "new", "tmp"):
        (folder / part).mkdir(parents=True)
    for n, name in enumerate(names):
        (folder / name).write_text(letter(n))


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_mbox_is_split_at_separators_only(tmp_path: Path, line_end: str) -> None:
    """A quoted From, a sentence that begins with From, and one without an empty line split nothing."""
    body = (
        "one\n\n>From eve@army.ml Sat Nov 22 10:00:00 2025\nFrom: eve@army.ml\n\n"
        "From here on it is quiet\nFrom eve@army.ml Sat Nov 22 10:00:00 2025\n"
        "Message-ID: <forged@contractor.example>\n\n"
    )
    path = tmp_path / "box"
    path.write_bytes(
        mbox(letter(1, body), letter(2), letter(3, "")).replace("\n", line_end).encode()
    )
    assert ids(path) == [f"<s{n}@contractor.example>" for n in (1, 2, 3)]
    source = open_source(path, now=NOW)
    assert isinstance(source, ArchiveSource)
    assert source.kind == MBOX
    assert [b"Message-ID: <s%d@" % n in raw for n, raw in enumerate(source.raw(), 1)] == [True] * 3
    assert list(source) == list(source)


def test_mbox_of_one_message_without_a_body_is_read(tmp_path: Path) -> None:
    """A file may end in its header."""
    path = tmp_path / "box"
    path.write_text(
        "From a@x Sat Nov 22 10:00:00 2025\nFrom: a@b.example\nMessage-ID: <a@b.example>"
    )
    assert ids(path) == ["<a@b.example>"]


@pytest.mark.parametrize("content", [b"", gzip.compress(b"", mtime=0)])
def test_empty_file_is_an_archive_without_messages(tmp_path: Path, content: bytes) -> None:
    """A log that was just rotated is no error, and neither is what became of it."""
    path = tmp_path / "empty"
    path.write_bytes(content)
    source = open_source(path, now=NOW)
    assert isinstance(source, ArchiveSource)
    assert source.kind == EMPTY
    assert list(source) == []
    assert not any(source.raw())


def test_maildir_is_read_with_its_folders_and_without_tmp(tmp_path: Path) -> None:
    """Maildir++ folders and Maildirs of several people below one folder; what is in tmp never arrived."""
    make_maildir(tmp_path / "ann", "cur/1.mx:2,S", "new/2.mx", "tmp/3.mx")
    make_maildir(tmp_path / "ann" / ".Sent", "cur/4.mx:2,S")
    make_maildir(tmp_path / "bob", "cur/5.mx:2,")
    assert len(opened(tmp_path / "ann")) == 3
    assert len(opened(tmp_path)) == 4
    source = open_source(tmp_path, now=NOW)
    assert isinstance(source, ArchiveSource)
    assert source.kind == MAILDIR
    assert len(list(source.raw())) == 4


def test_message_that_vanishes_is_passed_over(tmp_path: Path) -> None:
    """A live Maildir's files are renamed while it is read."""
    make_maildir(tmp_path, "cur/1.mx", "cur/2.mx")
    source = open_source(tmp_path, now=NOW)
    assert isinstance(source, ArchiveSource)
    reading = iter(source)
    next(reading)
    (tmp_path / "cur" / "2.mx").unlink()
    assert list(reading) == []


def test_eml_file_and_folder_are_read(tmp_path: Path) -> None:
    """One message, or many below a folder, whatever the case of the ending; a long header, too."""
    (tmp_path / "in").mkdir()
    (tmp_path / "1.eml").write_text(letter(1))
    (tmp_path / "in" / "2.EML").write_text("X-Filler: " + "x" * 30_000 + "\n" + letter(2))
    (tmp_path / "in" / "notes.txt").write_text("no mail")
    assert ids(tmp_path / "1.eml") == ["<s1@contractor.example>"]
    assert ids(tmp_path) == ["<s1@contractor.example>", "<s2@contractor.example>"]


def _as_it_is(data: bytes) -> bytes:
    return data


@pytest.mark.parametrize("pack", [_as_it_is, gzip.compress, bz2.compress, lzma.compress])
def test_log_is_read_plain_and_compressed(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    """Rotated logs are compressed, whatever their names say; all give the same deliveries, as often as
    one asks.
    """
    path = tmp_path / "mail.log.1"
    path.write_bytes(pack(LOG.encode()))
    source = open_source(path, now=NOW)
    assert isinstance(source, LogSource)
    (delivery,) = source
    assert (delivery.recipient.wire, delivery.at.year) == ("john@army.mil", 2025)
    assert list(source) == [delivery]
    assert list(source.files()) == [path]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_archives_are_read_compressed(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    """An mbox, one message, and a Maildir whose server compresses; headers and whole messages."""
    (tmp_path / "box").write_bytes(pack(mbox(letter(1), letter(2)).encode()))
    (tmp_path / "one.eml").write_bytes(pack(letter(3).encode()))
    make_maildir(tmp_path / "dir", "cur/1.mx:2,S")
    (tmp_path / "dir/cur/1.mx:2,S").write_bytes(pack(letter(4).encode()))
    for name, numbers in {"box": (1, 2), "one.eml": (3,), "dir": (4,)}.items():
        assert ids(tmp_path / name) == [f"<s{n}@contractor.example>" for n in numbers]
        source = open_source(tmp_path / name, now=NOW)
        assert isinstance(source, ArchiveSource)
        assert [b"hello" in raw for raw in source.raw()] == [True] * len(numbers)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("postfix/01-traditional.log", "postfix"),
        ("exim/01-main-log.log", "exim"),
        ("sendmail/01-traditional.log", "sendmail"),
        ("opensmtpd/01-traditional.log", "opensmtpd"),
        ("traces/01-exchange-tracking.log", "exchange"),
        ("traces/04-microsoft-trace.csv", "microsoft365"),
        ("traces/06-microsoft-graph.json", "microsoft365"),
        ("traces/09-google-search.csv", "google-log-search"),
        ("traces/11-google-bigquery.json", "google-bigquery"),
    ],
)
def test_every_dialect_and_trace_is_known_by_its_content(
    tmp_path: Path, path: str, kind: str
) -> None:
    """Each gives the deliveries of its golden case, whatever the file is called."""
    golden = CASES / path
    anything = tmp_path / "export.dat"
    anything.write_bytes(gzip.compress(golden.read_bytes()))
    source = open_source(anything, now=NOW)
    assert isinstance(source, LogSource)
    assert source.kind == kind
    rows = golden.with_suffix(".result").read_text("utf-8").splitlines()
    known = [row.split("\t")[2] for row in rows if row.count("\t") > 8]
    assert [delivery.recipient.wire for delivery in source] == known


def test_zone_dates_lines_and_rows_without_an_offset(tmp_path: Path) -> None:
    """What the operator says of the machine's clock counts for logs and tables."""
    (tmp_path / "log").write_text(LOG)
    zone = timezone(timedelta(hours=2))
    (delivery,) = deliveries(tmp_path / "log", zone)
    assert delivery.at == datetime(2025, 11, 22, 8, 0, 1, tzinfo=UTC)


def test_nothing_of_arrow_is_needed_to_read_mail() -> None:
    """Its package is an extra; `missent learn` and `evaluate` must start without it."""
    code = "import sys, missent.engine.sources; sys.exit('pyarrow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- what cannot be read -------------------------------------------------------------------------


def test_endless_line_is_read_in_bounded_memory(tmp_path: Path) -> None:
    """A log without line ends, and the line behind a long one, cost what they should."""
    path = tmp_path / "log"
    path.write_bytes(b"x" * 3_000_000 + b"\nnext\nlast")
    lines = list(log_lines(path))
    assert lines[1:] == ["next", "last"]
    assert MAX_LINE < len(lines[0]) < 2_000_000


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("photo.jpg", b"\xff\xd8\xff\xe0" * 100),
        ("notes.txt", b"From now on this is no mbox\n"),
        ("auth.log", b"Nov 22 10:00:00 mx sshd[1]: Accepted publickey for ann\n"),
        ("mail.log", "\ufeff".join(LOG).encode("utf-16")),
        ("mail.parquet.gz", gzip.compress(b"PAR1....PAR1", mtime=0)),
        ("cut.log.gz", gzip.compress(LOG.encode() * 50, mtime=0)[:60]),
        ("table.csv", b"a,b\n1,2\n"),
    ],
)
def test_what_fits_no_kind_says_what_would(tmp_path: Path, name: str, content: bytes) -> None:
    """The error names the path and what was expected, and nothing of the content."""
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ArchiveError, match=re.escape(EXPECTED)) as caught:
        open_source(path, now=NOW)
    assert name in str(caught.value)
    assert "ann" not in str(caught.value).replace(str(path), "")


def test_missing_path_and_empty_folder_are_errors(tmp_path: Path) -> None:
    """Nothing is learned from nothing without saying so."""
    with pytest.raises(ArchiveError, match=r"No such file.*expected"):
        open_source(tmp_path / "nowhere", now=NOW)
    (tmp_path / "mail.log").write_text(LOG)
    with pytest.raises(ArchiveError, match=r"name the files of a folder; expected"):
        open_source(tmp_path, now=NOW)


def test_damage_behind_the_start_is_an_archive_error(tmp_path: Path) -> None:
    """A gzip file that ends early is told when its end is reached."""
    path = tmp_path / "mail.log.gz"
    path.write_bytes(
        gzip.compress(
            "".join(LOG.replace("ABCDE", f"{n:05X}") for n in range(5_000)).encode(), mtime=0
        )[:-9]
    )
    source = open_source(path, now=NOW)
    with pytest.raises(ArchiveError, match="damaged compressed data"):
        list(source)


# --- Parquet -------------------------------------------------------------------------------------


class FakeTable:
    """As much of pyarrow's ParquetFile as is used, over rows in memory."""

    rows: Sequence[Mapping[str, object]] = ()

    def __init__(self, path: Path) -> None:
        self.schema_arrow = SimpleNamespace(names=list(self.rows[0]))

    def __enter__(self) -> "FakeTable":
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing to close."""

    def iter_batches(self, batch_size: int, columns: Sequence[str]) -> Iterator[SimpleNamespace]:
        """Give one batch of the columns asked for."""
        chosen = [{name: row[name] for name in columns} for row in self.rows]
        yield SimpleNamespace(to_pylist=lambda: chosen)


@pytest.fixture
def parquet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a file that looks like Parquet, and a pyarrow that reads it."""
    module = ModuleType("pyarrow.parquet")
    vars(module)["ParquetFile"] = FakeTable
    monkeypatch.setitem(sys.modules, "pyarrow", ModuleType("pyarrow"))
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", module)
    path = tmp_path / "mail.parquet"
    path.write_bytes(b"PAR1....PAR1")
    return path


def test_parquet_rows_are_messages(parquet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The columns of a mail table become who wrote to whom; what cannot be read is left out."""
    good: dict[str, object] = {
        "message_id": "<p1@x.example>", "date": 1.0e9, "sender": "ann@contractor.example",
        "to": ["john@army.mil", "no address", None], "cc": None, "subject": "s", "body": "b",
        "mailbox": "ann",
    }  # fmt: skip
    bad = {**good, "message_id": None, "date": float("nan"), "sender": None, "to": "john@army.mil"}
    monkeypatch.setattr(FakeTable, "rows", (good, bad))
    first, second = opened(parquet)
    assert first.at == datetime(2001, 9, 9, 1, 46, 40, tzinfo=UTC)
    assert [m.wire for m in (*first.header_from, *first.recipients)] == [
        "ann@contractor.example",
        "john@army.mil",
    ]
    assert (second.at, second.header_from, second.message_id) == (None, (), None)


def test_table_without_the_needed_columns_is_an_error(
    parquet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names the column that is missing."""
    monkeypatch.setattr(FakeTable, "rows", ({"date": 1.0, "to": []},))
    with pytest.raises(ArchiveError, match="no sender"):
        open_source(parquet, now=NOW)


def test_parquet_without_pyarrow_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reader is an extra."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    path = tmp_path / "mail.parquet"
    path.write_bytes(b"PAR1....PAR1")
    with pytest.raises(ArchiveError, match=r"pip install 'missent\[scan\]'"):
        open_source(path, now=NOW)
