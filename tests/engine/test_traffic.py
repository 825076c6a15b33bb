"""Traffic: what logs, traces and archives tell of mail to our names and to names near them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.engine.samples import NOW, START, arrival, letter, story, written

from missent.engine import slips
from missent.engine.sampling import Sample
from missent.engine.traffic import read_traffic
from missent.errors import ArchiveError
from missent.mail.domain import DomainName
from missent.service.exposure.traffic import Traffic, Written

ARMY, ML = DomainName.parse("army.mil"), DomainName.parse("army.ml")
ANN = "ann@contractor.example"
OUT = "mx.army.example[198.51.100.5]:25"


def word(
    key: str,
    to: str,
    status: str = "sent",
    *,
    at: datetime = START,
    relay: str = OUT,
    dsn: str = "",
    orig: str = "",
) -> str:
    """Write what Postfix logs of one attempt, with its relay and its code."""
    code = dsn or {"sent": "2.0.0", "deferred": "4.4.1", "expired": "4.4.1"}.get(status, "5.4.4")
    came = f" orig_to=<{orig}>," if orig else ""
    return (
        f"{at.isoformat()} mx1 postfix/smtp[9]: {key}: to=<{to}>,{came} relay={relay}, delay=1,"
        f" delays=0/0/0/1, dsn={code}, status={status} (told)"
    )


def sent(number: int, to: str, status: str = "sent", sender: str = ANN, **more: str) -> list[str]:
    """Write one message, a day after the one with the number before."""
    at, key = START + timedelta(days=number), f"4{number:09X}"
    return [*arrival(key, sender, at), word(key, to, status, at=at, **more)]


def read(tmp_path: Path, lines: Iterable[str], *names: DomainName) -> Traffic:
    """Read one log for army.mil, or other names."""
    path = written(tmp_path / "mail.log", lines)
    return read_traffic([path], names or (ARMY,), now=NOW)


def test_the_story_is_counted(tmp_path: Path) -> None:
    """Mail to army.mil, its pairs, and the three messages that went to army.ml are counted apart."""
    found = read(tmp_path, story(120, 40))
    assert found.written(ARMY) == Written(messages=87, pairs=9, recipients=9)
    hits = found.hits(ML)
    assert (hits.delivered, hits.messages, hits.bounced, hits.heard) == (3, 3, 0, 0)
    assert found.tells
    assert found.days == 1.0
    assert found.messages == 120


def test_names_below_count_for_the_name_above(tmp_path: Path) -> None:
    """``us.army.mil`` is army.mil's, ``us.army.ml`` is army.ml's, ``navy.mil`` is nobody's here."""
    lines = [
        *sent(0, "john@us.army.mil"),
        *sent(1, "john@us.army.ml"),
        *sent(2, "john@navy.mil"),
        *sent(3, "john@myarmy.mil.example"),
    ]
    found = read(tmp_path, lines)
    assert found.written(ARMY).messages == 1
    assert list(found.near) == [ML]
    assert found.hits(ML).delivered == 1


def test_a_portfolio_name_is_no_near_name(tmp_path: Path) -> None:
    """If army.ml is ours, too, mail to it is mail to one of our names."""
    found = read(tmp_path, sent(0, "john@army.ml"), ARMY, ML)
    assert found.written(ML).messages == 1
    assert not found.near


def test_a_deferred_message_is_one(tmp_path: Path) -> None:
    """Five attempts and a delivery are one message; one that still waits is none yet."""
    lines = arrival("4AAAAA", ANN)
    lines += [
        word("4AAAAA", "j@army.mil", "deferred", at=START + timedelta(hours=h)) for h in range(5)
    ]
    lines += [word("4AAAAA", "j@army.mil", at=START + timedelta(hours=6))]
    lines += [*arrival("4BBBBB", ANN), word("4BBBBB", "j@army.ml", "deferred")]
    found = read(tmp_path, lines)
    assert found.written(ARMY).messages == 1
    assert not found.near


def test_a_message_counts_once_for_each_recipient_however_often_it_is_told(tmp_path: Path) -> None:
    """Two recipients are two; the same log under another name adds nothing."""
    lines = [*arrival("4AAAAA", ANN), word("4AAAAA", "a@army.mil"), word("4AAAAA", "b@army.mil")]
    paths = [written(tmp_path / name, lines) for name in ("mail.log", "mail.log.1")]
    found = read_traffic(paths, (ARMY,), now=NOW)
    assert found.written(ARMY) == Written(2, 2, 2)


