"""Own `missent demo`: the whole story on loopback, in a temporary directory, with nothing installed.

It is the real guard: the SMTP proxy, the page, the store and the outbox of an installation whose
next hop and relay are the built-in sink. Only the history and the mail are made up. `--once` plays
every step without a person, looks at what each mailbox holds, and fails if a step did not hold.
"""

from __future__ import annotations

import asyncio
import logging
import re
import signal
import smtplib
import sys
import tempfile
import threading
import urllib.error
import urllib.parse
import urllib.request
import webbrowser
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP, default
from email.utils import format_datetime
from html.parser import HTMLParser
from pathlib import Path

from fastapi import FastAPI

from missent import daemon
from missent.config import Config
from missent.extraction import sandbox
from missent.journal import set_up_logging
from missent.judge.audit import first_break
from missent.mail.mailbox import Mailbox
from missent.net.sink import Sink, SunkMessage
from missent.net.smtp import bind
from missent.operating import web_settings
from missent.service.ports import Clock, Sighting, SightingKind
from missent.system import SystemClock
from missent.web.inbox import Inbox, InboxMessage, inbox_router
from missent.web.settings import WebSettings
from missent.wiring import Installation, install

ANN = Mailbox.parse("ann@contractor.example")
MARY = Mailbox.parse("mary@army.mil")
JOHN = Mailbox.parse("john@army.mil")
TYPED = Mailbox.parse("john@army.ml")
CREW = """Name,Rank,Cabin,Born
Ada Example,Captain,12A,1980-01-01
Ben Sample,First officer,12B,1984-05-05
Cleo Specimen,Engineer,14A,1990-09-09
Dan Placeholder,Loadmaster,14B,1992-02-02
"""
EXCERPT = 420
"""Characters of a message the inbox page shows: the reason and the fix fit in."""
PATIENCE = 15.0
"""Seconds a step of `--once` may take."""
_LINK = re.compile(r"https?://[^\s<>\"]+/h/[A-Za-z0-9_-]+")


def play(*, once: bool, port: int, browser: bool) -> int:
    """Run the demo; gives the exit code."""
    set_up_logging(level=logging.ERROR)
    with tempfile.TemporaryDirectory(prefix="missent-demo-") as directory:
        try:
            return asyncio.run(
                _play(Path(directory), once=once, port=0 if once else port, browser=browser)
            )
        except KeyboardInterrupt:
            return 0


async def _play(directory: Path, *, once: bool, port: int, browser: bool) -> int:
    clock = SystemClock()
    sink = Sink(clock)
    await sink.start()
    try:
        return await _with_sink(directory, sink, clock, _Way(once, port, browser))
    finally:
        await sink.close()


@dataclass(frozen=True, slots=True)
class _Way:
    """How the demo is to run."""

    once: bool
    port: int
    browser: bool


async def _with_sink(directory: Path, sink: Sink, clock: Clock, way: _Way) -> int:
    with _sockets(way.port) as (sockets, page_port):
        proxy_port = sockets.proxy[0].getsockname()[1]
        config = _config(directory, page_port, proxy_port, sink.address[1])
        installation = install(config, clock=clock)
        try:
            write_history(installation)
            stage = Stage(installation, sink, proxy_port)
            settings = web_settings(config)

            def extend(app: FastAPI) -> None:
                app.include_router(inbox_router(stage, settings))

            async with daemon.running(
                installation, sockets, office=True, extend=extend, web=_home(settings)
            ):
                if way.once:
                    return await asyncio.to_thread(Rehearsal(stage, config.web.base_url).run)
                return await _wait(stage, config.web.base_url, browser=way.browser)
        finally:
            installation.close()


def _home(settings: WebSettings) -> WebSettings:
    return WebSettings(
        settings.base_url,
        settings.organisation_name,
        settings.language,
        settings.timezone,
        open_loopback_api=True,
        home="/",
    )


async def _wait(stage: Stage, url: str, *, browser: bool) -> int:
    await asyncio.to_thread(stage.send, True)
    sys.stdout.write(
        f"\nThe story is on this page:  {url}/\n\n"
        "Ann has just written to mary@army.mil and, one letter short, to john@army.ml.\n"
        "Open the page, read Ann's notice, press Correct. Ctrl-C ends the demo; nothing is left behind.\n"
    )
    sys.stdout.flush()
    if browser:
        await asyncio.to_thread(webbrowser.open, f"{url}/")
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    return 0


@contextmanager
def _sockets(port: int) -> Iterator[tuple[daemon.Sockets, int]]:
    sockets = daemon.Sockets(proxy=[bind("127.0.0.1:0")], web=[bind(f"127.0.0.1:{port}")])
    try:
        yield sockets, sockets.web[0].getsockname()[1]
    finally:
        sockets.close()


