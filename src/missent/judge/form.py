"""Own how a text reads as a form: which lines are titles, which words label a value.

A form is told from talk by its layout. Here a text is squeezed into plain words in which ``|`` stands
for the end of a line or cell and ``:`` for a colon, so that a title or a label is one search for
octets, whatever the layout was: ``Label: value``, two columns, a table's head, or broken lines.
Everything here is linear in the text, and names nobody: values are only counted (law 8).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import chain, islice

from missent.judge.content import Reading
from missent.judge.vocabulary import plain

_BAR, _COLON = b"|:"
_FIGURES = b"0123456789"
_KEPT = {9: _BAR, 10: _BAR, _BAR: _BAR, ord(":"): ord(":"), ord(" "): ord(" ")}
_TABLE = bytes(_KEPT.get(c, c if chr(c).isalnum() and c < 128 else ord(",")) for c in range(256))
_NUMBERED = re.compile(rb"\| (?:box )?(?:\d{1,3}[a-z]?|[a-z]) (?=[a-z])")
_ACCENTS = re.compile(r"[\u0300-\u036f]+")
_TITLE_LETTERS = 90
"""A longer line is a sentence."""
_HEADLINE_LETTERS = 56
"""A line not longer may have its title in the middle."""
_OCCURRENCES = 24
"""Of one title that are looked at."""
_ENDS = (b"|", b": |")
_LINES = 2_000
"""Of a table that are looked at."""
_CELLS = re.compile(r"[\t|]| {2,}")
_HEADS = 3
"""Cells of a table's first line that have to be known."""
_VALUE_LETTERS = 28
_TITLES = """Mr Mrs Ms Miss Mx Dr Prof Sir Dame Herr Frau Mme Senator Minister Ambassador MAJ CPT LTC
    COL BG MG LTG GEN SGT SSG SFC MSG CDR CAPT LCDR LT ENS RADM VADM Maj Capt Lt Col Gen Sgt Cpl Cdr
    Wg Sqn Brig Adm General Colonel Major Captain Commander Lieutenant Sergeant Admiral"""
_FORM_READ = 200_000
"""Characters in which cues are looked for: a paper says what it is at its beginning."""
_TEXT_READ = 60_000
_SPOTS = 400
_WINDOW = 2_500
"""Letters of a short text, and of the place where a long one's words have to stand together."""
_ROUNDING = 1e-6
"""What sums of weights may differ by with the order of the words, which is any."""
_LONG = 8_000
"""Letters beyond these in which the most is asked of a text."""
_ELSEWHERE = 0.9
"""Share of that weight which a long text has anyway, spread over it."""
_COMMON_WORDS = """a about account action address advise after agree agreed agreement all
    already amount analysis and answer any anything appointment approval approved are as asked
    assistant at attend available b back basis be been before begin best between bill board book
    both business by c calendar call called canada capital care case cash center change check
    client close co com comments commercial committee company complete confidential confirm
    confirmation contract control cost costs counsel course credit current customer d daily data
    date day days deal delivery demand department description details dinner direct distribution
    do document down draft due during e each effective either employee end entry event f far
    file final financial firm first flow follow follows for form forward free from full further
    general given good group hard has have he held help her high him his home hours house i id
    if in included index information intended interest into is issue it its job k keep know l
    last late leave legal letter level line list location london lot lunch m made management
    march market matter may me meeting members memo money month months most must my name needed
    net new next night no non not note notes notice now number numbers o of off offer office old
    on once one only open operations option options or order original other our out outside own
    p part party past pay per performance period person phone physical place plan point points
    position power price prior problem problems product program project proposed public purchase
    put question questions r rate re reason receive release reply report reports request
    requested response return review risk room run s sale sales say schedule second see service
    services set shall she sheet short show side signed since site staff standard start state
    status subject summary supply support take team term terms thank that the there therefore
    these this three through time times to total trade trading transaction transactions trip two
    tx type u under unit until up update upon us use value view visit w was we week which will
    with within without work working works would year yet york you your"""
