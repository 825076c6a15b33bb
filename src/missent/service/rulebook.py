"""Own which policy is in force and how far its rules are carried out (law 13).

The policy comes from the configuration; modes may be changed at run time (`missent mode`), for all
rules or for one. Every process re-reads the run-time settings after `FRESH`, so a change takes
effect in seconds without a restart.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from missent.errors import ConfigError
from missent.judge.policy import Policy
from missent.judge.verdict import Action, Verdict
from missent.service.ports import Clock, NewEvent, RegisterStore
from missent.service.settings import Mode

FRESH = timedelta(seconds=2)
SETTING = "mode"


class Rulebook:
    """The policy and the modes now in force. Safe to share between threads."""

    def __init__(self, policy: Policy, default: Mode, store: RegisterStore, clock: Clock) -> None:
        self.policy = policy
        self._default = default
        self._store = store
        self._clock = clock
        self._read_at: datetime | None = None
        self._modes: dict[str, Mode] = {}

    def mode(self, rule: str | None = None) -> Mode:
        """Give the mode of one rule, or of all that have none of their own."""
        now = self._clock.now()
        if self._read_at is None or abs(now - self._read_at) > FRESH:
            settings = self._store.settings()
            self._modes = {
                name: Mode(value)
                for name, value in settings.items()
                if name == SETTING or name.startswith(f"{SETTING}:")
            }
            self._read_at = now
        general = self._modes.get(SETTING, self._default)
        return self._modes.get(f"{SETTING}:{rule}", general) if rule else general

    def is_pinned(self, rule: str) -> bool:
        """Tell whether a rule is pinned: certain enough that nothing may propose to loosen it."""
        return any(known.pinned for known in self.policy.rules if known.name == rule)

    def set_mode(self, mode: Mode, rule: str | None, actor: str) -> None:
        """Change a mode, audited. Raises `ConfigError` for a rule that does not exist."""
        if rule is not None and rule not in {known.name for known in self.policy.rules}:
            names = ", ".join(known.name for known in self.policy.rules)
            raise ConfigError(f"no rule is called {rule!r}; the rules are: {names}")
        name = f"{SETTING}:{rule}" if rule else SETTING
        event = NewEvent("mode.changed", name, actor, self._clock.now(), {"mode": mode.value})
        self._store.set_setting(name, mode.value, event)
        self._read_at = None

    def carried_out(self, verdict: Verdict) -> Verdict:
        """Give the verdict as it is carried out in the mode of its rule."""
        mode = self.mode(verdict.rule)
        if mode is Mode.OBSERVE:
            return replace(verdict, action=Action.DELIVER)
        if mode is Mode.WARN and verdict.action.severity > Action.WARN.severity:
            return replace(verdict, action=Action.WARN)
        return verdict