def _config(directory: Path, page: int, proxy: int, sink: int) -> Config:
    return Config.model_validate(
        {
            "mode": "enforce",
            "organisation": {"name": "Contractor", "domains": ["contractor.example"]},
            "store": {
                "url": f"sqlite:///{directory / 'missent.db'}",
                "key_file": str(directory / "missent.key"),
            },
            "proxy": {"listen": f"127.0.0.1:{proxy}", "upstream": f"127.0.0.1:{sink}"},
            "relay": {"host": f"127.0.0.1:{sink}"},
            "web": {"listen": f"127.0.0.1:{page}", "base_url": f"http://127.0.0.1:{page}"},
            "content": {"attachments": sandbox.available() is None},
        }
    )


def write_history(installation: Installation) -> None:
    """Make up three months of mail: 214 messages to army.mil, 190 of them answered."""
    now = installation.place.clock.now()
    people = [MARY, JOHN, *(Mailbox.parse(f"desk{number}@army.mil") for number in range(6))]
    senders = [
        ANN,
        Mailbox.parse("bea@contractor.example"),
        Mailbox.parse("carl@contractor.example"),
    ]
    sightings = []
    for number in range(214):
        at = now - timedelta(days=90) + timedelta(hours=10 * number)
        them, us = people[number % len(people)], senders[number % len(senders)]
        name = f"<history-{number}@contractor.example>"
        sightings.append(Sighting(SightingKind.SENT, them, us, at, name))
        if number < 190:
            answer = f"<answer-{number}@army.mil>"
            sightings.append(
                Sighting(SightingKind.ANSWERED, them, us, at + timedelta(hours=3), answer)
            )
    installation.store.learn(sightings)


def crew_mail(clock: Clock, number: int) -> bytes:
    """Write Ann's mail: to John, one letter short, and to Mary, with a crew list."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = "Ann <ann@contractor.example>"
    mail["To"] = "John <john@army.ml>, Mary <mary@army.mil>"
    mail["Subject"] = "Crew for Thursday"
    mail["Date"] = format_datetime(clock.now())
    mail["Message-ID"] = f"<crew-{number}@contractor.example>"
    mail.set_content("Dear John, dear Mary,\n\nhere is the crew for Thursday's flight.\n\nAnn\n")
    mail.add_attachment(CREW.encode(), maintype="text", subtype="csv", filename="crew-list.csv")
    return mail.as_bytes()


# --- what the page shows -------------------------------------------------------------------------


@dataclass(slots=True)
class Stage:
    """The inboxes, the two buttons, and what happened: what the demo's page needs (`DemoDesk`)."""

    installation: Installation
    sink: Sink
    proxy_port: int
    sent: list[bool] = field(default_factory=list)
    _sending: threading.Lock = field(default_factory=threading.Lock)

    def send(self, guard: bool) -> None:
        """Send Ann's mail, through the guard or straight to the outside world."""
        with self._sending:
            for hold in self.installation.store.holds():
                self._forget(hold.hold_id)
            self.sink.clear()
            self.sent.append(guard)
            data = crew_mail(self.installation.place.clock, len(self.sent))
            port = self.proxy_port if guard else self.sink.address[1]
            with smtplib.SMTP("127.0.0.1", port, "ann.contractor.example", timeout=20) as client:
                client.sendmail(ANN.wire, [TYPED.wire, MARY.wire], data)

    def _forget(self, hold_id: str) -> None:
        """Cancel what an earlier round left waiting, so that each round starts afresh."""
        hold = self.installation.store.get(hold_id)
        for held in hold.open if hold else ():
            self.installation.answers.cancel(hold_id, held.mailbox, "demo")

    def inboxes(self) -> Sequence[Inbox]:
        """Give the inboxes, newest message first."""
        notes = {
            ANN: ("Ann", "Works for the contractor, and wrote the mail.", False),
            MARY: ("Mary", "At army.mil; Ann's mail is for her, too.", False),
            JOHN: ("John", "At army.mil; the one Ann means.", False),
        }
        shown = [
            Inbox(title, box.wire, _listed(self.sink.messages(box)), note, alarming)
            for box, (title, note, alarming) in notes.items()
        ]
        note = "Whoever runs army.ml. What arrives here is lost to Ann."
        return [
            *shown,
            Inbox(
                "Mali", TYPED.wire, _listed(self.sink.messages(TYPED.domain)), note, alarming=True
            ),
        ]

    def _how_mali_got_it(self) -> str:
        if not self.sent[-1]:
            return "Mali has the mail, the crew list with it. Ann will never know."
        return "Mali has the mail: Ann said 'send as typed', and is believed for 90 days."

    def story(self) -> Sequence[str]:
        """Tell what happened so far, one sentence each, oldest first."""
        if not self.sent:
            return []
        guard = "on" if self.sent[-1] else "off"
        lines = [f"Ann sent her mail to mary@army.mil and john@army.ml, the guard {guard}."]
        events: list[tuple[bool, str]] = [
            (
                bool(self.sink.messages(MARY)),
                "Mary has her copy: she did not have to wait for John's address.",
            ),
            (bool(self.sink.messages(TYPED.domain)), self._how_mali_got_it()),
            (bool(self.sink.messages(ANN)), "John's copy was held, and Ann was told why."),
            (
                bool(self.sink.messages(JOHN)),
                "Ann corrected the address: John has the mail, and Mali has nothing.",
            ),
        ]
        return lines + [line for happened, line in events if happened]


