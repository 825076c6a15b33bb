"""Own the bodies of made mail: prose from a pool, quoted text, attachments, and what should not go out.

All of it is invented. Attachments are sheets of figures and text as base64; a third of the messages
have an HTML twin of the text. The sensitive ones hold a crew list or an itinerary.
"""

from __future__ import annotations

import base64
import html
import random

_VOCABULARY = (
    "the of and to in for on that with this from have will your about meeting next week please find project"
    " team update report customer order price contract budget plan review call time office schedule"
    " question answer number list copy letter change issue draft version agreed thanks regards monday"
    " tuesday morning afternoon market energy gas power trade desk deal pipeline capacity volume"
)
WORDS = tuple(_VOCABULARY.split())
ATTACHED = 0.12
_HTML = 0.3
_PARAGRAPHS = 400
_SHEETS = 24
_CREW = (
    ("Master", "Ines Jonker", "14.03.1971"), ("Chief officer", "Farid Osman", "02.11.1980"),
    ("Second officer", "Vera Lindqvist", "27.07.1988"), ("Chief engineer", "Hugo Marten", "19.01.1969"),
    ("Cook", "Tara Obrien", "30.09.1990"), ("Able seaman", "Jonas Pell", "11.12.1994"),
)  # fmt: skip
_ITINERARY = """\
ITINERARY General Oscar Reed and party

Mon 14 Oct  dep London LHR 08:15   flight BA 0123  arr Oslo OSL 11:30   seat 2A
            Hotel Fjordhaven, rooms 1402 and 1403, check-in 13:00
Wed 16 Oct  dep Oslo OSL 17:40     flight BA 0766  arr London LHR 19:05  seat 3C

Driver waits at the north exit. Passport no. 533401372, date of birth 04.05.1966.
"""


class Texts:
    """Bodies; which one comes next follows from the choices so far."""

    def __init__(self, draw: random.Random, mean_kb: float) -> None:
        self._draw = draw
        self._paragraphs = [_paragraph(draw) for _ in range(_PARAGRAPHS)]
        mean = mean_kb * 1000 - 900  # the header
        self._text = 0.42 * mean
        attached = 0.45 * mean / ATTACHED
        self._sheets = [
            _sheet(draw, int(attached * (0.2 + 1.6 * i / _SHEETS))) for i in range(_SHEETS)
        ]

    def subject(self) -> str:
        """Give a subject of a few words."""
        return " ".join(self._draw.choices(WORDS, k=4)).capitalize()

    def body(self, number: int, *, sensitive: bool) -> bytes:
        """Give the fields that say what the body is, an empty line, and the body."""
        chance = self._draw.random()
        text = _sensitive(number) if sensitive else self._prose()
        parts = [_plain(text)]
        if chance < _HTML:
            parts = [_nest("alternative", [*parts, _html(text)], f"a{number:x}")]
        if self._draw.random() < ATTACHED:
            parts = [_nest("mixed", [*parts, self._draw.choice(self._sheets)], f"m{number:x}")]
        return parts[0].encode()

    def _prose(self) -> str:
        wanted, length = self._text * self._draw.uniform(0.3, 1.7), 0
        chosen = []
        while length < wanted:
            chosen.append(self._draw.choice(self._paragraphs))
            length += len(chosen[-1]) + 1
        if self._draw.random() < 0.4:
            half = len(chosen) // 2
            quoted = "\n".join(chosen[half:]).replace("\n", "\n> ")
            chosen = [*chosen[:half], f"On Monday John wrote:\n> {quoted}"]
        return "\n".join(chosen)


def _paragraph(draw: random.Random) -> str:
    weights = [max(1, 60 - place) for place in range(len(WORDS))]
    lines = [" ".join(draw.choices(WORDS, weights, k=11)) for _ in range(draw.randint(2, 7))]
    return "\n".join(lines).capitalize() + ".\n"


def _sheet(draw: random.Random, octets: int) -> str:
    """Make an attachment of about so many octets as base64: a sheet of figures."""
    rows, length = ["region;quarter;volume;price"], 0
    while length < octets * 3 / 4:
        rows.append(
            f"{draw.choice(WORDS)};Q{draw.randint(1, 4)};{draw.randint(1, 99_999)};{draw.random():.4f}"
        )
        length += len(rows[-1]) + 1
    data = base64.encodebytes("\n".join(rows).encode()).decode()
    return (
        'Content-Type: text/csv; name="figures.csv"\nContent-Transfer-Encoding: base64\n'
        f'Content-Disposition: attachment; filename="figures.csv"\n\n{data}'
    )


def _sensitive(number: int) -> str:
    if number % 2:
        return f"As agreed, the plan for next week.\n\n{_ITINERARY}"
    rows = "\n".join(
        f"{place + 1:2}  {rank:16} {name:18} {born}  K{number % 9000 + place:07d}"
        for place, (rank, name, born) in enumerate(_CREW)
    )
    return f"CREW LIST\n\nNo  Rank             Name               Born        Passport\n{rows}\n"


def _plain(text: str) -> str:
    return f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{text}\n"


def _html(text: str) -> str:
    body = html.escape(text).replace("\n", "<br>\n")
    return (
        "Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
        f"<html><body><p>{body}</p></body></html>\n"
    )


def _nest(kind: str, parts: list[str], boundary: str) -> str:
    inside = "".join(f"--=_{boundary}\n{part}\n" for part in parts)
    return f'Content-Type: multipart/{kind}; boundary="=_{boundary}"\n\n{inside}--=_{boundary}--\n'
