"""Made mail is what its truth says: read by other means, a log and an archive give the same counts."""

from __future__ import annotations

import contextlib
import email
import email.policy
import mailbox
import random
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from email.utils import getaddresses, parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from bench.mailarchive import write_maildir, write_mbox
from bench.maillogs import write_log
from bench.population import OURS, Population
from bench.running import run
from bench.seeded import Trial
from bench.seeding import FORMS, Seeded, Sent, outside, seeded
from bench.truth import Truth, Wrong, agreement

from missent.engine.sources import ArchiveSource, open_source
from missent.judge.case import Organisation
from missent.mail.delivery import Delivery
from missent.mail.domain import DomainName
from missent.mail.logs.postfix import LogJoiner
from missent.mail.mailbox import Mailbox
from missent.service.evaluation.labels import Labels

NOW = datetime(2031, 1, 1, tzinfo=UTC)
ORGANISATION = Organisation("Contractor", (DomainName.parse(OURS),))


def _deliveries(path: Path) -> list[Delivery]:
    joiner = LogJoiner(NOW)
    lines = path.read_text().splitlines()
    found = [delivery for line in lines for delivery in joiner.feed(line)]
    assert not joiner.unreadable
    return found + joiner.finish()


def _last_words(deliveries: Iterable[Delivery]) -> dict[str, list[Delivery]]:
    last = {(one.identity, one.recipient): one for one in deliveries}
    found = defaultdict(list)
    for one in last.values():
        found[one.recipient.domain.ascii].append(one)
    return found


def test_a_logs_truth_is_what_its_lines_say(tmp_path: Path) -> None:
    """Every count and date of every wrong domain comes out of the lines again."""
    path = tmp_path / "mail.log"
    truth = write_log(path, 3, seed=4)
    deliveries = _deliveries(path)
    found = _last_words(deliveries)
    assert len(truth.destinations) > 5
    for wrong in truth.destinations:
        attempts = found[wrong.domain]
        reached = [one for one in attempts if one.status == "sent"]
        counts = len(reached), len({one.sender for one in reached})
        assert counts == (wrong.messages, wrong.senders)
        assert sum(one.status == "bounced" for one in attempts) == wrong.bounced
        assert sum(one.status == "deferred" for one in attempts) == wrong.pending
        if reached:
            assert min(one.at for one in reached) == wrong.first
            assert max(one.at for one in reached) == wrong.last
    assert truth.ml_lines == sum(one.recipient.domain.ascii.endswith(".ml") for one in deliveries)
    assert truth.messages == len({one.message_id for one in deliveries})


@pytest.mark.parametrize("iso", [True, False])
def test_a_log_is_as_large_as_wanted_and_in_order_of_time(tmp_path: Path, iso: bool) -> None:
    """Its size is right within one in a hundred, with either stamp, and no line goes back in time."""
    path = tmp_path / "mail.log"
    truth = write_log(path, 1, seed=2, iso=iso)
    lines = path.read_text().splitlines()
    assert path.stat().st_size == truth.octets == pytest.approx(1_000_000, rel=0.01)
    assert len(lines) == truth.lines
    stamps = [line[:25] if iso else line[:15] for line in lines]
    assert stamps == sorted(stamps)


def test_everyone_answers_but_the_wrong_domains(tmp_path: Path) -> None:
    """Right names write to us, so that they can be trusted; wrong ones never do."""
    path = tmp_path / "mail.log"
    wrong = {one.domain for one in write_log(path, 2, seed=3).destinations}
    deliveries = _deliveries(path)
    heard = {one.sender.domain.ascii for one in deliveries if one.sender}
    written = {one.recipient.domain.ascii for one in deliveries}
    assert written - heard == wrong


def test_a_log_is_the_same_every_time(tmp_path: Path) -> None:
    """A seed names one log."""
    one, other, third = (tmp_path / name for name in "abc")
    assert write_log(one, 1, seed=7) == write_log(other, 1, seed=7) != write_log(third, 1, seed=8)
    assert one.read_bytes() == other.read_bytes() != third.read_bytes()


def test_the_truth_is_kept_beside_the_mail(tmp_path: Path) -> None:
    """What is written is what is read again."""
    truth = write_log(tmp_path / "mail.log", 1, seed=1)
    assert Truth.read(tmp_path / "mail.log.truth.json") == truth


def _parsed(folder: mailbox.Mailbox[Any]) -> Iterator[tuple[str, set[str], datetime]]:
    for stored in folder:
        message = email.message_from_bytes(stored.as_bytes(), policy=email.policy.default)
        recipients = getaddresses([*message.get_all("to", []), *message.get_all("cc", [])])
        sender = getaddresses([message["from"]])[0][1]
        at = parsedate_to_datetime(message["date"]).astimezone(UTC)
        yield sender, {address for _, address in recipients}, at


