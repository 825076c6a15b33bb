"""Own the rule table: the first rule that matches decides, and its name is recorded.

A rule's ``when`` has a closed vocabulary; all its conditions must hold at once. An unknown key or a
wrong type is a `ConfigError` that names rule and key, when the table is read. A fact that a rule
asks for and a finding lacks is an error in the rule, found while judging: then the recipient is
held under that rule's name, since a rule that silently never matches is worse than a false hold.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from missent.errors import ConfigError, MalformedAddress
from missent.judge import release
from missent.judge.finding import Finding
from missent.judge.release import Row, Table, table
from missent.judge.score import MAX_SENSITIVITY, PRIOR
from missent.judge.sensitivity import DETECTORS
from missent.judge.signals import SIGNALS
from missent.judge.verdict import Action
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox

Value = str | bool | int | float


@dataclass(frozen=True, slots=True)
class Facts:
    """What a rule may look at: one recipient, judged but for the action."""

    recipient: Mailbox
    sender: Mailbox | None
    outside: bool
    misdirection: float
    sensitivity: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table."""

    name: str
    when: Mapping[str, Value]
    action: Action
    pinned: bool = False
    """Neither `tune` nor the interruption budget may propose to loosen it (law 9)."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the table says: the action, and the rule it came from."""

    action: Action
    rule: str


DELIVER = Rule("default", MappingProxyType({}), Action.DELIVER)
"""What happens when no rule matches."""

DEFAULT_RULES: tuple[Mapping[str, Any], ...] = (
    {
        "name": "suffix slip",
        "when": {"signal": "domain_typo", "suffix_slip": True},
        "action": "hold",
        "pinned": True,
    },
    {
        "name": "unreadable",
        "when": {"signal": "unreadable", "outside": True},
        "action": "hold",
        "pinned": True,
    },
    {  # secret and above does not leave by ordinary mail, whoever the recipient is
        "name": "secret marking",
        "when": {"signal": "marking", "min_sensitivity": 4, "outside": True},
        "action": "hold",
        "pinned": True,
    },
    {  # its author said where it may go, and this is elsewhere
        "name": "marking and destination",
        "when": {"signal": "release", "outside": True},
        "action": "hold",
        "pinned": True,
    },
    {  # between colleagues a wrong person is embarrassing, not a leak: tell, do not stop
        "name": "wrong colleague",
        "when": {
            "signal": "wrong_person",
            "twin": False,
            "outside": False,
            "max_sensitivity": 1,
            "min_misdirection": 0.1,
            "max_misdirection": 0.65,  # as much as this signal says by itself: more is more
        },
        "action": "warn",
    },
    {"name": "probable slip", "when": {"min_misdirection": 0.5}, "action": "hold"},
    {
        "name": "doubtful and sensitive",
        "when": {"min_misdirection": 0.1, "min_sensitivity": 2, "outside": True},
        "action": "hold",
    },
    {  # a list of people, to an organisation nobody here was ever in touch with
        "name": "people to a stranger",
        "when": {
            "signal": "first_contact",
            "new_domain": True,
            "category": "people",
            "min_sensitivity": 3,
            "outside": True,
        },
        "action": "warn",
    },
    {"name": "doubtful", "when": {"min_misdirection": 0.1}, "action": "warn"},
    {
        "name": "many see each other",
        "when": {"signal": "many_recipients", "min_sensitivity": 1},
        "action": "warn",
    },
    {
        "name": "sensitive to a personal mailbox",
        "when": {"signal": "personal_mailbox", "min_sensitivity": 2, "outside": True},
        "action": "warn",
    },
    {  # last, so that a stranger's word never makes less of what another rule says
        "name": "published neighbour",
        "when": {"signal": "published", "outside": True},
        "action": "warn",
    },
)
"""The policy of a new installation, in the form the configuration file has."""


