"""Measure the finder of identifiers on labelled text, beside Presidio's pattern recognisers.

    python -m bench.identifiers [--texts 3000] [--seed 7] [--presidio-python PATH]

Texts are sentences with values in them, made here and by Faker, with right check digits; others hold
numbers that look alike. Nothing of the finder is used to make them. With the path of an interpreter
that has presidio-analyzer and spacy, Presidio reads the same texts on a blank English model. A span
counts as found if a span of the same type overlaps it. Prints precision, recall and F1 by type.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from faker import Faker

from missent.judge.identifiers import find

Span = tuple[str, int, int]
PEER = """
import json, sys, time, spacy
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer.nlp_engine import SpacyNlpEngine
class Blank(SpacyNlpEngine):
    def __init__(self):
        super().__init__(models=[{"lang_code": "en", "model_name": "blank"}])
        self.nlp = {"en": spacy.blank("en")}
    def load(self): pass
registry = RecognizerRegistry()
registry.load_predefined_recognizers(languages=["en"])
engine = AnalyzerEngine(nlp_engine=Blank(), registry=registry, supported_languages=["en"])
texts = json.load(sys.stdin)
engine.analyze("warm up", language="en")
began = time.perf_counter()
found = [[(r.entity_type, r.start, r.end) for r in engine.analyze(t, language="en")] for t in texts]
print(json.dumps({"seconds": time.perf_counter() - began, "found": found}))
"""

_CONTEXT: dict[str, tuple[str, ...]] = {
    "CREDIT_CARD": ("I lost my card {}.", "Please charge {} for the room.", "Visa number: {}"),
    "CRYPTO": ("The wallet is {}.", "Send it to {} today."),
    "DATE_TIME": ("We meet on {}.", "Her birthday is {}.", "Date: {}"),
    "EMAIL_ADDRESS": ("Write to {} please.", "E-mail: {}"),
    "IBAN_CODE": ("My IBAN is {}.", "Transfer it to {} by Friday."),
    "IP_ADDRESS": ("Requests from {} are blocked.", "The IP is {}"),
    "MEDICAL_LICENSE": ("The DEA number of the doctor is {}.", "Certificate {} expired."),
    "PHONE_NUMBER": ("Call me at {}.", "Phone: {}", "They do not answer at {}"),
    "URL": ("Look at {} for more.", "My website is {}"),
    "US_BANK_NUMBER": ("My bank account is {}.", "Deposit to account number {} please."),
    "US_DRIVER_LICENSE": ("My driver's license number is {}.", "Driver license: {}"),
    "US_ITIN": ("Her ITIN is {}.", "Taxpayer number {}", "It says {} here."),
    "US_PASSPORT": ("My passport number is {}.", "US passport: {}"),
    "US_SSN": ("His social security number is {}.", "Here's my SSN: {}", "He wrote {} on it."),
    "UK_NHS": ("NHS number {}.", "The patient has {} on the wristband."),
    "MAC_ADDRESS": ("The MAC address is {}.", "Adapter {} is down."),
    "UUID": ("The guid is {}.", "Look for {} in the log."),
}
_NOISE = (
    "Order number {9} left the warehouse.",
    "Invoice {8} over 12,450.00 is due.",
    "Tracking number {12}, two parcels.",
    "Ticket {7} was closed in release 4.11.2.",
    "Part no. A{7} is out of stock.",
    "The meter reads {6} kWh and the plot {4}.",
    "We sold {5} units at 19.99 each.",
    "Reference {10}, please quote it.",
    "Nothing to report from the harbour this week.",
)


class _Maker:
    """Makes values of each type, from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        Faker.seed(seed)
        self.faker = Faker(["en_US", "en_GB"])
        self.american = Faker("en_US")

    def digits(self, count: int) -> str:
        """Give random digits, the first not zero."""
        return str(self.random.randint(10 ** (count - 1), 10**count - 1))

    def value(self, kind: str) -> str:
        """Give a value of a type."""
        own: dict[str, Callable[[], str]] = {
            "CREDIT_CARD": self._card,
            "CRYPTO": lambda: self.random.choice(
                ("1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy")
            ),
            "DATE_TIME": lambda: self.faker.date(
                self.random.choice(("%Y-%m-%d", "%m/%d/%Y", "%d.%m.%Y", "%m/%d/%y", "%d-%b-%Y"))
            ),
            "EMAIL_ADDRESS": self.faker.email,
            "IBAN_CODE": self.faker.iban,
            "IP_ADDRESS": self.random.choice((self.faker.ipv4, self.faker.ipv6)),
            "MEDICAL_LICENSE": self._dea,
            "PHONE_NUMBER": self.faker.phone_number,
            "URL": self.faker.url,
            "US_BANK_NUMBER": lambda: self.digits(self.random.choice((9, 10, 12))),
            "US_DRIVER_LICENSE": self._licence,
            "US_ITIN": self.american.itin,
            "US_PASSPORT": lambda: self.random.choice(("", "A")) + self.digits(8) + "7",
            "US_SSN": self.american.ssn,
            "UK_NHS": self._nhs,
            "MAC_ADDRESS": self.faker.mac_address,
            "UUID": self.faker.uuid4,
        }
        made = own[kind]()
        if kind == "US_PASSPORT" and made[0] == "A":
            return made[:9]
        return made

    def _card(self) -> str:
        number = self.faker.credit_card_number(self.random.choice(("visa16", "mastercard", "amex")))
        if len(number) == 16 and self.random.random() < 0.5:
            sep = self.random.choice(" -")
            return sep.join(number[i : i + 4] for i in range(0, 16, 4))
        return number

    def _dea(self) -> str:
        body = self.digits(6)
        odd = sum(int(c) for c in body[::2])
        even = sum(int(c) for c in body[1::2])
        return (
            self.random.choice("ABFMR")
            + self.random.choice("BCDKST")
            + body
            + str((odd + 2 * even) % 10)
        )

    def _licence(self) -> str:
        letter = self.random.choice("ABCDFHJKMRSTW")
        form = self.random.choice((7, 8, 12, 13, 0))
        return (
            self.digits(self.random.choice((7, 8, 9))) if not form else letter + self.digits(form)
        )

    def _nhs(self) -> str:
        while True:
            body = self.digits(9)
            check = 11 - sum(int(c) * (10 - i) for i, c in enumerate(body)) % 11
            if check != 10:
                number = body + str(check % 11)
                parts = (number[:3], number[3:6], number[6:])
                return self.random.choice((number, " ".join(parts), "-".join(parts)))

    def noise(self) -> str:
        """Give a sentence with numbers that identify nobody."""
        text = self.random.choice(_NOISE)
        for count in range(4, 13):
            text = text.replace(f"{{{count}}}", self.digits(count))
        return text

    def text(self) -> tuple[str, list[Span]]:
        """Give a text of some sentences, and the spans of the values in it."""
        parts: list[str] = []
        spans: list[Span] = []
        at = 0
        for _ in range(self.random.randint(1, 3)):
            if self.random.random() < 0.35:
                sentence = self.noise()
            else:
                kind = self.random.choice(sorted(_CONTEXT))
                value = self.value(kind)
                form = self.random.choice(_CONTEXT[kind])
                start = at + form.index("{}")
                spans.append((kind, start, start + len(value)))
                sentence = form.replace("{}", value)
            parts.append(sentence)
            at += len(sentence) + 1
        return "\n".join(parts), spans


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--texts", type=int, default=3000)
    options.add_argument("--seed", type=int, default=7)
    options.add_argument("--presidio-python", type=Path)
    given = options.parse_args()
    maker = _Maker(given.seed)
    labelled = [maker.text() for _ in range(given.texts)]
    texts = [text for text, _ in labelled]
    gold = [spans for _, spans in labelled]
    began = time.perf_counter()
    ours: list[list[Span]] = [[(i.kind.value, i.start, i.end) for i in find(t)] for t in texts]
    _speed("missent", texts, time.perf_counter() - began)
    columns = {"missent": _scores(gold, ours)}
    if given.presidio_python:
        run = subprocess.run(
            [given.presidio_python, "-c", PEER],
            input=json.dumps(texts),
            capture_output=True,
            text=True,
            check=True,
        )
        answer = json.loads(run.stdout.splitlines()[-1])
        _speed("presidio", texts, answer["seconds"])
        columns["presidio"] = _scores(
            gold, [[(k, a, b) for k, a, b in one] for one in answer["found"]]
        )
    _table(columns)


