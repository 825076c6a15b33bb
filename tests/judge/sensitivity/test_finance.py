"""Which texts read as a financial paper."""

from __future__ import annotations

import time

import pytest
from tests.judge.build import content

from missent.judge.content import Content
from missent.judge.finding import Finding
from missent.judge.sensitivity.finance import DETECTOR
from missent.judge.vocabulary import Vocabulary
from missent.mail.document import Document, Table, Text

WORDS = Vocabulary(DETECTOR.words)


def _content(text: str, *attached: Document, subject: str = "") -> Content:
    return content(text, *attached, subject=subject, vocabulary=WORDS)


def _found(text: str, *attached: Document, subject: str = "") -> list[Finding]:
    return list(DETECTOR.detect(_content(text, *attached, subject=subject)))


def _level(found: list[Finding]) -> int:
    return max((int(finding.facts["level"]) for finding in found), default=0)


FORM = """\
PAYSLIP
Employee: Owen Sharp	Employee number: 40021
Pay period: 1-31 May 2031
Basic pay	3,250.00
Overtime	210.00
PAYE tax	512.40
National Insurance	288.16
Pension	162.50
Net pay	2,496.94"""
SECOND = """\
Midshire Bank plc
Current account statement
Account name: Mrs T Bell
Sort code: 20-11-33   Account number: 55667788
Statement period: 1 April - 30 April 2031
Opening balance: £1,204.55
Date	Description	Money out	Money in	Balance
02 Apr	Direct debit Council Tax	142.00		1,062.55
05 Apr	Salary		2,100.00	3,162.55
Closing balance: £2,877.10"""
THIRD = """\
U.S. Individual Income Tax Return   Form 1040
Filing status: Married filing jointly
Your name: Dale Hutch   Spouse: Ivy Hutch
Wages, salaries, tips  88,100
Adjusted gross income  92,340
Taxable income  64,640
Total tax  9,120
Refund  1,330"""
FOURTH = """\
CREDIT REPORT
Consumer: Lars Venn
Date of birth: 1979-06-01
FICO score: 612
Open accounts: 7
Delinquent: 2
Creditor	Balance	Credit limit	Payment history
Northbank Visa	$4,210	$5,000	30 days late
Autofin	$12,880	$18,000	Current"""
FIFTH = """\
LOAN APPLICATION
Applicant: Sanne de Wit
Loan amount requested: EUR 24,000
Purpose: home improvement
Employer: Delta Works
Gross annual income: EUR 46,200
Monthly expenses: EUR 1,450
Other debts: EUR 3,900"""
SIXTH = """\
Board pack - Q2 results - STRICTLY CONFIDENTIAL, not yet announced
Revenue: $412.3m (consensus $398m)
EBITDA: $88.1m
EPS: $1.42
Do not trade; closed period applies until we announce on 4 August."""
SEVENTH = """\
Pay
slip
Employee
name
Tara Finch
Gross
pay
$2,400.00
Federal
tax
$240.00
FICA
$183.60
Net
pay
$1,976.40
YTD
gross
$26,400.00"""
INVOICE = """\
INVOICE
Invoice no: 2031-114
Invoice date: 2 May 2031
Bill to: Contractor Ltd
Description	Qty	Unit price	Amount
Valve	10	42.00	420.00
Subtotal: 420.00
VAT: 84.00
Total due: 504.00
Bank details: IBAN DE89 3704 0044 0532 0130 00, BIC COBADEFFXXX"""
BUDGET = """\
Annual Budget 2031 - Facilities
Line item	Q1	Q2	Q3	Q4	Total
Rent	12,000	12,000	12,000	12,000	48,000
Utilities	3,100	2,400	2,300	3,000	10,800
Contingency	500	500	500	500	2,000
Total budget	15,600	14,900	14,800	15,500	60,800"""
TALK_1 = """\
Midshire Bank: new savings rate of 4.1%. Open an account today. No minimum balance. Credit
cards from 9.9% APR. Your account statement is available online. Log in to view."""
TALK_2 = """\
Acme Corp announces second quarter results. Revenue: $412.3 million, up 4%. Net income:
$55 million. EPS: $1.42. "We are pleased," said the CEO. Conference call at 10 am.
Forward-looking statements..."""
TALK_3 = """\
Minutes of the project meeting. Present: Mr Cole, Ms Frost, Dr Hale. 1. Budget: approved.
2. Contract: legal to review the agreement by Friday. 3. Travel: flights to be booked for
the Berlin conference. 4. Ms Frost is off sick. Action: Cole to send invoice."""
TALK_4 = """\
Your order 88213371 has shipped. Order total: $54.20. Ship to: 12 Elm Row. Item Qty
Price Lamp    1       $49.00 Shipping        1       $5.20"""
TALK_5 = """\
We owe them $12,000.00 and got $4,000.00; the balance is due in May."""


