"""What is in the mail, through a real Postfix: what Postfix queued is what was allowed to leave."""

from __future__ import annotations

import base64
import io
import zipfile
import zlib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import docx
import openpyxl
import pytest
from tests.real.client import Letter
from tests.real.conftest import require
from tests.real.gateway import Gateway, gateway
from tests.real.letters import ANN, as_bytes, plain_mail
from tests.real.wirings import MILTER_UNIX

pytestmark = pytest.mark.real
CANARY = "Quillharrow"


@pytest.fixture(scope="module")
def wired() -> Iterator[Gateway]:
    """Give one gateway for all tests here."""
    require("root", "postfix")
    with gateway(MILTER_UNIX) as running:
        yield running


def _with(octets: bytes, name: str, *to: str, subject: str = "The file") -> bytes:
    letter: EmailMessage = plain_mail(list(to), subject=subject)
    letter.add_attachment(octets, maintype="application", subtype="octet-stream", filename=name)
    return as_bytes(letter)


def _document(*lines: str) -> bytes:
    document = docx.Document()
    for line in lines:
        document.add_paragraph(line)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.txt", bytes(300_000_000), compresslevel=9)
    return file.getvalue()


def _hidden_sheet() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["Article", "Price"])
    sheet = book.create_sheet("more")
    sheet.sheet_state = "veryHidden"
    sheet.append(["Name", "Date of birth", "Passport No."])
    for number in range(12):
        person = f"{CANARY} {'ABCDEFGHIJKL'[number] * 5}".title()
        sheet.append([person, f"19{60 + number}-03-14", f"X{zlib.crc32(bytes([number])) % 10**7}"])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _verdict(wired: Gateway, held: str) -> tuple[str, int]:
    hold = wired.guard.hold_of(held)
    verdict = next(r["verdict"] for r in hold["recipients"] if r["mailbox"] == held)
    return verdict["rule"], verdict["sensitivity"]


def test_a_marking_in_a_document_stops_only_who_may_not_have_it(wired: Gateway) -> None:
    """NATO RESTRICTED in a page of Word goes to a ministry of a member, and waits for a company."""
    allowed, held = "desk@mod.uk", "sales@printer.example"
    octets = _document(
        "NATO RESTRICTED", f"The convoy of {CANARY} leaves at nine.", "NATO RESTRICTED"
    )
    wired.submit(Letter(ANN, [allowed, held], _with(octets, "plan.docx", allowed, held)))
    (copy,) = wired.sink.wait_for(allowed)
    assert base64.encodebytes(octets).replace(b"\n", b"\r\n").strip() in copy.data
    assert _verdict(wired, held) == ("marking and destination", 2)
    assert wired.sink.to(held) == []


def test_a_bomb_is_held_and_the_next_message_passes(wired: Gateway) -> None:
    """What cannot be read waits, in time for Postfix; the guard goes on."""
    held, after = "bob@partner.example", "eve@partner.example"
    wired.submit(Letter(ANN, [held], _with(_bomb(), "photos.zip", held)))
    assert _verdict(wired, held)[0] == "unreadable"
    wired.submit(Letter(ANN, [after], _with(_document("Lunch at one."), "note.docx", after)))
    wired.sink.wait_for(after)
    assert wired.sink.to(held) == []


def test_people_in_a_hidden_sheet_are_people(wired: Gateway, tmp_path: Path) -> None:
    """A slip with a hidden list is grave: nothing of it stands in notice or log (law 8)."""
    held = "clerk@army.ml"
    wired.submit(Letter(ANN, [held], _with(_hidden_sheet(), "prices.xlsx", held)))
    rule, sensitivity = _verdict(wired, held)
    assert (rule, sensitivity) == ("suffix slip", 3)
    wired.sink.wait_until(
        lambda: any(b"clerk@army.ml" in d.data for d in wired.sink.to(ANN)), "the notice"
    )
    told = b"".join(notice.data for notice in wired.sink.to(ANN)).decode("utf-8", "replace")
    assert CANARY not in told + wired.guard.output
    assert "12" in told, "the notice says how many people are in it"