"""Words of which ordinary business mail is full: a look at them says nothing."""
_USUAL_WORDS = """acceptable accounts acquisition act activity actual administration advance
    advice affairs age agency agenda agent ahead air airlines airport amended amendment
    amendments american announce announced announcement annual applicable application approx apr
    arbitration arrangements arrive articles assessment asset assets assignment association
    attempt attended attending attorney attorneys authority authorized availability average
    award away background balance bank bankruptcy base basic beginning behalf benefit benefits
    bid body bond bonus booked bp breakfast brief brokerage brought budget buyer calculation car
    card category cause certificate charge chart checking checkout chief claim claims class
    closed closing code collateral comes commission communication compensation competition
    competitive complaint completion conditions confidentiality confirmed connection consent
    consideration construction consulting contribution contributions cooperation count country
    county court cross ct dated dates de debt decision default delay departure dept detail
    diligence directed direction directions directors disclosure dispute double dr drive drop
    duration earnings economy effect electronic emergency employment ending english enter
    entered entire equipment equity estimate estimated eta evaluation events exclusive executed
    exhibit existing expected expense expenses exposure facility facts failure family fare
    federal fee fees filing finance fit fixed flight focused force forecast former forth fully
    fund gain gift giving government grant gross guarantee guaranty guest hand head heads health
    hearing hereby herein hire history hold holiday holidays host hotel hourly hyatt ie income
    increase independent individual initial inquiries inside instructions insurance interim
    internal international investigation investment invitation invoice issued item iv joint
    journal judge known la lateral law lead leaving legally length levels liability license
    light limit limited limits litigation llp load loan local loss main maintenance major man
    margin match material materials maximum member merger met minimum missed monthly motion
    multiple names national nature neither normal notification objective obligations officer
    official opening operating operation opinion ordered orders outstanding overview owe paid
    panel paper paragraph participants parties partner partnership pass payment payments
    personal personnel pick planned platform port portfolio positive post pre preliminary
    prepared present presented presents pressure previous primary private privilege privileged
    pro procedure proceed processing professional profile profit progress proper property
    proposal provider provisions pt publication purchases purpose pursuant quantity quarterly
    range rating ray reasonable receipt receiving recipient recommend recommendation
    recommendations record records reference referred register registration regular released
    relief remain rent reporting representatives requesting requests reservation reservations
    reserve reserved resolution responsibility rest result results revenue reviewed revision
    round rule save savings scope screen se seat seats security seeing seen selection seller
    session settle settlement share shares signature single sleep solicitation sort source
    specialist started stated statement states station stay staying stock stop storage strategy
    strictly student study submitted subscription success suite systems tab taken takes target
    tax technical telephone termination test ticket title transfer transport transportation
    travel traveling trial true trust twice unable understanding unique united units unless
    urgent valuable valuation variance venture views walk ward welcome worth writing written x"""
"""Words that are in one of two hundred business mails, or so: they say a little."""
_COMMON = frozenset(_COMMON_WORDS.split())
_USUAL = frozenset(_USUAL_WORDS.split())
_USUAL_WEIGHT = 0.4
_TELLING = 3
"""Letters that a word must have to say much by itself."""
_ANYBODY = frozenset(
    {
        *(
            "birth",
            "born",
            "dob",
            "nationality",
            "passport",
            "sex",
            "gender",
            "surname",
            "forename",
        ),
        *("given", "family", "names", "rank", "age", "address", "citizenship", "emergency"),
        *("item", "pos", "qty", "vat", "ref", "article"),
    }
)
"""Labels that forms of every matter have: they tell a form, not of what."""


def starting(words: Iterable[str]) -> str:
    """Give a pattern of these words, each beginning a word, that is searched by first letters.

    A pattern that begins with ``\\b`` is tried at every character, one of letters only at those.
    """
    rests: dict[str, list[str]] = {}
    for word in words:
        rests.setdefault(word[0], []).append(word[1:])
    return "|".join(rf"{c}(?<!\w{c})(?:{'|'.join(those)})" for c, those in rests.items())


_PERSON = re.compile(
    rf"(?:{starting(_TITLES.split())})"
    r"\b\.? {1,2}((?:[A-Z][\w'-]{0,20}\.? ){0,2}[A-Z][\w'-]{1,24})"
)


