"""Own reading of pictures by Tesseract, where the operator asked for it and it is installed.

It is started once, before the sandbox closes: it opens its language data then, and nothing later.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image

os.environ.setdefault(
    "OMP_THREAD_LIMIT", "1"
)  # read when the library is loaded; no threads in the sandbox

try:
    import tesserocr  # type: ignore[import-untyped]
except ImportError:  # an extra: nothing is recognised without it
    tesserocr = None

_DATA = (
    "/usr/share/tesseract-ocr/5/tessdata",
    "/usr/share/tessdata",
    "/usr/share/tesseract-ocr/4.00/tessdata",
)
_engine: list[Any] = []  # the one started; Tesseract has no cheap start


def start(language: str = "eng") -> bool:
    """Start the engine; tell whether pictures can be read now."""
    if tesserocr is None:
        return False
    if not _engine:
        where = next((path for path in _DATA if Path(path, f"{language}.traineddata").exists()), "")
        if not where:
            return False
        _engine.append(tesserocr.PyTessBaseAPI(path=where, lang=language))
    return True


def stop() -> None:
    """End the engine."""
    while _engine:
        _engine.pop().End()


def started() -> bool:
    """Tell whether pictures can be read."""
    return bool(_engine)


def text_of(image: Image) -> str:
    """Give the text that stands in a picture, lines as they stand there."""
    engine = _engine[0]
    engine.SetImage(image.convert("L"))
    text: str = engine.GetUTF8Text()
    engine.Clear()
    return "\n".join(line for one in text.split("\n") if (line := one.strip()))
