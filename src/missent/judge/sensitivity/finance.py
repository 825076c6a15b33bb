"""Own what reads as a financial paper: tax forms, pay slips, statements, loans, unreleased results.

A paper is told by its title and its labelled fields with amounts beside them; talk of money, budgets
and deals has amounts but no fields. An invoice or a budget is innocuous (level 1), the accounts of a
person or of a customer are not (2), nor is a whole payroll (3).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from missent.judge.content import Content, Detector, Reading, place
from missent.judge.content import finding as found
from missent.judge.finding import Finding
from missent.judge.form import Cues, Evidence, Gate, form, rows

_RECORD = Cues(
    titles={
        3.0: """w 2 wage and tax statement; wage and tax statement; form w 2; form 1040; u s
        individual income tax return; individual income tax return; individual tax return;
        income tax return; tax return; self assessment tax return; self assessment; p60; p45;
        p60 end of year certificate; end of year certificate; p11d; sa302; sa100; tax
        calculation; tax year overview; vat return; gst return; business activity statement;
        form 1099; form 1099 misc; form 941; schedule c; form w 4; form w 9; notice of
        assessment; payg payment summary; payment summary; income statement ytd; tax
        statement; payslip; pay slip; payslips; pay stub; paystub; pay statement; earnings
        statement; statement of earnings; statement of earnings and deductions; salary slip;
        wage slip; pay advice; payroll; payroll register; payroll summary; payroll report;
        payroll journal; leave and earnings statement; salary statement; salary certificate;
        salary list; salary schedule; salary review; compensation statement; compensation
        summary; total compensation statement; salaries; bonus letter; bonus statement; bonus
        schedule; bank statement; current account statement; checking account statement;
        savings account statement; account statement; statement of account; account summary;
        statement of accounts; your statement; monthly statement; credit card statement; card
        statement; account activity; transaction history; transaction details; brokerage
        statement; portfolio statement; investment statement; pension statement; annual
        benefit statement; retirement account statement; mortgage statement; loan statement;
        credit report; credit file; consumer credit report; credit score report; loan
        application; mortgage application; uniform residential loan application; personal loan
        application; credit application; application for credit; application for a mortgage;
        personal financial statement; financial disclosure; statement of net worth; net worth
        statement; income and expenditure statement; statement of assets and liabilities;
        expense reimbursement; kontoauszug; gehaltsabrechnung; lohnabrechnung;
        entgeltabrechnung; steuerbescheid; lohnsteuerbescheinigung; bulletin de paie; bulletin
        de salaire; releve de compte; consumer credit file; lohnzettel; jahressteuerbescheid;
        contract note; avis d imposition; nomina; extracto bancario; declaracion de la renta;
        cedolino; rental application; collections report; aged debtors; tax return summary;
        summary of tax return; tax summary; tax assessment; tax assessment notice; notice of
        tax assessment; income tax assessment; assessment notice; tax computation; income tax
        computation; tax refund notice; tax bill; schedule k 1; form 1065; form 1120; form
        1120 s; form 1099 nec; form 1099 int; form 1099 div; form 1099 r; form 1098; form 940;
        form 8949; form 990; schedule a; schedule e; schedule se; p60 end of year; p45 part
        1a; details of employee leaving work; cis statement; group certificate; t4 statement
        of remuneration paid; t4; notice of reassessment; property tax bill; credit decision;
        loan decision; credit assessment; credit approval; credit memo; loan approval; loan
        offer; loan agreement summary; mortgage offer; mortgage pre approval; agreement in
        principle; decision in principle; affordability assessment; customer credit file;
        credit check; credit check report; credit profile; credit reference report; debtor
        report; collection notice; statement of affairs; payroll run; payroll register report;
        payroll detail; payroll sheet; wage sheet; wages sheet; wages book; pay run; employee
        compensation statement; total rewards statement; compensation letter; salary increase
        letter; salary increase; salary adjustment; salary revision; pay review; pay review
        letter; remuneration statement; superannuation statement; superannuation member
        statement; member benefit statement; annual pension statement; pension benefit
        statement; annual member statement; statement of benefits; statement of holdings;
        account transactions; list of transactions; transaction list; bank reconciliation;
        savings statement; visa statement; mastercard statement; wealth statement; declaration
        of assets; asset declaration; declaration of income; income declaration; proof of
        income; verification of employment; employment and income verification; severance
        calculation; final pay; final paycheck; commission statement; dividend voucher;
        capital gains summary; steuererklarung; einkommensteuerbescheid; kreditantrag; staff
        cost list; staff costs; underwriting note; underwriting summary; individual tax
        account; tax account; statement of tax account; remuneration report; wage list; loan
        account; repayment schedule; wages for the week; amortisation schedule; arrears
        notice; pay list; pay scale list; garnishment order; declaration de revenus""",
    },
    labels={
        2.0: """gross pay; net pay; total gross; gross earnings; total deductions; basic pay; basic
        salary; base salary; base pay; annual salary; current salary; new salary; gross
        salary; net salary; take home pay; taxable pay; taxable gross; net amount payable; tax
        code; paye; paye tax; ni number; ni no; ni category; national insurance; national
        insurance number; national insurance contributions; employee ni; employer ni; pay
        period; pay date; payment date bacs; pay rate; hourly rate; pay begin date; federal
        income tax withheld; federal income tax; federal withholding; fed withholding; federal
        tax; state income tax; social security wages; social security tax withheld; social
        security tax; medicare wages and tips; medicare tax withheld; medicare tax; medicare;
        wages tips other compensation; wages tips other comp; wages; fica; employer
        identification number; employer s name; employee s social security number; adjusted
        gross income; taxable income; total income; filing status; standard deduction; amount
        you owe; refund due; tax due; total tax; tax owed; tax payable; tax withheld; income
        tax due; total tax due; tax refund; utr; unique taxpayer reference; tax file number;
        tfn; abn withholding; employment income; self employment income; opening balance;
        closing balance; beginning balance; ending balance; balance forward; balance brought
        forward; balance carried forward; previous balance; new balance; current balance;
        available balance; statement period; statement date; statement number; money in; money
        out; paid in; paid out; payments in; payments out; total deposits; total withdrawals;
        deposits and other credits; withdrawals and other debits; withdrawals; available
        credit; credit limit; minimum payment due; minimum payment; card number; credit score;
        fico score; fico; vantagescore; credit rating; delinquent; derogatory; hard inquiries;
        open accounts; payment history; total debt; revolving balance; loan amount; loan
        amount requested; amount requested; loan purpose; monthly income; gross monthly
        income; gross annual income; annual income; household income; monthly payment; down
        payment; co borrower; borrower; borrower name; co applicant; loan term; total assets;
        total liabilities; net worth; monthly expenses; employment status; property value;
        outstanding balance; contribution to date; portfolio value; account value; market
        value; total contributions; vat due; net vat; total value of sales; vat registration
        number; bonus; salary; salaries; gross; net; bruttolohn; nettolohn; auszahlungsbetrag;
        steuerklasse; net a payer; salaire brut; kontostand; solde; liquido a percibir; saldo;
        superannuation; solde precedent; nouveau solde; ancien solde; total net; net payable;
        gross payments; total tax withheld; delinquent accounts; nonemployee compensation;
        total pay to date; total tax to date; pay to date; tax to date; recipient s tin; payer
        s name; total value; credit commitments; applicant 1 annual income; employer
        superannuation; base pay; bas; bah; federal taxes; sgli; new base salary; merit
        increase; employee pension; ytd; year to date; overtime; assessable income; total
        taxable income; tax assessed; tax payable on taxable income; medicare levy; personal
        allowance; taxable amount; tax liability; total tax liability; tax paid; tax already
        paid; tax deducted; balance of tax; tax credits; refund amount; refund; amount of
        refund; overpayment; total payments; earned income; total deductions claimed; itemized
        deductions; capital gains; capital gain; rental income; ordinary business income;
        guaranteed payments; distributions; partner s name; partner s capital account; net
        income tax; agi; total pay; leaving date; tax code at leaving date; employer paye
        reference; paye reference; personal loan; loan to value; ltv; debt to income; debt to
        income ratio; dti; existing debts; existing commitments; other debts; monthly debts;
        disposable income; credit scores; risk band; decision; days past due; past due;
        arrears; amount in arrears; defaults; county court judgments; ccj; collections; charge
        offs; current balance owed; balance owed; amount owed; purchase price; appraised
        value; brought forward; carried forward; balance b f; balance c f; target bonus;
        annual bonus; base; rsu grant; stock options; equity grant; employer 401 k match;
        total rewards; total compensation; total cash; commission; severance pay; employer
        contributions; employee contributions; member contributions; investment earnings;
        transfer value; accrued pension; annual pension; fund value; insurance premiums; net
        earnings; net wages; gross wages; total earnings; total net pay; cpp; canada pension
        plan; employment insurance; payg; payg withholding; usc; prsi; help repayment; tax
        withheld amount; net to pay; zu versteuerndes einkommen; revenu imposable; net
        imposable; mitarbeiter; lohnsteuer; krankenversicherung; rentenversicherung;
        solidaritatszuschlag; monthly salary; allowances; affordability ratio; adverse; missed
        payment; tax on taxable income; assessment; bonus payment; one off bonus; purchases;
        cash advances; finance charge; late fee; mortgage; car loan; savings; client name; tax
        account; payg credits; wages interest; withheld; deductions; minimum due; outstanding
        principal; instalment; monthly instalment; instalments overdue; original amount; loan
        account""",
        1.0: """account number; account no; account name; account holder; account type; account; sort
        code; routing number; routing no; aba; iban; bic; swift; bsb; acct no; acct number;
        debit; credit; debits; credits; balance; deposit; deposits; transactions; transaction;
        payee; employee; employee name; employee number; employee no; employee id; employee id
        no; payroll number; payroll no; staff no; employer; employer name; department; dept;
        earnings; deductions; allowances; exemptions; hours; pension; pension contribution;
        401k; 401 k; student loan; income tax; tax; withholding; spouse; dependents;
        dependants; tax year; social security number; ssn; taxpayer; taxpayer name; taxpayer
        id; interest; interest rate; apr; term; fees; creditor; lender; applicant; applicant
        name; collateral; assets; liabilities; payments; dividends; interest income;
        contributions; shares; units held; holdings; job title; grade; increase; job grade;
        recipient; customer; member; member number; payer s tin; partner; score; gross income;
        wages and salaries; emp id; emp no; effective date; fixed rate; rate; monthly
        repayment; repayment; repayment term; guarantor; property; net income; card ending;
        statement no; national id; social insurance number; sin; ird number""",
        0.5: """name; address; date; amount; description; period; status; reference; title; position;
        year; total; type; details""",
    },
    phrases={
        1.0: """keep this for your records; furnished to the internal revenue service; internal
        revenue service; hm revenue; hmrc; inland revenue; under penalties of perjury; omb no;
        department of the treasury; direct deposit; bacs; your account statement; statement of
        your account; paid by direct deposit; bank of; sort code; iban; overdraft; standing
        order; direct debit; card purchase; atm withdrawal; pos purchase; experian; equifax;
        transunion; fico; credit bureau; salary increase; annual salary; gross pay; net pay;
        per annum; australian taxation office; finanzamt; tax credit; opening balance; closing
        balance; adjusted gross income; your new salary; payroll; unique taxpayer reference;
        taxable income; total income was; income tax due; your tax for the year; tax refund;
        you owe; loan to value; credit score; debt to income; past due; brought forward;
        carried forward; your salary will; increase your salary; your annual bonus; tax year;
        filing status; insufficient income; in arrears; medicare levy; personal allowance;
        revenue customs; through paye; your salary; salary will; your base salary; pay rise;
        salary will rise; with effect from; one off bonus; annual review; discretionary bonus;
        remuneration committee; underwriting; affordability; creditworthiness; creditworthy;
        repayments; foreclosure; garnishment; adverse credit; bankruptcy""",
    },
)
_BILL = Cues(
    titles={
        3.0: """invoice; tax invoice; vat invoice; proforma invoice; pro forma invoice; commercial
        invoice; sales invoice; remittance advice; payment request; payment advice; rechnung;
        facture; factura; fattura; budget; annual budget; operating budget; project budget;
        department budget; departmental budget; budget summary; budget proposal; budget
        request; budget forecast; cost estimate"""
    },
    labels={
        2.0: """invoice number; invoice no; invoice; invoice date; bill to; billed to; remit to; remit
        payment to; invoice to; amount due; total due; balance due; total payable; amount
        payable; invoice total; subtotal; sub total; vat; vat no; gst; payment terms; payment
        due; due date; bank details; bank name; account number; account no; account name; sort
        code; iban; bic; swift; swift code; aba routing; routing number; beneficiary;
        beneficiary bank; bsb; unit price; qty; quantity; po number; purchase order; total
        budget; budget; budgeted; actual; variance; approved budget; line item; cost centre;
        cost center; fiscal year; travel budget; personnel; salaries and wages; overheads;
        overhead; contingency; forecast; q1; q2; q3; q4; rechnungsnummer; rechnungsbetrag"""
    },
    phrases={},
)
_RESULT = Cues(
    titles={
        3.0: """board pack; board paper; board report; board financials; board of directors report;
        management accounts; draft results; draft earnings release; earnings release;
        preliminary results; quarterly results; financial results; flash results; flash
        report; earnings preview; financial summary; consolidated statement of operations;
        consolidated income statement; profit and loss; profit and loss account; p l; income
        statement; balance sheet; cash flow forecast; board meeting; interim results; full
        year results; results announcement; forecast; financial forecast; finance report;
        financial report; treasurer s report; cfo report; monthly financials; flash; q1 flash;
        results statement; q2 flash; q3 flash; q4 flash; trading update; profit warning; board
        finance report; monthly management report; liquidity report"""
    },
    labels={
        2.0: """revenue; revenues; net revenue; total revenue; turnover; ebitda; ebit; adjusted
        ebitda; operating income; operating profit; net income; net profit; net loss; gross
        margin; gross profit; operating margin; eps; diluted eps; earnings per share; profit
        before tax; free cash flow; operating cash flow; cash flow; cash balance; net debt;
        guidance; consensus; cost of sales; cogs; operating expenses; opex; capex; cash at
        bank; cash; headroom; covenant headroom; order intake; backlog; net sales; sales;
        profit; operating result; cash position; working capital; total assets; equity;
        borrowings; covenant"""
    },
    phrases={
        2.0: """not for release; not for publication; not yet public; not been made public; not yet
        announced; before the announcement; ahead of the announcement; pre announcement; ahead
        of the earnings call; prior to release; unreleased; embargoed until; under embargo;
        strictly embargoed; material non public; material nonpublic; inside information;
        insider list; closed period; quiet period; blackout period; price sensitive; mnpi;
        market sensitive; unaudited and unpublished; until publicly announced; unpublished;
        non public information; nonpublic information; not for distribution; do not trade; not
        publicly disclosed; board only; for board members only; not yet been announced; before
        the market; until we announce; board of directors; not to be circulated; for directors
        only; board confidential; covenant breach; bank covenant; covenant headroom;
        refinancing; strictly confidential; for internal use by the board; do not circulate;
        confidential until; until released; the market expects; before publication"""
    },
)

_AMOUNT = re.compile(
    r"[$\u00a3\u20ac\dUEGAC](?:"
    r"(?:(?<=[$\u00a3\u20ac])|(?<=\bU)SD|(?<=\bE)UR|(?<=\bG)BP|(?<=\bA)UD|(?<=\bC)(?:HF|AD))"
    r" ?-?\d[\d,.' ]{0,14}|(?<=\b\d)(?:"
    r"\d{0,2}(?:,\d{3}){0,3}\.\d{2}\b|\d{0,2}(?:[,.]\d{3}){1,3}(?:,\d{2})?\b"
    r"|\d{0,3}(?:\.\d{1,2})? ?(?:m|mn|bn|k|million|billion)\b))"
)
"""Sought from its first sign on, which most characters are not."""
_BOXED = re.compile(r"[:\t|] ?[$£€]? ?\d{3,9}[ \t|]*$", re.MULTILINE)
"""A whole number behind a label, at the end of a line."""
_AMOUNTS = 8
"""More amounts say no more."""
_AMOUNTS_READ = 400
_BANK = re.compile(
    r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b|"
    r"\b\d\d-\d\d-\d\d\b(?=.{0,80}\b\d{8}\b)|\b(?:sort code|routing(?: number| no\.?)?|ABA|BSB)\b"
    r".{0,12}\d{2}",
    re.IGNORECASE | re.DOTALL,
)
_IDENTIFIER = re.compile(
    r"\b\d{3}-\d{2}-\d{4}\b|\b[A-CEGHJ-PR-TW-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b|"
    r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}\b"
)
_TEXT_READ = 60_000
_PAID = tuple(
    label.encode()
    for label in (
        "employee",
        "employee name",
        "employee number",
        "employee no",
        "name",
        "ni number",
    )
)
_NAMES = frozenset(
    (
        *("employee", "employee name", "name", "employee id", "employee no", "staff no", "emp no"),
        *("surname", "last name", "customer", "borrower", "employee number", "full name", "payee"),
    )
)
_HEADS = _NAMES | frozenset(
    (
        *("salary", "federal taxes", "base pay", "entitlements", "new base salary", "pay"),
        *("base salary", "annual salary", "gross", "gross pay", "net", "net pay", "tax", "bonus"),
        *("ni number", "ssn", "paye", "ni", "deductions", "pension", "account number", "iban"),
        *("basic pay", "total", "department", "dept", "overtime", "sort code", "hours", "rate"),
        *("gross salary", "net salary", "current salary", "new salary", "first name", "surname"),
        *("last name", "employee number", "bank account", "fica", "medicare", "401k", "increase"),
        *("federal tax", "state tax", "job title", "title", "position", "grade", "customer"),
        *("credit score", "balance", "loan amount", "annual income", "borrower", "net worth"),
    )
)
_MONEY_HEADS = (
    *("salary", "base salary", "annual salary", "gross", "gross pay", "net pay", "basic pay"),
    *("gross salary", "net salary", "current salary", "new salary", "credit score", "net"),
    *("annual income", "loan amount", "net worth", "bonus", "overtime", "salaries"),
)
_PAY_TITLES = (
    *("payroll", "payroll register", "payroll summary", "payroll report", "payroll journal"),
    *("salaries", "salary list", "salary schedule", "salary review", "bonus schedule", "payslips"),
)
_PERSON_PAID = re.compile(
    r"^[ \t>*-]{0,8}(?:\w{1,8}[ \t]{1,4})?[A-Z][\w'.-]{0,20},? [A-Z][\w'-]{1,24}\b"
    r".{0,40}?\d[\d,]{2,9}(?:\.\d\d)?\b.{0,24}?\d[\d,]{1,9}\b",
    re.MULTILINE,
)
_GATE = Gate(_RECORD, _BILL, _RESULT, least=1.8, crowd=7.6)
_OWN = Gate(_RECORD, least=1.8, crowd=7.6)
_LEAST = 6.0
_DENSE = 3.2
_DENSEST = 5.0
"""Weight of words that stand together: with some layout, and with none."""


def detect(content: Content) -> Iterator[Finding]:
    """Say that a part is a financial paper, from the worst such part."""
    best = max((_judge(one) for one in content.readings), key=lambda it: it[:2], default=None)
    if best is None or not best[0]:
        return
    level, count, reading, what = best
    where = f"{place(reading)} " if reading.document.attached else "the letter "
    because = f"{where}seems to hold {what}"
    yield found("finance", reading, category="finance", level=level, count=count, because=because)


_Judged = tuple[int, int, Reading, str]


def _judge(reading: Reading) -> _Judged:
    if not _GATE.opens(reading):
        return _nothing(reading)
    text = reading.text[:_TEXT_READ]
    amounts = sum(1 for _ in islice(_AMOUNT.finditer(text), _AMOUNTS))
    if amounts < 2 and _OWN.weight(reading) >= _DENSEST:  # forms have whole amounts in their boxes
        amounts = sum(1 for _ in islice(_BOXED.finditer(text), _AMOUNTS))
    if amounts < 2:
        return _nothing(reading)
    judged = (kind(reading, cues.evidence(reading), amounts, text) for cues, kind in _KINDS)
    return max(judged, key=lambda it: it[:2])


def _nothing(reading: Reading) -> _Judged:
    return 0, 0, reading, ""


def _record(reading: Reading, evidence: Evidence, amounts: int, text: str) -> _Judged:
    labels = min(evidence.label, 14.0)
    weight = evidence.title + labels + min(evidence.phrase, 3.0) + amounts * 0.25
    table = rows(reading, _HEADS, _NAMES)
    if evidence.any(_PAY_TITLES) and not table:
        paid = sum(1 for _ in islice(_PERSON_PAID.finditer(text), _AMOUNTS_READ))
        table = paid if paid >= 3 else 0
    strong = sum(weight > 1.0 for weight in evidence.labels.values())
    if (
        table >= 3
        and evidence.any(_MONEY_HEADS + _PAY_TITLES)
        and (strong or evidence.titles)
        and amounts >= 3
    ):
        return 3, table, reading, f"pay or credit records of {table} people"
    if _dense(reading, evidence, amounts):
        return _accounts(reading, text)
    if strong < 2 or len(evidence.labels) < 3 - bool(evidence.title) or weight < _LEAST + 1.5:
        return _nothing(reading)
    if not evidence.title and (labels < 6.0 or strong < 3):
        return _nothing(reading)
    return _accounts(reading, text)


def _dense(reading: Reading, evidence: Evidence, amounts: int) -> bool:
    """Tell whether so many words of the trade stand together that little layout is needed."""
    weight = _OWN.weight(reading)
    laid_out = evidence.title >= 2.0 or evidence.weight >= _LEAST
    if weight < (_DENSE if laid_out else _DENSEST) or amounts < 3:
        return False
    return not _BILL.evidence(reading).title


def _accounts(reading: Reading, text: str) -> _Judged:
    laid = form(reading)
    count = max(len(laid.values(label)) for label in _PAID) or 1
    identified = _IDENTIFIER.search(text) is not None
    what = "financial records of " + (f"{count} people" if count > 1 else "a person or an account")
    return 3 if count >= 3 or identified else 2, count, reading, what


def _bill(reading: Reading, evidence: Evidence, amounts: int, text: str) -> _Judged:
    if not evidence.title or len(evidence.labels) < 4 or amounts < 3:
        return _nothing(reading)
    budget = any("budget" in title for title in evidence.titles)
    if budget:
        return 1, 1, reading, "a budget"
    return (
        (1, 1, reading, "an invoice with bank details") if _BANK.search(text) else _nothing(reading)
    )


def _result(reading: Reading, evidence: Evidence, amounts: int, text: str) -> _Judged:
    del text
    if not evidence.phrase or len(evidence.labels) < 2 or amounts < 3:
        return _nothing(reading)
    if evidence.weight < _LEAST + 2.0:
        return _nothing(reading)
    return 2, 1, reading, "financial results that are not public"


_KINDS = ((_RECORD, _record), (_BILL, _bill), (_RESULT, _result))
DETECTOR = Detector("finance", _RECORD.words | _BILL.words | _RESULT.words, detect)
