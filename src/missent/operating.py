"""Own the operators' pages of an installation: put together, added to an application, found by a link.

The guard and the collector serve the same pages over the same store. Their link is derived from the master
key; `missent pages` shows it, and nothing else does.
"""

from __future__ import annotations

from fastapi import FastAPI

from missent.config import Config
from missent.service.ports import Clock, Sealer
from missent.web import operator_pages
from missent.web.operator_pages import operator_parts
from missent.web.operators import OperatorStore, path
from missent.web.settings import WebSettings

PAGES = ("collection", "lookalikes")


def web_settings(config: Config) -> WebSettings:
    """Give the pages' settings."""
    return WebSettings(
        base_url=config.web.base_url,
        organisation_name=config.organisation.name,
        language=config.organisation.language,
        timezone=config.organisation.timezone,
    )


def add_operator_pages(
    app: FastAPI, config: Config, store: OperatorStore, sealer: Sealer, clock: Clock
) -> None:
    """Add the pages to an application of this configuration."""
    parts = operator_parts(store, sealer, clock, web_settings(config), config.basis())
    operator_pages.add_operator_pages(app, parts)


def links(config: Config, sealer: Sealer) -> dict[str, str]:
    """Give the addresses of the pages, by name."""
    return {page: f"{config.web.base_url}{path(sealer)}/{page}" for page in PAGES}
