"""Own passwords, keys and tokens: what opens something for whoever reads it.

Counted is a value that could be used: a notice that a password was reset, a policy about passwords, a
placeholder and a form are none. A private key, and a password with its user and place, are level 3, a
single password or token is level 2, the code of a telephone conference is level 1.

Theory of operation: the words that stand in a reading say which shapes can stand there at all (`_NAMED`,
`_HASHED`, ...); each shape is tried only at the places of its own word, at most `MOST` of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from missent.judge.content import Content, Detector, Reading, finding, place
from missent.judge.finding import Finding
from missent.judge.tokens import MAILGUN, MOST, WORDS, drawn, issued, marked
from missent.judge.vocabulary import plain

MANY = 3
"""Distinct passwords that make a list of them."""
_NEAR = 240


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# --- shapes that stand for themselves -------------------------------------------------------------

_KEY = re.compile(
    r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:\s{1,4}[A-Za-z-]{1,24}: ?[^\n]{0,200}){0,6}\s{1,6}[A-Za-z0-9+/=]{16,}"
    r"|PuTTY-User-Key-File-\d: [^\n]{1,80}\n"
)
_HASHES = re.compile(
    r"(?:^|\n)[\w.@-]{1,64}:(?:\$(?:apr1|1|2[abxy]|5|6|y|argon2id?)\$[^\s:]{8,200}|\{SHA\}[^\s:]{20,40})"
)
_URL_PASSWORD = re.compile(
    r"://(?P<user>[^\s:/@'\"<>]{1,64}):(?P<value>[^\s:/@'\"<>]{3,64})@[\w\[]"
)
_SCHEMES = _set(
    """
    http https ftp ftps sftp ssh scp git svn postgresql postgres mysql mariadb mongodb redis rediss
    amqp amqps smtp smtps imap imaps pop3 ldap ldaps jdbc mssql sqlserver oracle clickhouse couchdb
    neo4j bolt nats mqtt mqtts ws wss telnet rdp vnc smb cifs nfs dav webdav rtsp kafka snowflake
    tcp udp cockroachdb elasticsearch socks5 proxy sip
    """
)
"""Before ``://`` stands one of these, in an address that has a password in it."""
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
_NAMED: dict[str, tuple[bytes, ...]] = {
    "password": (b"password",),
    "passwords": (b"password",),
    "passwd": (b"passwd",),
    "passphrase": (b"passphrase",),
    "passphrases": (b"passphrase",),
    "passcode": (b"passcode",),
    "passcodes": (b"passcode",),
    "pass": (b"pass ",),
    "pwd": (b"pwd ",),
    "pw": (b"pw ",),
    "w": (b"p w ",),
    "kennwort": (b"kennwort",),
    "passwort": (b"passwort",),
    "contrasena": (b"contrase",),
    "clave": (b"clave ",),
    "passe": (b"mot de passe",),
    "mdp": (b"mdp ",),
    "senha": (b"senha ",),
    "wachtwoord": (b"wachtwoord",),
    "losenord": (b"losenord", b"l senord"),
    "haslo": (b"haslo",),
    "o": (b"has o",),
    "parola": (b"parola ",),
    "pin": (b"pin ",),
    "preshared": (b"preshared key",),
    "shared": (b"pre shared key",),
    "psk": (b"psk ",),
    "wifi": (b"wifi key",),
    "fi": (b"wi fi key",),
    "wlan": (b"wlan key",),
    "wpa": (b"wpa key",),
    "wpa2": (b"wpa2 key",),
    "wep": (b"wep key",),
    "network": (b"network key",),
    "vpn": (b"vpn key",),
}
"""The words of the names, and what of them is looked for among the plain words."""
_WITH = dict.fromkeys(
    ("shared", "preshared", "wifi", "fi", "wlan", "wpa", "wpa2", "wep", "network", "vpn"), "key"
) | {"w": "p", "o": "has"}
"""Words that name nothing without another."""
_OF_KEYS = _set(
    """
    api secret access auth client private encryption license licence account signing shared
    """
)
"""What stands before ``key`` where it opens something."""
_IN_ONE = _set(
    """
    token secret apikey secretkey accesskey privatekey authkey signingkey encryptionkey licensekey
    licencekey accountkey sharedkey clientkey secretaccesskey sharedaccesskey accesstoken authtoken
    refreshtoken bearertoken sessiontoken idtoken apitoken bottoken csrftoken clientsecret appsecret
    apisecret consumersecret awssecretaccesskey
    """
)
_HASHED = _set(
    """
    99999 apr1 2a 2b 2x 2y argon2 argon2i argon2id sha htpasswd shadow passwd hash hashes crypt root
    password passwords
    """
)
_COMMANDS = {
    "machine": (b"machine ",),
    "sshpass": (b"sshpass ",),
    "mysql": (b"mysql ",),
    "curl": (b"curl ",),
    "authorization": (b"authorization ",),
}
_WORDS = frozenset[str]().union(
    *(_NAMED, _OF_KEYS, _IN_ONE, _HASHED, _SCHEMES, _COMMANDS, {"key", "putty", "p", "has"}),
    WORDS,
)
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
_BY_COMMAND = {
    "machine": (_NETRC, 3),
    "sshpass": (_COMMAND, 3),
    "mysql": (_COMMAND, 3),
    "curl": (_COMMAND, 3),
    "authorization": (_HEADER, 2),
}
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
    words = _WORDS & reading.words
    if not words:
        return
    yield from ((_KEYS, token, 2) for token in issued(reading.text, words))
    yield from _files(reading.text, words)
    named = {
        stem
        for word in words & _NAMED.keys()
        if _WITH.get(word, word) in words
        for stem in _NAMED[word]
    }
    labelled = not words.isdisjoint(_IN_ONE) or ("key" in words and not words.isdisjoint(_OF_KEYS))
    commands = words & _COMMANDS.keys()
    if named or labelled or commands:
        octets = _aligned(reading)
        for command in commands:
            yield from _commanded(reading.text, octets, command)
        if labelled:
            yield from _labelled(reading.text, octets, words)
        places = _places(octets, named)
        yield from _worded(reading.text, places)
        if "\t" in reading.text:
            if labelled:
                places += _places(octets, (b"secret", b"token", b"key"))
            yield from _tabled(reading.text, places)


