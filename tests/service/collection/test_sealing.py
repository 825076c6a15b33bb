"""Taking messages into custody: what is durable when, what is known afterwards, what a failure leaves."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.service.collection.custody import (
    ANN,
    LETTER,
    RETENTION,
    TYPED,
    Custody,
    again,
    build,
    envelope,
    hits,
)

from missent.errors import OperatorError, StoreUnavailable
from missent.extraction.pool import ExtractionSettings, SandboxedExtractor
from missent.judge.audit import first_break
from missent.judge.content import Detector
from missent.mail.envelope import Envelope
from missent.mail.mailbox import Mailbox
from missent.service.collection.classifying import UNKNOWN, Classified, ContentClassifier
from missent.service.collection.collection import Item, Likely
from missent.service.collection.keeping import GONE_AFTER, Keeping, State, state_of
from missent.service.collection.parcel import pack, unpack
from missent.service.contents import NamesOnly
from missent.service.ports import NewEvent
from missent.store.store import SqlStore, open_store
from missent.store.vault import FileVault

NAVY = Mailbox.parse("mary@mail.navy.ml")
HOUR = timedelta(hours=1)


@pytest.fixture
def custody(tmp_path: Path) -> Iterator[Custody]:
    """Give a collector in one folder whose key lies in another."""
    here = tmp_path / "collector"
    here.mkdir()
    made = build(here, tmp_path / "elsewhere")
    yield made
    made.store.close()


def _roster() -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = ANN.wire, TYPED.wire, "Crew"
    rows = "".join(
        f"{name},Captain,197{n}-03-14,X447192{n},USA\n"
        for n, name in enumerate(
            ("Quill Harrow", "Bram Oakes", "Tilda Marsh", "Orin Vale", "Petra Lund")
        )
    )
    message.set_content(f"Name,Rank,Date of birth,Passport number,Nationality\n{rows}")
    return message.as_bytes()


# --- what is kept ----------------------------------------------------------------------------------


def test_a_message_comes_back_to_its_last_octet(custody: Custody) -> None:
    """With the key, message and envelope are what came; the row says what may be known without."""
    item = custody.collecting().collect(envelope(TYPED, NAVY), LETTER, hits(TYPED, NAVY))
    assert custody.store.items() == (item,)
    assert (item.size, item.likely, item.level) == (len(LETTER), Likely.REAL, 0)
    assert [name.ascii for name in item.typed] == ["army.ml", "mail.navy.ml"]
    assert item.organisation == "contractor.example"
    assert item.expires_at == custody.clock.now() + RETENTION
    parcel = unpack(custody.open(item.item_id))
    assert (parcel.item_id, parcel.message) == (item.item_id, LETTER)
    told = parcel.envelope
    assert (told["sender"], told["client"]) == ("ann@contractor.example", "192.0.2.1")
    assert told["recipients"] == ["john@army.ml", "mary@mail.navy.ml"]
    assert (told["helo"], told["tls"]) == ("mx.contractor.example", True)
    assert told["at"] == "2026-03-02T09:00:00Z"


def test_an_item_and_its_event_are_one(custody: Custody) -> None:
    """The trail has the digest of the sealed bytes, so that nobody can put others in their place."""
    item = custody.collecting().collect(envelope(), LETTER, hits())
    (found,) = (event for _, event, _ in custody.store.trail() if event.kind == "item.sealed")
    assert (found.subject_id, found.actor) == (item.item_id, "collector")
    assert found.detail["octets"] == len(LETTER)
    assert first_break([(event, stored) for _, event, stored in custody.store.trail()]) is None


def test_how_sensitive_it_was_is_known_without_the_key(custody: Custody) -> None:
    """Level, categories with their levels, and people, as the guard's own detectors say."""
    item = custody.collecting().collect(envelope(), _roster(), hits())
    assert (item.level, item.people) == (3, 5)
    assert dict(item.categories) == {"identity": 2, "people": 3, "roster": 3}


