"""People are found in content by structure: columns, lines and lists, whatever their names."""

from __future__ import annotations

import time

import pytest
from tests.judge.build import content

from missent.judge.columns import Column
from missent.judge.content import Reading
from missent.judge.fullnames import read_name
from missent.judge.persons import Roll, people_in, rolls_in
from missent.judge.vocabulary import Vocabulary
from missent.mail.document import Document, Table, Text

NOTHING = Vocabulary(frozenset())
Rows = tuple[tuple[str, ...], ...]


def of_text(text: str) -> Reading:
    """Read an attached text."""
    return content("", Document("2", "text", texts=(Text(text),)), vocabulary=NOTHING).readings[1]


def of_table(*rows: tuple[str, ...], name: str = "") -> Reading:
    """Read an attached table."""
    sheet = Document("2", "xlsx", tables=(Table(rows, name),))
    return content("", sheet, vocabulary=NOTHING).readings[1]


def only(reading: Reading) -> Roll:
    """Give the one list of people."""
    [roll] = rolls_in(reading)
    return roll


@pytest.mark.parametrize(
    "rows",
    [
        (("Name", "Rank"), ("Aminata Traore", "Master"), ("Piotr Kowalski", "Mate")),
        (("Surname", "First name", "DOB"), ("Traore", "Aminata", ""), ("Kowalski", "Piotr", "")),
        (("Crew list",), ("Name", "Nationality"), ("A. Traore", "MLI"), ("B. Roe", "GBR")),
        (("ФИО", "Дата рождения"), ("Иванов Пётр", "1980-01-02"), ("Петрова Анна", "1981-02-03")),
        (("الاسم", "الجنسية"), ("محمد علي", "مالي"), ("أحمد حسن", "مالي")),
        (("姓名", "国籍"), ("王小明", "CHN"), ("李大伟", "CHN")),
        (("No", "Name", "Passport"), ("", "Nguyễn Thị Minh", "B1"), ("", "Trần Văn An", "B2")),
        (("Nom", "Prénom", "Nationalité"), ("TRAORE", "Aminata", "MLI"), ("ROE", "Jane", "GBR")),
        (("Nazwisko i imię", "PESEL"), ("Kowalski Piotr", "1"), ("Nowak Anna", "2")),
        (("Employee", "Salary"), ("Harpreet Singh", "1"), ("Lakshmi Iyer", "2")),
        (("Pax name", "Seat"), ("ROE/JANE MRS", "1A"), ("KOWALSKI/PIOTR MR", "1B")),
    ],
)  # fmt: skip
def test_columns_of_names_are_known_by_their_header(rows: Rows) -> None:
    """In several languages and scripts, below titles, and whatever the names are."""
    assert len(people_in(of_table(*rows))) == 2


@pytest.mark.parametrize(
    "text",
    [
        "Name,Rank,Cabin\nAminata Traore,Captain,1\nPiotr Kowalski,Mate,2\nJane Roe,Cook,3\n",
        'Name;Born\n"Traore, Aminata";1980\n"Kowalski, Piotr";1984\n"Roe, Jane";1990\n',
        "| Name | Rank |\n|---|---|\n| Aminata Traore | SGT |\n| Piotr Kowalski | CPL |\n| Jane Roe | PFC",
        "Name\tPassport\n\nAminata Traore\tK1\n\nPiotr Kowalski\tL1\n\nJane Roe\tM1\n",
        "Name            Rank\nAminata Traore  Master\nPiotr Kowalski  Mate\nJane Roe        Cook\n",
        "Name: Aminata Traore\nBorn: 1\n\nName: Piotr Kowalski\nBorn: 2\n\nName: Jane Roe\nBorn: 3\n",
        "Name\nRank\nSex\nAminata Traore\nMaster\nF\nPiotr Kowalski\nMate\nM\nJane Roe\nCook\nF\n",
        "1 TRAORE Aminata Master MLI 12.05.1970\n2 KOWALSKI Piotr Mate POL 03.11\n3 ROE Jane Cook GBR 1\n",
        "Attendees:\n- Aminata Traore\n- Piotr Kowalski\n- Jane Roe\n",
        "The passengers are\n1. Traore, Aminata\n2. Kowalski, Piotr\n3. Roe, Jane\n",
        "Commander: LTC Aminata Traore\nXO: MAJ Piotr Kowalski\nCSM: CSM Jane Roe\n",
        "> Crew:\n> Aminata Traore, Master\n> Piotr Kowalski, Mate\n> Jane Roe, Cook\n",
        "Traore\tAminata\t1970-01-02\nKowalski\tPiotr\t1980-02-03\nRoe\tJane\t1990-02-03\n",
    ],
)  # fmt: skip
def test_tables_written_as_text_are_tables(text: str) -> None:
    """Comma, semicolon, bar, tab, gaps, records, cells one to a line, numbered and bulleted lists."""
    assert {person.key for person in people_in(of_text(text))} == {
        "aminata traore",
        "kowalski piotr",
        "jane roe",
    }


