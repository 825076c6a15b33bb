"""Collect mode starts only where somebody took the responsibility, and where its key cannot be found."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.service.collection.custody import LETTER
from tests.store.samples import NOW

from missent.config import Config, load
from missent.errors import ConfigError
from missent.store.agekey import AgeSealer, make_identity
from missent.store.preconditions import examine_collect
from missent.store.vault import FileVault


@pytest.fixture
def public(tmp_path: Path) -> str:
    """Give a public key whose identity lies elsewhere."""
    (tmp_path / "elsewhere").mkdir()
    return make_identity(tmp_path / "elsewhere" / "identity.txt", NOW)


def _config(tmp_path: Path, public: str, **changed: str | None) -> tuple[Config, Path]:
    keys: dict[str, str | None] = {
        "mode": '"collect"',
        "domains": '{"army.ml" = "army.mil"}',
        "legal_basis": '"order 7 of the ministry"',
        "public_key": f'"{public}"',
    }
    keys |= changed
    folder = tmp_path / "etc"
    folder.mkdir(exist_ok=True)
    lines = [f"{key} = {value}" for key, value in keys.items() if value is not None]
    path = folder / "missent.toml"
    path.write_text('[organisation]\ndomains = ["army.mil"]\n[collect]\n' + "\n".join(lines) + "\n")
    return load(path), path


def test_what_is_complete_may_start(tmp_path: Path, public: str) -> None:
    """And nothing was made or changed by looking."""
    config, path = _config(tmp_path, public)
    before = sorted(tmp_path.rglob("*"))
    examine_collect(config, path)
    assert sorted(tmp_path.rglob("*")) == before


def test_refusing_needs_none_of_it(tmp_path: Path) -> None:
    """A collector that takes nothing keeps nothing."""
    config, path = _config(tmp_path, "", mode='"refuse"', legal_basis=None, domains=None)
    examine_collect(config, path)
    examine_collect(Config())


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("legal_basis", None),
        ("legal_basis", '"  "'),
        ("public_key", None),
        ("public_key", '"age1qqqqqqqqqqqqqqqq"'),
        ("domains", None),
        ("domains", "{}"),
    ],
)
def test_each_missing_key_is_named(
    tmp_path: Path, public: str, key: str, value: str | None
) -> None:
    """One line, one fault, the key in front."""
    config, path = _config(tmp_path, public, **{key: value})
    with pytest.raises(ConfigError) as refused:
        examine_collect(config, path)
    (line,) = str(refused.value).splitlines()
    assert line.startswith(f"collect.{key}: ")


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    """Nobody repairs a file line by line."""
    config, path = _config(tmp_path, "", legal_basis=None, domains=None)
    (tmp_path / "etc" / "collected").write_text("no folder")
    with pytest.raises(ConfigError) as refused:
        examine_collect(config, path)
    keys = [line.split(":")[0] for line in str(refused.value).splitlines()]
    assert keys == [
        "collect.legal_basis",
        "collect.domains",
        "collect.public_key",
        "collect.vault",
    ]


@pytest.mark.parametrize("how", ["open to others", "a link", "nowhere"])
def test_a_vault_that_is_not_fit_is_named(tmp_path: Path, public: str, how: str) -> None:
    """Before the first message comes, not with it."""
    vault = tmp_path / "vault"
    if how == "open to others":
        vault.mkdir(mode=0o755)
    elif how == "a link":
        (tmp_path / "real").mkdir(mode=0o700)
        vault.symlink_to(tmp_path / "real")
    else:
        vault = Path("/proc/1/nowhere/vault")
    config, path = _config(tmp_path, public, vault=f'"{vault}"')
    with pytest.raises(ConfigError, match=r"^collect\.vault: "):
        examine_collect(config, path)


@pytest.mark.parametrize("where", ["etc", "etc/collected", "keys"])
@pytest.mark.parametrize("case", [str, str.lower])
def test_the_key_that_opens_must_not_lie_here(
    tmp_path: Path, public: str, where: str, case: object
) -> None:
    """In the vault, beside the configuration, beside the master key; in either case of letters."""
    assert callable(case)
    config, path = _config(tmp_path, public)
    key_file = tmp_path / "keys" / "missent.key"
    key_file.parent.mkdir()
    config = config.model_copy(
        update={"store": config.store.model_copy(update={"key_file": key_file})}
    )
    folder = tmp_path / where
    folder.mkdir(mode=0o700, exist_ok=True)
    secret = (tmp_path / "elsewhere" / "identity.txt").read_text()
    (folder / "notes.txt").write_text("x\n" * 1000 + case(secret))
    with pytest.raises(ConfigError, match=r"notes\.txt: the key that opens lies") as refused:
        examine_collect(config, path)
    assert secret.splitlines()[-1][20:].lower() not in str(refused.value).lower()


def test_sealed_messages_are_no_keys(tmp_path: Path, public: str) -> None:
    """A vault in use is looked through quickly; what only calls itself sealed is read."""
    config, path = _config(tmp_path, public)
    vault = FileVault(tmp_path / "etc" / "collected")
    vault.put("a" * 20, AgeSealer(public).seal(LETTER))
    examine_collect(config, path)
    disguised = tmp_path / "etc" / "collected" / f"{'b' * 20}.age"
    os.link(tmp_path / "elsewhere" / "identity.txt", disguised)
    with pytest.raises(ConfigError, match="in the vault"):
        examine_collect(config, path)