@pytest.mark.parametrize("text", [FORM, SECOND, THIRD, FOURTH, FIFTH, SIXTH, SEVENTH])
def test_a_paper_is_found_in_any_layout(text: str) -> None:
    """The same paper is found as a letter, a labelled form, columns or broken lines."""
    assert _level(_found(text)) >= 2


def test_a_paper_is_found_in_an_attachment_and_named_by_its_part() -> None:
    """What is attached counts as the letter does; neither text nor file name is repeated (law 8)."""
    document = Document("2", "pdf", "zebra.pdf", texts=(Text(FORM + "\nzebra quagga"),))
    (found,) = _found("Please see attached.", document)
    assert found.facts["category"] == "finance"
    assert "part 2" in found.because
    assert "zebra" not in repr(found)
    assert "quagga" not in repr(found)


def test_a_table_of_salaries_is_grave_and_counted() -> None:
    """A payroll is many people's pay."""
    rows = (
        ("Employee", "Department", "Base salary", "Bonus", "Total"),
        ("Anna Pell", "Ops", "54,000", "3,000", "57,000"),
        ("Ben Ruiz", "IT", "61,500", "2,500", "64,000"),
        ("Cleo Nash", "HR", "48,200", "1,000", "49,200"),
    )
    (found,) = _found("Please see attached.", Document("2", "xlsx", tables=(Table(rows),)))
    assert (found.facts["level"], found.facts["count"]) == (3, 3)


@pytest.mark.parametrize("text", [INVOICE, BUDGET])
def test_an_invoice_or_a_budget_is_innocuous(text: str) -> None:
    """They are internal, and no more."""
    assert _level(_found(text)) == 1


@pytest.mark.parametrize("text", [TALK_1, TALK_2, TALK_3, TALK_4, TALK_5])
def test_ordinary_talk_is_silent(text: str) -> None:
    """Wording alone, advertisements, news and policies are no paper about anybody."""
    assert not _found(text)


def test_a_paper_of_another_matter_is_silent() -> None:
    """A recipe in the layout of a form is still a recipe."""
    assert not _found("Recipe\nServes: 4\nTime: 20 min\nFlour: 200 g\nSugar: 50 g\nNotes: rest it")


@pytest.mark.parametrize("piece", ["1,", "GB12 ", "Aa Aa 1\n", " ", "sort code ", "gross pay: "])
def test_hostile_text_takes_linear_time(piece: str) -> None:
    """A megabyte of what its patterns begin with is read within a second."""
    about = _content(FORM + "\n" + piece * (1_000_000 // len(piece)))
    before = time.process_time()
    list(DETECTOR.detect(about))
    assert time.process_time() - before < 1.0


ASSESSMENT = """\
Tax assessment notice
Taxpayer	Ruben Ost
Tax year	2029/30
Assessable income	71,900.00
Tax payable	15,870.20
Medicare levy	1,438.00
Amount due	288.40"""


def test_a_plain_form_is_found() -> None:
    """A notice of what is owed is the taxpayer's own matter."""
    assert _level(_found(ASSESSMENT)) >= 2
