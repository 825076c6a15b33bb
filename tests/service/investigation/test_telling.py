"""What a report says of itself: each limit where it is true of the run, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from tests.service.investigation.evidence import BEGIN, OURS, census, looked_at, name

from missent.service.investigation.census import Census
from missent.service.investigation.incident import Input, Sensitivity
from missent.service.investigation.telling import Run, limits, method

ANSWERED = {
    "ann@contractor.example": (3, 9),
    "kim@partner.example": (9, 4),
    "mia@other.test": (1, 0),
}
LOG = Input("mail.log", "postfix", "0" * 64, 10, read=5)
MBOX = Input("sent.mbox", "mbox", "0" * 64, 10, read=5)


def counted(*, closely: bool = True) -> Census:
    """Count a log with both halves of the mail."""
    made = census(ANSWERED)
    if closely:
        looked_at(made, ANSWERED)
    return made


RUN = Run(
    inputs=(LOG,),
    census=counted(),
    sensitivity=Sensitivity(),
    named=(),
    ours=(OURS,),
    since=None,
    now=datetime(2031, 1, 2, tzinfo=UTC),
    zone="Europe/London",
    guessed=False,
    ambiguous=0,
    lost=0,
)
"""A log with both halves; nothing was found in it and nothing was amiss."""
UNFOUND = (
    "A wrong person at the right domain, and a name that stands in no other message and is no public one, "
    "cannot be found this way."
)
ALWAYS = {UNFOUND}
WEAKER = (
    "Logs do not say what a message refers to. An answer here is a message from a mailbox that was itself "
    "written to, which is weaker than what live mail is judged by."
)
DEAF = "These sources hold no inbound mail, so nobody is known to have answered."
ARCHIVE = "An archive holds what was kept and does not say what became of a message"
RULES = "Content was read by rules for known kinds of papers and identifiers"

SEVERAL = "What went astray counts once."


def told(run: Run) -> set[str]:
    """Give the limits of a run, each once."""
    found = limits(run)
    assert len(set(found)) == len(found)
    return set(found)


def test_a_run_in_which_nothing_was_amiss() -> None:
    """Only what is true of it: what answers are worth, and what nobody finds this way."""
    assert told(RUN) == {*ALWAYS, WEAKER}


@pytest.mark.parametrize(
    ("change", "limit"),
    [
        ({"inputs": (LOG, replace(MBOX, read=0, fault="is empty"))}, "1 file could not be read"),
        ({"inputs": (replace(LOG, fault="ends too early"), LOG) * 2}, "2 files could not be read"),
        ({"inputs": (replace(LOG, unreadable=1),)}, "1 line or row was unreadable and left out."),
        (
            {"inputs": (replace(LOG, unreadable=700), replace(LOG, unreadable=900))},
            "1,600 lines or rows were unreadable and left out.",
        ),
        ({"inputs": (LOG, MBOX)}, ARCHIVE),
        ({"inputs": (replace(LOG, kind="maildir"),)}, ARCHIVE),
        ({"inputs": (replace(LOG, kind="eml"),)}, ARCHIVE),
        ({"inputs": (replace(LOG, kind="parquet"),)}, ARCHIVE),
        (
            {"sensitivity": Sensitivity(unseen=3)},
            "These sources hold no content, so what the messages",
        ),
        ({"lost": 2}, "2 messages were gone, or could not be read again"),
        ({"lost": 1}, "1 message was gone, or could not be read again"),
        (
            {"guessed": True},
            "Some time stamps have no year or no offset: they were read in Europe/London",
        ),
        ({"ambiguous": 1}, "1 date in message traces may have day or month first"),
        ({"ambiguous": 1_200}, "1,200 dates in message traces may have day or month first"),
    ],
)
def test_each_limit_stands_where_it_is_true(change: dict[str, object], limit: str) -> None:
    """It, and no other, is added to what is said anyway."""
    said = told(replace(RUN, **change)) - told(RUN)  # type: ignore[arg-type]
    (added,) = {one for one in said if not one.startswith(SEVERAL)}
    assert added.startswith(limit)


@pytest.mark.parametrize(
    ("inputs", "said"),
    [((LOG,), False), ((LOG, replace(LOG, fault="is empty")), False), ((LOG, MBOX), True)],
)
def test_several_files_may_tell_of_one_message_twice(
    inputs: tuple[Input, ...], *, said: bool
) -> None:
    """What went astray counts once, what the sources hold is added up: said where it can matter."""
    assert any(one.startswith(SEVERAL) for one in told(replace(RUN, inputs=inputs))) is said


@pytest.mark.parametrize(
    ("unreadable", "limit"),
    [(1, "1 message has no readable date"), (2_000, "2,000 messages have no readable date")],
)
def test_a_message_without_a_date_is_told_once_and_not_as_left_out(
    unreadable: int, limit: str
) -> None:
    """It stands in the figures, unlike a line that cannot be read."""
    with_box = replace(RUN, inputs=(LOG, MBOX))
    without = replace(with_box, inputs=(LOG, replace(MBOX, unreadable=unreadable)))
    (added,) = told(without) - told(with_box)
    assert added.startswith(limit)


def test_a_file_read_in_part_is_an_archive_all_the_same() -> None:
    """What stood before the fault counts; a file of which nothing was read says nothing of archives."""
    part = replace(MBOX, fault="ends too early")
    added = told(replace(RUN, inputs=(LOG, part))) - told(RUN)
    assert len(added) == 2
    assert any(limit.startswith(ARCHIVE) for limit in added)


def test_written_domains_that_are_no_names() -> None:
    """They were judged by nobody."""
    for texts, limit in (
        (["-.example"], "1 written domain is no name by the standards"),
        (["-.example", "a..example"], "2 written domains are no name by the standards"),
    ):
        made = census({**ANSWERED, **{f"x@{text}": (1, 0) for text in texts}})
        looked_at(made, ANSWERED)
        (added,) = told(replace(RUN, census=made)) - told(RUN)
        assert added.startswith(limit)


# --- evidence ------------------------------------------------------------------------------------


@pytest.mark.parametrize("ours", [(OURS,), ()])
def test_where_nobody_was_heard_the_report_says_so(ours: tuple[object, ...]) -> None:
    """A log of the mail that left has our own people as senders: that is no inbound half."""
    outbound = census({"ann@contractor.example": (2, 9), "kim@partner.example": (9, 0)})
    run = replace(RUN, census=outbound, ours=tuple(OURS for _ in ours))
    (added,) = told(run) - ALWAYS
    assert added.startswith(DEAF)
    assert "more often than the right address would be taken for it" in added


def test_where_nobody_answered_nothing_is_said_of_answers() -> None:
    """There is inbound mail, and none of it from those who were written to and looked at."""
    assert told(replace(RUN, census=counted(closely=False))) == ALWAYS


def test_where_domains_were_named_nothing_else_was_looked_for() -> None:
    """Neither answers nor other names were asked for then."""
    run = replace(RUN, census=Census(), named=("@army.ml", ".ml"))
    (only,) = told(run)
    assert only.startswith("Only the named domains were looked for")


# --- content -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "lost", "limits_wanted"),
    [
        (Sensitivity(), 0, []),
        (Sensitivity(unseen=4), 0, ["These sources hold no content"]),
        (Sensitivity(examined=4), 0, [RULES]),
        (Sensitivity(examined=4, unseen=1), 0, ["Of 1 misdirected message no source", RULES]),
        (Sensitivity(examined=4, unseen=1_200), 0, ["Of 1,200 misdirected messages no", RULES]),
        (Sensitivity(examined=4, unread=1), 0, ["1 message has parts", RULES]),
        (Sensitivity(examined=4, unread=3), 0, ["3 messages have parts", RULES]),
        (Sensitivity(examined=4, unseen=2), 2, ["2 messages were gone", RULES]),
        (Sensitivity(examined=4, unseen=3), 2, ["2 messages were", "Of 1 misdirected", RULES]),
        (Sensitivity(unseen=2), 2, ["2 messages were gone"]),
    ],
)
def test_what_was_read_of_the_content(
    content: Sensitivity, lost: int, limits_wanted: list[str]
) -> None:
    """Not held, not read, not to be read again: each is told for itself."""
    added = sorted(told(replace(RUN, sensitivity=content, lost=lost)) - told(RUN))
    assert len(added) == len(limits_wanted)
    for said, wanted in zip(added, sorted(limits_wanted), strict=True):
        assert said.startswith(wanted)


# --- method --------------------------------------------------------------------------------------


def test_the_method_says_what_was_done() -> None:
    """Compared and judged; own names, thresholds, and that a message counts once."""
    every, judge, once, ours = method(RUN)
    assert every.startswith("Every domain that was written to was compared")
    assert "from a probability of 0.5, or if the slip is inside the public suffix" in judge
    assert "from 0.1, or if the guard would hold it, its domain is listed as doubtful" in judge
    assert once.startswith("One message to one recipient counts once")
    assert ours == "Taken as right names: contractor.example."


def test_the_method_of_named_domains() -> None:
    """The operator's word stands first, and since when is counted last."""
    run = replace(RUN, named=("@army.ml", ".cm"), ours=(), since=BEGIN)
    told_first, *_, told_last = method(run)
    assert (
        told_first == "Every message to @army.ml, .cm was counted: the operator named it as wrong."
    )
    assert told_last.startswith("Only deliveries since 2030-03-01T08:00:00Z are counted")
    elsewhere = replace(run, since=BEGIN.astimezone(timezone(timedelta(hours=5))))
    assert method(elsewhere) == method(run)


def test_own_names_are_shown_as_people_read_them() -> None:
    """With the punycode beside them."""
    said = method(replace(RUN, ours=(name("bücher.example"),)))[-1]
    assert said == "Taken as right names: bücher.example (xn--bcher-kva.example)."