def test_the_most_real_of_the_hits_counts(custody: Custody) -> None:
    """A message to several wrong addresses is real mail if it is for one of them."""
    mixed = [*hits(TYPED, likely=Likely.SPAM), *hits(NAVY, likely=Likely.UNCLEAR)]
    assert custody.collecting().collect(envelope(), LETTER, mixed).likely is Likely.UNCLEAR


def test_a_bounce_is_kept_like_any_mail(custody: Custody) -> None:
    """The null path has no organisation, and nothing falls over it."""
    item = custody.collecting().collect(envelope(sender=None), LETTER, hits(sender=None))
    assert item.organisation == ""
    assert unpack(custody.open(item.item_id)).envelope["sender"] == ""


# --- doubt -----------------------------------------------------------------------------------------


def _stumbles(_content: object) -> Iterator[object]:
    raise ValueError("zanzibarquokka")


def test_a_detector_that_raises_is_told_as_unreadable() -> None:
    """Doubt is a category beside what the others found, and never lowers anything."""
    broken = Detector("broken", frozenset(), _stumbles)  # type: ignore[arg-type]
    found = ContentClassifier(NamesOnly(), (broken,))(envelope(), LETTER)
    assert found == Classified(1, (("unreadable", 1),), 0)


def test_a_classifier_that_raises_loses_nothing(custody: Custody) -> None:
    """The message is sealed all the same, as one of which nothing is known."""

    def fails(_envelope: Envelope, _data: bytes) -> Classified:
        raise RuntimeError("zanzibarquokka")

    item = custody.collecting(fails).collect(envelope(), LETTER, hits())
    assert (item.level, item.categories) == (UNKNOWN.level, UNKNOWN.categories)
    assert unpack(custody.open(item.item_id)).message == LETTER


