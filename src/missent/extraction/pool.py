"""Own the extractor: attachments in, documents out, read by sandboxed processes and by nothing else.

Theory of operation. There are at most `workers` zygotes, started when they are first needed; a call takes
one of them, or waits for one. A zygote that dies or hangs is ended and forgotten, and the next call starts
another. What was read before a death stands; every attachment that was not read to its end gets a document
that says why (law 5). `extract` never raises, and nothing of a message is logged or kept (law 8).
"""

from __future__ import annotations

import math
import queue
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from missent.extraction import sandbox
from missent.extraction.process import COMMAND, Outcome, ProcessFailed, Zygote
from missent.extraction.reader import Item, Limits
from missent.extraction.wire import Job, MalformedReply, ReplyReader, job_octets
from missent.mail.attachment import Attachment
from missent.mail.document import Document, Reason
from missent.mail.mime import one_line

_REASONS: Final = {
    "timeout": Reason.TIMEOUT,
    "memory": Reason.MEMORY,
    "no_sandbox": Reason.NO_SANDBOX,
}


@dataclass(frozen=True, slots=True)
class ExtractionSettings:
    """How attachments are read."""

    workers: int = 2
    """Processes that read at the same time."""
    time_limit: float = 8.0
    """Seconds for the attachments of one message; the verdict itself has 10."""
    memory: int = 512 << 20
    """Octets that the reading process may have resident."""
    octets: int = 100_000_000
    """Of all attachments of one message; what is beyond is not read."""
    patience: float = 60.0
    """Seconds to wait for a process that is free."""
    ocr: bool = False
    """Whether pictures are read, too."""
    limits: Limits = field(default_factory=Limits)