@pytest.mark.parametrize(
    ("write", "opened"), [(write_mbox, mailbox.mbox), (write_maildir, mailbox.Maildir)]
)
def test_an_archives_truth_is_what_its_messages_say(
    tmp_path: Path,
    write: Callable[[Path, int, int, float], Truth],
    opened: Callable[..., mailbox.Mailbox[Any]],
) -> None:
    """The standard library reads the same counts and dates out of an mbox and out of a Maildir."""
    truth = write(tmp_path / "mail", 600, 3, 3)
    with contextlib.closing(opened(tmp_path / "mail", create=False)) as folder:
        messages = list(_parsed(folder))
    assert len(messages) == truth.messages == 600
    found = defaultdict(list)
    for sender, recipients, at in messages:
        for address in recipients:
            found[address.rpartition("@")[2]].append((sender, at))
    assert truth.destinations
    for wrong in truth.destinations:
        reached = found[wrong.domain]
        assert (len(reached), len({s for s, _ in reached})) == (wrong.messages, wrong.senders)
        times = [at for _, at in reached]
        assert (min(times), max(times)) == (wrong.first, wrong.last)


def test_an_archive_looks_like_mail(tmp_path: Path) -> None:
    """Attachments, threads, folded lists and the mean size are there."""
    path = tmp_path / "mail.mbox"
    truth = write_mbox(path, 1_000, seed=1)
    data = path.read_bytes()
    assert truth.octets == len(data)
    assert 11_000 < len(data) / 1_000 < 15_000
    assert 0.08 < data.count(b"filename=") / 1_000 < 0.16
    assert data.count(b"\nIn-Reply-To: ") > 200
    assert data.count(b"=?utf-8?") > 20
    source = open_source(path, now=NOW)
    assert isinstance(source, ArchiveSource)
    headers = list(source)
    known = {one.message_id for one in headers}
    assert len(headers) == len(known) == 1_000
    assert all(known.issuperset(one.references) for one in headers)


def test_no_mistake_is_a_real_name() -> None:
    """A wrong domain is never one of those that people rightly write to."""
    population = Population.make(1)
    mistakes = population.mistakes(random.Random(1), 50, 200)
    assert len(mistakes) == 250
    assert not population.taken & {one.typed for one in mistakes}
    assert {one.typed.rpartition(".")[2] for one in mistakes} > {"ml"}


# --- whether a report is true --------------------------------------------------------------------

AT = datetime(2031, 5, 1, 9, 0, tzinfo=UTC)


def _truth(*wrong: Wrong) -> Truth:
    return Truth(1, 10, 0, 0, 0, sum(one.messages for one in wrong), wrong)


def _wrong(domain: str, messages: int) -> Wrong:
    return Wrong(domain, "army.mil", "other_suffix", messages, 1, AT, AT, 0, 0)


def _told(domain: str, messages: int) -> dict[str, object]:
    when = "2031-05-01T09:00:00Z"
    counts = {"messages": messages, "senders": 1, "first": when, "last": when}
    return {"domain": domain, "intended": "army.mil", **counts}


def test_a_true_report_agrees() -> None:
    """Names, counts and dates are the same, and what took nothing is not asked for."""
    report = {"destinations": [_told("army.ml", 3)]}
    found = agreement(report, _truth(_wrong("army.ml", 3), _wrong("armyy.mil", 0)))
    assert found.complete
    assert (found.wanted, found.found, found.exact, found.false) == (1, 1, 1, 0)


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ([_told("army.ml", 4)], "differing"),
        ([], "missing"),
    ],
)
def test_a_false_report_does_not(said: list[object], what: str) -> None:
    """A wrong count and a missing domain are seen, and named."""
    found = agreement({"destinations": said}, _truth(_wrong("army.ml", 3)))
    assert not found.complete
    assert getattr(found, what) == ("army.ml",)


def test_a_report_of_a_right_domain_is_false() -> None:
    """A destination that is no mistake spoils a report."""
    report = {"destinations": [_told("army.ml", 3), _told("partner.example", 1)]}
    found = agreement(report, _truth(_wrong("army.ml", 3)))
    assert (found.false, found.complete) == (1, False)


# --- seeding -------------------------------------------------------------------------------------