@pytest.mark.parametrize(
    ("status", "dsn", "relay", "fate"),
    [
        ("sent", "2.0.0", OUT, "delivered"),
        ("bounced", "5.4.4", "none", "bounced"),
        ("bounced", "5.1.2", OUT, "refused"),
        ("bounced", "5.1.2", "filter[10.1.2.3]:25", "bounced"),
        ("bounced", "5.4.310", "none", "bounced"),
        ("bounced", "5.1.0", "none", "bounced"),
        ("bounced", "5.1.1", OUT, "refused"),
        ("expired", "4.4.1", "none", "refused"),
    ],
)
def test_what_became_of_a_slip(
    tmp_path: Path, status: str, dsn: str, relay: str, fate: str
) -> None:
    """A name that nobody has bounces at once; one that is somebody's takes, refuses or keeps waiting."""
    found = read(tmp_path, sent(0, "john@army.ml", status, dsn=dsn, relay=relay))
    told = {name: getattr(found.hits(ML), name) for name in ("bounced", "delivered", "refused")}
    assert told == {"bounced": 0, "delivered": 0, "refused": 0} | {fate: 1}


def test_only_a_host_that_hands_mail_on_may_say_that_nobody_has_a_name(tmp_path: Path) -> None:
    """A smart host's 5.1.2 is a bounce; the squatter's own, after it read the message, is a refusal.

    That it took mail for a second look-alike, or for one ordinary name, makes it no smart host.
    """
    smart, squat = "out.provider.example[198.51.100.9]:25", "mx.squat.example[203.0.113.9]:25"
    lines = [
        *(line for n in range(3) for line in sent(n, f"a@name{n}.example", relay=smart)),
        *sent(3, "j@army.ml", "bounced", dsn="5.1.2", relay=smart),
        *sent(4, "j@army.co", "bounced", dsn="5.1.2", relay=squat),
        *sent(5, "j@army.com", relay=squat),
        *sent(6, "j@friend.example", relay=squat),
    ]
    found = read(tmp_path, lines)
    assert (found.hits(ML).bounced, found.hits(ML).refused) == (1, 0)
    squatted = found.hits(DomainName.parse("army.co"))
    assert (squatted.bounced, squatted.refused) == (0, 1)


@pytest.mark.parametrize(
    "relay", ["127.0.0.1[127.0.0.1]:10024", "filter[10.1.2.3]:25", "mail[private/lmtp]", "local"]
)
def test_a_filter_of_ones_own_is_no_delivery(tmp_path: Path, relay: str) -> None:
    """Mail handed to a filter inside has not reached army.ml; the bounce that follows counts."""
    lines = [
        *sent(0, "john@army.ml", relay=relay),
        word("4CCCCC", "john@army.ml", "bounced", relay="none"),
    ]
    lines[4:4] = arrival("4CCCCC", ANN, message_id="<4000000000@contractor.example>")
    found = read(tmp_path, lines)
    assert (found.hits(ML).delivered, found.hits(ML).bounced) == (0, 1)


def test_a_bounce_overrules_the_hand_over_before_it(tmp_path: Path) -> None:
    """A relay that took a message and then returned it has not delivered it."""
    lines = [*sent(0, "j@army.ml"), word("4000000000", "j@army.ml", "bounced", relay="none")]
    found = read(tmp_path, lines)
    assert (found.hits(ML).delivered, found.hits(ML).bounced) == (0, 1)


def test_one_pair_is_one_slip_and_its_repeats_are_persistent(tmp_path: Path) -> None:
    """Ten messages of one pair in ten days are one slip and one error that comes again."""
    lines = [line for day in range(10) for line in sent(day, "john@army.ml")]
    lines += sent(3, "jane@army.ml", sender="bob@contractor.example")
    found = read(tmp_path, lines)
    assert found.hits(ML).delivered == 2
    assert found.hits(ML).messages == 11
    again = found.persistent
    assert (again.pairs, again.messages, again.days) == (1, 10, 9.0)


def test_a_forward_is_persistent_and_no_slip(tmp_path: Path) -> None:
    """What an alias of ours sends to army.ml nobody typed."""
    found = read(tmp_path, sent(0, "john@army.ml", orig="john@contractor.example"))
    assert found.hits(ML).pairs == 0
    assert found.persistent.pairs == 1


def test_who_writes_to_us_is_heard(tmp_path: Path) -> None:
    """Mail from a near name is noted; a null path is nobody's."""
    lines = [
        *sent(0, ANN, sender="john@army.ml", relay="local"),
        *sent(1, ANN, sender="", relay="local"),
        *sent(2, "jane@army.ml", sender="john@army.ml"),
    ]
    found = read(tmp_path, lines)
    assert found.hits(ML).heard == 2
    assert found.hits(ML).pairs == 0


