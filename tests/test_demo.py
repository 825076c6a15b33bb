"""The demo plays the whole story, and fails when a step does not hold."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from missent import demo
from missent.service.guard import Guard


def test_once_plays_everything() -> None:
    """`missent demo --once` prints the transcript and exits 0."""
    done = subprocess.run(
        [sys.executable, "-m", "missent.cli", "demo", "--once"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Every step held." in done.stdout
    assert "FAILED" not in done.stdout
    for step in (
        "Mary has her copy at once",
        "John has the mail",
        "Mali has nothing",
        "Mali has the mail",
    ):
        assert f"ok      {step}" in done.stdout


def test_once_fails_if_the_guard_lets_it_pass(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A guard that delivers everything is noticed: the transcript says FAILED and the exit is 1."""
    monkeypatch.setattr(Guard, "consider", lambda self, envelope: {})
    monkeypatch.setattr(Guard, "_carried_out", lambda self, envelope, message, verdicts: {})
    monkeypatch.setattr(demo, "PATIENCE", 0.3)
    assert demo.play(once=True, port=0, browser=False) == 1
    assert "FAILED" in capsys.readouterr().out


def test_the_page_is_there_in_a_minute() -> None:
    """`missent demo` serves its page, with the story told, and ends at a signal."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "missent.cli", "demo", "--no-browser", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        page = _page(f"http://127.0.0.1:{port}/", deadline=time.monotonic() + 60)
        assert "john@army.ml" in page
        assert "Replay with the guard off" in page
    finally:
        process.terminate()
        process.wait(20)


def _page(url: str, deadline: float) -> str:
    pause = asyncio.sleep
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return str(answer.read().decode())
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > deadline:
                raise
            asyncio.run(pause(0.2))
