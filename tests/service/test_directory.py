"""What `service.directory` promises: the people listed, and every line that could not be read."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from missent.service.directory import read_directory
from missent.service.ports import SightingKind

AT = datetime(2025, 11, 22, tzinfo=UTC)


def test_addresses_and_names_are_read() -> None:
    """Heading, comments, empty lines, quotes and a byte order mark are no people."""
    text = (
        '\ufeffAddress,Name\r\n# crew\r\n\r\njohn@army.mil,"Doe, John"\r\n jane@navy.mil \r\n'
        "john@ARMY.mil,again\r\nx@y.example,Name,ignored\r\n"
    )
    directory = read_directory(text)
    assert [(e.mailbox.wire, e.name) for e in directory.entries] == [
        ("john@army.mil", "Doe, John"),
        ("jane@navy.mil", ""),
        ("x@y.example", "Name"),
    ]
    assert directory.faults == ()
    assert directory.mailboxes == tuple(e.mailbox for e in directory.entries)


def test_spreadsheet_with_semicolons_is_read() -> None:
    """Half of Europe's spreadsheets write them."""
    directory = read_directory("email;name\njohn@army.mil;John Doe\n")
    assert [(e.mailbox.wire, e.name) for e in directory.entries] == [("john@army.mil", "John Doe")]


def test_bad_line_is_a_fault_with_its_number_and_without_its_text() -> None:
    """An open quote costs its own line, not the rest of the file."""
    directory = read_directory('not an address\n"open@army.mil\na@b.example\n,\n')
    assert "a@b.example" in [m.wire for m in directory.mailboxes]
    assert directory.faults[0].startswith("line 1: ")
    assert directory.faults[-1].startswith("line 4: ")
    assert not any("not an address" in fault for fault in directory.faults)


def test_sightings_are_the_same_when_the_file_is_read_again() -> None:
    """The store counts a listed person once."""
    directory = read_directory("john@army.mil\n")
    (one,) = directory.sightings(AT)
    (two,) = read_directory("john@army.mil\n").sightings(AT.replace(year=2026))
    assert one.kind is SightingKind.DIRECTORY
    assert (one.message_id, one.mailbox) == (two.message_id, two.mailbox)
    assert one.message_id


def test_lone_surrogate_is_a_fault() -> None:
    """It has no octets, so it is no address; the fault does not repeat it."""
    assert read_directory("\ud800@army.mil").faults == ("line 1: an address is text in UTF-8",)


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    """Each line is a person or a fault; nothing raises."""
    directory = read_directory(text)
    assert len(directory.entries) + len(directory.faults) <= len(text.splitlines())
