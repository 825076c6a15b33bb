"""Own made Postfix logs: as large as one likes, always the same, and what is wrong in them is known.

``python -m bench.maillogs FILE --megabytes 1000``. A gigabyte has about 6.9 M lines and 907,000 messages,
40 of them interleaved: 55 % go out, the rest are answers and bounce notices. Some are deferred and come
again minutes later, some bounce, some have many recipients. Three weeks a gigabyte.

How: 40 messages lie open, and each step writes the next line of one of them behind the time of the moment.
"""

from __future__ import annotations

import argparse
import heapq
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.maillog_messages import MEGABYTE, MESSAGE_OCTETS, Part, Pause, Post, Wrong
from bench.truth import Tally, Truth

START = datetime(2024, 1, 8, tzinfo=UTC)
OPEN = 40
LINES_A_SECOND = 4
_STATISTICS = (
    " mail postfix/anvil[977]: statistics: max connection count 1 for (smtp:203.0.113.9)\n"
)


def write_log(path: Path, megabytes: float, seed: int, *, iso: bool = True) -> Truth:
    """Write a log of this size, within one in a hundred, and its truth beside it.

    Time stamps are RFC 3339, or traditional ones, which have no year.
    """
    post = Post(seed, megabytes)
    log = _Log(post, int(megabytes * MEGABYTE), iso)
    ml_lines = 0
    with path.open("wb") as file:
        for block in log.blocks():
            ml_lines += block.count(".ml>, relay=")
            file.write(block.encode("ascii"))
    if post.unplanned():
        raise AssertionError(f"{post.unplanned()} mistakes found no place")
    truth = Truth(
        seed=seed,
        messages=post.messages,
        octets=log.octets,
        lines=log.lines,
        ml_lines=ml_lines,
        misdirected=len(log.tally.wrong),
        destinations=log.tally.destinations(),
    )
    truth.write(path)
    return truth


@dataclass(slots=True)
class _Log:
    post: Post
    target: int
    iso: bool
    tally: Tally = field(default_factory=Tally)
    octets: int = 0
    lines: int = 0
    second: int = 0
    later: list[tuple[int, int, list[Part]]] = field(default_factory=list)

    def blocks(self) -> Iterator[str]:
        """Give the log, some thousand lines at a time, until it is as large as wanted."""
        draw = random.Random(self.target)
        slots: list[list[Part]] = [[] for _ in range(OPEN)]
        while True:
            order = draw.choices(range(OPEN), k=4_096)
            block = self._block(slots, order)
            yield "".join(block)
            if not block and not self._skip_to_later():
                break
        yield self._statistics()

    def _block(self, slots: list[list[Part]], order: list[int]) -> list[str]:
        written: list[str] = []
        stamp = self._stamp()
        for at in order:
            slot = slots[at]
            if not slot:
                slot = slots[at] = self._next()
                if not slot:
                    continue
            part = slot.pop()
            if not isinstance(part, str):
                if isinstance(part, Pause):
                    heapq.heappush(self.later, (self.second + part.seconds, self.lines, slot))
                    slots[at] = []
                    continue
                part = self._note(part)
            written.append(stamp)
            written.append(part)
            self.octets += len(stamp) + len(part)
            self.lines += 1
            if self.lines % LINES_A_SECOND == 0:
                self.second += 1
                stamp = self._stamp()
        return written

    def _next(self) -> list[Part]:
        if self.later and self.later[0][0] <= self.second:
            return heapq.heappop(self.later)[2]
        waiting = OPEN // 2 + self.post.waiting + len(self.later) // 2
        return self.post.next(last=self.octets + waiting * MESSAGE_OCTETS >= self.target)

    def _note(self, part: Wrong) -> str:
        mistake = part.mistake
        self.tally.add(
            mistake.typed,
            mistake.intended,
            mistake.slip,
            part.queue_id,
            mistake.sender,
            part.outcome,
            self._at(),
        )
        return part.text

    def _skip_to_later(self) -> bool:
        """Let the time pass until the next attempt; tells whether there is one."""
        if self.later:
            self.second = max(self.second, self.later[0][0])
        return bool(self.later)

    def _statistics(self) -> str:
        line = self._stamp() + _STATISTICS
        more = max(0, self.target - self.octets) // len(line)
        self.octets += more * len(line)
        self.lines += more
        return line * more

    def _at(self) -> datetime:
        return START + timedelta(seconds=self.second)

    def _stamp(self) -> str:
        at = self._at()
        return at.isoformat() if self.iso else f"{at:%b} {at.day:2} {at:%H:%M:%S}"


def main() -> None:
    """Write one."""
    parser = argparse.ArgumentParser(prog="python -m bench.maillogs", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--megabytes", type=float, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--traditional", action="store_true", help="stamps without a year")
    given = parser.parse_args()
    started = time.monotonic()
    truth = write_log(given.file, given.megabytes, given.seed, iso=not given.traditional)
    print(
        f"{truth.octets} octets, {truth.lines} lines, {truth.messages} messages,"
        f" {truth.misdirected} misdirected to {len(truth.reached)} domains,"
        f" {truth.ml_lines} lines name .ml, {time.monotonic() - started:.1f} s"
    )


if __name__ == "__main__":
    main()