class Kind(IntEnum):
    """What a cue must be in the layout to count."""

    TITLE = 0
    """Begins or ends a short line, or stands in a very short one."""
    LABEL = 1
    """Stands before a colon, or begins a line, or is a cell."""
    PHRASE = 2
    """Stands anywhere, also across lines."""


@dataclass(frozen=True, slots=True)
class Form:
    """A text squeezed into plain words."""

    laid: bytes = field(repr=False)
    """With ``|`` and ``:`` as words of their own."""
    flat: bytes = field(repr=False)
    """Without them."""
    words: frozenset[bytes] = field(repr=False)
    """All that stand in it."""

    def says(self, phrase: bytes) -> bool:
        """Tell whether these words stand anywhere."""
        return b" " + phrase + b" " in self.flat

    def labels(self, phrase: bytes) -> bool:
        """Tell whether these words label something; one word alone needs a colon or its own cell."""
        needle, laid, several = b" " + phrase + b" ", self.laid, b" " in phrase
        at = laid.find(needle)
        for _ in range(_OCCURRENCES):
            if at < 0:
                return False
            next_, begins = laid[at + len(needle)], laid[at - 1] == _BAR
            if next_ == _COLON or (begins and next_ == _BAR):
                return True
            if several and (begins or next_ == _BAR or next_ in _FIGURES):
                return True
            at = laid.find(needle, at + 1)
        return at >= 0 and self._labels_late(phrase, several)

    def _labels_late(self, phrase: bytes, several: bool) -> bool:
        """Tell the same of words that stand there often; numbers no longer count."""
        if b" " + phrase + b" : " in self.laid or b"| " + phrase + b" | " in self.laid:
            return True
        return several and (
            b" " + phrase + b" | " in self.laid or b"| " + phrase + b" " in self.laid
        )

    def entitles(self, phrase: bytes) -> bool:
        """Tell whether a short line begins or ends with these words, or a very short one has them."""
        needle, laid, at = b" " + phrase + b" ", self.laid, -1
        for _ in range(_OCCURRENCES):
            at = laid.find(needle, at + 1)
            if at < 0:
                return False
            after = at + len(needle)
            start, end = laid.rfind(b"|", 0, at + 1), laid.find(b"|", after - 1)
            edge = laid[at - 1] == _BAR or laid.startswith(_ENDS, after)
            if end - start <= (_TITLE_LETTERS if edge else _HEADLINE_LETTERS):
                return True
        return False

    def values(self, label: bytes) -> frozenset[bytes]:
        """Give the beginnings of the distinct values that stand behind a label and a colon."""
        found, laid = set[bytes](), self.laid
        if not self.words.issuperset(label.split()):
            return frozenset()
        for needle in (b" " + label + b" : ", b"| " + label + b" | "):
            at = laid.find(needle)
            for _ in range(_LINES):
                if at < 0:
                    break
                start = at + len(needle)
                value = laid[start : start + _VALUE_LETTERS].partition(b" |")[0].strip(b"| ")
                if value:
                    found.add(value)
                at = laid.find(needle, start - 1)
        return frozenset(found)


_ASKED = (Form.entitles, Form.labels, Form.says)
"""By `Kind`."""


def form(reading: Reading) -> Form:
    """Read a document as a form, once."""
    return reading.derived(form, _form)


def _form(reading: Reading) -> Form:
    text = reading.text[:_FORM_READ]
    if not text.isascii():  # as `plain` does it
        text = _ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    octets = text.lower().encode("ascii", "replace").translate(_TABLE)
    octets = octets.replace(b",  ", b", ").replace(b"  ", b"|").replace(b",", b" ")
    laid = b" ".join(octets.replace(b"|", b" | ").replace(b":", b" : ").split())
    words = reading.plain[:_FORM_READ].split()
    return Form(
        _NUMBERED.sub(b"| ", b"| | " + laid + b" | |"),
        b" " + b" ".join(words) + b" ",
        frozenset(words),
    )