def test_an_attachment_that_takes_too_long_is_told_as_unreadable(custody: Custody) -> None:
    """The reading process is ended at its limit; the message is sealed all the same."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = ANN.wire, TYPED.wire
    message.set_content("See there.\n")
    message.add_attachment(b"a,b\n" * 100_000, "text", "csv", filename="list.csv")
    data = message.as_bytes()
    with contextlib.closing(SandboxedExtractor(ExtractionSettings(time_limit=0.0))) as pool:
        item = custody.collecting(ContentClassifier(pool)).collect(envelope(), data, hits())
    assert (item.level, item.categories) == (1, (("unreadable", 1),))
    assert unpack(custody.open(item.item_id)).message == data


@given(st.binary(max_size=600))
def test_no_octets_make_the_classifier_raise(data: bytes) -> None:
    """Whatever comes, something is said of it."""
    assert 0 <= ContentClassifier(NamesOnly())(envelope(), data).level <= 4


def test_more_than_is_read_is_told_as_unreadable() -> None:
    """A letter of 5 MB is not read whole, and is not called harmless."""
    found = ContentClassifier(NamesOnly())(envelope(), LETTER + b"nothing here\r\n" * 400_000)
    assert ("unreadable", 1) in found.categories


# --- parcels ---------------------------------------------------------------------------------------


@given(st.binary(max_size=300))
def test_a_parcel_gives_back_what_was_packed(data: bytes) -> None:
    """Line feeds, zeros, anything: the message is everything behind the first line."""
    packed = pack("a" * 20, envelope(), data, [hit for hit, _ in hits()])
    assert unpack(packed).message == data


@given(st.binary(max_size=300))
def test_a_hostile_parcel_is_refused(data: bytes) -> None:
    """Anybody can seal to a public key, so what opens may be anything."""
    with pytest.raises(OperatorError):
        unpack(data)


@pytest.mark.parametrize(
    "changed", [{"item": "../../etc/passwd"}, {"item": 7}, {"sha256": "0"}, {"format": "2"}]
)
def test_a_parcel_that_lies_is_refused(changed: dict[str, object]) -> None:
    """A name that would be a path, another message, another format."""
    first, _, message = pack("a" * 20, envelope(), LETTER, []).partition(b"\n")
    lying = json.dumps(json.loads(first) | changed).encode() + b"\n" + message
    with pytest.raises(OperatorError) as refused:
        unpack(lying)
    assert "passwd" not in str(refused.value)


# --- failures --------------------------------------------------------------------------------------


class _Failing:
    """A sealer that fails with what it was given in its text."""

    def seal(self, data: bytes) -> bytes:
        raise ValueError(data.decode("latin-1"))


def _nothing_stays(custody: Custody) -> None:
    assert custody.store.items() == ()
    assert list((custody.folder / "vault").iterdir()) == []
    assert custody.kinds() == []


def test_what_cannot_be_sealed_is_not_kept(custody: Custody) -> None:
    """The peer is told to come again; nothing stays, and the error repeats nothing (law 8)."""
    with pytest.raises(StoreUnavailable) as failed:
        custody.collecting(sealer=_Failing()).collect(envelope(), LETTER, hits())
    assert failed.value.reply().startswith("451 4.3.0")
    assert "Plans" not in f"{failed.value!r} {failed.value} {failed.value.__cause__!r}"
    _nothing_stays(custody)


def test_what_the_vault_does_not_take_is_not_kept(
    custody: Custody,
) -> None:
    """The folder is gone: no row without bytes."""
    (custody.folder / "vault").rename(custody.folder / "moved")
    with pytest.raises(StoreUnavailable):
        custody.collecting().collect(envelope(), LETTER, hits())
    (custody.folder / "moved").rename(custody.folder / "vault")
    _nothing_stays(custody)


def test_what_the_store_does_not_take_is_not_kept(
    custody: Custody, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row cannot be written: no bytes without a row either."""

    def refuses(_store: SqlStore, _item: Item, _event: NewEvent) -> None:
        raise StoreUnavailable("the database is full")

    with monkeypatch.context() as patched:
        patched.setattr(SqlStore, "keep_item", refuses)
        with pytest.raises(StoreUnavailable, match="database is full"):
            custody.collecting().collect(envelope(), LETTER, hits())
    _nothing_stays(custody)


_KILLED = """
import os, signal, sys
from pathlib import Path
from tests.service.collection.custody import LETTER, again, envelope, hits
from missent.store.store import SqlStore

def killed(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

folder, public, identity, moment = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), sys.argv[4]
custody = again(folder, public, identity)
if moment == "before the row":
    SqlStore.keep_item = killed
if moment == "before the rename":
    os.rename = killed
custody.collecting().collect(envelope(), LETTER, hits())
print("answered", flush=True)
killed()
"""


