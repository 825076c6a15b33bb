"""Logs of mail servers, read into deliveries: one file a dialect, and one line here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from missent.mail.logs.dialect import Dialect
from missent.mail.logs.exim import EXIM
from missent.mail.logs.opensmtpd import OPENSMTPD
from missent.mail.logs.postfix import POSTFIX
from missent.mail.logs.sendmail import SENDMAIL

DIALECTS: tuple[Dialect, ...] = (POSTFIX, EXIM, SENDMAIL, OPENSMTPD)
"""The first that recognises a line wins."""
BY_NAME: Mapping[str, Dialect] = MappingProxyType({one.name: one for one in DIALECTS})


def dialect_of(lines: Iterable[str]) -> Dialect | None:
    """Give the dialect of a log by its lines: of the first that any dialect recognises."""
    for line in lines:
        for dialect in DIALECTS:
            if dialect.recognises(line):
                return dialect
    return None
