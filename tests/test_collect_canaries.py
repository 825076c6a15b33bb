"""Not one word of a collected message stands anywhere without the key that lies elsewhere (law 8).

Distinctive words go into every corner of a message. Then every file, log, answer and repr of the collector
is searched for each of them, in every form in which mail and programs write words down.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import logging
import quopri
import smtplib
import socket
import traceback
import urllib.parse
import zipfile
import zlib
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import docx
import pytest
import structlog
from tests.real.collector_process import CollectorProcess
from tests.service.collection.custody import TYPED, Custody, build, envelope, hits
from typer.testing import CliRunner

from missent.cli import app
from missent.errors import StoreUnavailable
from missent.extraction.pool import SandboxedExtractor
from missent.journal import set_up_logging
from missent.judge.content import Detector
from missent.service.collection.classifying import ContentClassifier
from missent.service.collection.parcel import unpack
from missent.service.contents import NamesOnly
from missent.store.agekey import AgeIdentity, make_identity
from missent.store.vault import FileVault
from missent.system import SystemClock

SUBJECT, BODY, FIELD, NAME = "zanzibarquokka", "wombatlisbon", "numbatoslo", "dingolima"
FILE, LETTER, TABLE, MEMBER, ZIPPED = (
    *("echidnacairo", "bilbydakar", "possumquito", "kelpiehanoi"),
    "tapirMinsk7481",
)
UMLAUT = "Känguruhzürich"
"""Written in another way in each transfer encoding."""
PASSPORT = "X4471923"
CANARIES = (SUBJECT, BODY, FIELD, NAME, FILE, LETTER, TABLE, MEMBER, ZIPPED, UMLAUT, PASSPORT)


# --- what is sent ----------------------------------------------------------------------------------


def _docx() -> bytes:
    document, out = docx.Document(), io.BytesIO()
    document.add_paragraph(f"Crew of {LETTER}")
    table = document.add_table(rows=0, cols=3)
    for row in (("Name", "Rank", "Passport"), (f"Ann {TABLE}", "Captain", PASSPORT)):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    document.save(out)
    return out.getvalue()


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{MEMBER}.txt", f"User: admin\nPassword: {ZIPPED}\n" * 20)
    return out.getvalue()


def _message() -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"] = f"Ann {NAME} <ann@contractor.example>"
    message["To"] = TYPED.wire
    message["Subject"] = f"Plans of {SUBJECT}"
    message["X-Project"] = f"Operation {FIELD}"
    message["Message-ID"] = f"<{FIELD}@contractor.example>"
    message.set_content(f"Dear John,\n\n{BODY} and {UMLAUT} meet tomorrow.\n", cte="base64")
    message.add_attachment(
        _docx(),
        maintype="application",
        subtype="vnd.openxmlformats-officedocument.wordprocessingml.document",
        filename=f"{FILE}.docx",
    )
    message.add_attachment(_zip(), maintype="application", subtype="zip", filename="papers.zip")
    return message.as_bytes()


MESSAGE = _message()


# --- what is looked for ----------------------------------------------------------------------------


def _forms(word: str) -> Iterator[bytes]:
    """Give how a word may stand in a file: in each encoding, and each of them as mail packs it."""
    for written in {word, word.upper(), word.lower()}:
        for octets in {written.encode(c) for c in ("utf-8", "latin-1", "utf-16-le", "utf-16-be")}:
            yield octets
            yield octets.hex().encode()
            yield repr(octets)[2:-1].encode()
            yield quopri.encodestring(octets).replace(b"=\n", b"")
            yield urllib.parse.quote(octets).encode()
            for lead in range(3):  # base64 writes it in three ways, as it falls
                packed = base64.b64encode(b"\0" * lead + octets)
                whole = packed[(0, 2, 3)[lead] :].rstrip(b"=")[:-1]
                yield whole
                yield whole.translate(bytes.maketrans(b"+/", b"-_"))
        yield json.dumps(written).strip('"').encode()


FORMS = {word: frozenset(_forms(word)) for word in CANARIES}


def _inside(octets: bytes) -> Iterator[bytes]:
    """Give the octets, their lines joined, and what unpacks from any place in them: zlib, gzip, zip."""
    yield octets
    yield octets.replace(b"\r", b"").replace(b"=\n", b"").replace(b"\n", b"")
    for start in range(len(octets) - 1):
        head, zipped = octets[start : start + 2], octets[start : start + 4] == b"PK\x03\x04"
        window = 47 if head == b"\x1f\x8b" else 15 if _is_zlib(head) else 0
        begin = start + 30 + sum(octets[start + 26 : start + 30 : 2]) if zipped else start
        if window or zipped:
            with contextlib.suppress(zlib.error):
                unpacked = zlib.decompressobj(window or -15).decompress(octets[begin:], 1 << 20)
                yield from _inside(unpacked) if len(unpacked) > 8 else ()


def _is_zlib(head: bytes) -> bool:
    return head[:1] == b"\x78" and int.from_bytes(head, "big") % 31 == 0


def _words(octets: bytes) -> set[str]:
    """Name the words that stand in these octets in any form."""
    return {
        word
        for layer in _inside(octets)
        for word, forms in FORMS.items()
        if any(form in layer for form in forms)
    }


def _everything(folder: Path) -> bytes:
    """Give all files below a folder with their names, as they are on the disk now."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return b"\n".join(str(path).encode() + b"\n" + path.read_bytes() for path in files)


