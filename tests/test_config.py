"""A wrong configuration is refused whole, naming key, value and line; a right one means what it says."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.judge.build import case, message

from missent.config import Config, find, load
from missent.errors import ConfigError
from missent.judge.judgement import judge
from missent.judge.verdict import Action, Verdict
from missent.mail.mailbox import Mailbox
from missent.service.settings import Mode
from missent.tables import OnExpiry

WHOLE = """
mode = "enforce"
[organisation]
name = "Contractor"
domains = ["contractor.example"]
timezone = "Europe/London"
language = "en"
directory = "people.csv"
[store]
url = "sqlite:///var/missent.db"
key_file = "missent.key"
[milter]
listen = "unix:run/milter.sock"
refuse_at_rcpt = false
[proxy]
listen = "127.0.0.1:10025"
upstream = "127.0.0.1:10026"
max_size = "50 MB"
trusted_clients = ["127.0.0.0/8"]
[relay]
host = "127.0.0.1:10027"
[web]
listen = "127.0.0.1:8025"
base_url = "https://missent.contractor.example"
[api]
keys_file = "api-keys.toml"
[hold]
expire_after = "72h"
on_expiry = "return"
visible_typo = "wait"
[owners]
"scanner@contractor.example" = "it-desk@contractor.example"
[[policy]]
name = "suffix slip"
when = { signal = "domain_typo", suffix_slip = true }
action = "hold"
pinned = true
"""


def _write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "missent.toml"
    path.write_text(text)
    return path


def test_the_whole_contract_is_understood(tmp_path: Path) -> None:
    """Every key of the published configuration is read, paths relative to the file."""
    config = load(_write(tmp_path, WHOLE))
    assert config.mode is Mode.ENFORCE
    assert config.store.url == f"sqlite:///{tmp_path}/var/missent.db"
    assert config.store.key_file == tmp_path / "missent.key"
    assert config.organisation.directory == tmp_path / "people.csv"
    assert config.api.keys_file == tmp_path / "api-keys.toml"
    assert config.milter is not None
    assert config.milter.listen == f"unix:{tmp_path}/run/milter.sock"
    assert config.proxy is not None
    assert config.proxy.max_size == 50_000_000
    assert config.hold.expire_after == timedelta(hours=72)
    assert config.hold.on_expiry is OnExpiry.RETURN
    people = config.people()
    scanner = Mailbox.parse("scanner@contractor.example")
    assert people.owners == {scanner: Mailbox.parse("it-desk@contractor.example")}
    assert people.operator == Mailbox.parse("postmaster@contractor.example")
    assert config.rules().rules[0].name == "suffix slip"


def test_a_new_installation_observes(tmp_path: Path) -> None:
    """Without a word about mode, nothing is touched (law 13)."""
    assert load(_write(tmp_path, '[organisation]\ndomains = ["a.example"]\n')).mode is Mode.OBSERVE


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('mode = "loud"\n', 1, ["mode", "observe", "loud"]),
        ('[hold]\nquota = 5\nexpire_after = "soon"\n', 3, ["hold.expire_after", "72h", "soon"]),
        ('[proxy]\nlisten = "10025"\n', 2, ["proxy.listen", "HOST:PORT", "10025"]),
        ('[web]\nlisen = "127.0.0.1:1"\n', 2, ["web.lisen", "no such key"]),
        (
            '[organisation]\ntimezone = "Mars/Olympus"\n',
            2,
            ["organisation.timezone", "Europe/London"],
        ),
        ('[organisation]\nname = "A"\ndomains = [\n"a b"\n]\n', 3, ["organisation.domains"]),
        ('[milter]\nlisten = "tcp:1"\n', 2, ["milter.listen", "unix:PATH"]),
        ('[proxy]\ntrusted_clients = ["10.0.0.0/99"]\n', 2, ["proxy.trusted_clients"]),
    ],
)
def test_a_fault_names_key_value_and_line(
    tmp_path: Path, text: str, line: int, words: list[str]
) -> None:
    """Each fault is one line: file:line: key: what was expected, and what it says."""
    path = _write(tmp_path, text)
    with pytest.raises(ConfigError) as refused:
        load(path)
    assert str(refused.value).startswith(f"{path}:{line}: ")
    for word in words:
        assert word in str(refused.value)


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    """Two faults, two lines."""
    with pytest.raises(ConfigError) as refused:
        load(_write(tmp_path, 'mode = "x"\n[hold]\nquota = 0\n'))
    assert len(str(refused.value).splitlines()) == 2


def test_a_rule_with_an_unknown_word_is_refused(tmp_path: Path) -> None:
    """A policy rule that would silently never match is a fault."""
    text = '[[policy]]\nname = "x"\nwhen = { sgnal = "domain_typo" }\naction = "hold"\n'
    with pytest.raises(ConfigError, match="sgnal"):
        load(_write(tmp_path, text))


def test_what_is_not_toml_says_where(tmp_path: Path) -> None:
    """A syntax error names its line."""
    with pytest.raises(ConfigError, match="line 2"):
        load(_write(tmp_path, 'mode = "observe"\nmode observe\n'))


def test_where_the_configuration_is_found(tmp_path: Path) -> None:
    """--config, ./missent.toml, $MISSENT_CONFIG, defaults: in this order."""
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        folder.mkdir()
        (folder / "missent.toml").write_text('mode = "warn"\n')
    explicit = _write(tmp_path, 'mode = "enforce"\n')
    named = {"MISSENT_CONFIG": str(there / "missent.toml")}
    assert find(explicit, named, here, tmp_path)[1] == explicit
    assert find(None, named, here, tmp_path)[1] == here / "missent.toml"
    assert find(None, named, tmp_path / "empty", tmp_path)[1] == there / "missent.toml"
    config, source = find(None, {}, tmp_path / "empty", tmp_path / "state")
    assert source is None
    assert config.store.url == f"sqlite:///{tmp_path}/state/missent.db"


def test_configuration_is_frozen() -> None:
    """Nobody changes a setting behind the operator's back."""
    with pytest.raises(ValueError, match="frozen"):
        Config().mode = Mode.ENFORCE  # type: ignore[misc]


def test_own_labels_and_destinations_reach_the_judge(tmp_path: Path) -> None:
    """A header field of the organisation's own programs marks mail, and a row says where it may go."""
    path = tmp_path / "missent.toml"
    path.write_text(
        '[organisation]\ndomains = ["contractor.example"]\n'
        '[[content.label]]\nheader = "X-Site-Class"\ncontains = "board (only"\nlevel = 3\n'
        '[[release]]\nscheme = "house"\nmin_level = 3\nallowed = ["notary.example"]\n'
    )
    config = load(path)
    about = message(fields=(("x-site-class", "for the BOARD (only)"),))

    def judged(recipient: str) -> Verdict:
        return judge(case(recipient, about=about), config.rules(), detectors=config.detectors())[0]

    assert (judged("a@notary.example").action, judged("a@notary.example").sensitivity) == (
        Action.DELIVER,
        3,
    )
    stopped = judged("a@printer.example")
    assert (stopped.action, stopped.rule) == (Action.HOLD, "marking and destination")
    assert "board" not in repr(stopped).lower()


def test_a_label_without_its_level_is_told_by_line(tmp_path: Path) -> None:
    """Every fault names where it is."""
    path = tmp_path / "missent.toml"
    path.write_text('[[content.label]]\nheader = "X Y"\ncontains = "a"\n')
    with pytest.raises(ConfigError, match=r"missent.toml:\d+: content.label.0.header"):
        load(path)