@pytest.mark.parametrize(
    "text",
    [
        "Product,Price,Qty\nGolden Gate,12,3\nSilver Spring,13,4\nRocky Road,2,1\n",
        "Agenda\n1. Opening Remarks\n2. Budget Review\n3. Safety Update\n4. Next Steps\n",
        "From: Jane Roe\nTo: John Doe; Mary Major; Ann Minor\nCc: Piotr Kowalski; Al Traore;\n An Oh\n",
        "To: Jane Roe\n John Doe\n Mary Major\n Ann Minor\nSubject: lunch\n",
        "Regards\n\nJane Roe\nDirector\nContractor Ltd\nTel +44 20 1234 5678\n",
        "Company;City;Phone\nAcme Ltd;Paris;1\nRoe Brothers;Rome;2\nDoe Partners;Bonn;3\n",
        "- Monte Carlo\n- San Marino\n- Buenos Aires\n- Cape Town\n",
        "Jane Roe <jane@a.example>\nJohn Doe <john@a.example>\nAnn Minor <ann@a.example>\n",
        "Name,Size,Modified\nReport May,12,2031-05-01\nReport June,13,2031-06-01\nReport July,14,1\n",
        "Dear Ann, thank you, and see you.\nWe met John, Mary, and others, too.\nIt was, in all, good.\n",
        "Rank,Name,Points\n1,River City,33\n2,Lake Town,30\n3,Hill Valley,29\n",
        "",
        "\x00\ufffd\n\n\n",
        "|---|---|\n|---|---|\n|---|---|\n| |\n",
        '""\t\n""\t\n""\t\n\n,,\n,,\n,,\n',
    ],
)
def test_ordinary_tables_are_not_people(text: str) -> None:
    """Prices, agendas, address fields, signatures, companies, places, files, scores, prose."""
    assert people_in(of_text(text)) == ()


def test_a_list_is_found_in_a_long_text() -> None:
    """Between paragraphs, where only the lines that may be one are looked at."""
    prose = "It was agreed that the work goes on as planned until the end of the month.\n" * 40
    listed = "The crew:\n1. Traore, Aminata\n2. Kowalski, Piotr\n3. Roe, Jane\n\n"
    assert len(people_in(of_text(prose + listed + prose))) == 3


@pytest.mark.parametrize(
    "listed",
    [
        "Lt Jane Roe\nLt Piotr Kowalski\nCpl Aminata Traore\n",
        "(1) Roe, Jane\n(2) Kowalski, Piotr\n(3) Traore, Aminata\n",
        "> Jane Roe\n> Piotr Kowalski\n> Aminata Traore\n",
        "* Jane M. ROE\n* KOWALSKI Piotr\n* Aminata Traore\n",
        "Élodie Roe\nPiotr Kowalski\nAminata Traore\n",
    ],
)
def test_the_quick_look_sees_every_kind_of_list(listed: str) -> None:
    """Ranks, numbers, quotation, bullets and accents before or in the names, far down in prose."""
    prose = "It was agreed that the work goes on as planned until the end of the month.\n" * 40
    assert len(people_in(of_text(f"{prose}The crew:\n{listed}\n{prose}"))) == 3