# --- where it is looked for ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def extractor() -> Iterator[SandboxedExtractor]:
    """Give the reading processes."""
    with contextlib.closing(SandboxedExtractor()) as pool:
        yield pool


@pytest.fixture
def custody(tmp_path: Path) -> Iterator[Custody]:
    """Give a collector in one folder, its key in another."""
    here = tmp_path / "collector"
    here.mkdir()
    made = build(here, tmp_path / "elsewhere")
    (here / "missent.toml").write_text(
        '[organisation]\ndomains = ["army.mil"]\n[store]\nurl = "sqlite:///missent.db"\n'
        f'[collect]\nmode = "collect"\nvault = "vault"\npublic_key = "{made.public}"\n'
    )
    yield made
    made.store.close()


@pytest.fixture
def said() -> Iterator[io.StringIO]:
    """Collect both kinds of log, at their most talkative."""
    log = io.StringIO()
    set_up_logging(level=logging.DEBUG)
    structlog.configure(
        logger_factory=structlog.PrintLoggerFactory(file=log), cache_logger_on_first_use=False
    )
    handler, root = logging.StreamHandler(log), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield log
    root.removeHandler(handler)
    root.setLevel(level)
    structlog.reset_defaults()


def test_the_search_finds_every_form(tmp_path: Path) -> None:
    """A search that finds nothing shows nothing: here it finds each word, packed in each way."""
    (tmp_path / "plain").write_bytes(MESSAGE)
    parts = [part.get_payload(decode=True) for part in _parsed().walk() if not part.is_multipart()]
    unpacked = b"".join(part for part in parts if isinstance(part, bytes))
    assert _words(_everything(tmp_path)) | _words(unpacked) == set(CANARIES)
    for word in CANARIES:
        for octets in (word.encode(), f"..{word}..".encode("utf-16-le")):
            for packed in (
                octets,
                base64.b64encode(b"a" + octets + b"z"),
                base64.b64encode(b"ab" + octets + b"zz"),
                quopri.encodestring(octets),
                b"x" + zlib.compress(octets * 3),
                zlib.compress(b"12345678" + zlib.compress(octets * 3)),
                octets.hex().encode(),
                repr(octets).encode(),
            ):
                assert _words(packed) == {word}


def _parsed() -> EmailMessage:
    import email
    import email.policy

    return email.message_from_bytes(MESSAGE, policy=email.policy.default)


