"""Own passwords, keys and tokens: what opens something for whoever reads it.

Counted is a value that could be used: a notice that a password was reset, a policy about passwords, a
placeholder and a form are none. A private key, and a password with its user and place, are level 3, a
single password or token is level 2, the code of a telephone conference is level 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import log2

from missent.judge.content import Content, Detector, Reading, finding, place
from missent.judge.finding import Finding

MANY = 3
"""Distinct passwords that make a list of them."""
_NEAR = 240
_ENTROPY = 3.0
"""Bits a character: English words have about 2.5 at this length, random hexadecimal 3.6."""

# --- shapes that stand for themselves -------------------------------------------------------------

_MARKS: tuple[tuple[str, str], ...] = (
    ("AKIA", r"AKIA[0-9A-Z]{16}\b"),
    ("ASIA", r"ASIA[0-9A-Z]{16}\b"),
    ("AIza", r"AIza[0-9A-Za-z_-]{35}"),
    ("gh", r"gh[pousr]_[A-Za-z0-9]{36,255}"),
    ("github_pat_", r"github_pat_[A-Za-z0-9_]{22,255}"),
    ("glpat-", r"glpat-[A-Za-z0-9_-]{20,64}"),
    ("xox", r"xox[abeoprs]-[A-Za-z0-9-]{10,250}"),
    ("xapp-", r"xapp-\d-[A-Z0-9]{8,20}-\d{8,20}-[a-f0-9]{20,100}"),
    ("hooks.slack.com", r"hooks\.slack\.com/services/T[A-Z0-9]{6,}/B[A-Z0-9]{6,}/[A-Za-z0-9]{16,}"),
    ("k_live_", r"[sr]k_live_[0-9A-Za-z]{16,120}"),
    ("sk-", r"sk-(?:proj-|ant-[a-z0-9]{2,8}-)?[A-Za-z0-9_-]{32,200}"),
    ("SG.", r"SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{32,64}"),
    ("eyJ", r"eyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{16,2000}"),
    ("npm_", r"npm_[A-Za-z0-9]{36}\b"),
    ("pypi-", r"pypi-AgE[A-Za-z0-9_-]{50,250}"),
    ("hvs.", r"hvs\.[A-Za-z0-9_-]{24,200}"),
    ("dop_v1_", r"dop_v1_[a-f0-9]{64}"),
    ("hf_", r"hf_[A-Za-z]{30,40}\b"),
    ("AccountKey=", r"AccountKey=[A-Za-z0-9+/]{40,100}={0,2}"),
    ("ya29.", r"ya29\.[A-Za-z0-9_-]{20,300}"),
    ("key-", r"key-[0-9a-f]{32}\b"),
)
_TOKENS = tuple((mark, re.compile(rf"(?<![A-Za-z0-9_/+-]){form}")) for mark, form in _MARKS)
_KEY = re.compile(
    r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:\s{1,4}[A-Za-z-]{1,24}: ?[^\n]{0,200}){0,6}\s{1,6}[A-Za-z0-9+/=]{16,}"
    r"|PuTTY-User-Key-File-\d: [^\n]{1,80}\n"
)
_HASHES = re.compile(
    r"(?:^|\n)[\w.@-]{1,64}:(?:\$(?:apr1|1|2[abxy]|5|6|y|argon2id?)\$[^\s:]{8,200}|\{SHA\}[^\s:]{20,40})"
)
_URL_PASSWORD = re.compile(
    r"[a-z][a-z0-9+.-]{1,20}://(?P<user>[^\s:/@'\"<>]{1,64}):(?P<value>[^\s:/@'\"<>]{3,64})@[\w\[]",
    re.IGNORECASE,
)
_NETRC = re.compile(
    r"machine\s{1,4}\S{1,100}\s{1,4}login\s{1,4}\S{1,64}\s{1,4}password\s{1,4}(?P<value>\S{3,64})"
)
_COMMAND = re.compile(
    r"(?:sshpass -p ?|mysql [^\n]{0,60}?-p|curl [^\n]{0,80}?(?:-u|--user) [\w.@-]{1,40}:)"
    r"['\"]?(?P<value>[^\s'\"]{4,64})"
)
_HEADER = re.compile(r"authorization: (?:basic|bearer) (?P<value>[A-Za-z0-9+/=._-]{12,})", re.I)

# --- values beside their names ----------------------------------------------------------------------

_NAME = (
    r"pass[ -]?words?|passwd|pass[ -]?phrase|passcodes?|pwd|p/w|pw|pass|kennwort|passwort|contrasena"
    r"|contraseña|clave|mot de passe|mdp|senha|wachtwoord|losenord|lösenord|haslo|hasło|parola"
    r"|pin(?: code| number| no\.?)?|pre-?shared key|psk|(?:wi-?fi|wlan|wpa2?|wep|network|vpn) key"
)
_NAME_STEMS = (
    *("pass", "pwd", "p/w", "pw", "kennwort", "contrase", "clave", "mot de passe", "mdp", "senha"),
    *("wachtwoord", "losenord", "l?senord", "haslo", "has?o", "parola", "pin", "pre-shared", "psk"),
    *("preshared", "wifi key", "wi-fi key", "wlan key", "wpa", "wep key", "network key", "vpn key"),
)
"""What the names begin with, each character that is not ASCII as a question mark."""
_BETWEEN = (
    r"[ ]{0,4}(?::=|=>|->|:|=|\t)[ \t]{0,8}\n?[ \t]{0,8}"
    r"|[ ]{1,2}(?:is|was|will be|set to|changed to|reset to|remains|are)(?: now)?:?[ \n]{1,2}"
)
_WORDED = re.compile(
    rf"(?<![A-Za-z0-9])(?P<name>{_NAME})(?:\s?\([^()\n]{{0,40}}\))?['\"*_]{{0,3}}"
    rf"(?P<sep>{_BETWEEN})['\"“‘`*]{{0,3}}(?P<value>[^\s]{{3,80}})",
    re.IGNORECASE,
)
_LABELLED = re.compile(
    r"(?:key|token|secret(?:[ _-]?(?:access[ _-]?)?key)?)"
    r"['\"]?[ ]{0,4}(?:is |:|=>|=|\t)[ ]{0,4}['\"]?(?P<value>[A-Za-z0-9+/=_.~-]{16,200})",
    re.IGNORECASE,
)
_KIND_OF_KEY = re.compile(
    r"(?:api|secret|access|auth|client|private|encryption|licen[cs]e|account|signing|shared)[ _-]?$",
    re.IGNORECASE,
)
_STEMS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (_NETRC, ("machine",)),
    (_COMMAND, ("sshpass -p", "mysql ", "curl ")),
    (_HEADER, ("authorization: ",)),
)
_USER = re.compile(
    r"(?<![A-Za-z])(?:user(?:[ _-]?(?:name|id))?|log[ -]?in(?:[ _-]?(?:name|id))?|account(?: name)?|uid"
    r"|benutzername|benutzer|usuario|identifiant|utilisateur|e-?mail|id|sign[ -]?on)['\"*]{0,2}"
    r"[ ]{0,4}(?::|=|\t|is\b)[ \t]{0,6}\S",
    re.IGNORECASE,
)
_HOST = re.compile(
    r"https?://|\bwww\.|\bftp\b|\bssh\b|\bvpn\b|\bserver\b|\bhost(?:name)?\b|\bdatabase\b|\brouter\b"
    r"|\bportal\b|\bgateway\b|\b\d{1,3}(?:\.\d{1,3}){3}\b|\bdomain\b|\bweb ?site\b|\bsystem\b",
    re.IGNORECASE,
)
_CALL = re.compile(
    r"\b(?:dial|conference|call|bridge|participants?|moderator|leader|host|webex|zoom|teams|meeting"
    r"|chairperson|telecon|playback|replay|toll)\b",
    re.IGNORECASE,
)
_WORDS_AFTER = """
the your a an to in on of for and or not no now it this that is are was be been will can may must
if when you we they he she i my our his her their please here there below above attached same
different required protected expired reset changed correct incorrect wrong invalid valid case
sensitive secure strong weak needed necessary optional none null n/a na tbd tba blank empty
unknown known forgotten only never always also still just very too about from with at by as after
before during until set sent being going given provided assigned created entered stored used
issued confidential private secret encrypted hidden masked incorrectly automatically easy hard
simple complex unique safe long short new old good bad ok okay yes what who which how where why
mine yours hers ours currently available enabled disabled active inactive locked unlocked
correctly usually separate separately fine missing lost compromised shared common generic default
first last next following string str text char varchar int boolean password username user login
email name field value number type company id initially temporary temporarily pending denied
accepted rejected security policy reminder request help hint recovery manager change update
question questions information info code codes self re fw fwd date subject cc bcc url http enter
click see call contact ask select choose your_password yourpassword mypassword your-password
xxxxxx example placeholder redacted removed omitted withheld omit true false protect holder point
up out back well much more less most some any all both each one two three four five six seven
eight nine ten characters digits letters
"""
_NO_VALUE = frozenset(_WORDS_AFTER.split())
"""Words that go on with a sentence about passwords, or stand where one is to be filled in."""
_ADJECTIVE = re.compile(
    r"[a-z-]+(?:ed|ing|able|ible|ive|ly|ful|less|ous|tion|ment|ness|ity|ance|ence)"
)
_PLACEHOLDER = re.compile(
    r"[*.•·xX#_?\-=~]{3,}|[<\[{(].*|.*[>\]}]|\$[\w{(].*|%\w*%?|&[a-z]+;.*|https?:.*|www\..*|mailto:.*"
    r"|your[_-].*|<.*|\.{2,}.*|/+.*"
)
_TRIM = "'\"”’`*,;:.!?)]>"
_HEAD = re.compile(
    rf"(?:\w{{1,16}}[ _-]){{0,2}}(?:{_NAME}|secret|token|api[ _-]?key)(?:[ _-]\w{{1,12}})?",
    re.IGNORECASE,
)
_USER_HEAD = re.compile(
    r".{0,20}(?:user|login|log-in|account|logon|benutzer|usuario|e-?mail|host|server|system|url).{0,20}",
    re.IGNORECASE,
)
_LIKELY = (
    *(b"pass", b"pwd", b"pin ", b" pw ", b"kennwort", b"contrasena", b"clave", b"mdp", b"senha"),
    *(
        b"wachtwoord",
        b"losenord",
        b"haslo",
        b"parola",
        b"psk",
        b"key ",
        b"token",
        b"secret",
        b" p w ",
    ),
)


def detect(content: Content) -> Iterator[Finding]:
    """Report the document with the gravest secrets."""
    worst: tuple[int, int] = (0, 0)
    chosen: Reading | None = None
    kinds: set[str] = set()
    for reading in content.readings:
        level, values = _weigh(reading)
        if (level, sum(values.values())) > worst:
            worst, chosen, kinds = (level, sum(values.values())), reading, set(values)
    if chosen is None:
        return
    level, count = worst
    where = place(chosen) if chosen.document.attached else "the letter"
    what = " and ".join(sorted(kinds))
    because = f"{where} holds {what}" if count == 1 else f"{where} holds {what} ({count} in all)"
    yield finding(
        "credentials", chosen, category="credentials", level=level, count=count, because=because
    )


def _weigh(reading: Reading) -> tuple[int, dict[str, int]]:
    """Give the level of a reading, and how many distinct secrets of each kind."""
    level = 0
    values: dict[str, set[str]] = {}
    for kind, value, grave in _secrets(reading):
        level = max(level, grave)
        values.setdefault(kind, set()).add(value)
    passwords = len(values.get(_PASSWORDS, ()))
    if passwords >= MANY and level >= 2:
        level = 3
    return level, {kind: len(distinct) for kind, distinct in values.items()}


_PASSWORDS, _KEYS, _PRIVATE, _CODES = (
    "passwords",
    "access keys",
    "private keys",
    "codes of a conference",
)


def _secrets(reading: Reading) -> Iterator[tuple[str, str, int]]:
    """Give each secret: its kind, its value (to count distinct ones), its level."""
    yield from _tokens(reading.text)
    yield from _files(reading.text)
    if any(word in reading.plain for word in _LIKELY):
        yield from _worded(reading.text)
        yield from _tabled(reading)


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    """Give the keys and tokens that well-known providers hand out."""
    for mark, token in _TOKENS:
        if mark in text:
            for match in token.finditer(text):
                if _random(match.group()[len(mark) :]):
                    yield _KEYS, match.group(), 2


def _files(text: str) -> Iterator[tuple[str, str, int]]:
    """Give what stands in key files, password files and addresses with a password."""
    if "PRIVATE KEY" in text or "PuTTY-User-Key" in text:
        for match in _KEY.finditer(text):
            yield _PRIVATE, match.group()[-32:], 3
    if ":$" in text or ":{SHA}" in text:
        for match in _HASHES.finditer(text):
            yield _PASSWORDS, match.group(), 3
    if "://" in text and "@" in text:
        yield from _valued(_URL_PASSWORD, text, 3)


def _valued(pattern: re.Pattern[str], text: str, level: int) -> Iterator[tuple[str, str, int]]:
    for match in pattern.finditer(text):
        value = match["value"].strip(_TRIM)
        if not _nothing(value):
            yield _PASSWORDS, value, level


def _worded(text: str) -> Iterator[tuple[str, str, int]]:
    """Give the values beside their names; a search for plain stems comes first, for speed."""
    low = text.encode("ascii", "replace").lower().decode("ascii")
    for pattern, stems in _STEMS:
        for match in _at(pattern, text, low, stems):
            value = match["value"].strip(_TRIM)
            if not _nothing(value):
                yield _PASSWORDS, value, 2 if pattern is _HEADER else 3
    for match in _at(_LABELLED, text, low, ("key", "token", "secret")):
        start = match.start()
        named = text[start] not in "kK" or _KIND_OF_KEY.search(text[max(0, start - 12) : start])
        if named and _random(match["value"]):
            yield _KEYS, match["value"], 2
    for match in _at(_WORDED, text, low, _NAME_STEMS):
        value = match["value"].rstrip(_TRIM)
        if _usable(match["name"].lower(), match["sep"], value, text, match.end()):
            level = _level(match["name"].lower(), value, text, match.start(), match.end())
            yield (_CODES if level == 1 else _PASSWORDS), value, level


def _at(
    pattern: re.Pattern[str], text: str, low: str, stems: tuple[str, ...]
) -> Iterator[re.Match[str]]:
    """Give the matches that begin with one of these stems, none inside another."""
    places: list[int] = []
    for stem in stems:
        place = low.find(stem)
        while place >= 0:
            places.append(place)
            place = low.find(stem, place + len(stem))
    done = 0
    for place in sorted(places):
        match = pattern.match(text, place) if place >= done else None
        if match:
            done = match.end()
            yield match


def _usable(name: str, sep: str, value: str, text: str, end: int) -> bool:
    """Tell whether what stands after the name is a value somebody could type."""
    if _nothing(value) or len(value) < 3:
        return False
    if value.upper().startswith("CASE"):
        return False
    if name.startswith("pin"):
        return value.isdigit() and 4 <= len(value) <= 12
    written = sep.strip()
    said = written[:1].isalpha()
    strange = _strange(value)
    if name in ("pass", "pw", "clave", "parola", "p/w"):
        return strange and not said and (len(value) >= 5)
    if strange:
        return True
    if _ADJECTIVE.fullmatch(value.lower()) or not value.isascii():
        return False
    rest = text[end : end + 40].split("\n", 1)[0].strip()
    alone = not rest or rest[0] in "\t,;|)" or text[end - 1] in _TRIM
    if said:
        quoted = text[end - len(value) - 2 : end].strip()[:1] in "'\"“‘`"
        return quoted and alone and len(value) >= 4
    return alone and len(value) >= 4 and "\n" not in sep


def _strange(value: str) -> bool:
    """Tell whether no word is written like this: with digits, signs or capitals inside."""
    if len(value) < 4 or (value.count("@") == 1 and "." in value.rpartition("@")[2]):
        return False
    body = value.strip("-")
    letters = any(c.isalpha() for c in body)
    digits = any(c.isdigit() for c in body)
    signs = any(not c.isalnum() and c not in "-/'’.,:&_" for c in body)
    capitals = any(c.isupper() for c in body[1:]) and any(c.islower() for c in body)
    return (letters and (digits or capitals)) or (signs and letters) or (digits and len(body) >= 4)


def _nothing(value: str) -> bool:
    """Tell a placeholder, or a word that goes on with the sentence."""
    low = value.strip(_TRIM + "([<-").lower()
    return not low or low in _NO_VALUE or _PLACEHOLDER.fullmatch(value) is not None


def _level(name: str, value: str, text: str, start: int, end: int) -> int:
    around = text[max(0, start - _NEAR) : start]
    digits = value.strip("#*").isdigit()
    if digits and _CALL.search(around + text[end : end + 80]) and not name.startswith("password"):
        return 1
    if name.startswith("pin") and not _USER.search(around):
        return 2
    near = around + " " + text[end : end + _NEAR]
    return 3 if _USER.search(near) and _HOST.search(near) else 2


def _random(value: str) -> bool:
    """Tell whether a value was drawn, not written: letters and digits, evenly used."""
    body = value.rstrip("=.")
    if not any(c.isdigit() for c in body) and not (
        any(c.islower() for c in body) and any(c.isupper() for c in body)
    ):
        return False
    if len(body) < 12 or "example" in body.lower() or "xxxx" in body.lower():
        return False
    counts = [body.count(c) / len(body) for c in set(body)]
    return -sum(share * log2(share) for share in counts) > _ENTROPY


# --- tables -----------------------------------------------------------------------------------------


def _tabled(reading: Reading) -> Iterator[tuple[str, str, int]]:
    """Give the cells under a heading that says password; level 3 where users stand beside."""
    head: list[str] = []
    columns: list[int] = []
    for line in reading.text.split("\n"):
        if "\t" not in line:
            head, columns = [], []
            continue
        cells = line.split("\t", 64)
        if not head:
            head = cells
            columns = [i for i, cell in enumerate(cells) if _HEAD.fullmatch(cell.strip())]
            continue
        level = 3 if any(_USER_HEAD.fullmatch(cell.strip()) for cell in head) else 2
        for column in columns:
            value = cells[column].strip() if column < len(cells) else ""
            if 3 < len(value) <= 64 and " " not in value and not _nothing(value):
                yield _PASSWORDS, value, level


DETECTOR = Detector("credentials", frozenset(), detect)