def _mail() -> list[Sent]:
    people = [Mailbox.parse(f"{who}@{OURS}") for who in ("amy", "ben")]
    partners = [Mailbox.parse(f"kim@{name}.example") for name in ("partner", "supplier", "harbour")]
    mail = []
    for number in range(120):
        mine, theirs = people[number % 2], partners[number % 3]
        sender, to = (mine, theirs) if number % 4 else (theirs, mine)
        at = AT.replace(hour=number // 60, minute=number % 60)
        cc = (people[0],) if number % 5 == 0 else ()
        body = "Hello\nFrom here on\n"
        mail.append(Sent(f"<{number}@bench.example>", at, sender, (to,), cc, "plan", body))
    return mail


def test_seeds_are_the_only_change() -> None:
    """One recipient outside is mistyped in so many messages, as a name nobody writes to."""
    mail = _mail()
    changed = seeded(mail, ORGANISATION, 0.1, seed=1)
    assert len(changed.seeds) == 12
    differing = [n for n, (a, b) in enumerate(zip(mail, changed.mail, strict=True)) if a != b]
    assert differing == sorted(seed.number for seed in changed.seeds)
    known = {name for sent in mail for name in sent.names}
    for seed in changed.seeds:
        assert seed.typed.ascii not in known
        assert seed.typed in {m.domain for m in outside(changed.mail[seed.number], ORGANISATION)}
    assert changed == seeded(mail, ORGANISATION, 0.1, seed=1)


def _read(path: Path) -> set[tuple[str | None, str | None, str]]:
    source = open_source(path, now=NOW)
    if isinstance(source, ArchiveSource):
        return {
            (one.message_id, one.header_from[0].wire, mailbox.wire)
            for one in source
            for mailbox in one.recipients
        }
    return {(one.message_id, one.sender.wire, one.recipient.wire) for one in source if one.sender}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_says_the_same(form: str, tmp_path: Path) -> None:
    """Who wrote to whom is read again from a table, an mbox and a log."""
    changed = seeded(_mail(), ORGANISATION, 0.05, seed=2)
    name, write = FORMS[form]
    write(tmp_path / name, changed.mail, ORGANISATION)
    assert _read(tmp_path / name) == {
        (sent.message_id, sent.sender.wire, mailbox.wire)
        for sent in changed.mail
        if sent.sender
        for mailbox in sent.recipients
    }


def _row(sent: Sent, domain: DomainName, intended: DomainName) -> dict[str, str]:
    recipient = f"kim@{domain.ascii}"
    return {"message_id": sent.message_id, "recipient": recipient, "intended": intended.ascii}


def test_a_score_counts_found_false_and_in_reach() -> None:
    """What was seeded and said is found, what was said of another message is false."""
    changed = seeded(_mail(), ORGANISATION, 0.05, seed=3)
    first, second, *_ = changed.seeds
    rows = [
        _row(changed.mail[first.number], first.typed, first.meant),
        _row(changed.mail[second.number], second.typed, DomainName.parse("other.example")),
        _row(changed.mail[0], DomainName.parse("partner.example"), first.meant),
    ]
    score = Trial(ORGANISATION, Labels(), "parquet").score(changed, rows)
    assert (score.found.total(), score.right, score.false) == (2, 1, 1)
    assert score.seeded.total() == score.reachable.total() == len(changed.seeds)
    assert len(score.missed) == len(changed.seeds) - 2


def test_a_domain_in_one_other_message_is_out_of_reach() -> None:
    """Two messages must name what was meant."""
    lone = Mailbox.parse("kim@lone-partner.example")
    mail = [Sent(f"<{n}@x>", AT, Mailbox.parse(f"amy@{OURS}"), (lone,), (), "", "") for n in (1, 2)]
    changed = seeded(mail, ORGANISATION, 0.5, seed=1)
    assert len(changed.seeds) == 1
    score = Trial(ORGANISATION, Labels(), "parquet").score(Seeded(changed.mail, changed.seeds), [])
    assert (score.seeded.total(), score.reachable.total()) == (1, 0)


# --- measuring -----------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_commands_children_are_measured_too() -> None:
    """The memory of a grandchild counts, and so does its CPU time."""
    work = (
        "x = bytearray(80_000_000)\nx[::4096] = b'1' * len(x[::4096])\nprint(sum(range(9_000_000)))"
    )
    spawn = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {work!r}], check=True)"
    ran = run([sys.executable, "-c", spawn])
    assert ran.peak_mb > 80
    assert ran.cpu > 0.1
    assert int(ran.out) == sum(range(9_000_000))


def test_a_command_may_print_much() -> None:
    """What it prints never keeps it waiting; of very much the start is kept."""
    ran = run([sys.executable, "-c", "print('x' * 5_000_000)"])
    assert 0 < len(ran.out) < 1_000_000


def test_a_command_that_fails_is_an_error() -> None:
    """A measurement of something that did not work is none."""
    with pytest.raises(RuntimeError, match="exit 3"):
        run([sys.executable, "-c", "raise SystemExit(3)"], ok=(0, 1))