@dataclass(frozen=True, slots=True)
class Policy:
    """An ordered rule table."""

    rules: tuple[Rule, ...] = field(default=())
    prior: float = PRIOR
    """Log-odds of misdirection before any finding: the base rate of this organisation (`score`)."""
    release: Table = field(default_factory=table)
    """Where marked content may go."""
    _prepared: tuple[_Prepared, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_prepared", tuple(map(_prepare, self.rules)))

    def decide(self, facts: Facts) -> Ruling:
        """Give the ruling of the first rule that matches."""
        for prepared in self._prepared:
            rule = prepared.rule
            try:
                matched = prepared.matches(facts)
            except _MissingFact:
                return Ruling(max(Action.HOLD, rule.action, key=lambda a: a.severity), rule.name)
            if matched:
                return Ruling(rule.action, rule.name)
        return Ruling(DELIVER.action, DELIVER.name)

    def with_prior(self, odds: float) -> Policy:
        """Give the same rules with other prior odds, such as 0.001 for one in a thousand."""
        return replace(self, prior=math.log(odds))

    def with_release(self, rows: Iterable[Row]) -> Policy:
        """Give the same rules with these rows on where marked content may go before the shipped ones."""
        return replace(self, release=table(rows))

    @classmethod
    def from_rules(cls, rules: Iterable[Mapping[str, Any]]) -> Policy:
        """Read exactly these rules, as TOML gives them; raises `ConfigError`, one line a fault."""
        read, faults, names = [], [], set()
        for number, row in enumerate(rules, start=1):
            try:
                rule = _read(row, number)
                if rule.name in names or rule.name == DELIVER.name:
                    raise ConfigError(f"policy rule {rule.name!r}: the name is already taken")
                names.add(rule.name)
                read.append(rule)
            except ConfigError as fault:
                faults.append(str(fault))
        if faults:
            raise ConfigError("\n".join(faults))
        return cls(tuple(read))

    @classmethod
    def with_defaults(cls, rules: Iterable[Mapping[str, Any]] = ()) -> Policy:
        """Read these rules and put behind them the default rules they do not replace by name."""
        own = tuple(rules)
        taken = {row.get("name") for row in own}
        return cls.from_rules((*own, *(row for row in DEFAULT_RULES if row["name"] not in taken)))


_SIGNALS = frozenset(
    (
        *(signal.__module__.rpartition(".")[2] for signal in SIGNALS),
        *(detector.name for detector in DETECTORS),
        release.SIGNAL,
    )
)
"""Names a rule may ask for: a misspelt one would never match, and nobody would notice."""


_SAID = "published"
"""The signal that may warn and never hold, so that no publisher can stop another's mail."""


class _MissingFact(Exception):
    """A rule asked a finding for a fact it does not have."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A rule taken apart once, since every recipient of every message asks it."""

    rule: Rule
    tests: tuple[tuple[Callable[[Facts, Any], bool], Value], ...]
    signal: Value | None
    asked: Mapping[str, Value]

    def matches(self, facts: Facts) -> bool:
        """Tell whether all conditions hold; raises `_MissingFact`."""
        for test, wanted in self.tests:
            if not test(facts, wanted):
                return False
        if self.signal is None:
            return True
        for finding in facts.findings:
            if finding.signal == self.signal and _has(finding, self.asked):
                return True
        return False


# --- the vocabulary ----------------------------------------------------------------------------

_CONDITIONS: Mapping[str, tuple[type | tuple[type, ...], Callable[[Facts, Any], bool]]] = {
    "min_misdirection": ((int, float), lambda facts, least: facts.misdirection >= least),
    "max_misdirection": ((int, float), lambda facts, most: facts.misdirection <= most),
    "min_sensitivity": (int, lambda facts, least: facts.sensitivity >= least),
    "max_sensitivity": (int, lambda facts, most: facts.sensitivity <= most),
    "outside": (bool, lambda facts, wanted: facts.outside is wanted),
    "recipient_domain": (str, lambda facts, name: _at(facts.recipient, name)),
    "sender": (str, lambda facts, who: facts.sender is not None and _is(facts.sender, who)),
    "category": (
        str,
        lambda facts, name: any(f.facts.get("category") == name for f in facts.findings),
    ),
}
_FACTS: Mapping[str, type] = {
    "suffix_slip": bool,
    "suspect": bool,
    "slip": str,
    "intended": str,
    "problem": str,
    "level": int,
    "new_domain": bool,
    "scheme": str,
    "whose": str,
    "outside_domains": int,
    "recipients": int,
    "recurring": bool,
    "times": int,
    "forwarded": bool,
    "twin": bool,
    "what": str,
}
"""Facts of a finding; asked for together with ``signal``."""
_LIMITS = {"misdirection": 1.0, "sensitivity": float(MAX_SENSITIVITY)}
VOCABULARY = frozenset({"signal", *_CONDITIONS, *_FACTS})
"""Every key ``when`` may have."""


def _prepare(rule: Rule) -> _Prepared:
    return _Prepared(
        rule,
        tuple(
            (_CONDITIONS[key][1], value) for key, value in rule.when.items() if key in _CONDITIONS
        ),
        rule.when.get("signal"),
        {key: value for key, value in rule.when.items() if key in _FACTS},
    )


def _has(finding: Finding, asked: Mapping[str, Value]) -> bool:
    if not asked.keys() <= finding.facts.keys():
        raise _MissingFact
    return all(finding.facts[key] == value for key, value in asked.items())


def _at(mailbox: Mailbox, name: str) -> bool:
    return mailbox.domain.is_within(DomainName.parse(name))


def _is(mailbox: Mailbox, who: str) -> bool:
    return mailbox == Mailbox.parse(who) if "@" in who else _at(mailbox, who)


# --- reading -----------------------------------------------------------------------------------


def _read(row: Mapping[str, Any], number: int) -> Rule:
    name = row.get("name")
    if not isinstance(name, str) or not name:
        raise ConfigError(f"policy rule {number}: key 'name' must be a text")
    if unknown := row.keys() - {"name", "when", "action", "pinned"}:
        raise ConfigError(f"policy rule {name!r}: unknown key {min(unknown)!r}")
    try:
        action = Action(row.get("action", ""))
    except ValueError:
        choices = ", ".join(Action)
        raise ConfigError(f"policy rule {name!r}: key 'action' must be one of {choices}") from None
    pinned, when = row.get("pinned", False), row.get("when", {})
    if not isinstance(pinned, bool):
        raise ConfigError(f"policy rule {name!r}: key 'pinned' must be true or false")
    if not isinstance(when, Mapping):
        raise ConfigError(f"policy rule {name!r}: key 'when' must be a table")
    for key, value in when.items():
        _check(name, key, value)
    _check_facts(name, when, action)
    return Rule(name, MappingProxyType(dict(when)), action, pinned)


def _check_facts(name: str, when: Mapping[str, object], action: Action) -> None:
    lone = when.keys() & _FACTS.keys()
    if lone and "signal" not in when:
        raise ConfigError(f"policy rule {name!r}: key {min(lone)!r} needs 'signal' beside it")
    if when.get("signal") != _SAID:
        return
    if lone:  # asking for a fact it lacks would hold
        raise ConfigError(f"policy rule {name!r}: key {min(lone)!r}: {_SAID!r} has no facts")
    if action.severity > Action.WARN.severity:
        raise ConfigError(f"policy rule {name!r}: {_SAID!r} is a stranger's word: it may only warn")


def _check(name: str, key: str, value: object) -> None:
    where = f"policy rule {name!r}: key {key!r}"
    if key not in VOCABULARY:
        raise ConfigError(f"{where} is not one of {', '.join(sorted(VOCABULARY))}")
    wanted = str if key == "signal" else _FACTS.get(key) or _CONDITIONS[key][0]
    kinds = wanted if isinstance(wanted, tuple) else (wanted,)
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        raise ConfigError(f"{where} must be a {' or '.join(kind.__name__ for kind in kinds)}")
    if key == "signal" and value not in _SIGNALS:
        raise ConfigError(f"{where}: {value!r} is not one of {', '.join(sorted(_SIGNALS))}")
    limit = _LIMITS.get(key.removeprefix("min_").removeprefix("max_"))
    if limit is not None and isinstance(value, int | float) and not 0 <= value <= limit:
        raise ConfigError(f"{where} must be from 0 to {limit:g}")
    if key in {"recipient_domain", "sender"} and isinstance(value, str):
        try:
            Mailbox.parse(value) if "@" in value else DomainName.parse(value)
        except MalformedAddress as fault:
            raise ConfigError(f"{where}: {fault}") from None
