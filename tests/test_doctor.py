"""`missent doctor` finds what is wrong with a set-up and says what to do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from missent import doctor, wiring
from missent.config import Config, load
from missent.doctor import Diagnosis
from missent.mail.mailbox import Mailbox
from missent.service.ports import Sighting, SightingKind, Tallied

ANN = Mailbox.parse("ann@contractor.example")
MARY = Mailbox.parse("mary@army.mil")


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Give a configuration with a milter."""
    path = tmp_path / "missent.toml"
    path.write_text(
        '[organisation]\ndomains = ["contractor.example"]\n[milter]\nlisten = "unix:run/milter.sock"\n'
    )
    return load(path).model_copy(update={"store": _store(tmp_path)})


def _store(tmp_path: Path) -> object:
    return Config.model_validate(
        {
            "store": {
                "url": f"sqlite:///{tmp_path}/var/m.db",
                "key_file": str(tmp_path / "missent.key"),
            }
        }
    ).store


def _about(found: list[Diagnosis], about: str) -> Diagnosis:
    return next(one for one in found if one.about == about)


def test_seven_days_without_inbound_mail_are_complained_about(config: Config) -> None:
    """Law 1 starves without answers; a recent one silences the complaint."""
    assert _about(doctor.examine(config, None), "inbound mail").needs_care
    for days, care in ((8, True), (6, False)):
        installation = wiring.install(config)
        at = datetime.now(UTC) - timedelta(days=days)
        installation.store.learn(
            [Sighting(SightingKind.HEARD, MARY, ANN, at, f"<{days}@army.mil>")]
        )
        installation.close()
        assert _about(doctor.examine(config, None), "inbound mail").needs_care is care


def test_what_does_not_listen_is_named(config: Config) -> None:
    """The relay, the page and the socket are knocked at."""
    found = doctor.examine(config, None)
    for about in ("relay.host", "web.listen", "milter.listen"):
        assert _about(found, about).needs_care
        assert _about(found, about).remedy


def test_a_key_others_can_read_is_refused(config: Config) -> None:
    """The master key is for us alone."""
    doctor.examine(config, None)
    config.store.key_file.chmod(0o644)
    found = doctor.examine(config, None)
    assert _about(found, "master key").needs_care


BAD = """compatibility_level = 3.6
smtpd_milters = inet:127.0.0.1:8891, unix:{socket}
milter_default_action = accept
mydestination = contractor.example
virtual_alias_maps = hash:/etc/postfix/virtual
alias_maps = hash:/etc/aliases
smtpd_recipient_restrictions = permit_mynetworks, reject_unknown_recipient_domain
smtpd_proxy_options = speed_adjust
"""


@pytest.mark.real
def test_a_dangerous_postfix_is_found_out(config: Config, tmp_path: Path) -> None:
    """Each trap the manual names is seen in a real main.cf by real postconf."""
    from tests.real.conftest import require

    require("postconf")
    folder = tmp_path / "postfix"
    folder.mkdir()
    assert config.milter is not None
    (folder / "main.cf").write_text(BAD.format(socket=config.milter.listen.removeprefix("unix:")))
    (folder / "master.cf").write_text("smtp inet n - n - - smtpd\n")
    found = {one.about for one in doctor.examine(config, folder) if one.needs_care}
    assert {
        "smtpd_milters",
        "non_smtpd_milters",
        "milter_default_action",
        "virtual_alias_maps",
        "alias_maps",
        "smtpd_recipient_restrictions",
        "smtpd_proxy_options",
    } <= found


@pytest.mark.real
def test_a_careful_postfix_is_left_alone(config: Config, tmp_path: Path) -> None:
    """A set-up as the manual has it raises nothing about Postfix."""
    from tests.real.conftest import require

    require("postconf")
    folder = tmp_path / "postfix"
    folder.mkdir()
    assert config.milter is not None
    where = config.milter.listen
    (folder / "main.cf").write_text(
        f"compatibility_level = 3.6\nsmtpd_milters = {where}\nnon_smtpd_milters = {where}\n"
        "mydestination =\nalias_maps =\nvirtual_alias_maps =\n"
    )
    (folder / "master.cf").write_text("smtp inet n - n - - smtpd\n")
    found = {one.about for one in doctor.examine(config, folder) if one.needs_care}
    assert not found & {"smtpd_milters", "non_smtpd_milters", "alias_maps", "virtual_alias_maps"}


def test_a_budget_that_is_exceeded_is_care(config: Config) -> None:
    """With the figures; within it they are shown as fine."""
    assert not _about(doctor.examine(config, None), "interruption budget").needs_care
    installation = wiring.install(config)
    today = datetime.now(UTC).date()
    for days in range(1, 9):
        counts = {Tallied.OUTGOING: 1_000, Tallied.FALSE: 2}
        day = today - timedelta(days=days)
        installation.store.add_tallies({(day, what): count for what, count in counts.items()})
    installation.close()
    found = _about(doctor.examine(config, None), "interruption budget")
    assert found.needs_care
    assert "2.00 false holds per 1,000" in found.text
    assert "missent tune" in found.remedy
