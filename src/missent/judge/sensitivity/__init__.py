"""What makes a message sensitive: one file a detector, independent of each other.

A detector is a pure function `detect` of the message. It reports at most one finding, whose facts say how
sensitive (``level``, 1 to 4) and in which way (``category``), and whose sentence never repeats
what was matched (law 8). A detector that raises is itself a finding (law 5).
"""

from __future__ import annotations

from collections.abc import Callable

from missent.judge.finding import Finding
from missent.judge.sensitivity import marking, people_list
from missent.mail.message import Message

Detector = Callable[[Message], Finding | None]

DETECTORS: tuple[Detector, ...] = (marking.detect, people_list.detect)