@dataclass(frozen=True, slots=True)
class Evidence:
    """The distinct cues of a matter that stand in one document, with what each weighs."""

    titles: Mapping[str, float]
    labels: Mapping[str, float]
    phrases: Mapping[str, float]

    @property
    def weight(self) -> float:
        """Add all of them up."""
        return sum(sum(kind.values()) for kind in (self.titles, self.labels, self.phrases))

    @property
    def title(self) -> float:
        """Give the weight of the best title; a second one says the same again."""
        return max(self.titles.values(), default=0.0)

    @property
    def label(self) -> float:
        """Add up the labels."""
        return sum(self.labels.values())

    @property
    def phrase(self) -> float:
        """Add up the phrases."""
        return sum(self.phrases.values())

    def any(self, cues: Iterable[str]) -> bool:
        """Tell whether one of these cues is among them, of whatever kind."""
        return any(c in kind for c in cues for kind in (self.titles, self.labels, self.phrases))

    def count(self, cues: Iterable[str]) -> int:
        """Count which of these cues are among them, of whatever kind."""
        return sum(self.any((cue,)) for cue in cues)


Weighted = Mapping[float, str]
"""Cues by weight: ``{2.0: "one cue; another cue"}``, in plain words."""


_Cue = tuple[Kind, str, bytes, float, frozenset[bytes]]


class Cues:
    """Titles, labels and phrases of one matter; each counts once."""

    def __init__(self, *, titles: Weighted, labels: Weighted, phrases: Weighted) -> None:
        self._by_word: dict[str, list[_Cue]] = {}
        kinds = ((Kind.TITLE, titles), (Kind.LABEL, labels), (Kind.PHRASE, phrases))
        for kind, weighted in kinds:
            for phrase, weight in _spelled(weighted):
                octets = phrase.encode()
                cue = (kind, phrase, octets, weight, frozenset(octets.split()))
                self._by_word.setdefault(_rarest(phrase), []).append(cue)
        everyday = self._by_word.keys() & _COMMON
        self._everyday = [cue for word in sorted(everyday) for cue in self._by_word.pop(word)]
        self.words = frozenset(self._by_word)
        """What the vocabulary has to look for: no words of which all mail is full."""

    def evidence(self, reading: Reading) -> Evidence:
        """Give the cues that stand in a reading in the layout they need."""
        found: tuple[dict[str, float], ...] = ({}, {}, {})
        text = form(reading)
        cues = [self._by_word[word] for word in self.words & reading.words]
        for kind, phrase, octets, weight, words in chain(self._everyday, *cues):
            if words <= text.words and _ASKED[kind](text, octets):
                found[kind][phrase] = weight
        return Evidence(*map(_longest, found))


class Gate:
    """Tells by its words alone whether a text is worth a look: what costs next to nothing.

    Words of which business mail is full say nothing, rarer ones add up. A long text has a few of every
    matter, so more are asked of it, and that they stand close together, as they do in a paper.
    """

    def __init__(self, *cues: Cues, least: float, crowd: float) -> None:
        """Take the cues, and the weights that a short text, and a long one in one place, must have."""
        words = frozenset[str]().union(*(one.words for one in cues))
        self._weights = {word: _weight_of(word) for word in words}
        self._watched = words
        self._least, self._crowd = least, crowd

    def opens(self, reading: Reading) -> bool:
        """Tell whether a closer look may find something."""
        present = self._watched & reading.words
        weight = sum(map(self._weights.__getitem__, present))
        if weight < self._least - _ROUNDING:
            return False
        long = min(max(len(reading.plain) - _WINDOW, 0) / _LONG, 1.0)
        near = self._least + long * (self._crowd - self._least)
        if weight < near * (1.0 + long * _ELSEWHERE) - _ROUNDING:
            return False
        together = self._together(reading.plain[:_FORM_READ], present) if long else near
        return together >= near - _ROUNDING

    def weight(self, reading: Reading) -> float:
        """Give what the words weigh that stand together: wording as dense as only a paper's."""
        return self._together(reading.plain[:_FORM_READ], self._watched & reading.words)

    def _together(self, octets: bytes, present: frozenset[str]) -> float:
        """Give the most weight within a window, each word where it stands first."""
        places = [(octets.find(b" %b " % word.encode()), self._weights[word]) for word in present]
        places.sort()
        most = current = 0.0
        first = 0
        for at, weight in places:
            current += weight
            while places[first][0] < at - _WINDOW:
                current -= places[first][1]
                first += 1
            most = max(most, current)
        return most


