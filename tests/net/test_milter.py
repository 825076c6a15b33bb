"""The milter listener: its sockets, and how it ends."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import pytest
from tests.net.milter_stage import (
    GO_ON,
    Mta,
    stage,
)

from missent.errors import (
    ConfigError,
)
from missent.net.milter import bind


def test_closing_lets_a_session_finish(unix: str) -> None:
    """Nobody new is served, and a message under way gets its answer."""

    async def run() -> None:
        async with stage(unix) as held:
            mta = await Mta.to(held.listening)
            await mta.connect()
            closing = asyncio.ensure_future(held.server.close(limit=30))
            await asyncio.sleep(0)
            with pytest.raises(OSError, match="refused"):
                await asyncio.open_unix_connection(unix.removeprefix("unix:"))
            assert await mta.send() == GO_ON
            await mta.close()
            await closing

    asyncio.run(run())


def test_closing_cuts_off_who_does_not_finish(unix: str) -> None:
    """A peer that stays cannot keep the process alive."""

    async def run() -> None:
        async with stage(unix) as held:
            mta = await Mta.to(held.listening)
            await held.server.close(limit=0.01)
            with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
                await mta.hear()
            mta.writer.close()

    asyncio.run(run())


def test_a_stale_unix_socket_is_replaced_and_a_live_one_is_not(tmp_path: Path) -> None:
    """A crash leaves its path behind; a running server must not be pushed out."""
    path = tmp_path / "run" / "milter.sock"
    with bind(f"unix:{path}", 0o660):
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        with pytest.raises(ConfigError, match="another program listens"):
            bind(f"unix:{path}")
    assert path.exists()
    with bind(f"unix:{path}"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o666


def test_a_file_in_the_way_is_not_removed(tmp_path: Path) -> None:
    """A mistaken path must not cost a file."""
    path = tmp_path / "precious"
    path.write_text("x")
    with pytest.raises(ConfigError, match="no socket"):
        bind(f"unix:{path}")
    assert path.read_text() == "x"


@pytest.mark.parametrize(
    "listen",
    ["", "unix:", "inet:", "inet:25", "inet:127.0.0.1:x", "inet:127.0.0.1:70000", "tcp:1:2"],
)
def test_a_place_that_cannot_be_read_is_the_operators_to_mend(listen: str) -> None:
    """The error says what to write."""
    with pytest.raises(ConfigError, match=r"unix:PATH|inet:HOST:PORT"):
        bind(listen)


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    """The operator sees which place could not be had."""
    with bind("inet:127.0.0.1:0") as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=str(port)):
            bind(f"inet:127.0.0.1:{port}")
    with pytest.raises(ConfigError, match="too long"):
        bind(f"unix:{tmp_path}/{'x' * 200}")


def test_a_shared_socket_outlives_one_of_its_servers(tmp_path: Path) -> None:
    """One worker's end must not take the path from the others."""
    path = tmp_path / "milter.sock"

    async def run() -> None:
        async with stage(f"unix:{path}"):
            pass
        assert path.exists()

    asyncio.run(run())