def test_only_answers_make_a_correspondent(tmp_path: Path) -> None:
    """Three, to two who had written to those mailboxes, over a fortnight: as the guard has it of a suspect.

    Mail that nobody asked for gives a squatter nothing, however much there is of it.
    """
    bob = "bob@contractor.example"
    asked = [*sent(0, "john@army.ml"), *sent(1, "jane@army.ml", sender=bob)]

    def back(number: int, sender: str, to: str) -> list[str]:
        return sent(number, to, sender=sender, relay="local")

    unasked = [line for n in range(2, 40) for line in back(n, f"x{n}@army.ml", (ANN, bob)[n % 2])]
    found = read(tmp_path, [*asked, *unasked]).hits(ML)
    assert (found.heard, found.answers) == (38, 0)
    soon = [*back(2, "john@army.ml", ANN), *back(3, "jane@army.ml", bob)]
    assert read(tmp_path, [*asked, *soon, *back(4, "john@army.ml", ANN)]).hits(ML).answers == 0
    assert read(tmp_path, [*asked, *soon, *back(20, "john@army.ml", ANN)]).hits(ML).answers == 3
    alone = [line for n in (2, 9, 20) for line in back(n, "john@army.ml", ANN)]
    assert read(tmp_path, [*asked, *alone]).hits(ML).answers == 0


def test_old_acquaintances_are_told_by_the_later_half(tmp_path: Path) -> None:
    """Where all pairs are new at first and hardly any later, the later half says so."""
    lines = [line for day in range(20) for line in sent(day, f"p{min(day, 9)}@army.mil")]
    found = read(tmp_path, lines)
    assert found.written(ARMY).pairs == 10
    assert found.late_share == 0.0
    even = [line for day in range(20) for line in sent(day, f"p{day}@army.mil")]
    assert read(tmp_path, even).late_share == 1.0


def test_days_without_logs_are_not_covered(tmp_path: Path) -> None:
    """A weekend is; the month between two logs is not."""
    lines = [*sent(0, "a@army.mil"), *sent(3, "a@army.mil"), *sent(60, "a@army.mil")]
    assert read(tmp_path, [*lines, *sent(62, "a@army.mil")]).days == pytest.approx(6.0)


def test_a_smart_host_tells_nothing(tmp_path: Path) -> None:
    """If one host takes all mail to many names, that it took some says nothing of who has the name."""
    one, many = "relay.provider.example[198.51.100.9]:25", "mx{}.example[198.51.100.9]:25"
    to = [f"a@name{number % 20}.example" for number in range(100)]
    same = [line for n, one_to in enumerate(to) for line in sent(n, one_to, relay=one)]
    assert not read(tmp_path, same).tells
    other = [line for n, one_to in enumerate(to) for line in sent(n, one_to, relay=many.format(n))]
    assert read(tmp_path, other).tells
    inside = [line for n, to_ in enumerate(to) for line in sent(n, to_, relay="x[10.0.0.1]:25")]
    assert not read(tmp_path, inside).tells


def test_archives_have_volume_and_no_fates(tmp_path: Path) -> None:
    """An archive says who wrote to whom, and not what became of it."""
    for number, to in enumerate(("j@army.mil", "k@army.mil", "j@army.ml")):
        (tmp_path / f"{number}.eml").write_text(letter(number, to), encoding="utf-8")
    found = read_traffic([tmp_path], (ARMY,), now=NOW)
    assert found.written(ARMY) == Written(2, 2, 2)
    assert (found.hits(ML).handed, found.hits(ML).delivered) == (1, 0)
    assert not found.tells


def test_memory_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a log has more pairs than are kept, counts are estimated from a sample."""
    monkeypatch.setattr(slips, "Sample", lambda _=0: Sample(200))
    found = read(tmp_path, [line for n in range(3_000) for line in message(n)])
    assert found.written(ARMY).pairs == pytest.approx(3_000, rel=0.25)
    assert found.written(ARMY).messages == pytest.approx(3_000, rel=0.25)


def message(number: int) -> list[str]:
    """Write the arrival of one message, and its delivery to somebody new."""
    key = f"5{number:09X}"
    return [*arrival(key, ANN), word(key, f"p{number}@army.mil")]


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    """A path that holds no mail is the operator's fault, with its name."""
    path = written(tmp_path / "notes.txt", ["nothing of the kind"])
    with pytest.raises(ArchiveError, match=r"notes\.txt"):
        read_traffic([path], (ARMY,), now=NOW)


def test_no_log_at_all_is_no_traffic() -> None:
    """Nothing read is nothing known."""
    found = read_traffic([], (ARMY,), now=NOW)
    assert (found.days, found.meant, found.near, found.tells) == (0.0, {}, {}, False)
