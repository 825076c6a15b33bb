"""What `mail.messageid` promises: one text for one id."""

from hypothesis import given
from hypothesis import strategies as st

from missent.mail.messageid import MAX_IDS, find_ids, read_id


def test_brackets_are_added_where_an_old_program_left_them_out() -> None:
    """The same id with and without brackets is one text."""
    assert read_id(" <a@b.example> ") == read_id("a@b.example") == "<a@b.example>"


def test_comment_around_an_id_is_no_part_of_it() -> None:
    """Only what stands in brackets counts."""
    assert read_id("message of Friday <a@b.example> (Ann)") == "<a@b.example>"


def test_what_is_no_id_is_none() -> None:
    """Nothing is made up."""
    assert [read_id(text) for text in ("", "  ", "two words", "<>", "<a b>")] == [None] * 5


def test_long_chain_keeps_its_newest_ids() -> None:
    """A chain of thousands of ids costs no more than one of 64."""
    found = find_ids(" ".join(f"<{n}@x.example>" for n in range(5_000)), "<last@x.example>")
    assert len(found) == MAX_IDS
    assert found[-1] == "<last@x.example>"


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    """Nothing raises, and what is found is found again in itself."""
    for found in find_ids(text):
        assert read_id(found) == found
    name = read_id(text)
    assert name is None or read_id(name) == name
