"""What counts as an identifier: published test numbers and invented ones, beside what looks alike."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missent.judge.identifiers import BUSINESS, CONTACT, Identifier, Kind, Strength, find, likely
from missent.judge.vocabulary import plain

CASES: tuple[tuple[str, Kind, str], ...] = (
    ("My card is 4111 1111 1111 1111 thanks", Kind.CREDIT_CARD, "4111 1111 1111 1111"),
    ("charge 378282246310005 today", Kind.CREDIT_CARD, "378282246310005"),
    ("IBAN GB29 NWBK 6016 1331 9268 19 BIC", Kind.IBAN_CODE, "GB29 NWBK 6016 1331 9268 19"),
    ("pay to DE89370400440532013000.", Kind.IBAN_CODE, "DE89370400440532013000"),
    ("SWIFT: DEUTDEFF500", Kind.SWIFT_CODE, "DEUTDEFF500"),
    ("routing number 021000021", Kind.ABA_ROUTING_NUMBER, "021000021"),
    ("sort code 12-34-56", Kind.UK_SORT_CODE, "12-34-56"),
    ("my bank account 954567876544", Kind.US_BANK_NUMBER, "954567876544"),
    (
        "send to 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
        Kind.CRYPTO,
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
    ),
    ("her SSN: 219099999", Kind.US_SSN, "219099999"),
    ("it is 536-90-4399, ok", Kind.US_SSN, "536-90-4399"),
    ("ITIN 911-70-1234", Kind.US_ITIN, "911-70-1234"),
    ("My passport: 191280342", Kind.US_PASSPORT, "191280342"),
    ("driver license? it is 1234567A", Kind.US_DRIVER_LICENSE, "1234567A"),
    ("DEA BB1388568", Kind.MEDICAL_LICENSE, "BB1388568"),
    ("EDIPI: 1293847561", Kind.DOD_ID, "1293847561"),
    ("NHS 943 476 5919", Kind.UK_NHS, "943 476 5919"),
    ("NI number AB 12 34 56 C", Kind.UK_NINO, "AB 12 34 56 C"),
    ("SIN 123 456 782", Kind.CA_SIN, "123 456 782"),
    ("BSN: 111222333", Kind.NL_BSN, "111222333"),
    ("PESEL 44051401359", Kind.PL_PESEL, "44051401359"),
    ("codice RSSMRA85T10A562S", Kind.IT_FISCAL_CODE, "RSSMRA85T10A562S"),
    ("CPF 390.533.447-05", Kind.BR_CPF, "390.533.447-05"),
    ("DNI 12345678Z", Kind.ES_DNI, "12345678Z"),
    ("write to ann@army.mil now", Kind.EMAIL_ADDRESS, "ann@army.mil"),
    ("see https://contractor.example/a?b=1.", Kind.URL, "https://contractor.example/a?b=1"),
    ("host 192.168.10.4", Kind.IP_ADDRESS, "192.168.10.4"),
    ("host 2001:db8::17", Kind.IP_ADDRESS, "2001:db8::17"),
    ("mac 00:1B:44:11:3A:B7", Kind.MAC_ADDRESS, "00:1B:44:11:3A:B7"),
    ("on 12 March 2024 we", Kind.DATE_TIME, "12 March 2024"),
    ("born 7/30/1964", Kind.DATE_TIME, "7/30/1964"),
    ("call (212) 555-0134", Kind.PHONE_NUMBER, "(212) 555-0134"),
    ("call +44 20 7946 0958", Kind.PHONE_NUMBER, "+44 20 7946 0958"),
    (
        "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10",
        Kind.MRZ,
        "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10",
    ),
)


@pytest.mark.parametrize(("text", "kind", "value"), CASES)
def test_an_identifier_is_found_with_its_span(text: str, kind: Kind, value: str) -> None:
    """Each kind is found where it stands, neither more nor less."""
    assert (kind, value) in {(one.kind, text[one.start : one.end]) for one in find(text)}


@pytest.mark.parametrize(
    "text",
    [
        "order number 123456789 was sent",
        "invoice 987654321, total 1234567.89",
        "card 4111 1111 1111 1112",
        "000000000 and SSN 000-00-0000 and card 0000 0000 0000 0000",
        "ZIP 12345-6789",
        "SSN 666-12-3456 is none",
        "version 10.2.3.4",
        "part A1234567",
        "IBAN GB00 NWBK 0000 0000 0000 00",
        "L898902C30UTO7408122F1204159ZE184226B<<<<<10",
    ],
)
def test_what_looks_alike_is_none(text: str) -> None:
    """Order numbers, wrong check digits and masked values identify nobody."""
    assert not list(find(text))


def test_the_nearest_word_decides() -> None:
    """Beside two names a number has the nearer one."""
    text = "order 123456789, passport 987654321"
    assert [(one.kind, one.start) for one in find(text)] == [(Kind.US_PASSPORT, 26)]


def test_the_head_of_a_column_names_its_numbers() -> None:
    """In a table the heading is the name."""
    text = "SSN\tName\tPassport no\n219099999\tAmy\tL12345678\n536904399\tBob\t555555123"
    assert [one.kind for one in find(text)] == [Kind.US_SSN, Kind.US_PASSPORT] * 2


def test_a_result_holds_no_text() -> None:
    """Law 8: a canary in the text is in no repr."""
    assert "4111" not in repr(list(find("card 4111 1111 1111 1111")))
    assert isinstance(next(find("card 4111 1111 1111 1111")), Identifier)


def test_check_digits_make_it_strong() -> None:
    """A card number is strong by itself; an account number is weak even beside its name."""
    assert next(find("card 4111 1111 1111 1111")).strength is Strength.STRONG
    assert next(find("account 123456789012")).strength is Strength.WEAK


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.text(max_size=12),
            st.text(alphabet="0123456789 -./:+()@<A\t\n", max_size=30),
            st.sampled_from([case[0] for case in CASES]),
        ),
        max_size=6,
    )
)
def test_any_text_gives_spans_inside_it(parts: list[str]) -> None:
    """It never raises, and spans lie in the text, in order, without overlap."""
    text = "".join(parts)
    done = 0
    for one in find(text):
        assert done <= one.start < one.end <= len(text)
        done = one.end


@pytest.mark.parametrize(("text", "kind", "value"), CASES)
def test_an_identifier_stands_where_it_is_likely(text: str, kind: Kind, value: str) -> None:
    """What is no address, telephone or date is found in the likely stretches alone, too."""
    if kind in CONTACT | BUSINESS | {Kind.SWIFT_CODE}:
        return
    long = "Nothing here, at 9 o'clock.\n" * 30 + text + "\nNor here.\n" * 30
    spans = likely(long, plain(long))
    assert (kind, value) in {(one.kind, long[one.start : one.end]) for one in find(long, spans)}


def test_ordinary_numbers_are_not_likely() -> None:
    """Telephones, dates, prices and times are not looked at closely."""
    text = "Call 713-853-1234 on 7/30/2024 at 10:15, 12,450.00 or 25 units of 100.\n" * 20
    assert likely(text, plain(text)) == []
