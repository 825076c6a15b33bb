"""Own the rendering: templates to HTML, everything escaped, every name in a template accounted for."""

from __future__ import annotations

import functools
import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from missent.web.rows import moment
from missent.web.settings import WebSettings

STATIC = Path(__file__).parent / "static"


class Screens:
    """All pages of one installation."""

    def __init__(self, settings: WebSettings) -> None:
        self._environment = _environment(settings)

    def show(self, name: str, status: int = 200, **context: Any) -> HTMLResponse:
        """Render one page."""
        text = self._environment.get_template(name).render(context)
        return HTMLResponse(text, status_code=status)

    def trouble(self, status: int, text: str) -> HTMLResponse:
        """Render the calm page for whatever went wrong; `text` is one sentence of ours."""
        return self.show("trouble.html", status, text=text, missing=status == 404)


@functools.cache
def _environment(settings: WebSettings) -> Environment:
    """Set the templates up once for each installation: they are compiled on first use."""
    environment = Environment(
        loader=PackageLoader("missent.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    zone = ZoneInfo(settings.timezone)
    environment.filters["moment"] = functools.partial(_moment, zone)
    environment.globals.update(
        base=settings.base_path,
        language=settings.language,
        organisation=settings.organisation_name,
        home=settings.home,
        style=_fingerprint(STATIC / "missent.css"),
    )
    return environment


def _moment(zone: ZoneInfo, at: datetime) -> str:
    return moment(at, zone)


@functools.cache
def _fingerprint(path: Path) -> str:
    """Name a static file's content, so that a browser's copy is never older than the page."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
