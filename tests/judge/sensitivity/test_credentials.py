"""Which words beside a password open something, and which only talk about passwords."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.judge.build import content

from missent.judge.finding import Finding
from missent.judge.sensitivity.credentials import DETECTOR, detect
from missent.judge.vocabulary import Vocabulary

KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\n" + "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ" * 2
AWS = "AKIA" + "Q3EGRT7YHNB2ZXCV"
GITHUB = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"


def found(text: str) -> Finding | None:
    """Give the finding, if there is one."""
    about = content(text, vocabulary=Vocabulary(DETECTOR.words))
    return next(iter(detect(about)), None)


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("Your new password is Tr0ub4dor&3.", 2),
        ("Password: sunshine", 2),
        ("pwd=hunter22", 2),
        ("the default is still\nPassword: changeme\n", 2),
        ("Host: vpn.contractor.example\nUsername: amy\nPassword: Winter2024!", 3),
        ("wifi key: correct-horse-9", 2),
        ("PIN: 4821", 2),
        ("Dial in 0800 555 0100, passcode: 482193#", 1),
        ("postgresql://app:s3cretpw@db.contractor.example/app", 3),
        ("machine ftp.contractor.example login amy password x9Tr4q", 3),
        (f"key {AWS} here", 2),
        (f"token {GITHUB}", 2),
        ("api_key = 9f8A7c6E5d4B3a2F1e0D9c8B", 2),
        (KEY, 3),
        ("amy:$6$abcdefgh$Zk3l9sQ8vT1xY7uW5rP2oN4mK6jH0gF:19000:0:99999:7:::", 3),
        ("User\tPassword\namy\tblue77fish\nbob\tgreen8cow", 3),
    ],
)
def test_what_opens_something_is_found(text: str, level: int) -> None:
    """A usable value counts, and more so with its user and place."""
    finding = found(text)
    assert finding is not None
    assert finding.facts["level"] == level
    assert finding.facts["category"] == "credentials"


@pytest.mark.parametrize(
    "text",
    [
        "Your password has been reset. Forgot your password? Click here.",
        "The password is in the usual place.",
        "Password: ********",
        "password: <password>",
        "password = ${DB_PASSWORD}",
        "Passwords must be at least twelve characters; your password is required to expire.",
        "Password: required",
        "The password will be sent separately.",
        "Please pass: the salt",
        "secret token of appreciation",
        "pin: the note to the board",
        "token: see the attached file",
        "-----BEGIN PRIVATE KEY----- is how such a file begins",
        "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5eg==\n" * 50,
    ],
)
def test_talk_about_passwords_is_none(text: str) -> None:
    """Notices, policies, placeholders and long encoded lines open nothing."""
    assert found(text) is None


def test_what_was_matched_is_not_repeated() -> None:
    """Law 8: the sentence and the repr hold neither user nor password."""
    finding = found("server ftp.contractor.example\nuser: canaryuser\npassword: C4nary-Value")
    assert finding is not None
    assert "anary" not in repr(finding)


@pytest.mark.parametrize(
    "text",
    [
        "password: " * 100_000,
        "eyJ" * 333_333,
        "-----BEGIN PRIVATE KEY-----\n" * 36_000,
        "mysql " * 160_000,
        "http://a:b" * 90_000 + "@",
        "password\tuser\n" * 66_000,
        "pin: 1234 " * 100_000,
    ],
)
def test_hostile_text_is_read_in_linear_time(text: str) -> None:
    """A megabyte of almost-passwords takes seconds at worst, not minutes."""
    started = time.process_time()
    found(text)
    assert time.process_time() - started < 8


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.one_of(st.text(max_size=15), st.sampled_from(["password: ", "key=", "\t", "pwd"])),
        max_size=8,
    )
)
def test_any_text_is_read(parts: list[str]) -> None:
    """It never raises."""
    found("".join(parts))