def _run_until_killed(custody: Custody, moment: str) -> str:
    ran = subprocess.run(
        [
            *(sys.executable, "-c", textwrap.dedent(_KILLED), str(custody.folder)),
            *(custody.public, str(custody.identity), moment),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    return ran.stdout


@pytest.mark.parametrize("moment", ["before the row", "before the rename"])
def test_a_kill_before_the_row_loses_and_doubles_nothing(custody: Custody, moment: str) -> None:
    """The sender heard nothing and comes again: one item in the end, and the orphan is swept."""
    assert _run_until_killed(custody, moment) == ""
    assert custody.store.items() == ()
    (orphan,) = custody.vault.ids()
    after = again(custody.folder, custody.public, custody.identity)
    item = after.collecting().collect(envelope(), LETTER, hits())
    assert set(after.vault.ids()) == {orphan, item.item_id}
    written = datetime.fromtimestamp(
        max(p.stat().st_mtime for p in (custody.folder / "vault").iterdir()), tz=item.at.tzinfo
    )
    assert after.keeping.sweep(written + HOUR / 2) == 0, "a message may be on its way to its row"
    assert after.keeping.sweep(written + HOUR + timedelta(seconds=1)) == 1
    assert after.vault.ids() == [item.item_id]
    assert unpack(after.open(item.item_id)).message == LETTER
    assert after.kinds() == ["item.sealed", "item.swept"]
    assert len(list((custody.folder / "vault").iterdir())) == 1
    after.store.close()


def test_a_kill_after_the_row_keeps_the_message(custody: Custody) -> None:
    """What was answered is there; had the answer been lost, SMTP itself would send it twice."""
    assert _run_until_killed(custody, "after the answer") == "answered\n"
    (item,) = custody.store.items()
    assert unpack(custody.open(item.item_id)).message == LETTER
    assert custody.keeping.sweep(item.at + timedelta(days=400)) == 0


# --- keeping ---------------------------------------------------------------------------------------


def test_what_is_past_its_time_is_destroyed(custody: Custody) -> None:
    """Bytes and then the row's mark, one event; younger items stay; twice is once."""
    old = custody.collecting().collect(envelope(), LETTER, hits())
    custody.clock.pass_(days=10)
    young = custody.collecting().collect(envelope(), LETTER, hits())
    assert custody.keeping.expire(old.expires_at - timedelta(seconds=1)) == 0
    assert custody.keeping.expire(old.expires_at) == 1
    assert custody.keeping.expire(old.expires_at) == 0
    assert custody.vault.ids() == [young.item_id]
    marked = custody.store.item(old.item_id)
    assert marked is not None
    assert marked.destroyed_at == old.expires_at
    assert custody.kinds() == ["item.sealed", "item.sealed", "item.expired"]
    assert state_of(marked, custody.vault.ids()) is State.DESTROYED


def test_many_are_destroyed_with_few_events(custody: Custody) -> None:
    """Every name stands in the trail, a hundred an event."""
    made = [custody.collecting().collect(envelope(), LETTER, hits()) for _ in range(130)]
    assert custody.keeping.expire(made[-1].expires_at) == 130
    events = [event for _, event, _ in custody.store.trail() if event.kind == "item.expired"]
    names = [name for event in events for name in str(event.detail["names"]).split()]
    assert (len(events), set(names)) == (2, {item.item_id for item in made})
    assert custody.vault.ids() == []


def test_a_backlog_is_destroyed_at_once(custody: Custody) -> None:
    """However many are past their time: the promise is a minute, not a thousand an hour."""
    made = [custody.collecting().collect(envelope(), LETTER, hits()) for _ in range(7)]
    assert custody.keeping.expire(made[-1].expires_at, limit=3) == 7
    assert custody.vault.ids() == []


def test_another_collectors_items_are_left_to_it(custody: Custody) -> None:
    """Two on one store have a vault each: none says that bytes are gone which lie at the other."""
    item = custody.collecting().collect(envelope(), LETTER, hits())
    other = Keeping(custody.store, FileVault(custody.folder / "other"))
    assert other.expire(item.expires_at) == 0
    assert custody.keeping.expire(item.expires_at) == 1


def test_what_is_missing_is_marked_later_and_said_to_be(custody: Custody) -> None:
    """Bytes that somebody took away do not stand in the list for ever, and the trail knows."""
    item = custody.collecting().collect(envelope(), LETTER, hits())
    custody.vault.destroy(item.item_id)
    assert custody.keeping.expire(item.expires_at) == 0
    assert custody.keeping.expire(item.expires_at + GONE_AFTER) == 1
    *_, event = [event for _, event, _ in custody.store.trail()]
    assert (event.kind, event.detail["missing"]) == ("item.expired", 1)


def test_a_vault_that_is_away_is_not_taken_for_empty(custody: Custody) -> None:
    """While it cannot be reached nothing is marked as destroyed, and it is told; afterwards it is done."""
    item = custody.collecting().collect(envelope(), LETTER, hits())
    (custody.folder / "vault").rename(custody.folder / "moved")
    with pytest.raises(StoreUnavailable):
        custody.keeping.expire(item.expires_at)
    with pytest.raises(StoreUnavailable):
        custody.keeping.sweep(item.expires_at)
    (custody.folder / "moved").rename(custody.folder / "vault")
    assert custody.keeping.expire(item.expires_at) == 1


def test_what_a_backup_brings_back_is_swept(custody: Custody) -> None:
    """Destroyed is destroyed: bytes that come back are removed within the hour."""
    item = custody.collecting().collect(envelope(), LETTER, hits())
    sealed = custody.vault.get(item.item_id)
    assert custody.keeping.destroy(item.item_id, "operator:eve", "asked\r\nto \x1b[31m", item.at)
    assert not custody.keeping.destroy(item.item_id, "operator:eve", "", item.at)
    assert not custody.keeping.destroy("b" * 20, "operator:eve", "", item.at)
    custody.vault.put(item.item_id, sealed)
    os.utime(custody.folder / "vault" / f"{item.item_id}.age", (0, 0))
    assert custody.keeping.sweep(item.at) == 1
    assert custody.vault.ids() == []
    events = [event for _, event, _ in custody.store.trail() if event.kind == "item.destroyed"]
    assert [(e.actor, e.detail["reason"]) for e in events] == [("operator:eve", "asked to [31m")]


def test_another_database_does_not_destroy_what_was_acknowledged(
    custody: Custody, tmp_path: Path
) -> None:
    """A wrong ``store.url``, or a database of yesterday, costs no accepted message; time still does."""
    item = custody.collecting().collect(envelope(), LETTER, hits())
    custody.vault.put("c" * 20, b"never acknowledged")
    written = custody.clock.now()
    for name in (item.item_id, "c" * 20):
        os.utime(custody.folder / "vault" / f"{name}.age", (written.timestamp(),) * 2)
    other = open_store(f"sqlite:///{tmp_path}/other.db", node="n")
    keeping = Keeping(other, custody.vault, timedelta(days=30))
    assert keeping.sweep(written + timedelta(hours=2)) == 1
    assert (custody.vault.ids(), keeping.strays) == ([item.item_id], 1)
    assert custody.open(item.item_id).endswith(LETTER)
    assert keeping.sweep(written + timedelta(days=31)) == 1
    assert (custody.vault.ids(), keeping.strays) == ([], 0)
    other.close()


def test_bytes_that_are_gone_are_shown_as_destroyed(custody: Custody) -> None:
    """Whatever the row says."""
    item = custody.collecting().collect(envelope(), LETTER, hits())
    assert state_of(item, custody.vault.ids()) is State.KEPT
    custody.vault.destroy(item.item_id)
    assert state_of(item, custody.vault.ids()) is State.DESTROYED


_LARGE = """
import sys
from pathlib import Path
from tests.service.collection.custody import again, envelope, hits

def status(key):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(key)) * 1024

custody = again(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
collecting = custody.collecting()
line = b"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0\\r\\n"
head = b"Content-Type: application/octet-stream\\r\\nContent-Transfer-Encoding: base64\\r\\n\\r\\n"
data = head + line * (25_000_000 // len(line))
before = status("VmRSS")
Path("/proc/self/clear_refs").write_text("5")
item = collecting.collect(envelope(), data, hits())
print(item.item_id, (status("VmHWM") - before) / len(data))
"""


def test_a_large_message_takes_bounded_memory(custody: Custody) -> None:
    """25 MB, the largest that is collected by default, need at most four times that beside themselves."""
    ran = subprocess.run(
        [
            *(sys.executable, "-c", _LARGE, str(custody.folder)),
            custody.public,
            str(custody.identity),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    item_id, times = ran.stdout.split()
    assert float(times) <= 4
    assert len(unpack(custody.open(item_id)).message) > 24_900_000
