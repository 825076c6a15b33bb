"""One incident told by every kind of source at once: what is counted, and that it is counted once."""

from __future__ import annotations

import json
import os
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest
from tests.inquest import (
    ANN,
    BOB,
    CLEO,
    FILES,
    WRONG,
    answered,
    contents,
    investigate,
    report,
    rows,
    run,
)
from tests.tellings import BOUNCED, DEFERRED, Sent, day, tell

ARCHIVES = ("mbox", "maildir", "eml", "parquet")
LOGS = ("postfix", "exim", "sendmail", "opensmtpd")
TRACES = ("microsoft365", "google-log-search", "exchange")
KINDS = (*LOGS, *TRACES, *ARCHIVES)
JOE, LIGHT = "joe@harbourlights.example", "joe@harbourlight.example"
GMAIL = "pat@gamil.com"
MISSPELT = {"army.ml": "army.mil", "harbourlight.example": "harbourlights.example"}


def _mail(kind: str, number: int) -> list[Sent]:
    """Give what one kind of source tells of: correspondence both ways, and its own slips on its own day.

    Each has as many messages to army.ml as its place in the list, and one to each other wrong name; what
    logs and traces tell of, they also tell a bounce and a wait of.
    """
    first = 10 * number
    right = answered(f"{kind}-mary", first) + answered(f"{kind}-joe", first, us=BOB, them=JOE)
    wrong = [
        Sent(f"{kind}-ml-{n}", (ANN, BOB, CLEO)[n % 3], WRONG, day(first + 1, 8 + n))
        for n in range(number + 1)
    ]
    wrong += [Sent(f"{kind}-light", BOB, LIGHT, day(first + 2, 11))]
    wrong += [Sent(f"{kind}-gmail", CLEO, GMAIL, day(first + 3, 11))]
    if kind not in ARCHIVES:
        wrong += [Sent(f"{kind}-refused", ANN, WRONG, day(first + 4), BOUNCED)]
        wrong += [Sent(f"{kind}-waits", ANN, WRONG, day(first + 5), DEFERRED)]
    return sorted(right + wrong, key=lambda one: one.at)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write every kind of source into one folder, and investigate it into ``out`` beside it."""
    root = tmp_path_factory.mktemp("every")
    (root / "all").mkdir()
    for number, kind in enumerate(KINDS):
        tell(root / "all", kind, _mail(kind, number))
    assert investigate(root / "all", cwd=root).code == 1
    return root


def _source(kind: str) -> str:
    return "all/mail.log" if kind == "postfix" else f"all/{kind}"


def test_every_source_is_known_for_what_it_is(folder: Path) -> None:
    """By its content; the rotated log is two files."""
    inputs = {one["name"]: one for one in report(folder / "out")["inputs"]}
    kinds = {_source(kind): kind for kind in KINDS} | {"all/mail.log.1.gz": "postfix"}
    assert {name: one["kind"] for name, one in inputs.items()} == kinds
    assert all(one["fault"] is None and one["read"] and one["sha256"] for one in inputs.values())
    assert sum(one["unreadable"] for one in inputs.values()) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_each_source_gives_exactly_its_own(folder: Path, kind: str) -> None:
    """Time, sender, recipient, outcome and Message-ID of every slip, by the source that told it."""
    told = {_source(kind)} | ({"all/mail.log.1.gz"} if kind == "postfix" else set())
    found = {
        (row["at"], row["sender"], row["recipient"], row["outcome"], row["message_id"])
        for row in rows(folder / "out")
        if row["source"] in told
    }
    outcomes = {"sent": "accepted", "bounced": "bounced", "deferred": "pending"}
    assert found == {
        (
            f"{one.at:%Y-%m-%dT%H:%M:%SZ}",
            one.sender,
            one.to,
            outcomes[one.status],
            "" if kind == "opensmtpd" else one.message_id,
        )
        for one in _mail(kind, KINDS.index(kind))
        if one.to in {WRONG, LIGHT, GMAIL}
    }


def test_counts_and_dates_of_the_whole(folder: Path) -> None:
    """Messages, senders, destinations, first and last, day by day, as the parts add up."""
    every = [one for number, kind in enumerate(KINDS) for one in _mail(kind, number)]
    wrong = [one for one in every if one.to in {WRONG, LIGHT, GMAIL}]
    took = [one for one in wrong if one.status == "sent"]
    plain = report(folder / "out")
    assert plain["messages"] == len(every)
    assert plain["misdirected"] == len(took) == 66 + 2 * len(KINDS)
    assert (plain["bounced"], plain["pending"], plain["senders"]) == (7, 7, 3)
    assert (plain["first"], plain["last"]) == (_rfc(took[0].at), _rfc(took[-1].at))
    for one in plain["destinations"]:
        own = [sent for sent in took if sent.to.endswith("@" + one["domain"])]
        assert one["messages"] == len(own)
        assert one["senders"] == len({sent.sender for sent in own})
        assert (one["first"], one["last"]) == (_rfc(own[0].at), _rfc(own[-1].at))
        assert one["intended"] == (MISSPELT | {"gamil.com": "gmail.com"})[one["domain"]]
    days = Counter(f"{one.at:%Y-%m-%d}" for one in took)
    assert {one["day"]: one["messages"] for one in plain["by_day"]} == days
    held = plain["sensitivity"]
    of_archives = sum(8 + number for number, kind in enumerate(KINDS) if kind in ARCHIVES)
    assert (held["examined"], held["unread"]) == (of_archives - 5 * len(ARCHIVES), 0)
    assert held["examined"] + held["unseen"] == plain["misdirected"]


def _rfc(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def test_a_second_run_gives_the_same_octets(folder: Path, tmp_path: Path) -> None:
    """All six files, from another folder, whatever order the sources are named in."""
    first = contents(folder / "out")
    assert first.keys() == FILES
    investigate(os.path.relpath(folder / "all", tmp_path), cwd=tmp_path)
    assert contents(tmp_path / "out") == first
    investigate(".", cwd=folder / "all")
    assert contents(folder / "all" / "out") == first
    files = sorted(path for path in (folder / "all").iterdir() if path.name != "out")
    investigate(*files, cwd=tmp_path, out="ordered")
    investigate(*reversed(files), cwd=tmp_path, out="turned")
    assert contents(tmp_path / "turned") == contents(tmp_path / "ordered")
    assert report(tmp_path / "turned")["destinations"] == report(folder / "out")["destinations"]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "opensmtpd"])
def test_one_message_told_by_two_sources_is_one(tmp_path: Path, kind: str) -> None:
    """A log beside an archive, beside another server's, beside its own copy."""
    mail = [
        *answered("right", 0),
        Sent("one", ANN, WRONG, day(1, 10)),
        Sent("two", BOB, WRONG, day(2)),
    ]
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        tell(tmp_path / name, kind, mail)
    other = "mbox" if kind != "mbox" else "exchange"
    tell(tmp_path, other, mail)
    investigate(tmp_path / "first", tmp_path / other, tmp_path / "second", cwd=tmp_path)
    plain = report(tmp_path / "out")
    assert plain["misdirected"] == 2
    assert [row["message_id"] for row in rows(tmp_path / "out")] == [
        "<one@contractor.example>",
        "<two@contractor.example>",
    ]
    assert plain["sensitivity"]["examined"] == 2


