"""Own the reading of pictures: what their files say beside the picture (place, time, camera, captions).

Pixels are decoded only where pictures are to be read (OCR); else what they show is told as not read.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

from PIL import ExifTags, Image, ImageFile, IptcImagePlugin

from missent.extraction import recognition, xmp
from missent.extraction.formats.draft import Draft
from missent.extraction.kinds import kind_of
from missent.extraction.reader import Budget, Item
from missent.mail.document import Document, Picture, Reason, Where

Image.init()  # its plugins are imported now, not when a picture comes
Image.MAX_IMAGE_PIXELS = None  # it warns only; the limit is ours, and nothing is decoded before it

_EXIF = b"Exif\0\0"
_EXIF_OCTETS = 65_536
_CAPTIONS = {
    ExifTags.Base.ImageDescription: "description",
    ExifTags.Base.Artist: "artist",
    ExifTags.Base.Copyright: "copyright",
    ExifTags.Base.Software: "software",
    ExifTags.Base.XPTitle: "title",
    ExifTags.Base.XPComment: "comment",
    ExifTags.Base.XPKeywords: "keywords",
    ExifTags.Base.XPAuthor: "author",
    ExifTags.Base.XPSubject: "subject",
}
_IPTC = {
    (2, 5): "title",
    (2, 25): "keywords",
    (2, 90): "city",
    (2, 92): "place",
    (2, 101): "country",
    (2, 105): "headline",
    (2, 120): "caption",
}
_TAKEN = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d:\d\d:\d\d)")
_FRAMES = 100
_SHOWN = 16
"""Pixels on a side below which nothing can be read in it."""


def read(item: Item, budget: Budget) -> Iterator[Document]:
    """Read a picture's file."""
    kind = kind_of(item.octets, item.name, item.content_type)
    draft = Draft(item, kind, budget)
    if kind in ("heic", "avif"):
        yield _finished(draft, _boxed(draft), shown=True)
        return
    if kind in ("wmf", "emf"):
        yield _finished(draft, Picture(), shown=True)
        return
    with Image.open(io.BytesIO(item.octets)) as image:
        picture = _told(draft, image)
        shown = min(image.size) >= _SHOWN
        if image.width * image.height > budget.limits.pixels:
            draft.fail(Reason.TOO_BIG)
        elif shown and budget.ocr and recognition.started():
            _recognise(draft, image)
            shown = False
    yield _finished(draft, picture, shown=shown)


def _finished(draft: Draft, picture: Picture, *, shown: bool) -> Document:
    if shown:
        draft.fail(Reason.PICTURE)
    document = draft.document()
    return Document(
        document.position,
        document.kind,
        document.name,
        texts=document.texts,
        properties=document.properties,
        picture=picture,
        problems=document.problems,
    )


def _told(draft: Draft, image: ImageFile.ImageFile) -> Picture:
    """Note what is written beside the picture."""
    picture = Picture(image.width, image.height)
    with draft.part():
        picture = _picture(draft, image.getexif(), *image.size)
    with draft.part():
        for name, value in image.info.items():
            if isinstance(value, str) and isinstance(name, str):
                draft.tell(name, value)
        if comment := image.info.get("comment"):
            draft.tell("comment", _text(comment))
        for place, value in (IptcImagePlugin.getiptcinfo(image) or {}).items():
            several = value if isinstance(value, list) else [value]
            for one in several:
                draft.tell(_IPTC.get(place, ""), _text(one))
    with draft.part():
        for name, value in xmp.properties(draft.item.octets):
            draft.tell(name, value)
    return picture


def _picture(draft: Draft, exif: Image.Exif, width: int, height: int) -> Picture:
    for tag, name in _CAPTIONS.items():
        draft.tell(name, _text(exif.get(tag)))
    gps: dict[int, Any] = dict(exif.get_ifd(ExifTags.IFD.GPSInfo))
    details: dict[int, Any] = dict(exif.get_ifd(ExifTags.IFD.Exif))
    draft.tell("comment", _text(details.get(ExifTags.Base.UserComment, b"")[8:]))
    draft.tell("owner", _text(details.get(ExifTags.Base.CameraOwnerName)))
    camera = (_text(exif.get(tag)) for tag in (ExifTags.Base.Make, ExifTags.Base.Model))
    taken = _TAKEN.match(
        _text(details.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime))
    )
    return Picture(
        width,
        height,
        latitude=_degrees(gps, ExifTags.GPS.GPSLatitude, ExifTags.GPS.GPSLatitudeRef, 90),
        longitude=_degrees(gps, ExifTags.GPS.GPSLongitude, ExifTags.GPS.GPSLongitudeRef, 180),
        camera=" ".join(one for one in camera if one),
        taken=f"{taken[1]}-{taken[2]}-{taken[3]}T{taken[4]}" if taken else "",
    )


def _degrees(gps: dict[int, Any], tag: int, reference: int, most: float) -> float | None:
    """Give degrees out of degrees, minutes, seconds; None for what is no place."""
    try:
        degrees, minutes, seconds = (float(one) for one in gps[tag])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    value = degrees + minutes / 60 + seconds / 3600
    if not 0 <= value <= most:  # and not a number
        return None
    return round(-value if _text(gps.get(reference)) in ("S", "W") else value, 6)


def _text(value: object) -> str:
    """Give a tag as text; Windows writes UTF-16, cameras pad with zeros."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        wide = len(value) > 1 and not value[1]
        value = value.decode("utf-16-le" if wide else "utf-8", "replace")
    return str(value).replace("\0", " ").strip()


def _boxed(draft: Draft) -> Picture:
    """Read size and EXIF of a HEIC picture, which stand in boxes (ISO/IEC 23008-12 §6.5.3)."""
    octets = draft.item.octets
    size = octets.rfind(b"ispe")  # the last is the whole picture, those before are its tiles
    width = int.from_bytes(octets[size + 8 : size + 12], "big") if size >= 0 else 0
    height = int.from_bytes(octets[size + 12 : size + 16], "big") if size >= 0 else 0
    picture = Picture(width, height)
    at = octets.find(_EXIF)
    with draft.part():
        if at >= 0:
            exif = Image.Exif()
            exif.load(octets[at : at + _EXIF_OCTETS])
            picture = _picture(draft, exif, width, height)
    with draft.part():
        for name, value in xmp.properties(octets):
            draft.tell(name, value)
    return picture


def _recognise(draft: Draft, image: Image.Image) -> None:
    for number in range(min(getattr(image, "n_frames", 1), _FRAMES)):
        with draft.part():
            image.seek(number)
            draft.say(recognition.text_of(image), Where.RECOGNISED)
