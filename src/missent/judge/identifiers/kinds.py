"""Own the names of the kinds of identifier, and what a finding of one says: where, never what.

Kinds that others know too carry the names that Microsoft's Presidio gives them, so that results can
be laid side by side; national kinds begin with the country's ISO 3166 code.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Kind(StrEnum):
    """What an identifier is."""

    # Ways to reach somebody, and things of daily life: not sensitive by themselves.
    EMAIL_ADDRESS = "EMAIL_ADDRESS"
    URL = "URL"
    IP_ADDRESS = "IP_ADDRESS"
    MAC_ADDRESS = "MAC_ADDRESS"
    UUID = "UUID"
    DATE_TIME = "DATE_TIME"
    PHONE_NUMBER = "PHONE_NUMBER"
    # Money.
    CREDIT_CARD = "CREDIT_CARD"
    IBAN_CODE = "IBAN_CODE"
    SWIFT_CODE = "SWIFT_CODE"
    US_BANK_NUMBER = "US_BANK_NUMBER"
    ABA_ROUTING_NUMBER = "ABA_ROUTING_NUMBER"
    UK_SORT_CODE = "UK_SORT_CODE"
    CRYPTO = "CRYPTO"
    # Papers and numbers of persons.
    MRZ = "MRZ"
    PASSPORT = "PASSPORT"
    US_PASSPORT = "US_PASSPORT"
    US_SSN = "US_SSN"
    US_ITIN = "US_ITIN"
    US_DRIVER_LICENSE = "US_DRIVER_LICENSE"
    UK_DRIVING_LICENCE = "UK_DRIVING_LICENCE"
    MEDICAL_LICENSE = "MEDICAL_LICENSE"
    DOD_ID = "DOD_ID"
    SERVICE_NUMBER = "SERVICE_NUMBER"
    NATIONAL_ID = "NATIONAL_ID"
    UK_NHS = "UK_NHS"
    UK_NINO = "UK_NINO"
    UK_UTR = "UK_UTR"
    AT_SVNR = "AT_SVNR"
    AU_MEDICARE = "AU_MEDICARE"
    AU_TFN = "AU_TFN"
    AU_ABN = "AU_ABN"
    BE_NN = "BE_NN"
    BG_EGN = "BG_EGN"
    BR_CPF = "BR_CPF"
    CA_SIN = "CA_SIN"
    CH_AHV = "CH_AHV"
    CN_ID = "CN_ID"
    CZ_RC = "CZ_RC"
    DE_TAX_ID = "DE_TAX_ID"
    DK_CPR = "DK_CPR"
    EE_IK = "EE_IK"
    ES_DNI = "ES_DNI"
    ES_NIE = "ES_NIE"
    EU_VAT = "EU_VAT"
    FI_HETU = "FI_HETU"
    FR_NIR = "FR_NIR"
    HR_OIB = "HR_OIB"
    IE_PPS = "IE_PPS"
    IL_ID = "IL_ID"
    IN_AADHAAR = "IN_AADHAAR"
    IN_PAN = "IN_PAN"
    IT_FISCAL_CODE = "IT_FISCAL_CODE"
    JP_MY_NUMBER = "JP_MY_NUMBER"
    KR_RRN = "KR_RRN"
    LT_AK = "LT_AK"
    LV_PK = "LV_PK"
    MX_CURP = "MX_CURP"
    NL_BSN = "NL_BSN"
    NO_FNR = "NO_FNR"
    NZ_IRD = "NZ_IRD"
    PL_PESEL = "PL_PESEL"
    PT_NIF = "PT_NIF"
    RO_CNP = "RO_CNP"
    SE_PNR = "SE_PNR"
    SG_NRIC = "SG_NRIC"
    TR_TCKN = "TR_TCKN"
    ZA_ID = "ZA_ID"


class Strength(IntEnum):
    """How sure it is."""

    WEAK = 1
    """The shape alone, or a check digit that one number in ten passes."""
    FAIR = 2
    """A shape of its own, or a plain shape called by its name."""
    STRONG = 3
    """A shape of its own with check digits, or check digits and its name."""


CONTACT = frozenset(
    {
        Kind.EMAIL_ADDRESS,
        Kind.URL,
        Kind.IP_ADDRESS,
        Kind.MAC_ADDRESS,
        Kind.UUID,
        Kind.DATE_TIME,
        Kind.PHONE_NUMBER,
    }
)
PAYMENT = frozenset(
    {
        Kind.CREDIT_CARD,
        Kind.IBAN_CODE,
        Kind.SWIFT_CODE,
        Kind.US_BANK_NUMBER,
        Kind.ABA_ROUTING_NUMBER,
        Kind.UK_SORT_CODE,
        Kind.CRYPTO,
    }
)
BUSINESS = frozenset({Kind.AU_ABN, Kind.EU_VAT, Kind.MEDICAL_LICENSE})
"""Numbers that firms and practices print on their letters."""
IDENTITY = frozenset(Kind) - CONTACT - PAYMENT - BUSINESS


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier found in a text, which it does not hold."""

    kind: Kind
    start: int
    end: int
    """Of the characters ``text[start:end]``."""
    strength: Strength
