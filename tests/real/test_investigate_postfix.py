"""A real Postfix sends real mail to wrong places; `missent investigate` reads its log and its archive."""

from __future__ import annotations

import csv
import gzip
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests.real.conftest import require
from tests.real.internet import Internet
from tests.real.letters import ANN, as_bytes, crew_list_mail, plain_mail

BOB, JOHN, MARY = "bob@contractor.example", "john@army.ml", "mary@army.mil"
TEAM = "team@contractor.example"
# Two of the wrong domains are given a way of their own: one whose server does not answer, and one that
# the operator throws away. navy.ml is not registered: the name service says so.
SETTINGS = (
    ("transport_maps", "inline:{ {usmc.ml=smtp:[127.0.0.1]:9}, {uscg.ml=discard:} }"),
    ("virtual_alias_maps", f"inline:{{ {{{TEAM}={JOHN}}} }}"),
    ("always_bcc", "archive@contractor.example"),
)


@pytest.fixture(scope="module")
def mailed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Send everything once; gives a folder with Postfix's log and its archive, as an operator copies."""
    require("root", "postfix", "ip", "nsd", "unbound", "swaks")
    folder = tmp_path_factory.mktemp("operator")
    with Internet(main=SETTINGS) as internet:
        _send_all(internet)
        postfix = internet.contractor.postfix
        (folder / "mail.log").write_text(postfix.log())
        inbox = postfix.directory / "inbox"
        subprocess.run(["cp", "-r", str(inbox), str(folder / "archive")], check=True)
    return folder


def _send_all(internet: Internet) -> None:
    for sender, recipient in ((ANN, MARY), (MARY, ANN), (BOB, MARY), (MARY, BOB)):
        internet.send(sender, [recipient], as_bytes(plain_mail([recipient], sender=sender)))
    wrong = [JOHN, "kim@army.ml", MARY]
    internet.send(ANN, wrong, crew_list_mail(wrong))
    for recipient in (JOHN, "kim@navy.ml", "lee@usmc.ml", "pat@uscg.ml"):
        internet.send(BOB, [recipient], as_bytes(plain_mail([recipient], sender=BOB)))
    internet.send(MARY, [TEAM], as_bytes(plain_mail([TEAM], sender=MARY)))
    log = internet.contractor.postfix
    for pattern in (
        rf"to=<{JOHN}>, orig_to=<{TEAM}>, .*status=sent",
        r"to=<kim@navy\.ml>, .*status=bounced",
        r"to=<lee@usmc\.ml>, .*status=deferred",
        r"to=<pat@uscg\.ml>, relay=none, .*status=sent",
        r"to=<kim@army\.ml>, .*status=sent",
    ):
        log.wait_for_log(pattern)
    internet.army_mil.wait_for(MARY)
    internet.contractor.wait_for(BOB)


def _investigate(tmp_path: Path, *sources: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "missent.cli", "investigate", *map(str, sources), "--json"]
    done = subprocess.run(
        [*command, "--out", str(tmp_path / "out"), "--ours", "contractor.example"],
        cwd=tmp_path,
        env={**os.environ, "XDG_STATE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    plain: dict[str, Any] = json.loads(done.stdout)
    return plain


def _outcomes(out: Path) -> Counter[tuple[str, str, str]]:
    with (out / "deliveries.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return Counter((row["sender"], row["recipient"], row["outcome"]) for row in rows)


ALL = Counter(
    {
        (ANN, JOHN, "accepted"): 1,
        (ANN, "kim@army.ml", "accepted"): 1,
        (BOB, JOHN, "accepted"): 1,
        (MARY, JOHN, "accepted"): 1,
        (BOB, "kim@navy.ml", "bounced"): 1,
        (BOB, "lee@usmc.ml", "pending"): 1,
        (BOB, "pat@uscg.ml", "bounced"): 1,
    }
)


def test_the_log_alone_gives_exact_counts(mailed: Path, tmp_path: Path) -> None:
    """Taken by the wrong host, refused, waiting, thrown away, forwarded: each for what it was."""
    plain = _investigate(tmp_path, mailed / "mail.log")
    assert _outcomes(tmp_path / "out") == ALL
    assert (plain["misdirected"], plain["bounced"], plain["pending"]) == (3, 2, 1)
    [wrong] = plain["destinations"]
    assert (wrong["domain"], wrong["intended"]) == ("army.ml", "army.mil")
    assert (wrong["messages"], wrong["senders"], wrong["recipients"]) == (3, 3, 2)
    assert wrong["servers"] == ["mx.army.ml[198.51.100.30]:25"]
    assert {one["domain"] for one in plain["refused"]} == {"navy.ml", "usmc.ml", "uscg.ml"}
    forwarded = {(one["sender"], one["recipient"]): one["forwarded"] for one in plain["pairs"]}
    assert forwarded[MARY, JOHN] == 1
    assert sum(forwarded.values()) == 1
    assert plain["sensitivity"]["examined"] == 0
    assert plain["inputs"][0]["unreadable"] == 0


def test_a_rotated_log_beside_the_archive_tells_the_same_and_what_it_held(
    mailed: Path, tmp_path: Path
) -> None:
    """Cut anywhere, even within a message's lines; each message once, with what the archive holds."""
    lines = (mailed / "mail.log").read_bytes().splitlines(keepends=True)
    middle = next(n for n, line in enumerate(lines) if b"kim@army.ml" in line)
    (tmp_path / "logs").mkdir()
    older = gzip.compress(b"".join(lines[:middle]))
    (tmp_path / "logs" / "mail.log.1.gz").write_bytes(older)
    (tmp_path / "logs" / "mail.log").write_bytes(b"".join(lines[middle:]))
    plain = _investigate(tmp_path, tmp_path / "logs", mailed / "archive")
    assert _outcomes(tmp_path / "out") == ALL
    assert (plain["misdirected"], plain["bounced"], plain["pending"]) == (3, 2, 1)
    held = plain["sensitivity"]
    assert (held["examined"], held["unseen"], held["sensitive"]) == (3, 0, 1)
    assert plain["people"] == 5
