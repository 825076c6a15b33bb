"""Own the reference page of the configuration: generated from `Config` itself, so it cannot lie."""

from __future__ import annotations

import types
import typing
from datetime import timedelta
from enum import Enum

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from missent.config import Config
from missent.judge.policy import DEFAULT_RULES

HEAD = """# Configuration

This page is made by `missent config reference`; a test keeps it equal to the code.

Without `--config`, Missent reads `./missent.toml`, then the file named by `$MISSENT_CONFIG`, then uses
built-in defaults. Relative paths are relative to the configuration file. A duration is a number and
a unit (`90s`, `5m`, `72h`, `3d`), a size likewise (`50 MB`). An unknown key is an error that names
file, line and key. `[milter]`, `[proxy]` and `[inbound]` are started if their table is present.
"""


def configuration_page() -> str:
    """Give the page as Markdown."""
    lines = [HEAD]
    plain = [(name, f) for name, f in Config.model_fields.items() if _table(f) is None]
    lines += ["## Top level", "", *_rows(plain), ""]
    for name, info in Config.model_fields.items():
        table = _table(info)
        if table is None:
            continue
        lines += _section(name, info, table)
        for inner, field in table.model_fields.items():
            if (below := _table(field)) is not None:
                lines += _section(f"{name}.{inner}", field, below)
    lines += [
        "## Built-in policy rules",
        "",
        "In this order, after those of `[[policy]]`; a rule of yours with",
    ]
    lines += [
        "the same name replaces the built-in one.",
        "",
        "| rule | when | action | pinned |",
        "|---|---|---|---|",
    ]
    for rule in DEFAULT_RULES:
        when = (
            ", ".join(f"`{key} = {_toml(value)}`" for key, value in rule.get("when", {}).items())
            or "always"
        )
        lines.append(
            f"| {rule['name']} | {when} | {rule['action']} | {'yes' if rule.get('pinned') else ''} |"
        )
    return "\n".join(lines).rstrip() + "\n"


def _section(name: str, info: FieldInfo, table: type[BaseModel]) -> list[str]:
    title = f"[[{name}]]" if typing.get_origin(info.annotation) is tuple else f"[{name}]"
    fields = [(key, f) for key, f in table.model_fields.items() if _table(f) is None]
    return [f"## {title}", "", (table.__doc__ or "").strip(), "", *_rows(fields), ""]


def _table(info: FieldInfo) -> type[BaseModel] | None:
    options = typing.get_args(info.annotation) or (info.annotation,)
    return next((o for o in options if isinstance(o, type) and issubclass(o, BaseModel)), None)


def _rows(fields: list[tuple[str, FieldInfo]]) -> list[str]:
    rows = ["| key | default | meaning |", "|---|---|---|"]
    return rows + [f"| `{name}` | {_default(info)} | {info.description} |" for name, info in fields]


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "must be given"
    value = info.get_default(call_default_factory=True)
    if value is None or value in ("", (), {}):
        return "–"
    return f"`{_toml(value)}`"


def _toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case Enum():
            return _toml(value.value)
        case timedelta():
            return f'"{_duration(value)}"'
        case tuple() | list():
            return "[" + ", ".join(_toml(item) for item in value) + "]"
        case int() | float():
            return str(value)
        case types.MappingProxyType() | dict():
            return "{" + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + "}"
        case _:
            return f'"{value}"'


def _duration(value: timedelta) -> str:
    seconds = int(value.total_seconds())
    for unit, size in (("h", 3600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
