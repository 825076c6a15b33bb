"""The real readers in their sandbox: what they read there is what they read outside."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from random import Random

import pytest
from bench.text_bombs import sound_files

from missent.extraction import reading, sandbox, zygote
from missent.extraction.pool import ExtractionSettings, SandboxedExtractor
from missent.extraction.process import COMMAND, Zygote
from missent.extraction.reader import Item, Limits
from missent.extraction.samples import samples
from missent.mail.attachment import Attachment

pytestmark = pytest.mark.skipif(
    sandbox.available() is not None, reason=f"no sandbox here: {sandbox.available()}"
)


@pytest.fixture(scope="module", name="extractor")
def _extractor() -> Iterator[SandboxedExtractor]:
    extractor = SandboxedExtractor(ExtractionSettings(workers=1))
    assert extractor.warm() is None
    yield extractor
    extractor.close()


def _files() -> list[tuple[str, bytes]]:
    odd = ("latin-1", "cp1252", "koi8-r", "shift_jis", "gb18030", "utf-16", "iso2022_jp", "big5")
    pages = [
        (f"{name}.html", f'<html><meta charset="{name}"><p>A line'.encode(name)) for name in odd
    ]
    return [*samples(), *sound_files(Random(1)), *pages]


@pytest.mark.parametrize("number", range(len(_files())))
def test_reading_inside_is_reading_outside(number: int, extractor: SandboxedExtractor) -> None:
    """Nothing a reader needs has to be opened or imported after the sandbox is closed."""
    name, octets = _files()[number]
    outside = tuple(reading.read_all([Item("2", "", name, octets)], Limits()))
    assert extractor.extract([Attachment("2", "", name, octets)]) == outside


def test_what_is_sound_is_read(extractor: SandboxedExtractor) -> None:
    """Ordinary files have no problem: the limits are no hindrance to honest mail."""
    for name, octets in sound_files(Random(2)):
        documents = extractor.extract([Attachment("2", "", name, octets)])
        failed = [reason for d in documents for reason in d.problems if reason.failed]
        assert (name, failed) == (name, [])


def test_all_attachments_of_a_message_share_one_process(extractor: SandboxedExtractor) -> None:
    """One job reads them all, each by its own reader."""
    attached = [Attachment(str(n), "", name, o) for n, (name, o) in enumerate(_files(), 2)]
    documents, outcome = extractor.extract_measured(attached)
    assert outcome is not None
    assert outcome.how == "done"
    assert list(dict.fromkeys(d.position.split("/")[0] for d in documents)) == [
        attachment.position for attachment in attached
    ]


def test_the_program_is_isolated() -> None:
    """It is started without site settings of a user, and without anything of ours in its arguments."""
    assert COMMAND[0] == sys.executable
    assert COMMAND[1:] == ("-I", "-m", "missent.extraction.zygote")


def test_a_failure_to_load_is_told() -> None:
    """Readers that cannot be loaded are a reason not to read, by the error's type only."""
    code = (
        "from missent.extraction import zygote\n"
        "class Broken:\n"
        "    def preload(self, *, ocr=False):\n"
        "        raise ValueError('kingfisher')\n"
        "    def read_all(self, items, limits, *, ocr=False):\n"
        "        return iter(())\n"
        "zygote.main(Broken())\n"
    )
    process = Zygote((sys.executable, "-I", "-c", code))
    process.wait()
    assert process.why_not == "the readers could not be loaded: ValueError"
    process.stop()


@pytest.mark.parametrize(
    ("code", "over", "how"),
    [
        (0, False, ("done", 0)),
        (71, False, ("memory", 0)),
        (72, False, ("no_sandbox", 0)),
        (1, False, ("died", 0)),
        (-11, False, ("died", 11)),
        (-24, False, ("timeout", 24)),
        (-9, True, ("timeout", 9)),
    ],
)
def test_each_end_has_its_name(code: int, over: bool, how: tuple[str, int]) -> None:
    """Exit codes and signals become one word, and the signal."""
    assert zygote._how(code, over=over) == how