def _weight_of(word: str) -> float:
    little = word in _USUAL or word in _ANYBODY or len(word) < _TELLING or word.isdigit()
    return _USUAL_WEIGHT if little else 1.0


def _rarest(phrase: str) -> str:
    return min(
        phrase.split(), key=lambda word: ((word in _COMMON) * 2 + (word in _USUAL), -len(word))
    )


def _longest(found: dict[str, float]) -> dict[str, float]:
    """Leave out what is but the end of another cue: ``name`` beside ``patient name``."""
    if len(found) < 2:
        return found
    ends = {phrase.split(" ", n)[-1] for phrase in found for n in range(1, phrase.count(" ") + 1)}
    return {phrase: weight for phrase, weight in found.items() if phrase not in ends}


def _spelled(weighted: Weighted) -> Iterator[tuple[str, float]]:
    for weight, phrases in weighted.items():
        for phrase in phrases.split(";"):
            words = " ".join(phrase.split())
            if words:
                yield words, weight


def called(reading: Reading, pattern: re.Pattern[str], words: frozenset[bytes]) -> Iterator[str]:
    """Give what a pattern matches where one of the plain words stands with which it begins.

    A pattern of many words is tried at every character of a text; most texts have none of them.
    """
    for word in words & form(reading).words:
        for at in spots(reading, word):
            match = pattern.match(reading.text, at)
            if match:
                yield match.group()


def spots(reading: Reading, stem: bytes) -> Iterator[int]:
    """Give where a text has these letters, in whatever case; not more often than is worth a look."""
    low = lowered(reading)
    at = low.find(stem)
    for _ in range(_SPOTS):
        if at < 0:
            return
        yield at
        at = low.find(stem, at + len(stem))


def lowered(reading: Reading) -> bytes:
    """Give the text in lower case, an octet for each character."""
    return reading.derived(lowered, _lowered)


def _lowered(reading: Reading) -> bytes:
    return reading.text[:_TEXT_READ].encode("ascii", "replace").lower()


def people(reading: Reading) -> int:
    """Count the distinct persons whom a text names by title or rank."""
    return reading.derived(people, _people)


def _people(reading: Reading) -> int:
    found = islice(_PERSON.finditer(reading.text[:_TEXT_READ]), _LINES)
    return len({match.group(1).rsplit(" ", 1)[-1].casefold() for match in found})


def rows(reading: Reading, heads: frozenset[str], names: frozenset[str]) -> int:
    """Count the rows below a line whose cells are plain heads, at least three, one of them a name."""
    if not _headed(form(reading), heads):
        return 0
    best = current = width = 0
    for line in islice(_split(reading.text[:_TEXT_READ]), _LINES):
        filled = sum(map(bool, map(str.strip, line)))
        found = {_head(cell) for cell in line} & heads if filled >= _HEADS else set[str]()
        if len(found) >= _HEADS and found & names:
            width, current = filled, 0
        elif width and 2 * filled >= width and filled > 1:
            current += 1
            best = max(best, current)
        elif filled:
            width = 0
    return best


def _headed(text: Form, heads: frozenset[str]) -> bool:
    """Tell whether enough of these heads are cells, wherever they stand."""
    found = 0
    for head in heads:
        octets = head.encode()
        if text.words.issuperset(octets.split()):
            cell = b"| " + octets
            found += cell + b" |" in text.laid or cell + b" : |" in text.laid
            if found >= _HEADS:
                return True
    return False


def _split(text: str) -> Iterator[list[str]]:
    for line in text.splitlines():
        one = "\t" not in line and "  " not in line and "|" not in line
        yield [line] if one else _CELLS.split(line)


def _head(cell: str) -> str:
    return b" ".join(plain(cell[:64]).split()).decode("ascii")