def test_no_word_stands_anywhere_without_the_key(
    custody: Custody,
    extractor: SandboxedExtractor,
    said: io.StringIO,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Vault, database, its log, trail, commands, reprs, standard output; and no file besides these."""
    monkeypatch.setenv("TMPDIR", str(tmp_path / "collector"))
    monkeypatch.chdir(tmp_path / "collector")
    classify = ContentClassifier(extractor)
    collecting = custody.collecting(classify)
    item = collecting.collect(envelope(), MESSAGE, hits())
    assert item.level >= 2, "it was read"
    assert {"credentials"} <= dict(item.categories).keys(), "the packed file, too"
    on_disk = _everything(custody.folder)
    config = ["--config", str(custody.folder / "missent.toml")]
    commands = "".join(
        CliRunner().invoke(app, [*words, *config]).output
        for words in (
            ["collect", "list"],
            ["collect", "list", "--json"],
            ["audit", "export"],
            [
                "collect",
                "open",
                item.item_id,
                "--identity",
                str(tmp_path / "nowhere"),
                "--reason",
                "x",
            ],
        )
    )
    parcel = unpack(custody.open(item.item_id))
    custody.store.close()  # the log is written back into the database
    reprs = repr((item, classify, collecting, vars(collecting), custody, parcel, hits()))
    capture = capfd.readouterr()
    places = {
        "files while it runs": on_disk,
        "files afterwards": _everything(custody.folder),
        "log": said.getvalue().encode(),
        "commands": commands.encode(),
        "trail": repr(list(custody.store.trail())).encode(),
        "reprs": reprs.encode(),
        "output": f"{capture.out}{capture.err}".encode(),
    }
    assert item.item_id.encode() in on_disk
    assert b"SQLite format 3" in on_disk
    assert item.item_id in commands
    leaks = {place: _words(octets) for place, octets in places.items()}
    assert not {place for place, words in leaks.items() if words}, "never print what leaked"
    names = {path.name for path in custody.folder.rglob("*") if path.is_file()}
    database = {"missent.db", "missent.db-wal", "missent.db-shm"}
    assert names <= {*database, "missent.toml", "missent.key", f"{item.item_id}.age"}
    assert parcel.message == MESSAGE, "with it, every octet"


class _Tells:
    """A sealer whose failure quotes what it was to seal."""

    def seal(self, data: bytes) -> bytes:
        raise ValueError(data.decode("latin-1"))


def _refuses(*given: object) -> None:
    raise RuntimeError(f"{BODY} {given!r}")


def _quotes(content: object) -> Iterator[object]:
    raise ValueError(f"{BODY} {content!r}")


@pytest.mark.parametrize("where", ["sealer", "detector", "vault", "store"])
def test_no_failure_quotes_a_word(
    custody: Custody, said: io.StringIO, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """Whoever fails on the way, and whatever it says: its words go nowhere."""
    detectors = (Detector("tells", frozenset(), _quotes),) if where == "detector" else ()  # type: ignore[arg-type]
    classify = ContentClassifier(NamesOnly(), detectors)
    collecting = custody.collecting(classify, _Tells() if where == "sealer" else None)
    if where == "vault":
        monkeypatch.setattr(FileVault, "put", _refuses)
    if where == "store":
        monkeypatch.setattr(type(custody.store), "keep_item", _refuses)
    told = ""
    try:
        collecting.collect(envelope(), MESSAGE, hits())
    except StoreUnavailable as error:
        told = f"{error!r}{error}{error.reply()}" + "".join(traceback.format_exception(error))
    assert bool(told) == (where != "detector")
    assert not _words(told.encode()), "never print what leaked"
    assert not _words(said.getvalue().encode())
    assert not _words(_everything(custody.folder))


@pytest.mark.real
def test_a_running_collector_leaves_no_word_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real process, by real SMTP: nothing in its files, its log, its temporary folder; then the key."""
    here, elsewhere, temporary = (tmp_path / name for name in ("collector", "elsewhere", "tmp"))
    for folder in (here, elsewhere, temporary):
        folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    public = make_identity(elsewhere / "identity.txt", SystemClock().now())
    keys = f'mode = "collect"\nlegal_basis = "order 7"\npublic_key = "{public}"\nvault = "vault"'
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with CollectorProcess(here, f"127.0.0.1:{port}", extra=keys) as collector:
        client = smtplib.SMTP("127.0.0.1", port, timeout=60)
        with client, pytest.raises(smtplib.SMTPDataError) as refused:
            client.sendmail("ann@contractor.example", [TYPED.wire], MESSAGE)
        running = _everything(tmp_path)
        listed = collector.ask("collect", "list")
        limits = Path(f"/proc/{collector.pid}/limits").read_text().splitlines()
    assert "Max core file size 0 0 bytes" in [" ".join(line.split()) for line in limits]
    assert refused.value.smtp_code == 550
    assert "army.mil" in str(refused.value.smtp_error)
    (row,) = listed["items"]
    assert row["categories"]["credentials"] >= 2
    assert list(temporary.rglob("*")) == []
    afterwards = _everything(tmp_path)
    assert row["item"].encode() in running
    answer = str(refused.value.smtp_error).encode()
    for octets in (running, afterwards, json.dumps(listed).encode(), answer):
        assert not _words(octets), "never print what leaked"
    sealed = (here / "vault" / f"{row['item']}.age").read_bytes()
    parcel = unpack(AgeIdentity.read(elsewhere / "identity.txt").open(sealed))
    assert parcel.message == MESSAGE
