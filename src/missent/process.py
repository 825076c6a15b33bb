"""Own what every long-running process of ours shares: its end, its duties, its web server, its faults.

Nothing here knows what a process is for.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import ssl
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import uvicorn

from missent.errors import ConfigError
from missent.journal import Journal

FINISH = 10.0
"""Seconds that open sessions get to finish at a stop."""


@contextlib.contextmanager
def naming(key: str) -> Iterator[None]:
    """Name the key of an address that cannot be listened on."""
    try:
        yield
    except ConfigError as error:
        raise ConfigError(f"{key}: {error}") from None
    except OSError as error:
        raise ConfigError(
            f"{key}: cannot listen there: {error.strerror or type(error).__name__}"
        ) from None


def stop_signal() -> asyncio.Event:
    """Give an event that SIGTERM and SIGINT set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


class QuietServer(uvicorn.Server):
    """Uvicorn that leaves the process's signals to us."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def tls_context(certificate: Path, key: Path | None) -> ssl.SSLContext:
    """Make a server's TLS context. Raises `OSError` for files that cannot be used."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    return context


@contextlib.contextmanager
def usable(keys: str) -> Iterator[None]:
    """Name the keys of TLS files that cannot be used."""
    try:
        yield
    except OSError as error:  # ssl.SSLError is one
        raise ConfigError(f"{keys} cannot be used: {type(error).__name__}") from None


async def repeat(
    journal: Journal, pool: ThreadPoolExecutor, duty: Callable[[], object], seconds: float
) -> None:
    """Do a duty again and again; trouble is logged and tried again, never fatal."""
    loop = asyncio.get_running_loop()
    while True:
        try:
            await loop.run_in_executor(pool, duty)
        except Exception as error:  # whatever a duty meets, the next round must come
            journal.trouble("duty", duty=_name(duty), error=type(error).__name__)
            await asyncio.sleep(1.0)
        await asyncio.sleep(seconds)


def _name(duty: Callable[[], object]) -> str:
    return str(getattr(duty, "__name__", type(duty).__name__))
