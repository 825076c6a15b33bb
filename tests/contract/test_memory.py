"""Correspondence in memory keeps the same contract as the databases do, test for test."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.contract import test_circle as circles
from tests.contract import test_correspondence as names

from missent.service.memory import Memory

_KEPT: list[Callable[..., None]] = [
    names.test_nothing_known_is_an_empty_view,
    names.test_sends_and_answers_add_up,
    names.test_reading_the_same_message_again_counts_nothing,
    names.test_one_message_to_many_is_one_message,
    names.test_an_answer_to_two_of_us_is_one_answer_to_two_people,
    names.test_a_registrable_part_stands_for_all_below_it,
    names.test_the_directory_lists_without_being_mail,
    names.test_a_suffix_slip_finds_the_name_that_was_meant,
    names.test_a_name_is_not_its_own_neighbour,
    names.test_a_flood_of_neighbours_hides_nobody,
    names.test_a_later_validation_does_not_count_for_an_earlier_moment,
    names.test_an_answer_is_recognised_by_what_we_sent,
    names.test_addresses_fold_and_internationalise,
    names.test_hundreds_of_recipients_are_one_view,
    names.test_a_closed_suffix_has_a_record_of_what_is_below_it,
    circles.test_a_letter_ties_people_inside_and_outside,
    circles.test_a_letter_counts_once_for_each_recipient,
    circles.test_spellings_are_one_person_for_ties_never_for_validations,
    circles.test_namesakes_are_found_one_for_each_person,
    circles.test_a_conversation_is_found_by_reference_or_subject,
    circles.test_a_mailing_to_many_ties_nobody,
    circles.test_who_left_the_directory_is_no_longer_listed,
]


@pytest.mark.parametrize("kept", _KEPT, ids=lambda kept: kept.__name__.removeprefix("test_"))
def test_memory_keeps_the_contract(kept: Callable[..., None]) -> None:
    """Nothing there needs a database."""
    kept(Memory())
