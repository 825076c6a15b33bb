"""Own the reading of PDF: pages, remarks, form fields, properties, files attached in it.

The library says where each character stands, and `lines` puts them back into rows. A page that shows only
a picture of text is told as a picture, unless pictures are to be read.
"""

from __future__ import annotations

import ctypes
import re
import zlib
from collections.abc import Iterator

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pypdfium2.raw as raw  # type: ignore[import-untyped]

from missent.extraction import recognition, xmp
from missent.extraction.formats.draft import Draft
from missent.extraction.formats.page import text_of_page
from missent.extraction.reader import Budget, Item, Locked
from missent.mail.document import Document, Reason, Where
from missent.mail.mime import one_line

_INFORMATION = (
    "Title",
    "Author",
    "Subject",
    "Keywords",
    "Creator",
    "Producer",
    "Company",
    "Manager",
)
_LABEL = re.compile(rb"/((?:MSIP_Label_|bj|Titus|Classification|Sensitivity)[A-Za-z0-9_-]{0,120})")
_OBJECTS = re.compile(rb"/ObjStm\b[^\0]{0,300}?stream\r?\n")
_STREAMS = 64
_STREAM_OCTETS = 2_000_000
_ANNOTATIONS = 5_000
_FEW = 16
"""Characters of a page that shows a picture: a number or a stamp, the matter is in the picture."""
_LITTLE, _LARGE = 300, 0.3
"""A scan with a stamp or a line of the program that made it: its picture is most of the page."""
_OUTLINE = 2_000
"""Bookmarks that are read."""
_OBJECTS_LOOKED_AT = 1_000
_DPI = 200


def read(item: Item, budget: Budget) -> Iterator[Document]:
    """Read a PDF, then the files in it."""
    try:
        document = pdfium.PdfDocument(item.octets)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            raise Locked from error
        raise
    try:
        draft = Draft(item, "pdf", budget)
        with draft.limited():
            _properties(draft, document)
            if document.get_formtype():
                document.init_forms()
            _pages(draft, document)
            with draft.part():
                _outline(draft, document)
        yield draft.document()
        yield from _attached(item, budget, document)
    finally:
        document.close()


# --- properties ----------------------------------------------------------------------------------


def _properties(draft: Draft, document: pdfium.PdfDocument) -> None:
    for name in _INFORMATION:
        draft.tell(name, _information(document, name))
    for name in sorted(_label_names(draft.item.octets)):
        draft.tell(name, _information(document, name))
    with draft.part():
        for name, value in xmp.properties(draft.item.octets):
            draft.tell(name, value)


def _label_names(octets: bytes) -> set[str]:
    """Find the names of labels; the library gives values only to who knows the names."""
    found = set(_LABEL.findall(octets))
    for match, _ in zip(_OBJECTS.finditer(octets), range(_STREAMS), strict=False):
        packed = octets[match.end() : match.end() + _STREAM_OCTETS]
        try:
            plain = zlib.decompressobj().decompress(packed, _STREAM_OCTETS)
        except zlib.error:  # not packed, or encrypted
            continue
        found.update(_LABEL.findall(plain))
    return {name.decode("ascii") for name in found}


def _information(document: pdfium.PdfDocument, name: str) -> str:
    tag = name.encode("ascii")
    size = raw.FPDF_GetMetaText(document, tag, None, 0)
    if size <= 2:
        return ""
    buffer = ctypes.create_string_buffer(size)
    raw.FPDF_GetMetaText(document, tag, buffer, size)
    return buffer.raw[: size - 2].decode("utf-16-le", "replace").strip()


# --- pages ---------------------------------------------------------------------------------------


def _pages(draft: Draft, document: pdfium.PdfDocument) -> None:
    most = draft.budget.limits.pages
    count = len(document)
    for index in range(min(count, most)):
        try:
            page = document.get_page(index)
        except pdfium.PdfiumError:  # there are fewer than it says, or this one is broken
            draft.fail(Reason.MALFORMED)
            break
        try:
            _page(draft, document, page)
        finally:
            page.close()
    if count > most:
        draft.fail(Reason.TOO_BIG)


