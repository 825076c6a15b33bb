"""The measure of "the wrong person", its leaks and whose mail counts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.service.letters import AMY, BRIDGE, MONEY, is_ours, letter, office

from missent.mail.mailbox import Mailbox
from missent.service.evaluation import wrong_person
from missent.service.evaluation.leaks import AddressBooks, LeakKind, Lots
from missent.service.evaluation.owners import owners
from missent.service.evaluation.wrong_person import BUDGETS, WrongPerson, measure
from missent.service.letter import Letter

OTHERS = ("bobby.pine@contractor.example", "ann.moss@contractor.example")


def books() -> AddressBooks:
    """Give the office's address books, with two namesakes only another person wrote to."""
    made = AddressBooks()
    for each in office(2):
        if is_ours(each.sender):
            made.note(each)
    made.note(letter(*OTHERS, sender="pat.hill@contractor.example"))
    return made


def test_an_archive_is_measured() -> None:
    """Every figure of a small archive is a share, beside baselines on the same leaks."""
    found = measure(tuple(office(36)), is_ours, seeds=(1, 2))
    assert found.users >= 1
    assert found.messages > 10
    assert found.clean_messages > 100
    assert found.acc_at_1 is not None
    assert 0.5 < found.acc_at_1 <= 1
    assert found.baselines["random"] is not None
    assert found.acc_at_1 > found.baselines["random"]
    assert set(found.recall) == set(found.recall_unseen) == set(BUDGETS)
    assert found.recall[0.001] is None  # fewer than a thousand clean letters
    shares = [share for share in found.recall.values() if share is not None]
    assert shares
    assert shares == sorted(shares)


def test_a_measure_is_deterministic() -> None:
    """The same letters and seeds give the same figures."""
    letters = tuple(office(10))
    assert measure(letters, is_ours, seeds=(7,)) == measure(letters, is_ours, seeds=(7,))


def test_history_is_learned_from_and_not_measured() -> None:
    """Earlier letters make the habits; only the archive's own are counted."""
    letters = tuple(office(16))
    cold = measure(letters[60:], is_ours, seeds=(1,))
    warm = measure(letters[60:], is_ours, letters[:60], seeds=(1,))
    assert warm.clean_messages > cold.clean_messages
    assert warm.clean_messages <= len(letters) - 60


@pytest.mark.parametrize("count", [0, 1, 5])
def test_a_tiny_archive_says_nothing(count: int) -> None:
    """Where nothing can be measured there is no figure, and nothing raises."""
    found = measure(tuple(office(1))[:count], is_ours)
    assert found.acc_at_1 is None
    assert set(found.recall.values()) == {None}
    assert found.clean_messages == 0


def test_letters_without_recipients_are_passed_over() -> None:
    """An archive that does not say to whom is no reason to stop."""
    assert measure((letter(), letter(day=1)), is_ours).messages == 0


def test_a_seen_leak_has_a_like_name_and_is_no_recipient() -> None:
    """3g-address: Bob Stone is taken for the other Bob, whom Amy wrote to before."""
    sent = letter(BRIDGE[0], day=20)
    leak = books().leak(sent, LeakKind.ADDED, 1)
    assert leak is not None
    assert leak.wrong.wire == MONEY[0]
    assert set(leak.recipients) == {*sent.recipients, leak.wrong}


def test_a_leak_replaces_whom_it_is_taken_for() -> None:
    """One true recipient goes missing, and only one."""
    sent = letter(*BRIDGE[:2], day=20)
    leak = books().leak(sent, LeakKind.REPLACES, 3)
    assert leak is not None
    assert len(leak.recipients) == 2
    assert len(set(leak.recipients) & set(sent.recipients)) == 1


@pytest.mark.parametrize(
    "kind", [LeakKind.ADDED_UNSEEN, LeakKind.REPLACES_UNSEEN, LeakKind.ADDED_STRANGER]
)
def test_an_unseen_leak_was_written_to_by_others_only(kind: LeakKind) -> None:
    """Amy never wrote to it, a colleague did."""
    for seed in range(5):
        leak = books().leak(letter(BRIDGE[0], day=20), kind, seed)
        assert leak is not None
        assert leak.wrong.wire in OTHERS


def test_who_never_wrote_cannot_leak() -> None:
    """Without an address book there is nobody to take."""
    sent = letter(BRIDGE[0], sender="new@contractor.example")
    assert books().leak(sent, LeakKind.ADDED, 1) is None


def test_lots_are_drawn_by_name_and_seed() -> None:
    """The same draw comes again for the same name and seed, and another for another."""
    draws = [
        [Lots(seed, name).below(1000) for _ in range(3)] for seed, name in ((1, "a"), (1, "a"))
    ]
    assert draws[0] == draws[1]
    lots = Lots(1, "a")
    assert len({lots.below(10**9) for _ in range(20)}) == 20
    assert 0 <= Lots(2, "\udcff").share() < 1


def in_folder(folder: str, *letters: Letter) -> list[Letter]:
    """Put letters into a folder."""
    return [replace(each, folder=folder) for each in letters]


def test_a_folder_belongs_to_who_bears_its_name() -> None:
    """Of others an archive has only what their correspondents kept."""
    bob = Mailbox.parse(BRIDGE[0])
    found = in_folder(
        "reed-a", letter(BRIDGE[0]), letter(AMY.wire, sender=bob.wire), letter(BRIDGE[1])
    )
    assert owners(found, is_ours) == {AMY.folded}
    assert owners(in_folder("archive", *found), is_ours) == {AMY.folded, bob.folded}
    assert owners([], is_ours) == frozenset()


def test_budgets_below_one_letter_are_not_measured() -> None:
    """A limit that no letter may exceed cannot be set from so few."""
    assert wrong_person.WrongPerson().recall == {}
    assert WrongPerson().acc_at_1 is None