def test_a_title_above_the_header_is_no_header() -> None:
    """Even if it speaks of staff, and words of the header are joined."""
    rows = (
        ("Staff Directory",),
        ("",),
        ("EmployeeName", "HomePhone"),
        ("Jane Roe", "1"),
        ("Ann Minor", "2"),
    )
    assert only(of_table(*rows)).columns == {Column.PRIVATE_PHONE}


def test_one_person_is_counted_once_however_they_are_written() -> None:
    """Case, accents, order and titles do not make another person."""
    rows = [
        ("Name", "Born"),
        ("Élodie Roe", "1"),
        ("ROE, ELODIE", "2"),
        ("Dr Elodie Roe", "3"),
        ("Jane Roe", "4"),
    ]
    assert len(people_in(of_table(*rows))) == 2


def test_what_stands_beside_the_names_is_told() -> None:
    """Columns and birthdays, by header, and without a header by their shape."""
    roll = only(
        of_table(
            ("Name", "DOB", "Passport no."),
            ("Jane Roe", "1980-02-01", "K1"),
            ("Ann Minor", "1", "K2"),
        )
    )
    assert roll.columns == {Column.BIRTH, Column.PAPERS}
    assert roll.people[0].born == "1980-02-01"
    bare = only(
        of_table(
            *(
                (n, f"19{y}-01-02")
                for n, y in (("Jane Roe", 60), ("Ann Minor", 70), ("Bob Doe", 88))
            )
        )
    )
    assert bare.columns == {Column.BIRTH}


@pytest.mark.parametrize(
    ("cell", "key"),
    [
        ("Jane Roe", "jane roe"),
        ("ROE, Jane A.", "a jane roe"),
        ("SSgt J. Roe", "j roe"),
        ("Lt Col Jane Roe", "jane roe"),
        ("Ludwig van der Roe", "der ludwig roe van"),
        ("Seán O’Roe", "o’roe sean"),
        ("Acme Ltd", None),
        ("Sales Manager", None),
        ("12 May", None),
        ("jane@roe.example", None),
        ("please call", None),
        ("", None),
    ],
)
def test_a_name_is_known_by_its_shape(cell: str, key: str | None) -> None:
    """Titles go, order does not matter, and other things are no names."""
    name = read_name(cell)
    assert (name.key if name else None) == key


def test_what_was_found_is_never_shown() -> None:
    """Neither names nor birthdays enter a repr (law 8)."""
    reading = of_table(
        ("Name", "DOB"), ("Zebra Canary", "1980-02-01"), ("Jane Roe", "1981-02-01"), name="Zebra"
    )
    shown = repr((people_in(reading), rolls_in(reading), read_name("Zebra Canary"))).lower()
    assert "zebra" not in shown
    assert "1980" not in shown


def test_a_hundred_thousand_rows_are_read_in_time() -> None:
    """Every row counts, and the time is in proportion."""
    letters = "abcdefghij"
    spelled = ("".join(letters[int(digit)] for digit in f"{i:06d}") for i in range(100_000))
    rows = (
        ("Name", "Born", "Passport"),
        *((f"Jane {one.title()}", "1980-02-01", "K1") for one in spelled),
    )
    start = time.process_time()
    assert len(people_in(of_table(*rows))) == 100_000
    assert time.process_time() - start < 10.0


@pytest.mark.parametrize(
    "piece",
    [
        *("a,", "Jane Roe,", "Jane\t", "\n", "Aa\n", "Name\n", "Name:\n", "- Aa Bb\n", '"', "A "),
        *("1 ", "| ", "A/", "(", "Jane Roe\n", " \t"),
    ],
)
def test_hostile_text_takes_no_longer(piece: str) -> None:
    """A megabyte of anything is read in linear time."""
    reading = of_text(piece * (1_000_000 // len(piece)))
    start = time.process_time()
    people_in(reading)
    assert time.process_time() - start < 5.0