class SandboxedExtractor:
    """Reads attachments in processes that can do nothing else. Safe to call from many threads."""

    def __init__(
        self, settings: ExtractionSettings | None = None, *, command: Sequence[str] = COMMAND
    ) -> None:
        """Start nothing yet; `command` runs a zygote."""
        self._settings = settings or ExtractionSettings()
        self._command = (*command, "--ocr") if self._settings.ocr else tuple(command)
        self._places: queue.LifoQueue[Zygote | None] = queue.LifoQueue()
        for _ in range(max(1, self._settings.workers)):
            self._places.put(None)
        self._lock = threading.Lock()
        self._closed = False

    def extract(self, attachments: Sequence[Attachment]) -> tuple[Document, ...]:
        """Read the attachments of one message; at least one document for each, in order."""
        return self.extract_measured(attachments)[0]

    def extract_measured(
        self, attachments: Sequence[Attachment]
    ) -> tuple[tuple[Document, ...], Outcome | None]:
        """Read, and also tell how the reading process ended; None if none was run to an end."""
        refused = self._refused(attachments)
        taken = [a for a, reason in zip(attachments, refused, strict=True) if reason is None]
        reply = ReplyReader([a.position for a in taken], self._settings.limits)
        reason, outcome = Reason.DIED, None
        if taken:
            reason, outcome = self._read(taken, reply)
        readings = iter(reply.read)
        documents: list[Document] = []
        number = 0
        for attachment, why in zip(attachments, refused, strict=True):
            if why is None:
                whole = number < reply.finished
                found = _ended(attachment, next(readings), None if whole else reason)
                number += 1
            else:
                found = _ended(attachment, [], why)
            documents += _marked(attachment, found)
        return tuple(documents), outcome

    def warm(self) -> str | None:
        """Start one process now; tells why attachments cannot be read, None if they can."""
        reason = sandbox.available()
        if reason is not None:
            return reason
        try:
            zygote = self._places.get(timeout=self._settings.patience)
        except queue.Empty:
            return "all reading processes are busy"
        try:
            zygote = self._ready(zygote)
            return zygote.why_not
        except ProcessFailed as failure:
            zygote = None
            return f"the reading process could not be started: it {failure}"
        finally:
            self._give_back(zygote)

    def close(self) -> None:
        """End all processes; those that read end with their job. Calls after this read nothing."""
        with self._lock:
            self._closed = True
        idle: list[Zygote | None] = []
        while True:
            try:
                idle.append(self._places.get_nowait())
            except queue.Empty:
                break
        for zygote in idle:
            if zygote is not None:
                zygote.stop()
            self._places.put(None)

    def _refused(self, attachments: Sequence[Attachment]) -> list[Reason | None]:
        """Tell of each attachment why it is not even tried."""
        refused: list[Reason | None] = []
        octets = 0
        for number, attachment in enumerate(attachments, 1):
            octets += len(attachment.octets)
            if number > self._settings.limits.members:
                refused.append(Reason.TOO_MANY)
            else:
                refused.append(Reason.TOO_BIG if octets > self._settings.octets else None)
        return refused

    def _read(
        self, taken: Sequence[Attachment], reply: ReplyReader
    ) -> tuple[Reason, Outcome | None]:
        """Have attachments read; gives why those are not finished that are not."""
        if sandbox.available() is not None:
            return Reason.NO_SANDBOX, None
        answer = bytearray()
        reason, outcome = self._ask(taken, answer)
        try:
            reply.take(bytes(answer))
        except MalformedReply:
            return Reason.DIED, outcome
        return reason, outcome

    def _ask(self, taken: Sequence[Attachment], answer: bytearray) -> tuple[Reason, Outcome | None]:
        """Hand the job to a process; whatever goes wrong ends that process (law 5)."""
        try:
            zygote = self._places.get(timeout=self._settings.patience)
        except queue.Empty:
            return Reason.TIMEOUT, None
        try:
            zygote = self._ready(zygote)
            if zygote.why_not is not None:
                return Reason.NO_SANDBOX, None
            outcome = zygote.run(job_octets(self._job(taken)), self._settings.time_limit, answer)
            return _REASONS.get(outcome.how, Reason.DIED), outcome
        except Exception as error:
            if zygote is not None:
                zygote.kill()
                zygote = None
            late = isinstance(error, ProcessFailed) and error.late
            return Reason.TIMEOUT if late else Reason.DIED, None
        finally:
            self._give_back(zygote)

    def _ready(self, zygote: Zygote | None) -> Zygote:
        """Give a process that is up: this one, or a new one. Raises `ProcessFailed`."""
        if zygote is not None and zygote.alive and zygote.why_not is None:
            return zygote
        if zygote is not None:
            zygote.kill()
        if self._closed:
            raise ProcessFailed
        fresh = Zygote(self._command)
        try:
            fresh.wait()
        except BaseException:
            fresh.kill()
            raise
        return fresh

    def _give_back(self, zygote: Zygote | None) -> None:
        """Leave the place to the next call."""
        with self._lock:
            if not self._closed:
                self._places.put(zygote)
                return
            self._places.put(None)
        if zygote is not None:
            zygote.stop()

    def _job(self, taken: Sequence[Attachment]) -> Job:
        settings = self._settings
        items = tuple(Item(a.position, a.content_type, a.name, a.octets) for a in taken)
        seconds = math.ceil(settings.time_limit) + 1
        return Job(items, settings.limits, settings.memory, seconds, settings.ocr)


def _ended(attachment: Attachment, read: list[Document], why: Reason | None) -> list[Document]:
    """Say of an attachment's own document why it was not read to its end, if it was not."""
    if why is None:
        return read
    own = Document(attachment.position, "unknown", _shown(attachment), problems=(why,))
    for number, document in enumerate(read):
        if document.position == attachment.position:
            read[number] = _with(document, why)
            return read
    return [own, *read]


def _marked(attachment: Attachment, read: list[Document]) -> list[Document]:
    """Say of a damaged attachment that programs differ about what is in it."""
    return [_with(read[0], Reason.MALFORMED), *read[1:]] if attachment.damaged else read


def _with(document: Document, reason: Reason) -> Document:
    return replace(document, problems=tuple(dict.fromkeys((*document.problems, reason))))


def _shown(attachment: Attachment) -> str | None:
    return None if attachment.name is None else one_line(attachment.name)
