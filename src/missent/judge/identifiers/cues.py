"""Own the words that name an identifier, and how near they must stand.

Ten digits may be anything; what they are is said by the word beside them, or at the head of their
column. The nearest word decides: in ``order 123456789, passport 987654321`` each number has its own.
Words for numbers that identify nobody (orders, invoices, versions) decide as well: against.
"""

from __future__ import annotations

from collections.abc import Iterator

from missent.judge.identifiers.kinds import Kind
from missent.judge.vocabulary import plain

BEFORE = 60
AFTER = 28
"""Characters in which a naming word is looked for: ``123-45-6789 (SSN)``."""
_LONGEST_LINE = 4_000
_HEADING_ROWS = 20_000
"""Characters before a cell in which the first row of its table is looked for."""
_PHRASE = 4
"""Words of the longest phrase."""

_K = Kind
NATIONAL: tuple[Kind, ...] = (
    _K.US_SSN,
    _K.UK_NINO,
    _K.CA_SIN,
    _K.NL_BSN,
    _K.PL_PESEL,
    _K.BE_NN,
    _K.NO_FNR,
    _K.HR_OIB,
    _K.TR_TCKN,
    _K.BR_CPF,
    _K.EE_IK,
    _K.LT_AK,
    _K.LV_PK,
    _K.RO_CNP,
    _K.ZA_ID,
    _K.SE_PNR,
    _K.DK_CPR,
    _K.BG_EGN,
    _K.CZ_RC,
    _K.AT_SVNR,
    _K.IL_ID,
    _K.IN_AADHAAR,
    _K.DE_TAX_ID,
    _K.KR_RRN,
    _K.PT_NIF,
    _K.NATIONAL_ID,
)
"""What "national id", in no particular country, may be."""
TAX: tuple[Kind, ...] = (
    _K.US_ITIN,
    _K.US_SSN,
    _K.DE_TAX_ID,
    _K.UK_UTR,
    _K.AU_TFN,
    _K.NZ_IRD,
    _K.PT_NIF,
    _K.NL_BSN,
    _K.CA_SIN,
    _K.BR_CPF,
    _K.IN_PAN,
    _K.HR_OIB,
    _K.EU_VAT,
)
_PASSPORT = (_K.US_PASSPORT, _K.PASSPORT)
_BANK = (_K.US_BANK_NUMBER,)
_LICENCE = (_K.US_DRIVER_LICENSE,)
_OTHER: tuple[Kind, ...] = ()

