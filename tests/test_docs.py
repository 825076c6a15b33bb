"""Docs that cannot lie: what they name exists, and what exists is named."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import typer.main

from missent.cli import app
from missent.judge.hold import TRANSITIONS
from missent.reference import configuration_page

ROOT = Path(__file__).parent.parent
DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_the_configuration_page_is_the_code() -> None:
    """docs/reference/configuration.md is what `missent config reference` prints."""
    assert (ROOT / "docs/reference/configuration.md").read_text() == configuration_page()


def test_each_dependency_has_its_sentence() -> None:
    """The defence of dependencies lists exactly those of pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    names = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    names += [
        name for extra in project["project"]["optional-dependencies"].values() for name in extra
    ]
    extras = set(project["project"]["optional-dependencies"])
    wanted = {re.split(r"[\[>=<]", name)[0] for name in names}
    page = (ROOT / "docs/explanation/dependencies.md").read_text()
    rows = [line.split("|") for line in page.splitlines() if line.startswith("| ")]
    listed = {
        name.strip()
        for row in rows
        for name in (row[2] if row[1].strip() in extras else row[1]).split(",")
        if name.strip() not in {"package", "extra"}
    }
    assert listed == wanted


def test_constraints_pin_every_dependency_and_name_no_address() -> None:
    """A pinned constraints file, without a place it was downloaded from."""
    lines = (ROOT / "constraints.txt").read_text().split()
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+]+", line) for line in lines)
    pinned = {line.split("==")[0].lower().replace("_", "-").replace(".", "-") for line in lines}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for name in project["project"]["dependencies"] + project["dependency-groups"]["dev"]:
        assert re.split(r"[\[>=<]", name)[0].lower().replace(".", "-") in pinned


def test_every_command_is_documented() -> None:
    """The reference names every command, and no other."""
    page = (ROOT / "docs/reference/interfaces.md").read_text()
    command = typer.main.get_command(app)
    names = set(getattr(command, "commands", {}))
    assert names == set(re.findall(r"^\| `missent ([a-z-]+)", page, re.MULTILINE))
    for group in ("hold", "audit", "config", "collect", "lookalike", "policy"):
        subcommands = "\\|".join(getattr(command, "commands", {})[group].commands)
        assert f"`missent {group} {subcommands}`" in page


def test_links_lead_somewhere() -> None:
    """Every relative link in the docs names a file that is there."""
    for page in DOCS:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} -> {target}"


def test_the_readme_is_short() -> None:
    """Under 450 words, with the two commands."""
    text = (ROOT / "README.md").read_text()
    assert len(text.split()) < 450
    assert "make demo" in text
    assert "make test" in text


def test_the_diagram_has_every_transition() -> None:
    """flow.md draws each state and event of the table."""
    drawing = (ROOT / "docs/flow.md").read_text()
    for (state, event), after in TRANSITIONS.items():
        assert state.value in drawing
        assert after.value in drawing
        if state is not after or event.value == "defer":
            assert event.value in drawing