def test_the_log_says_what_became_of_an_archived_message(tmp_path: Path) -> None:
    """What lies in an archive was taken, unless a server knows better."""
    slips = [Sent("a", ANN, WRONG, day(1), BOUNCED), Sent("b", ANN, WRONG, day(2), DEFERRED)]
    mail = [*answered("right", 0), *slips]
    tell(tmp_path, "mbox", mail)
    tell(tmp_path, "exim", mail)
    ran = investigate(tmp_path / "mbox", tmp_path / "exim", cwd=tmp_path)
    plain = report(tmp_path / "out")
    assert (ran.code, plain["misdirected"], plain["bounced"], plain["pending"]) == (0, 0, 1, 1)
    assert investigate(tmp_path / "mbox", cwd=tmp_path).code == 1


@pytest.mark.parametrize("kind", KINDS)
def test_what_an_investigation_reads_can_be_learned_from(tmp_path: Path, kind: str) -> None:
    """`missent learn` takes the same kinds: whom we wrote to, and who wrote."""
    (tmp_path / "missent.toml").write_text(
        '[organisation]\ndomains = ["contractor.example"]\n[store]\nurl = "sqlite:///missent.db"\n'
    )
    name = tell(tmp_path, kind, answered("right", 0))
    sources = [tmp_path / name] + ([tmp_path / "mail.log.1.gz"] if kind == "postfix" else [])
    ran = run("learn", *sources, "--config", tmp_path / "missent.toml", "--json", cwd=tmp_path)
    reports = json.loads(ran.out)["sources"]
    assert (ran.code, ran.err) == (0, "")
    assert sum(one["outgoing"] for one in reports) == 4
    assert sum(one["inbound"] for one in reports) == 4
    assert sum(one["learned"] for one in reports) == 8
