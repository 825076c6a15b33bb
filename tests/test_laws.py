"""Laws that no single part can keep alone: poisoned history, nothing found is repeated, GET never acts."""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import traceback
from pathlib import Path

import httpx
import pytest
import structlog
from prometheus_client import CollectorRegistry, generate_latest
from tests.service.stage import ANN, JOHN, MARY, TYPED, Stage, build, correspond, envelope, mail

from missent import wiring
from missent.config import Config, load
from missent.engine.sources import ArchiveSource, open_source
from missent.errors import MissentError
from missent.journal import Journal, set_up_logging
from missent.judge.hold import Actor, Answer, Choice
from missent.judge.verdict import Action
from missent.mail.envelope import Envelope, Recipient
from missent.mail.mailbox import Mailbox
from missent.service.answers import Answers
from missent.service.learning import Learning
from missent.web.app import create_app
from missent.web.keys import KeyRing
from missent.web.settings import WebSettings

CANARY = "zanzibarquokka"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Give an enforcing configuration whose border stamps as mx.contractor.example."""
    path = tmp_path / "missent.toml"
    path.write_text(
        'mode = "enforce"\n[organisation]\ndomains = ["contractor.example"]\n'
        '[inbound]\nauthserv_ids = ["mx.contractor.example"]\n'
    )
    return load(path).model_copy(
        update={"store": Config.model_validate({"store": _store(tmp_path)}).store}
    )


def _store(tmp_path: Path) -> dict[str, str]:
    return {"url": f"sqlite:///{tmp_path}/missent.db", "key_file": str(tmp_path / "missent.key")}


def _letter(frm: str, to: str, name: str, extra: str = "") -> bytes:
    return (
        f"From {frm.split('@', maxsplit=1)[0]} Mon Mar  2 09:00:00 2026\n{extra}From: {frm}\nTo: {to}\n"
        f"Message-ID: <{name}>\nDate: Mon, 02 Mar 2026 09:00:00 +0000\nSubject: x\n\nx\n\n"
    ).encode()


def test_a_ten_year_typo_stays_a_typo(config: Config, tmp_path: Path) -> None:
    """army.ml sent to 5,000 times, its owner writing in unasked: held. army.mil with one answer: not.

    The archive also holds what a squatter would try: answers with forged stamps, auto-replies.
    """
    ours = "ann@contractor.example"
    stamp = "Authentication-Results: mx.contractor.example; dmarc=pass header.from={}\n"
    letters = [_letter(ours, "john@army.ml", f"typo{n}@contractor.example") for n in range(5000)]
    letters += [
        _letter("owner@army.ml", ours, f"hello{n}@army.ml", stamp.format("army.ml"))
        for n in range(20)
    ]
    letters += [
        _letter(
            "owner@army.ml",
            ours,
            "forged@army.ml",
            "Authentication-Results: elsewhere.example; dmarc=pass header.from=army.ml\n"
            "In-Reply-To: <typo1@contractor.example>\n",
        ),
        _letter(
            "owner@army.ml",
            ours,
            "auto@army.ml",
            stamp.format("army.ml")
            + "Auto-Submitted: auto-replied\nIn-Reply-To: <typo2@contractor.example>\n",
        ),
        _letter(ours, "mary@army.mil", "right@contractor.example"),
        _letter(
            "mary@army.mil",
            ours,
            "answer@army.mil",
            stamp.format("army.mil") + "In-Reply-To: <right@contractor.example>\n",
        ),
    ]
    archive = tmp_path / "history.mbox"
    archive.write_bytes(b"".join(letters))
    installation = wiring.install(config)
    try:
        source = open_source(archive, now=installation.place.clock.now())
        assert isinstance(source, ArchiveSource)
        learning = Learning(
            installation.store,
            config.judged_as(),
            config.inbound.authserv_ids if config.inbound else (),
        )
        learning.learn_archive(source, now=installation.place.clock.now())
        at = installation.place.clock.now()
        view = installation.store.view(ANN, [TYPED, MARY], at)
        assert view.domain(TYPED.domain).sent == 5000
        assert view.domain(TYPED.domain).answered == 0
        assert view.domain(MARY.domain).answered == 1
        both = Envelope("q", ANN, (Recipient(TYPED), Recipient(MARY)), at)
        typed, right = installation.guard.judge(both, None)
        assert (typed.action, typed.suggestion) == (Action.HOLD, JOHN)
        assert right.action is Action.DELIVER
    finally:
        installation.close()


def test_what_was_found_is_never_repeated(tmp_path: Path) -> None:
    """A canary in subject, body, file name and body text is in no log, letter, metric, error or file."""
    said = io.StringIO()
    set_up_logging(level=logging.DEBUG)
    structlog.configure(
        logger_factory=structlog.PrintLoggerFactory(file=said), cache_logger_on_first_use=False
    )
    stage = build(tmp_path)
    correspond(stage, MARY)
    registry = CollectorRegistry()
    journal = Journal(registry)
    data = (
        mail("john@army.ml, mary@army.mil", subject=f"TLP:RED crew list {CANARY}")
        + f"{CANARY}\r\n".encode()
    )
    decision = stage.guard.decide(envelope(TYPED, MARY), data, edge="milter", prepared=False)
    journal.judged("milter", envelope(TYPED, MARY), decision, 0.01)
    journal.refused("milter", "MalformedMessage", "q1")
    hold_id = decision.hold_id or ""
    stage.outbox.work()
    errors = [_error(stage, hold_id), _error(stage, "nothing")]
    with contextlib.suppress(MissentError):
        stage.guard.decide(
            envelope(TYPED), data + b"\n" + CANARY.encode(), edge="proxy", prepared=True
        )
    stage.store.database.engine.dispose()
    places = {
        "log": said.getvalue(),
        "letters": b"".join(letter for _, letter in stage.relay.sent).decode("latin-1"),
        "metrics": generate_latest(registry).decode(),
        "errors": "".join(errors),
        "reprs": repr(stage.store.get(hold_id)) + repr(decision),
        "trail": "".join(repr(event) for _, event, _ in stage.store.trail()),
        "files": "".join(
            p.read_bytes().decode("latin-1") for p in tmp_path.iterdir() if p.is_file()
        ),
    }
    assert places["letters"]
    assert "judged" in places["log"]
    assert not [name for name, text in places.items() if CANARY in text]
    stage.store.close()
    structlog.reset_defaults()


def _error(stage: Stage, hold_id: str) -> str:
    answer = Answer(hold_id, MARY, Choice.CONFIRM, Actor("x", "link"), stage.clock.now())
    try:
        stage.answers.give(answer)
    except MissentError:
        return traceback.format_exc()
    raise AssertionError("it should have been refused")


def test_a_thousand_looks_change_nothing(tmp_path: Path) -> None:
    """Mail scanners follow links: 1,000 GET and HEAD requests on the real page leave all as it was."""
    stage = build(tmp_path)
    decision = stage.guard.decide(
        envelope(TYPED), mail("john@army.ml"), edge="milter", prepared=False
    )
    hold_id = decision.hold_id or ""
    link = f"/h/{stage.token(hold_id)}"

    def state() -> object:
        trail = [stored for _, _, stored in stage.store.trail()]
        return (
            stage.store.get(hold_id),
            dict(stage.store.pending()),
            trail,
            dict(stage.store.settings()),
        )

    before = state()
    codes = asyncio.run(_look(stage.answers, link, 500))
    assert codes == {200}
    assert state() == before
    stage.store.close()


async def _look(answers: Answers, link: str, times: int) -> set[int]:
    settings = WebSettings("http://missent.test", "Contractor")
    app = create_app(answers, settings, KeyRing(), CollectorRegistry())
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://missent.test") as client:
        codes = set()
        for number in range(times):
            query = f"{link}?choice=confirm&action=send&n={number}"
            codes |= {(await client.get(query)).status_code, (await client.head(query)).status_code}
        return codes


def test_a_correction_is_a_new_case(tmp_path: Path) -> None:
    """The corrected address is judged by the same judge, whichever door it came in by (law 6)."""
    stage = build(tmp_path)
    decision = stage.guard.decide(
        envelope(TYPED), mail("john@army.ml"), edge="milter", prepared=False
    )
    slip = Mailbox.parse("john@navy.ml")
    view = stage.answers.view(stage.token(decision.hold_id or ""))
    assert stage.guard.judge(envelope(slip), None)[0].action is Action.HOLD
    with pytest.raises(MissentError, match=r"navy\.ml looks like navy\.mil"):
        stage.answers.give(
            Answer(
                view.hold.hold_id,
                TYPED,
                Choice.CORRECT,
                Actor("x", "link"),
                stage.clock.now(),
                slip,
            )
        )
    stage.store.close()
