"""Name, labels and help of every metric; no address, subject or hold id is ever a label.

Edges create the collectors from these; the inner layers only name them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric as Prometheus will show it: ``kind`` is counter, gauge or histogram."""

    kind: str
    name: str
    help: str
    labels: tuple[str, ...] = ()


MESSAGES = Metric("counter", "missent_messages", "Messages judged, by edge.", ("edge",))
VERDICTS = Metric(
    "counter",
    "missent_verdicts",
    "Verdicts on single recipients, by edge and action.",
    ("edge", "action"),
)
ANSWERS = Metric("counter", "missent_answers", "Decisions about held recipients.", ("choice",))
REFUSALS = Metric(
    "counter",
    "missent_refusals",
    "Messages or recipients an edge refused, by reason.",
    ("edge", "reason"),
)
CHECK_SECONDS = Metric(
    "histogram",
    "missent_check_duration_seconds",
    "Time from the end of a message to its verdict.",
    ("edge",),
)
HELD_MESSAGES = Metric(
    "gauge", "missent_held_messages", "Messages with a recipient waiting for a decision."
)
OLDEST_HELD_SECONDS = Metric(
    "gauge", "missent_oldest_held_seconds", "Age of the oldest undecided hold, in seconds."
)
OUTBOX_PENDING = Metric(
    "gauge",
    "missent_outbox_pending",
    "Notices and releases not yet handed to the relay.",
    ("kind",),
)
FALSE_HOLDS = Metric(
    "counter", "missent_false_holds", "Held recipients answered 'send as typed' (law 9's budget)."
)

WEEK_MESSAGES = Metric(
    "gauge",
    "missent_week_messages",
    "Messages of the last seven full days (UTC): outgoing, held, false (held, then sent as typed), warned.",
    ("what",),
)
OVER_BUDGET = Metric(
    "gauge", "missent_over_budget", "1 while the interruption budget has been exceeded for a week."
)
BUDGET_ALARMS = Metric(
    "counter", "missent_budget_alarms", "Times the operator was told that the budget is exceeded."
)

COLLECTED_HITS = Metric(
    "counter",
    "missent_collected_hits",
    "Recipients at typo domains that were counted, by what they probably were.",
    ("likely",),
)
COLLECTED_PAIRS = Metric(
    "counter",
    "missent_collected_pairs",
    "Pairs of sender and wrong address that came for the third time.",
)
COLLECTED_DROPPED = Metric(
    "counter",
    "missent_collected_dropped",
    "Recipients at typo domains that were answered but not counted: the store was down.",
)

ALL: tuple[Metric, ...] = (
    MESSAGES,
    VERDICTS,
    ANSWERS,
    REFUSALS,
    CHECK_SECONDS,
    HELD_MESSAGES,
    OLDEST_HELD_SECONDS,
    OUTBOX_PENDING,
    FALSE_HOLDS,
    WEEK_MESSAGES,
    OVER_BUDGET,
    BUDGET_ALARMS,
    COLLECTED_HITS,
    COLLECTED_PAIRS,
    COLLECTED_DROPPED,
)