def _aligned(reading: Reading) -> bytes:
    """Give the plain words, each character at its place in the text."""
    if reading.text.isascii():
        return reading.plain
    return plain(reading.text.encode("ascii", "replace").decode("ascii"))


def _files(text: str, words: frozenset[str]) -> Iterator[tuple[str, str, int]]:
    """Give what stands in key files, password files and addresses with a password."""
    if ("private" in words and "PRIVATE KEY" in text) or "putty" in words:
        for mark in ("-----BEGIN ", "PuTTY-User-Key"):
            for match in marked(_KEY, text, mark):
                yield _PRIVATE, match.group()[-32:], 3
    if not words.isdisjoint(_HASHED) and (":$" in text or ":{SHA}" in text):
        for match in _HASHES.finditer(text):
            yield _PASSWORDS, match.group(), 3
    if "@" in text and not words.isdisjoint(_SCHEMES):
        for match in marked(_URL_PASSWORD, text, "://"):
            yield from _valued(match, 3)


def _valued(match: re.Match[str], level: int) -> Iterator[tuple[str, str, int]]:
    value = match["value"].strip(_TRIM)
    if not _nothing(value):
        yield _PASSWORDS, value, level


def _commanded(text: str, octets: bytes, word: str) -> Iterator[tuple[str, str, int]]:
    """Give the passwords of commands, of ``.netrc`` and of header fields."""
    pattern, level = _BY_COMMAND[word]
    for match in _matches(pattern, text, _places(octets, _COMMANDS[word])):
        yield from _valued(match, level)


def _labelled(text: str, octets: bytes, words: frozenset[str]) -> Iterator[tuple[str, str, int]]:
    """Give the values beside what is called a key, a token or a secret."""
    ends = (end for end in ("key", "token", "secret") if any(w.endswith(end) for w in words))
    places = _places(octets, {end.encode() + b" " for end in ends})
    for match in _matches(_LABELLED, text, places):
        start = match.start()
        named = text[start] not in "kK" or _KIND_OF_KEY.search(text[max(0, start - 12) : start])
        if named and drawn(match["value"]):
            yield _KEYS, match["value"], 2
    for match in _matches(MAILGUN, text, places):
        yield _KEYS, match.group(), 2


def _worded(text: str, places: list[int]) -> Iterator[tuple[str, str, int]]:
    """Give the values beside the names of passwords."""
    for match in _matches(_WORDED, text, places):
        name = match["name"].lower()
        value = match["value"].rstrip(_TRIM)
        if _usable(name, match["sep"], value, text, match.end()):
            level = _level(name, value, text, match.start(), match.end())
            yield (_CODES if level == 1 else _PASSWORDS), value, level


def _places(octets: bytes, stems: Iterable[bytes]) -> list[int]:
    """Give where these stems stand."""
    places: set[int] = set()
    for stem in stems:
        place = octets.find(stem)
        most = len(places) + MOST
        while place >= 0 and len(places) < most:
            places.add(place)
            place = octets.find(stem, place + len(stem))
    return sorted(places)


def _matches(pattern: re.Pattern[str], text: str, places: list[int]) -> Iterator[re.Match[str]]:
    """Give the matches that begin at these places, none inside another."""
    done = 0
    for at in places:
        match = pattern.match(text, at) if at >= done else None
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


# --- tables -----------------------------------------------------------------------------------------


def _tabled(text: str, places: list[int]) -> Iterator[tuple[str, str, int]]:
    """Give the cells under a heading that says password; level 3 where users stand beside."""
    done = 0
    for at in places:
        if at < done:
            continue
        begin = text.rfind("\n", 0, at) + 1
        end = text.find("\n", at)
        done = end + 1 if end >= 0 else len(text)
        line = text[begin : done - 1] if end >= 0 else ""
        before = text.rfind("\n", 0, max(0, begin - 1)) + 1
        if "\t" in line and text.find("\t", before, max(0, begin - 1)) < 0:
            yield from _column(text, line.split("\t", _CELLS), done)


def _column(text: str, head: list[str], start: int) -> Iterator[tuple[str, str, int]]:
    """Give what stands under the headings of one table."""
    columns = [i for i, cell in enumerate(head) if _HEAD.fullmatch(cell.strip())]
    level = 3 if any(_USER_HEAD.fullmatch(cell.strip()) for cell in head) else 2
    for _ in range(MOST if columns else 0):
        end = text.find("\n", start)
        cells = text[start : end if end >= 0 else len(text)].split("\t", _CELLS)
        if len(cells) < 2:
            return
        for column in columns:
            value = cells[column].strip() if column < len(cells) else ""
            if 3 < len(value) <= 64 and " " not in value and not _nothing(value):
                yield _PASSWORDS, value, level
        if end < 0:
            return
        start = end + 1


_CELLS = 64

DETECTOR = Detector("credentials", _WORDS, detect)