def _speed(name: str, texts: list[str], seconds: float) -> None:
    print(f"{name}: {sum(map(len, texts)) / seconds / 1e6:.3f} MB/s")


def _scores(
    gold: list[list[Span]], found: list[list[Span]]
) -> dict[str, tuple[float, float, float]]:
    right, wanted, given = Counter[str](), Counter[str](), Counter[str]()
    hit = Counter[str]()
    for want, have in zip(gold, found, strict=True):
        for kind, start, end in want:
            wanted[kind] += 1
            right[kind] += any(k == kind and a < end and start < b for k, a, b in have)
        for kind, start, end in have:
            given[kind] += 1
            hit[kind] += any(k == kind and a < end and start < b for k, a, b in want)
    scores = {}
    for kind in sorted(wanted):
        recall = right[kind] / wanted[kind]
        precision = hit[kind] / given[kind] if given[kind] else 0.0
        both = precision + recall
        scores[kind] = (precision, recall, 2 * precision * recall / both if both else 0.0)
    return scores


def _table(columns: dict[str, dict[str, tuple[float, float, float]]]) -> None:
    print(f"{'':18}" + "".join(f"{name:>24}" for name in columns))
    print(f"{'':18}" + f"{'P':>10}{'R':>7}{'F1':>7}" * len(columns))
    for kind in next(iter(columns.values())):
        row = (columns[name][kind] for name in columns)
        print(f"{kind:18}" + "".join(f"{p:10.3f}{r:7.3f}{f:7.3f}" for p, r, f in row))
    means = (sum(s[2] for s in scores.values()) / len(scores) for scores in columns.values())
    print(f"{'mean F1':18}" + "".join(f"{mean:24.3f}" for mean in means))


if __name__ == "__main__":
    main()
