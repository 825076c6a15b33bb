"""Own one process of a race: cancel or confirm each hold as fast as possible, say which were won.

Usage: racer.py URL CHOICE HOLD...; prints ``ready``, waits for a line, prints the holds it won.
"""

from __future__ import annotations

import sys

from tests.store.samples import step

from missent.errors import AlreadyDecided
from missent.judge.hold import Event
from missent.store.store import open_store


def main(url: str, choice: str, *hold_ids: str) -> None:
    """Race."""
    store = open_store(url, node=f"racer-{choice}")
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    for hold_id in hold_ids:
        try:
            store.apply(step(Event(choice), hold_id))
        except AlreadyDecided:
            continue
        print(hold_id, flush=True)  # noqa: T201
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