_NAMES: dict[tuple[Kind, ...], str] = {
    (_K.US_SSN,): "ssn|ssns|soc sec|soc security|ss no|ss number|socials|social",
    (_K.US_SSN, _K.CA_SIN, _K.CH_AHV, _K.AT_SVNR, _K.FR_NIR): "social security|social insurance",
    (_K.US_ITIN,): "itin|individual taxpayer|taxpayer identification",
    TAX: "tax id|taxid|tin|tax number|tax no|tax identification|taxpayer|tax payer|taxpayer id|tax",
    _PASSPORT: "passport|passports|pasaporte|passeport|reisepass|passaporto|paspoort|travel document"
    "|ppt|pp no|pp number|passport no|passport number",
    (
        _K.UK_DRIVING_LICENCE,
        *_LICENCE,
    ): "driver|drivers|driving|license no|license number|license id"
    "|licence no|licence number|dl|dls|cdl|cdls|lic|license|licence|state id|permit|dmv"
    "|identification card|identification number|id card",
    (_K.MEDICAL_LICENSE,): "dea|medical license|medical licence|prescriber|dea number|dea no",
    _BANK: "account|accounts|acct|acc|acct no|a c|bank|bank account|checking|savings|deposit|debit"
    "|direct deposit|wire|iban|account number|account no|save|kontonummer|konto|compte|cuenta",
    (_K.ABA_ROUTING_NUMBER,): "aba|routing|rtn|routing number|aba number|transit",
    (_K.UK_SORT_CODE,): "sort code|sortcode|sort",
    (_K.SWIFT_CODE,): "swift|bic|swift code|swift bic",
    (
        _K.CREDIT_CARD,
    ): "card|cards|credit card|visa|mastercard|amex|maestro|diners|jcb|cc|pan|discover",
    (_K.CRYPTO,): "bitcoin|btc|wallet|crypto|ethereum|eth",
    (_K.DOD_ID,): "dod id|dodid|edipi|edi pi|cac|dod",
    (_K.SERVICE_NUMBER, _K.DOD_ID): "service number|service no|svc no|svc number|military id"
    "|army number|force number|service id|afsn",
    (_K.PHONE_NUMBER,): "phone|phones|telephone|tel|mobile|cell|cellphone|fax|call|calls|ring|dial"
    "|desk|office|home|work|direct|ext|pager|whatsapp|sms|text|reach|contact|ph|hotline|messages"
    "|voicemail|telefon|tlf|handy|mob|answering|registered|switchboard|conference|landline|toll",
    (_K.DATE_TIME,): "date|dated|dob|born|birth|birthday|birthdate|expiry|expires|expiration|exp"
    "|valid|due|until|since|issued",
    (
        _K.UK_NHS,
    ): "nhs|nhs number|patient|patients|hospital|health service|health authority|health authorities",
    (_K.UK_NINO,): "nino|ni number|ni no|national insurance|insurance number|nat ins",
    (_K.UK_UTR,): "utr|unique taxpayer reference|self assessment",
    (_K.CA_SIN,): "sin|social insurance number|nas",
    (_K.NL_BSN,): "bsn|burgerservicenummer|sofinummer|sofi",
    (
        _K.DE_TAX_ID,
    ): "steuer id|steueridentifikationsnummer|idnr|steuernummer|steuer|identifikationsnummer",
    (_K.FR_NIR,): "nir|securite sociale|secu|insee|numero de securite sociale",
    (_K.ES_DNI, _K.ES_NIE, _K.PT_NIF): "dni|nie|nif|documento nacional|contribuinte",
    (_K.IT_FISCAL_CODE,): "codice fiscale|fiscal code|cf",
    (_K.BE_NN,): "rijksregisternummer|registre national|rrn belgium|numero national|insz|niss",
    (_K.PL_PESEL,): "pesel",
    (_K.SE_PNR, _K.NO_FNR, _K.DK_CPR): "personnummer|personnr|fodselsnummer|cpr|cpr nr|cpr nummer"
    "|personal identity number|fodselsnr|samordningsnummer",
    (_K.FI_HETU,): "hetu|henkilotunnus",
    (_K.RO_CNP,): "cnp|cod numeric personal",
    (_K.BG_EGN,): "egn",
    (_K.CZ_RC,): "rodne cislo|rc",
    (_K.AT_SVNR,): "svnr|sozialversicherungsnummer|sv nummer|versicherungsnummer",
    (_K.CH_AHV,): "ahv|avs|avs number|ahv nummer",
    (_K.IE_PPS,): "pps|ppsn|personal public service",
    (_K.AU_TFN,): "tfn|tax file",
    (_K.AU_MEDICARE,): "medicare",
    (_K.AU_ABN,): "abn|business number",
    (_K.NZ_IRD,): "ird|inland revenue",
    (_K.IN_AADHAAR,): "aadhaar|aadhar|uid|uidai",
    (_K.IN_PAN,): "permanent account",
    (_K.BR_CPF,): "cpf",
    (
        _K.ZA_ID,
        *NATIONAL,
    ): "id number|id no|identity number|identity no|national id|national identity"
    "|personal number|personal id|personal code|identification no|citizen id|id nr|identity card"
    "|national identification|resident id|teudat zehut",
    (_K.IL_ID,): "zehut|tz|israeli id",
    (_K.TR_TCKN,): "kimlik|tckn|tc kimlik",
    (_K.KR_RRN,): "resident registration|rrn|jumin",
    (_K.JP_MY_NUMBER,): "my number|mynumber|individual number|kojin bango",
    (_K.CN_ID,): "shenfenzheng|chinese id",
    (_K.SG_NRIC,): "nric|fin",
    (_K.EE_IK,): "isikukood",
    (_K.LV_PK,): "personas kods",
    (_K.LT_AK,): "asmens kodas",
    (_K.HR_OIB,): "oib",
    (_K.MX_CURP,): "curp",
    (_K.EU_VAT,): "vat|ust id|ustid|tva|btw|iva|mwst|vat no|vat number|umsatzsteuer|p iva",
    _OTHER: "order|invoice|ticket|ref|reference|tracking|po|part|serial|item|sku|case|claim|quote"
    "|contract|model|version|policy|docket|confirmation|booking|file|deal|zip|postcode|amount|total"
    "|price|volume|usd|eur|gbp|build|release|shipment|parcel|isbn|article|flight|id of|job"
    "|purchase|transaction|batch|lot|meter|asset|firmware|kernel|section|chapter|rev|customer"
    "|agent|message|event|error|bug|incident|request|sample|catalogue|catalog|barcode|software"
    "|product|fishing|business license|liquor|imei|revenue|population|plate|vehicle|registration",
}
PHRASES: dict[bytes, tuple[Kind, ...]] = {
    phrase.encode(): kinds for kinds, phrases in _NAMES.items() for phrase in phrases.split("|")
}
NATIVE: dict[str, tuple[Kind, ...]] = {
    "个人番号": (_K.JP_MY_NUMBER,),
    "個人番号": (_K.JP_MY_NUMBER,),
    "マイナンバー": (_K.JP_MY_NUMBER,),
    "身份证": (_K.CN_ID,),
    "주민등록": (_K.KR_RRN,),
    "여권": _PASSPORT,
    "护照": _PASSPORT,
    "旅券": _PASSPORT,
    "ЕГН": (_K.BG_EGN,),
    "паспорт": _PASSPORT,
    "جواز": _PASSPORT,
    "תעודת זהות": (_K.IL_ID,),
}
_PARTS = frozenset(word for phrase in PHRASES for word in phrase.split())
_APOSTROPHES = str.maketrans({"'": "", "’": ""})


