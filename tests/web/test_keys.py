"""The keys' file: what is refused is named by file and key; a secret is never in it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from missent.errors import ConfigError
from missent.mail.mailbox import Mailbox
from missent.web.keys import PREFIX, Key, KeyRing, new_key

GOOD = """
[[key]]
name = "webmail"
sha256 = "{digest}"
senders = ["*@contractor.example", "bob@other.example"]
shared = true
per_minute = 600
"""
DIGEST = "a" * 64


def written(tmp_path: Path, text: str) -> Path:
    """Write a keys' file."""
    path = tmp_path / "api-keys.toml"
    path.write_text(text, "utf-8")
    return path


def test_file_is_read(tmp_path: Path) -> None:
    """Every field arrives."""
    ring = KeyRing.load(written(tmp_path, GOOD.format(digest=DIGEST)))
    senders = ("*@contractor.example", "bob@other.example")
    assert ring.keys == (Key("webmail", DIGEST, senders, shared=True, per_minute=600),)


def test_empty_file_lets_nobody_in(tmp_path: Path) -> None:
    """No keys, no callers."""
    assert KeyRing.load(written(tmp_path, "")).find("") is None


def test_new_key_fits_the_file(tmp_path: Path) -> None:
    """What `new_key` writes is read back, opens with its secret only, and holds no secret."""
    secret, text = new_key(
        "web mail's.1".replace(" ", "-").replace("'", ""), ["*@contractor.example"]
    )
    other, more = new_key("second", ["ann@müller.example"])
    ring = KeyRing.load(written(tmp_path, text + "\n" + more))
    assert secret.startswith(PREFIX)
    assert len(secret) > 40
    assert secret not in text
    first, second = ring.keys
    assert ring.find(secret) is first
    assert ring.find(other) is second
    assert ring.find(secret[:-1]) is None
    assert second.senders == ("ann@xn--mller-kva.example",)
    assert second.may_ask_for(Mailbox.parse("ann@xn--mller-kva.example"))
    assert tomllib.loads(text)["key"][0]["per_minute"] == 60


@pytest.mark.parametrize(
    ("name", "senders"),
    [("", ["a@b.example"]), ('a"b', ["a@b.example"]), ("ok", []), ("ok", ["*"]), ("ok", ["*@*"])],
)
def test_new_key_refuses_what_the_file_would(name: str, senders: list[str]) -> None:
    """A key that could not be read back is not made."""
    with pytest.raises(ConfigError):
        new_key(name, senders)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (DIGEST, "secret", "key 'webmail': sha256"),
        (DIGEST, "A" * 64, "key 'webmail': sha256"),
        ('"*@contractor.example"', '"contractor.example"', "key 'webmail': senders: 0"),
        ('"*@contractor.example"', '"*@*.example"', "key 'webmail': senders: 0"),
        ('"*@contractor.example"', '"*"', "key 'webmail': senders: 0"),
        ('"*@contractor.example"', '"a*@contractor.example"', "key 'webmail': senders: 0"),
        ('["*@contractor.example", "bob@other.example"]', "[]", "key 'webmail': senders"),
        ("shared = true", 'shared = "yes"', "key 'webmail': shared"),
        ("per_minute = 600", "per_minute = 0", "key 'webmail': per_minute"),
        ("per_minute", "per_hour", "key 'webmail': per_hour"),
        ('name = "webmail"', "", "key number 1: name"),
        ("[[key]]", "[[keys]]", "keys"),
        ("shared = true", "shared = ", "not TOML"),
    ],
)
def test_wrong_file_is_explained(tmp_path: Path, old: str, new: str, words: str) -> None:
    """The operator reads which file, which key, which field."""
    path = written(tmp_path, GOOD.format(digest=DIGEST).replace(old, new))
    with pytest.raises(ConfigError) as caught:
        KeyRing.load(path)
    assert str(path) in str(caught.value)
    assert words in str(caught.value)


def test_names_are_unique(tmp_path: Path) -> None:
    """Two keys of one name would share one rate."""
    text = GOOD.format(digest=DIGEST)
    with pytest.raises(ConfigError, match="used twice"):
        KeyRing.load(written(tmp_path, text + text))


def test_missing_file_is_explained(tmp_path: Path) -> None:
    """Not a traceback."""
    with pytest.raises(ConfigError, match="cannot be read"):
        KeyRing.load(tmp_path / "absent.toml")


@pytest.mark.parametrize(
    ("pattern", "sender", "may"),
    [
        ("ann@x.example", "Ann@X.example", True),
        ("ann@x.example", "bob@x.example", False),
        ("*@x.example", "bob@x.example", True),
        ("*@x.example", "bob@sub.x.example", False),
        ("*@x.example", "bob@x.example.evil.example", False),
        ("*", "bob@x.example", True),
    ],
)
def test_patterns(pattern: str, sender: str, may: bool) -> None:
    """A pattern is one address or everybody at exactly one domain."""
    assert Key("k", DIGEST, (pattern,)).may_ask_for(Mailbox.parse(sender)) is may
