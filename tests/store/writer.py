"""Own a process that places holds until it is killed: prints each one after it was acknowledged.

Usage: writer.py URL PREFIX [COUNT]; the key of the sealer is fixed, so that a reader can open.
"""

from __future__ import annotations

import itertools
import os
import sys
from dataclasses import replace

from tests.store.samples import QUOTA, event, hold, job

from missent.store.seal import AesSealer
from missent.store.store import open_store

MASTER = bytes(range(32))


def body(hold_id: str) -> bytes:
    """Give the message of a hold; different for each, in two chunks."""
    return f"{hold_id} lorem ipsum ".encode() * 300


def main(url: str, prefix: str, count: str = "1000000") -> None:
    """Write."""
    store = open_store(url, node="node1")
    store.ready()
    sealer = AesSealer(MASTER)
    os.write(1, b"ready\n")
    for number in itertools.islice(itertools.count(), int(count)):
        name = f"{prefix}-{number}"
        key = sealer.new_key(name)
        text = body(name)
        for index, start in enumerate(range(0, len(text), 4096)):
            store.put_chunk(name, index, sealer.seal(key, name, index, text[start : start + 4096]))
        made = replace(hold(name), size=len(text))
        events, jobs = [event(subject=name)], [job(hold_id=name)]
        store.place(made, key, f"t-{name}", events, jobs, QUOTA * 1000)
        os.write(1, f"{name}\n".encode())
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
