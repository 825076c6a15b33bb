"""Nothing that stands in a paper comes out anywhere but in the paper itself (law 8).

Every kind of paper that leaked is sent through the guard, in a format of its turn, to a slip. Then every
cell and value of it is looked for wherever something is written, said or kept.
"""

from __future__ import annotations

import contextlib
import io
import logging
import zlib
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest
import structlog
from bench.papers import Fields, Paper, Template, affairs, desk, people
from bench.papers.rendering import FORMATS
from prometheus_client import CollectorRegistry, generate_latest
from tests.service.stage import MARY, TYPED, Stage, build, envelope
from typer.testing import CliRunner

from missent.cli import app
from missent.extraction.pool import SandboxedExtractor
from missent.journal import Journal, set_up_logging
from missent.judge.content import read
from missent.judge.exposure import exposed
from missent.judge.sensitivity import VOCABULARY

TEMPLATES = (*people.TEMPLATES, *affairs.TEMPLATES)
SHORTEST = 8
"""Characters of a value that is looked for: shorter ones (a room, an initial) stand anywhere."""


def _values(paper: Paper) -> Iterator[str]:
    for block in paper.blocks:
        if isinstance(block, str):
            yield from block.split("\n")
        else:
            rows = block.pairs if isinstance(block, Fields) else block.rows
            yield from (cell for row in rows for cell in row[isinstance(block, Fields) :])


def _telling(value: str) -> bool:
    """Tell what is the paper's own from words that any notice may use."""
    return len(value) >= SHORTEST and (" " in value or any(c.isdigit() for c in value))


def _mail(paper: Paper, name: str) -> bytes:
    form = sorted(FORMATS)[zlib.crc32(name.encode()) % len(FORMATS)]
    kind, write = FORMATS[form]
    message = EmailMessage(policy=SMTP)
    message["From"] = "Ann <ann@contractor.example>"
    message["To"] = "john@army.ml, mary@army.mil"
    message["Subject"] = "Document"
    message["Message-ID"] = f"<{name}@contractor.example>"
    message.set_content("Please find it attached.\n")
    major, _, minor = kind.partition("/")
    message.add_attachment(write(paper), maintype=major, subtype=minor, filename=f"{name}.{form}")
    return message.as_bytes()


@pytest.fixture(scope="module")
def extractor() -> Iterator[SandboxedExtractor]:
    """Give one pool of readers for all papers."""
    with contextlib.closing(SandboxedExtractor()) as pool:
        yield pool


@pytest.fixture
def said() -> Iterator[io.StringIO]:
    """Collect the log, at its most talkative."""
    log = io.StringIO()
    set_up_logging(level=logging.DEBUG)
    structlog.configure(
        logger_factory=structlog.PrintLoggerFactory(file=log), cache_logger_on_first_use=False
    )
    yield log
    structlog.reset_defaults()


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.__name__)
def test_no_value_of_a_paper_comes_out_anywhere(
    template: Template, tmp_path: Path, extractor: SandboxedExtractor, said: io.StringIO
) -> None:
    """Log, notices, metrics, audit trail, database, reprs and the command line know only how many."""
    name = template.__name__
    paper = template(desk(zlib.crc32(name.encode())))
    data = _mail(paper, name)
    stage = build(tmp_path, extractor=extractor)
    registry = CollectorRegistry()
    decision = stage.guard.decide(envelope(TYPED, MARY), data, edge="milter", prepared=False)
    Journal(registry).judged("milter", envelope(TYPED, MARY), decision, 0.01)
    stage.outbox.work()
    found = [f for verdict in decision.verdicts.values() for f in verdict.findings]
    content = read(stage.guard.read(data), VOCABULARY)
    places = {
        "log": said.getvalue(),
        "letters": b"".join(letter for _, letter in stage.relay.sent).decode("utf-8", "replace"),
        "metrics": generate_latest(registry).decode(),
        "findings": repr(found),
        "reprs": repr((decision, content, exposed(content, found, key=b"k" * 32))),
        "trail": "".join(repr(event) for _, event, _ in stage.store.trail()),
        "files": _files(stage, tmp_path),
        "page": repr(stage.answers.view(stage.token(decision.hold_id or ""))),
        "command": _checked(data, tmp_path),
    }
    values = {value for one in _values(paper) if _telling(value := one.strip())}
    text = " ".join(reading.text for reading in content.readings)
    assert any(value in text for value in values), "the paper was not read"
    leaks = {place: [v for v in values if v in text] for place, text in places.items()}
    assert not {place for place, leaked in leaks.items() if leaked}, "never print what leaked"
    stage.store.close()


def _files(stage: Stage, path: Path) -> str:
    stage.store.database.engine.dispose()
    return "".join(p.read_bytes().decode("latin-1") for p in path.iterdir() if p.is_file())


def _checked(data: bytes, path: Path) -> str:
    folder = path / "command"
    folder.mkdir()
    (folder / "mail.eml").write_bytes(data)
    (folder / "missent.toml").write_text('[organisation]\ndomains = ["contractor.example"]\n')
    asked = ["check", "--from", "ann@contractor.example", "--to", "john@army.ml"]
    more = ["--message", str(folder / "mail.eml"), "--config", str(folder / "missent.toml")]
    plain = CliRunner().invoke(app, [*asked, *more])
    as_json = CliRunner().invoke(app, [*asked, *more, "--json"])
    assert (plain.exit_code, as_json.exit_code) == (1, 1), "a slip is held"
    return plain.output + as_json.output