def _outline(draft: Draft, document: pdfium.PdfDocument) -> None:
    """Note the bookmarks; most repeat a heading."""
    found = [one.get_title() for one, _ in zip(document.get_toc(), range(_OUTLINE), strict=False)]
    draft.say("\n".join(filter(None, found)), Where.HIDDEN)


def _page(draft: Draft, document: pdfium.PdfDocument, page: pdfium.PdfPage) -> None:
    text = text_of_page(page)
    draft.say(text)
    with draft.part():
        for said, where in _annotations(document, page):
            draft.say(said, where)
    few = len(text.strip())
    if few < _LITTLE and _shows_picture(page, 0.0 if few < _FEW else _LARGE):
        if draft.budget.ocr and recognition.started():
            _recognise(draft, page)
        else:
            draft.fail(Reason.PICTURE)


def _shows_picture(page: pdfium.PdfPage, share: float) -> bool:
    """Tell whether there is a picture that covers at least this share of the page."""
    objects = page.get_objects(filter=(raw.FPDF_PAGEOBJ_IMAGE,), max_depth=4)
    width, height = page.get_size()
    for found, _ in zip(objects, range(_OBJECTS_LOOKED_AT), strict=False):
        if share <= 0:
            return True
        left, bottom, right, top = found.get_bounds()
        if (right - left) * (top - bottom) >= share * width * height:
            return True
    return False


def _recognise(draft: Draft, page: pdfium.PdfPage) -> None:
    width, height = page.get_size()
    scale = _DPI / 72
    if width * height * scale * scale > draft.budget.limits.pixels:
        draft.fail(Reason.TOO_BIG)
        return
    bitmap = page.render(scale=scale, grayscale=True)
    try:
        draft.say(recognition.text_of(bitmap.to_pil()), Where.RECOGNISED)
    finally:
        bitmap.close()


# --- annotations and fields ----------------------------------------------------------------------


def _annotations(document: pdfium.PdfDocument, page: pdfium.PdfPage) -> Iterator[tuple[str, Where]]:
    """Give remarks, and the fields of a form as ``name: value``."""
    for index in range(min(raw.FPDFPage_GetAnnotCount(page), _ANNOTATIONS)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            if raw.FPDFAnnot_GetSubtype(annotation) == raw.FPDF_ANNOT_WIDGET:
                said = _field(document, annotation)
                if said:
                    yield said, Where.BODY
            elif said := _string(annotation, "Contents"):
                yield said, Where.COMMENT
        finally:
            raw.FPDFPage_CloseAnnot(annotation)


def _field(document: pdfium.PdfDocument, annotation: object) -> str:
    form = document.formenv
    if form is None:
        name, value = _string(annotation, "T"), _string(annotation, "V")
    else:
        name = _wide(raw.FPDFAnnot_GetFormFieldName, form, annotation)
        value = _wide(raw.FPDFAnnot_GetFormFieldValue, form, annotation)
    if not value or value == "Off":
        return ""
    return f"{name}: {value}" if name else value


def _string(annotation: object, key: str) -> str:
    return _wide(raw.FPDFAnnot_GetStringValue, annotation, key.encode("ascii"))


def _wide(function: object, *arguments: object) -> str:
    """Call one of the functions that fill a buffer with UTF-16 and tell its size."""
    assert callable(function)
    size = function(*arguments, None, 0)
    if size <= 2:
        return ""
    buffer = (ctypes.c_ushort * (size // 2))()
    function(*arguments, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), size)
    text = bytes(buffer)[: size - 2].decode("utf-16-le", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


# --- files inside --------------------------------------------------------------------------------


def _attached(item: Item, budget: Budget, document: pdfium.PdfDocument) -> Iterator[Document]:
    for index in range(min(document.count_attachments(), budget.limits.members)):
        attachment = document.get_attachment(index)
        name = one_line(attachment.get_name()) or None
        yield from budget.inside(item, index + 1, name, bytes(attachment.get_data()))
