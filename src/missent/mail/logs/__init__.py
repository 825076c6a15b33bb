"""Logs of mail servers, read into deliveries: one file a dialect, and one line here."""

from __future__ import annotations

from missent.mail.logs.dialect import Dialect
from missent.mail.logs.postfix import POSTFIX

DIALECTS: tuple[Dialect, ...] = (POSTFIX,)
"""The first that recognises a line wins."""
