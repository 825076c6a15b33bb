"""Own the reading of medical pictures (DICOM PS3.10): who was examined, where, why; never the pixels."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pydicom
from pydicom import config
from pydicom.dataset import Dataset

from missent.extraction.formats.draft import Draft
from missent.extraction.reader import Budget, Item
from missent.mail.document import Document, Picture, Reason

config.settings.reading_validation_mode = config.IGNORE  # what is odd is read all the same

_SPOKEN = frozenset(
    {"PN", "LO", "SH", "ST", "LT", "UT", "UC", "DA", "TM", "DT", "CS", "AS", "IS", "DS", "AE"}
)
_MOST = 400
_LONGEST = 1_000
_DEPTH = 3


def read(item: Item, budget: Budget) -> Iterator[Document]:
    """Read the attributes; a document wrapped in DICOM is read by its own kind."""
    with io.BytesIO(item.octets) as file:
        dataset = pydicom.dcmread(file, stop_before_pixels=True, force=False)
    draft = Draft(item, "dicom", budget)
    with draft.limited():
        for name, value in _attributes(dataset, _DEPTH):
            draft.tell(name, value)
    width, height = _number(dataset, "Columns"), _number(dataset, "Rows")
    if width and height:
        draft.fail(Reason.PICTURE)
    document = draft.document()
    yield Document(
        document.position,
        "dicom",
        document.name,
        properties=document.properties,
        picture=Picture(width, height) if width and height else None,
        problems=document.problems,
    )
    if "EncapsulatedDocument" in dataset:
        yield from budget.inside(item, 1, None, bytes(dataset.EncapsulatedDocument).rstrip(b"\0"))


def _attributes(dataset: Dataset, depth: int) -> Iterator[tuple[str, str]]:
    """Give the attributes that people read, those of sequences after their own."""
    for number, tag in enumerate(sorted(dataset.keys())):
        if number >= _MOST:
            return
        element = dataset[tag]
        if element.VR == "SQ" and depth:
            for inner in list(element.value)[:_MOST]:
                yield from _attributes(inner, depth - 1)
        elif element.VR in _SPOKEN and element.keyword:
            value = str(element.value).strip()[:_LONGEST]
            if value:
                yield element.keyword, value


def _number(dataset: Dataset, keyword: str) -> int:
    value = dataset.get(keyword)
    return value if isinstance(value, int) and 0 <= value <= 65_535 else 0
