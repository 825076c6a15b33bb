"""How well the categories of what leaks are told, on generated papers in five formats.

``python -m bench.categories [--mail ARCHIVE.parquet] [--papers N] [--json FILE]``. For each category
precision, recall and F1 at level 2 and above, their mean (macro F1), the share of ordinary papers that
are taken for something, and, with an archive, the share of its mails. Papers are attached to an
ordinary letter, as text also written into it; attachments are read in the sandbox.
"""

from __future__ import annotations

import argparse
import json
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from bench.papers import Paper, Template, affairs, desk, ordinary, people, second, second_ordinary
from bench.papers.rendering import FORMATS
from missent.extraction.pool import SandboxedExtractor
from missent.judge.content import read
from missent.judge.sensitivity import DETECTORS, VOCABULARY
from missent.mail.message import Message, parse
from missent.service.contents import NamesOnly, with_content

LEAST = 2
"""The level from which a finding counts."""
SETS: dict[str, tuple[tuple[Template, ...], tuple[Template, ...]]] = {
    "first": ((*people.TEMPLATES, *affairs.TEMPLATES), ordinary.TEMPLATES),
    "second": (second.TEMPLATES, second_ordinary.TEMPLATES),
}
"""Papers that leak and ordinary ones, by writer. The detectors' authors saw what the first set showed;
the second was written apart from them and is only measured."""


def letter(paper: Paper, form: str) -> bytes:
    """Send a paper with a word that says nothing."""
    kind, write = FORMATS[form]
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = (
        "ann@contractor.example",
        "bob@partner.example",
        "Document",
    )
    octets = write(paper)
    if form == "txt" and zlib.crc32(octets) % 2:
        mail.set_content(octets.decode())
        return mail.as_bytes().replace(b"\n", b"\r\n")
    mail.set_content("Hello,\n\nplease find the document attached.\n\nRegards\n")
    major, _, minor = kind.partition("/")
    mail.add_attachment(octets, maintype=major, subtype=minor, filename=f"document.{form}")
    return mail.as_bytes().replace(b"\n", b"\r\n")


def categories(message: Message, least: int = LEAST) -> dict[str, int]:
    """Give the categories found, with their highest level."""
    content = read(message, VOCABULARY)
    words = frozenset[str]().union(*(reading.words for reading in content.readings))
    found: dict[str, int] = {}
    for detector in DETECTORS:
        if detector.words and detector.words.isdisjoint(words):
            continue
        for finding in detector.detect(content):
            level, category = int(finding.facts["level"]), str(finding.facts["category"])
            if level >= least:
                found[category] = max(level, found.get(category, 0))
    return found


@dataclass(slots=True)
class Tally:
    """What was right and wrong about one category."""

    right: int = 0
    missed: int = 0
    wrong: int = 0
    missed_in: Counter[str] = field(default_factory=Counter)

    @property
    def f1(self) -> float:
        """Give the harmonic mean of precision and recall."""
        return 2 * self.right / max(1, 2 * self.right + self.missed + self.wrong)


def cases(templates: tuple[Template, ...], number: int) -> Iterator[tuple[str, Paper, str]]:
    """Give `number` papers of each template in each format, with the template's name."""
    for template in templates:
        for form in FORMATS:
            for serial in range(number):
                name = template.__name__
                yield name, template(desk(zlib.crc32(f"{name}/{form}/{serial}".encode()))), form


def measure(
    number: int, leaking: tuple[Template, ...], harmless: tuple[Template, ...]
) -> dict[str, Any]:
    """Score the papers of one writer."""
    tallies: dict[str, Tally] = {}
    extractor = SandboxedExtractor()
    false, total = Counter[str](), 0
    try:
        for name, paper, form in cases(leaking, number):
            data = letter(paper, form)
            found = categories(with_content(parse(data), data, extractor))
            tally = tallies.setdefault(paper.category, Tally())
            if paper.category in found:
                tally.right += 1
            else:
                tally.missed += 1
                tally.missed_in[f"{name}.{form}"] += 1
            for other in found.keys() - {paper.category, *paper.also, "marking"}:
                tallies.setdefault(other, Tally()).wrong += 1
                tallies[other].missed_in[f"wrong:{name}.{form}"] += 1
        for name, paper, form in cases(harmless, number):
            data = letter(paper, form)
            total += 1
            found = categories(with_content(parse(data), data, extractor))
            false.update(f"{name}.{form}:{category}" for category in found)
            for other in found:
                tallies.setdefault(other, Tally()).wrong += 1
    finally:
        extractor.close()
    wanted = {template(desk(1)).category for template in leaking}
    return {
        "macro_f1": round(sum(tallies[name].f1 for name in wanted) / len(wanted), 4),
        "categories": {
            name: {
                "f1": round(tally.f1, 3),
                "right": tally.right,
                "missed": tally.missed,
                "wrong": tally.wrong,
                "where": dict(tally.missed_in.most_common(6)),
            }
            for name, tally in sorted(tallies.items())
        },
        "ordinary": {
            "papers": total,
            "found": sum(false.values()),
            "where": dict(false.most_common(8)),
        },
    }


def measure_mail(archive: Path, most: int) -> dict[str, Any]:
    """Give the share of an archive's mails in which anything is found, by category and level."""
    import pyarrow.parquet as parquet

    table = parquet.read_table(archive, columns=["subject", "body"]).to_pydict()
    step = max(1, len(table["body"]) // most)
    by, mails, any_ = Counter[str](), 0, 0
    for subject, body in list(zip(table["subject"], table["body"], strict=True))[::step][:most]:
        mail = EmailMessage()
        mail["Subject"] = " ".join((subject or "").split())
        mail.set_content(body or "")
        data = mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        found = categories(with_content(parse(data), data, NamesOnly()), least=1)
        mails += 1
        any_ += any(level >= LEAST for level in found.values())
        by.update(f"{category} {level}" for category, level in found.items())
    return {"mails": mails, "share": round(any_ / mails, 5), "by": dict(by.most_common())}


def main() -> int:
    """Print the figures; exit 1 where a goal is not met."""
    parser = argparse.ArgumentParser(prog="python -m bench.categories", description=__doc__)
    parser.add_argument("--papers", type=int, default=6, help="of each template in each format")
    parser.add_argument("--set", choices=sorted(SETS), help="of one writer; default: both")
    parser.add_argument("--mail", type=Path, help="an archive of ordinary mail, Parquet")
    parser.add_argument("--mails", type=int, default=10_000)
    arguments = parser.parse_args()
    chosen = [arguments.set] if arguments.set else sorted(SETS)
    result: dict[str, Any] = {name: measure(arguments.papers, *SETS[name]) for name in chosen}
    met = all(result[name]["macro_f1"] >= 0.90 for name in chosen)
    if arguments.mail:
        result["mail"] = measure_mail(arguments.mail, arguments.mails)
        met = met and result["mail"]["share"] <= 0.02
    print(json.dumps(result, indent=1, ensure_ascii=False))
    return 0 if met else 1


if __name__ == "__main__":
    raise SystemExit(main())