def named(text: str, start: int, end: int) -> list[tuple[Kind, ...]]:
    """Give what the words about ``text[start:end]`` may call it, the nearest first.

    An empty tuple stands for "something that identifies nobody".
    """
    found = list(_read(text[max(0, start - BEFORE) : start]))
    if not found:
        found = list(_after(text, end))
    head = heading(text, start)
    if head:
        found = [*_read(head), *found]
    return found


def _after(text: str, end: int) -> Iterator[tuple[Kind, ...]]:
    line = text[end : end + AFTER].split("\n", 1)[0]
    for position, character in enumerate(line):
        if character.isdigit():
            line = line[:position]
            break
    yield from reversed([kinds for kinds in _read(line) if kinds])


def _read(window: str) -> Iterator[tuple[Kind, ...]]:
    low = window.lower()
    if low == window.upper():
        return
    words = plain(low.translate(_APOSTROPHES)).split()
    end = len(words)
    while end:
        if words[end - 1] not in _PARTS:
            end -= 1
            continue
        for size in range(min(_PHRASE, end), 0, -1):
            kinds = PHRASES.get(b" ".join(words[end - size : end]))
            if kinds is not None:
                yield kinds
                end -= size
                break
        else:
            end -= 1
    if not window.isascii():
        yield from (kinds for name, kinds in NATIVE.items() if name in window)


def heading(text: str, start: int) -> str:
    """Give the cell at the head of the column, if this stands in a row of tab-separated cells."""
    line = text.rfind("\n", max(0, start - _LONGEST_LINE), start) + 1
    if not line or text.find("\t", line, start) < 0:
        following = text.find("\n", start, start + _LONGEST_LINE)
        if not line or text.find("\t", start, following if following > 0 else len(text)) < 0:
            return ""
    column = text.count("\t", line, start)
    block = text.rfind("\n\n", max(0, line - _HEADING_ROWS), line)
    first = _first_row(text, block + 2 if block >= 0 else max(0, line - _HEADING_ROWS), line)
    cells = first.split("\t")
    return cells[column][:BEFORE] if column < len(cells) else ""


def _first_row(text: str, start: int, line: int) -> str:
    """Give the first line with tabs and without digits between two places."""
    tab = text.find("\t", start, line)
    if tab < 0:
        return ""
    begin = text.rfind("\n", start, tab) + 1 or start
    end = text.find("\n", tab, line)
    row = text[begin : end if end > 0 else line]
    return "" if len(row) > _LONGEST_LINE or any(c.isdigit() for c in row) else row
