"""Own the numbers that are digits only: how long, how written, which check they pass.

The checks of other countries' numbers are python-stdnum's. What a number is worth without a word
beside it (`bare`) follows from how many random numbers of that length pass: one in ten is nothing, a
date of birth with two check digits is something. A layout of its own (`laid`) is worth more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from stdnum import luhn
from stdnum.at import vnr
from stdnum.au import abn, tfn
from stdnum.be import nn
from stdnum.bg import egn
from stdnum.br import cpf
from stdnum.ca import sin
from stdnum.ch import ssn as ahv
from stdnum.cn import ric
from stdnum.cz import rc
from stdnum.de import idnr as steuer
from stdnum.ee import ik
from stdnum.fr import nir
from stdnum.gb import nhs, utr
from stdnum.hr import oib
from stdnum.il import idnr as zehut
from stdnum.in_ import aadhaar
from stdnum.jp import in_ as my_number
from stdnum.kr import rrn
from stdnum.lt import asmens
from stdnum.nl import bsn
from stdnum.no import fodselsnummer
from stdnum.nz import ird
from stdnum.pl import pesel
from stdnum.pt import nif
from stdnum.ro import cnp
from stdnum.se import personnummer
from stdnum.tr import tckimlik
from stdnum.us import rtn
from stdnum.za import idnr as za_id

from missent.judge.identifiers.kinds import Kind, Strength

Layout = tuple[str, tuple[int, ...]]
"""The separators between groups of digits, and how long the groups are."""
W, F, S = Strength.WEAK, Strength.FAIR, Strength.STRONG


@dataclass(frozen=True, slots=True)
class Number:
    """A kind of number, of digits only."""

    kind: Kind
    lengths: frozenset[int]
    valid: Callable[[str], bool]
    named: Strength
    """With its name beside it."""
    bare: Strength | None = None
    """Without separators, and without its name; None: it does not count."""
    laid: Strength | None = None
    """In one of its layouts, without its name."""
    layouts: frozenset[Layout] = frozenset()


def _layouts(*written: str) -> frozenset[Layout]:
    """Read ``3-2-4``: lengths of groups with what stands between."""
    found = set()
    for form in written:
        lengths = tuple(int(part) for part in form.translate(_AS_SPACE).split(" "))
        found.add(("".join(c for c in form if not c.isdigit()), lengths))
    return frozenset(found)


_AS_SPACE = str.maketrans("-./", "   ")


def any_digits(number: str) -> bool:
    """Accept what is not one digit repeated: such numbers are placeholders."""
    return len(set(number)) > 1


def ssn(number: str) -> bool:
    """Check the ranges that the Social Security Administration has never issued."""
    area, group, serial = number[:3], number[3:5], number[5:]
    never = area in ("000", "666") or area[0] == "9" or group == "00" or serial == "0000"
    return not never and any_digits(number)


def itin(number: str) -> bool:
    """Check the ranges of individual taxpayer numbers (IRS Publication 1915)."""
    group = int(number[3:5])
    return number[0] == "9" and (50 <= group <= 65 or 70 <= group <= 99) and group not in (89, 93)


def card(number: str) -> bool:
    """Check issuer and length (ISO/IEC 7812) and the Luhn digit."""
    return issuer(number) is not None and any_digits(number) and luhn.is_valid(number)


def issuer(number: str) -> str | None:
    """Name the scheme that issues cards with this beginning and length."""
    length = len(number)
    for name, first, last, lengths in _ISSUERS:
        if length in lengths and first <= number[: len(first)] <= last:
            return name
    return None


_ISSUERS: tuple[tuple[str, str, str, frozenset[int]], ...] = (
    ("visa", "4", "4", frozenset({13, 16, 19})),
    ("mastercard", "51", "55", frozenset({16})),
    ("mastercard", "2221", "2720", frozenset({16})),
    ("amex", "34", "34", frozenset({15})),
    ("amex", "37", "37", frozenset({15})),
    ("diners", "300", "305", frozenset({14, 16})),
    ("diners", "36", "36", frozenset({14, 16})),
    ("diners", "38", "39", frozenset({14, 16})),
    ("discover", "6011", "6011", frozenset({16, 19})),
    ("discover", "644", "659", frozenset({16, 19})),
    ("jcb", "3528", "3589", frozenset({16, 19})),
    ("jcb", "2131", "2131", frozenset({15})),
    ("jcb", "1800", "1800", frozenset({15})),
    ("unionpay", "62", "62", frozenset({16, 17, 18, 19})),
    ("maestro", "50", "50", frozenset(range(12, 20))),
    ("maestro", "56", "69", frozenset(range(12, 20))),
    ("other", "30", "39", frozenset({16})),
)


def _medicare(number: str) -> bool:
    weights = (1, 3, 7, 9, 1, 3, 7, 9)
    check = sum(int(d) * w for d, w in zip(number, weights, strict=False)) % 10
    return number[0] in "23456" and check == int(number[8])


def _dated(number: str) -> bool:
    """Tell whether it begins with a day and month, in this order, or year, month and day."""
    first, second, third = int(number[:2]), int(number[2:4]), int(number[4:6])
    return (1 <= first <= 31 and 1 <= second <= 12) or (1 <= second <= 12 and 1 <= third <= 31)


def _latvian(number: str) -> bool:
    return number[:2] == "32" or _dated(number)


def _ordered(number: str) -> bool:
    return any_digits(number) and number not in "01234567890123456789"


def _number(
    kind: Kind,
    lengths: Iterable[int],
    valid: Callable[[str], bool],
    *layouts: str,
    worth: tuple[Strength, Strength | None, Strength | None] = (S, None, None),
) -> Number:
    named, bare, laid = worth
    return Number(kind, frozenset(lengths), valid, named, bare, laid, _layouts(*layouts))


_CARDS = (
    *("4 4 4 4", "4-4-4-4", "4 6 5", "4-6-5", "4 6 4", "4-6-4", "4 4 4 4 3", "4-4-4-4-3"),
    *("4.4.4.4", "4 4 4 3", "4-4-4-3", "4 4 4 2", "4-4-4-2", "4 4 5", "4-4-5", "4 4 4", "4-4-4"),
    *("4 4 4 4 2", "4 4 4 4 1", "4 4 4 1", "4-4-4-1"),
)
_NINE = ("3-3-3", "3 3 3", "3.3.3")
_US_NINE = ("3-2-4", "3 2 4", "3.2.4")

NUMBERS: tuple[Number, ...] = (
    _number(Kind.CREDIT_CARD, range(12, 20), card, *_CARDS, worth=(S, S, S)),
    _number(Kind.US_SSN, (9,), ssn, "3-2-4", worth=(F, None, F)),
    _number(Kind.US_SSN, (9,), ssn, "3 2 4", "3.2.4", worth=(F, None, W)),
    _number(Kind.US_SSN, (9,), ssn, "5-4", "3-6", worth=(F, None, None)),
    _number(Kind.US_ITIN, (9,), itin, *_US_NINE, worth=(F, W, F)),
    _number(Kind.US_ITIN, (9,), itin, "5-4", "3-6", worth=(F, W, W)),
    _number(Kind.UK_NHS, (10,), nhs.is_valid, "3 3 4", worth=(S, W, F)),
    _number(Kind.UK_NHS, (10,), nhs.is_valid, "3-3-4", "3.3.4", worth=(S, W, W)),
    _number(Kind.ABA_ROUTING_NUMBER, (9,), rtn.is_valid, "4-4-1", worth=(S, None, None)),
    _number(Kind.UK_SORT_CODE, (6,), any_digits, "2-2-2", "2 2 2", worth=(F, None, None)),
    _number(Kind.DOD_ID, (10,), _ordered, worth=(F, None, None)),
    _number(Kind.CA_SIN, (9,), sin.is_valid, *_NINE, worth=(S, None, W)),
    _number(Kind.NL_BSN, (9,), bsn.is_valid, "4.2.3", *_NINE, worth=(S, None, W)),
    _number(Kind.PT_NIF, (9,), nif.is_valid, *_NINE, worth=(S, None, None)),
    _number(Kind.AU_TFN, (8, 9), tfn.is_valid, *_NINE, worth=(S, None, None)),
    _number(Kind.NZ_IRD, (8, 9), ird.is_valid, "2-3-3", "3-3-3", worth=(S, None, None)),
    _number(Kind.IL_ID, (9,), zehut.is_valid, "8-1", worth=(S, None, None)),
    _number(Kind.UK_UTR, (10,), utr.is_valid, "5 5", worth=(S, None, None)),
    _number(Kind.BG_EGN, (10,), egn.is_valid, worth=(S, W, None)),
    _number(Kind.CZ_RC, (9, 10), rc.is_valid, "6/4", "6/3", worth=(S, None, F)),
    _number(Kind.AT_SVNR, (10,), vnr.is_valid, "4 6", "4-6", worth=(S, W, W)),
    _number(Kind.SE_PNR, (10, 12), personnummer.is_valid, "6-4", "8-4", "8 4", worth=(S, W, F)),
    _number(Kind.DK_CPR, (10,), _dated, "6-4", "6 4", worth=(F, None, None)),
    _number(Kind.LV_PK, (11,), _latvian, "6-5", worth=(F, None, W)),
    _number(Kind.DE_TAX_ID, (11,), steuer.is_valid, "2 3 3 3", worth=(S, None, F)),
    _number(Kind.PL_PESEL, (11,), pesel.is_valid, worth=(S, W, None)),
    _number(Kind.BE_NN, (11,), nn.is_valid, "2.2.2-3.2", "6-3-2", worth=(S, W, S)),
    _number(Kind.NO_FNR, (11,), fodselsnummer.is_valid, "6 5", worth=(S, F, F)),
    _number(Kind.HR_OIB, (11,), oib.is_valid, worth=(S, None, None)),
    _number(Kind.TR_TCKN, (11,), tckimlik.is_valid, worth=(S, W, None)),
    _number(Kind.BR_CPF, (11,), cpf.is_valid, "3.3.3-2", worth=(S, W, S)),
    _number(Kind.EE_IK, (11,), ik.is_valid, worth=(S, W, None)),
    _number(Kind.LT_AK, (11,), asmens.is_valid, worth=(S, W, None)),
    _number(Kind.AU_ABN, (11,), abn.is_valid, "2 3 3 3", worth=(F, None, None)),
    _number(Kind.AU_MEDICARE, (10, 11), _medicare, "4 5 1", worth=(S, None, W)),
    _number(Kind.IN_AADHAAR, (12,), aadhaar.is_valid, "4 4 4", "4-4-4", worth=(S, None, W)),
    _number(Kind.JP_MY_NUMBER, (12,), my_number.is_valid, "4 4 4", "4-4-4", worth=(S, None, None)),
    _number(Kind.CH_AHV, (13,), ahv.is_valid, "3.4.4.2", "3 4 4 2", worth=(S, F, S)),
    _number(Kind.RO_CNP, (13,), cnp.is_valid, worth=(S, F, None)),
    _number(Kind.ZA_ID, (13,), za_id.is_valid, "6 4 3", "6 4 2 1", worth=(S, F, F)),
    _number(Kind.KR_RRN, (13,), rrn.is_valid, "6-7", worth=(S, W, F)),
    _number(Kind.CN_ID, (18,), ric.is_valid, worth=(S, S, None)),
    _number(
        Kind.FR_NIR, (15,), nir.is_valid, "1 2 2 2 3 3 2", "13 2", "1 2 2 2 6 2", worth=(S, S, S)
    ),
)
