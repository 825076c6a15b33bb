"""Own ``missent audit``: is the trail whole, and what is in it."""

from __future__ import annotations

import json
from typing import Any

import typer

from missent.cli.opening import (
    FOUND,
    ConfigOption,
    JsonOption,
    installation_of,
    print_json,
)
from missent.judge.audit import AuditEvent, first_break
from missent.judge.plain import time_to_plain

app = typer.Typer(no_args_is_help=True, help="The audit trail.")


@app.command("verify")
def audit_verify(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Check every node's hash chain. Exits 1 at a break."""
    with installation_of(config) as installation:
        chains: dict[str, list[Any]] = {}
        for node, event, stored in installation.store.trail():
            chains.setdefault(node, []).append((event, stored))
    results = [
        {"node": node, "events": len(chain), "first_break": first_break(chain)}
        for node, chain in chains.items()
    ]
    if as_json:
        print_json({"chains": results})
    else:
        for result in results:
            state = (
                "whole"
                if result["first_break"] is None
                else f"BROKEN at event {result['first_break']}"
            )
            typer.echo(f"{result['node']}: {result['events']} events, {state}")
    raise typer.Exit(FOUND if any(result["first_break"] is not None for result in results) else 0)


@app.command("export")
def audit_export(config: ConfigOption = None) -> None:
    """Write the trail as JSON Lines."""
    with installation_of(config) as installation:
        for node, event, stored in installation.store.trail():
            typer.echo(
                json.dumps({"node": node, **_event(event), "hash": stored}, ensure_ascii=False)
            )


def _event(event: AuditEvent) -> dict[str, object]:
    return {
        "kind": event.kind,
        "subject_id": event.subject_id,
        "actor": event.actor,
        "at": time_to_plain(event.at),
        "detail": dict(event.detail),
        "previous": event.previous,
    }