def _listed(messages: Sequence[SunkMessage]) -> tuple[InboxMessage, ...]:
    return tuple(_shown(message) for message in reversed(messages))


def _shown(message: SunkMessage) -> InboxMessage:
    text = body_of(message)
    return InboxMessage(
        sender=_field(message, "From"),
        to=_field(message, "To"),
        subject=_field(message, "Subject"),
        text=text if len(text) <= EXCERPT else text[:EXCERPT].rsplit(None, 1)[0] + " …",
        links=tuple(_LINK.findall(text)),
        at=message.at,
    )


def _field(message: SunkMessage, name: str) -> str:
    parsed = _parsed(message)
    return str(parsed.get(name, ""))


def _parsed(message: SunkMessage) -> EmailMessage:
    return BytesParser(policy=default).parsebytes(message.data)


def body_of(message: SunkMessage) -> str:
    """Give the text of a message in the sink."""
    part = _parsed(message).get_body(("plain",))
    return str(part.get_content()) if part is not None else ""


# --- without a person ----------------------------------------------------------------------------


class _Form(HTMLParser):
    """The fields and buttons of the sender's page, as a browser without JavaScript sees them."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden: dict[str, str] = {}
        self.buttons: list[tuple[str, dict[str, str]]] = []
        self._button: dict[str, str] | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "input" and given.get("type") == "hidden":
            self.hidden[given.get("name", "")] = given.get("value", "")
        if tag == "button":
            self._button, self._text = given, ""

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "button" and self._button is not None:
            self.buttons.append((" ".join(self._text.split()), self._button))
            self._button = None


class Rehearsal:
    """Plays every step, tells it, and looks whether it held."""

    def __init__(self, stage: Stage, url: str) -> None:
        self._stage = stage
        self._url = url
        self._failed = 0
        self._pause = threading.Event()

    def run(self) -> int:
        """Play; 0 if every step held, 1 otherwise."""
        sink = self._stage.sink
        self._say(
            "With the guard on: ann@contractor.example writes to john@army.ml and mary@army.mil."
        )
        self._stage.send(True)
        self._step("Mary has her copy at once", lambda: len(sink.messages(MARY)) == 1)
        self._step("nothing reached army.ml", lambda: not sink.messages(TYPED.domain))
        self._step(
            "Mary's copy names no held address",
            lambda: b"john@army.ml" not in sink.messages(MARY)[0].data,
        )
        self._step("Ann has a notice", lambda: len(sink.messages(ANN)) == 1)
        notice = body_of(sink.messages(ANN)[0]) if sink.messages(ANN) else ""
        self._quote(notice)
        self._step("it offers john@army.mil", lambda: "john@army.mil" in notice)
        links = _LINK.findall(notice)
        self._step("it links to a page", lambda: bool(links))
        if links:
            self._press_correct(links[0])
        self._step("John has the mail", lambda: len(sink.messages(JOHN)) == 1)
        self._step("the crew list is in it", lambda: _has_list(sink.messages(JOHN)))
        self._step("Mali has nothing", lambda: not sink.messages(TYPED.domain))
        self._step("the audit trail is whole", self._audit_is_whole)
        self._say("With the guard off: the same mail again.")
        self._stage.send(False)
        self._step("Mali has the mail, crew list and all", lambda: _has_list(sink.messages(TYPED)))
        self._step("John has nothing", lambda: not sink.messages(JOHN))
        self._say("Every step held." if not self._failed else f"{self._failed} steps did NOT hold.")
        return 1 if self._failed else 0

    def _press_correct(self, link: str) -> None:
        page = _get(link)
        form = _Form()
        form.feed(page)
        correct = [attrs for text, attrs in form.buttons if "john@army.mil" in text]
        self._step("the page offers to correct it", lambda: bool(correct))
        if correct:
            fields = {**form.hidden, correct[0].get("name", ""): correct[0].get("value", "")}
            self._say("Ann presses: Correct to john@army.mil")
            _post(link, self._url, fields)

    def _audit_is_whole(self) -> bool:
        trail = [(event, stored) for _, event, stored in self._stage.installation.store.trail()]
        return bool(trail) and first_break(trail) is None

    def _step(self, name: str, held: Callable[[], bool]) -> None:
        for _ in range(int(PATIENCE / 0.1)):
            if held():
                self._say(f"  ok      {name}")
                return
            self._pause.wait(0.1)
        self._failed += 1
        self._say(f"  FAILED  {name}")

    def _quote(self, text: str) -> None:
        for line in text.strip().splitlines():
            self._say(f"      | {line}")

    @staticmethod
    def _say(line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def _has_list(messages: Sequence[SunkMessage]) -> bool:
    return any(b"crew-list.csv" in message.data for message in messages)


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own page, http on loopback
        return str(answer.read().decode())


def _post(url: str, origin: str, fields: dict[str, str]) -> None:
    body = urllib.parse.urlencode(fields).encode()
    request = urllib.request.Request(url, body, {"Origin": origin})  # noqa: S310 - as above
    with urllib.request.urlopen(request, timeout=10):  # noqa: S310
        return
