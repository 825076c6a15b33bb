"""Own how tests read a log and write its deliveries down: the rows of the golden files."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from missent.mail.delivery import Delivery
from missent.mail.logs.dialect import Dialect, read_deliveries

NOW = datetime(2025, 11, 23, 9, 0, tzinfo=UTC)
_CASES = Path(__file__).parent.parent.parent / "cases"


def cases_of(name: str) -> list[Path]:
    """Give the golden logs of a dialect."""
    return sorted((_CASES / name).glob("*.log"))


def lines_of(path: Path) -> list[str]:
    """Read a log as an edge does."""
    return path.read_bytes().decode("utf-8", "replace").split("\n")


def rows_of(path: Path) -> list[str]:
    """Read the rows that a golden log is to give."""
    return path.with_suffix(".result").read_text("utf-8").splitlines()


def read(
    dialect: Dialect, lines: Iterable[str], now: datetime = NOW, zone: tzinfo = UTC
) -> Iterator[Delivery]:
    """Read a whole log, lazily."""
    return read_deliveries(lines, dialect, now, zone)


def unreadable(dialect: Dialect, lines: Iterable[str]) -> int:
    """Count the delivery lines that could not be read."""
    joiner = dialect.joiner(NOW, UTC)
    for line in lines:
        joiner.feed(line)
    return joiner.unreadable


def row(delivery: Delivery) -> str:
    """Write a delivery as the golden files do."""
    sender = delivery.sender.wire if delivery.sender else "<>" if delivery.sender_known else "?"
    cells = (
        delivery.queue_id,
        sender,
        delivery.recipient.wire,
        delivery.orig_to and delivery.orig_to.wire,
        delivery.status,
        delivery.dsn,
        delivery.relay,
        delivery.at.isoformat(),
        delivery.message_id,
        delivery.client,
        delivery.size,
    )
    return "\t".join("-" if cell is None else str(cell) for cell in cells)
