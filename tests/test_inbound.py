"""The inbound feed: mail that comes in through a milter that only listens becomes answers."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.net.milter_stage import Mta

from missent import daemon, wiring
from missent.config import load
from missent.judge.case import Record
from missent.mail.mailbox import Mailbox
from missent.net.milter import bind
from missent.service.ports import Sighting, SightingKind

ANN = Mailbox.parse("ann@contractor.example")
KIM = Mailbox.parse("kim@riverbank.example")
CONFIG = """
mode = "enforce"
[organisation]
domains = ["contractor.example"]
[store]
url = "sqlite:///missent.db"
[inbound]
listen = "unix:inbound.sock"
authserv_ids = ["mx.contractor.example"]
"""


def _heard(
    tmp_path: Path, *fields: tuple[bytes, bytes], sender: bytes = b"<kim@riverbank.example>"
) -> Record:
    """Send one letter of Kim's through the feed, in answer to one of ours; gives what is known of Kim."""
    path = tmp_path / "missent.toml"
    path.write_text(CONFIG)
    installation = wiring.install(load(path))
    try:
        at = installation.place.clock.now()
        sent = Sighting(SightingKind.SENT, KIM, ANN, at, "<ours@contractor.example>")
        installation.store.learn([sent])
        asyncio.run(_deliver(installation, sender, fields))
        installation.recorder.flush()
        return installation.store.view(ANN, [KIM], at).mailbox(KIM)
    finally:
        installation.close()


async def _deliver(
    installation: wiring.Installation, sender: bytes, fields: tuple[tuple[bytes, bytes], ...]
) -> None:
    inbound = installation.config.inbound
    assert inbound is not None
    sockets = daemon.Sockets(inbound=[bind(inbound.listen)])
    async with daemon.running(installation, sockets, office=False):
        mta = await Mta.to(sockets.inbound[0])
        await mta.connect()
        own = (
            (b"From", b" Kim <kim@riverbank.example>"),
            (b"To", b" ann@contractor.example"),
            (b"Message-ID", b" <answer@riverbank.example>"),
        )
        replies = await mta.send(b"<ann@contractor.example>", sender=sender, fields=(*fields, *own))
        assert replies[-1][0] in "ca"
        await mta.close()


STAMP = (
    b"Authentication-Results",
    b" mx.contractor.example; dmarc=pass header.from=riverbank.example",
)
REPLY = (b"In-Reply-To", b" <ours@contractor.example>")


def test_an_authenticated_answer_counts(tmp_path: Path) -> None:
    """Aligned by our own border and in reply to a message of ours: an answer (DESIGN §3)."""
    record = _heard(tmp_path, STAMP, REPLY)
    assert (record.answered, record.answered_people, record.heard) == (1, 1, 0)


def test_unsolicited_mail_is_only_heard(tmp_path: Path) -> None:
    """Authenticated, but it answers nothing of ours."""
    record = _heard(tmp_path, STAMP)
    assert (record.answered, record.heard) == (0, 1)


def test_a_forged_stamp_counts_as_weak(tmp_path: Path) -> None:
    """Somebody else's Authentication-Results prove nothing."""
    forged = (
        b"Authentication-Results",
        b" mx.riverbank.example; dmarc=pass header.from=riverbank.example",
    )
    record = _heard(tmp_path, forged, REPLY)
    assert (record.answered, record.heard, record.heard_weakly) == (0, 0, 1)


def test_bounces_and_auto_replies_teach_nothing(tmp_path: Path) -> None:
    """An automatic answer is no answer."""
    auto = (b"Auto-Submitted", b" auto-replied")
    assert _heard(tmp_path, STAMP, REPLY, auto).answered == 0


def test_a_null_sender_teaches_nothing(tmp_path: Path) -> None:
    """A bounce is no answer."""
    assert _heard(tmp_path, STAMP, REPLY, sender=b"<>").answered == 0
