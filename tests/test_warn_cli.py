"""`missent warn`, from a report on disk to what a mail server on loopback got."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.real.sink import Delivery, RecordingSink
from tests.service.investigation.warning_samples import (
    CANARY,
    destination,
    incident,
    pair,
    story,
)
from typer.testing import CliRunner, Result

from missent.cli.warn import app
from missent.errors import ArchiveError, ConfigError, MissentError, OperatorError
from missent.service.investigation.incident import Incident
from missent.service.investigation.plain import to_plain

ANN, BOB = "ann@contractor.example", "bob@contractor.example"


@pytest.fixture
def sink() -> Iterator[RecordingSink]:
    """Run a mail server that keeps what it gets."""
    with RecordingSink() as sink:
        yield sink


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write what `missent investigate` would for the story."""
    return _written(tmp_path, story())


def _written(tmp_path: Path, one: Incident) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    plain = to_plain(one) | {"deliveries": [CANARY]}
    (folder / "report.json").write_text(json.dumps(plain), "utf-8")
    return folder


def _config(folder: Path, relay: str = "", more: str = "") -> list[str]:
    path = folder.parent / "missent.toml"
    text = '[organisation]\nname = "Contractor"\ndomains = ["contractor.example"]\n' + more
    path.write_text(text + (f'\n[relay]\nhost = "{relay}"\n' if relay else ""))
    return [str(folder), "--config", str(path)]


def _run(*arguments: str) -> Result:
    """Run the command; a fault of ours is raised, as the real entry point reports it."""
    result = CliRunner().invoke(app, list(arguments))
    if isinstance(result.exception, MissentError):
        raise result.exception
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def _closed_port() -> str:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{taken.getsockname()[1]}"


def _bodies(delivery: Delivery) -> tuple[str, str]:
    parts = {part.get_content_type(): part for part in delivery.message.walk()}
    return parts["text/plain"].get_content(), parts["text/html"].get_content()


# --- without --send ---------------------------------------------------------------------------------


def test_a_dry_run_shows_everything_and_does_nothing(folder: Path, sink: RecordingSink) -> None:
    """Who would get what, the first letter in full, who is not written to; no file, no connection."""
    result = _run(*_config(folder, sink.place))
    assert result.exit_code == 0
    assert f"would be sent  {ANN}  14 messages to 2 wrong addresses" in result.output
    assert f"would be sent  {BOB}  1 message to 1 wrong address" in result.output
    assert "not written to eve@partner.example" in result.output
    assert "outside: tell their postmaster" in result.output
    assert "not written to <>  4 messages" in result.output
    assert "Letters: 2 would be sent, 3 not written to." in result.output
    shown = result.output.partition("The first letter, in full:")[2]
    assert f"To: {ANN}\n" in shown
    assert "Reply-To" not in shown  # the operator writes, and reads the answers
    assert "Probably meant: john@army.mil" in shown
    assert shown.count("Please check") == 1
    assert [file.name for file in folder.iterdir()] == ["report.json"]
    assert sink.attempts == 0
    assert sink.deliveries == ()


def test_a_dry_run_needs_no_relay_and_no_configuration_but_our_domains(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An incident responder has the report alone."""
    monkeypatch.chdir(folder)
    monkeypatch.delenv("MISSENT_CONFIG", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(folder.parent / "state"))
    with pytest.raises(ConfigError, match="--ours"):
        _run(str(folder))
    result = _run(str(folder), "--ours", "partner.example")
    assert "would be sent  eve@partner.example" in result.output
    assert f"not written to {ANN}" in result.output


# --- with --send ------------------------------------------------------------------------------------


def test_each_sender_gets_one_letter(folder: Path, sink: RecordingSink) -> None:
    """One each, from the null sender, both alternatives whole; nothing of any message's content."""
    result = _run(*_config(folder, sink.place), "--send", "--contact", "dpo@contractor.example")
    assert result.exit_code == 0
    assert [delivery.to for delivery in sink.deliveries] == [(ANN,), (BOB,)]
    for delivery in sink.deliveries:
        assert delivery.sender == ""
        assert delivery.message["Auto-Submitted"] == "auto-generated"
        assert delivery.message["Reply-To"] == "dpo@contractor.example"
        text, page = _bodies(delivery)
        assert "Probably meant: john@army.mil" in text
        assert "john<span>@</span>army<span>.</span>mil" in page
        assert CANARY not in text + page + delivery.data.decode()
    assert "Letters: 2 sent, 3 not written to." in result.output
    assert "in full" not in result.output
    told = json.loads((folder / "warned.json").read_text())["warned"]
    assert sorted(told) == [ANN, BOB]
    assert CANARY not in result.output


def test_nobody_is_told_twice_unless_asked_for(folder: Path, sink: RecordingSink) -> None:
    """A second run sends nothing; --again sends the same letters, by Message-ID."""
    arguments = [*_config(folder, sink.place), "--send"]
    _run(*arguments)
    second = _run(*arguments)
    assert second.exit_code == 0
    assert "Letters: 2 told before, 3 not written to." in second.output
    assert len(sink.deliveries) == 2
    _run(*arguments, "--again")
    identities = [delivery.message["Message-ID"] for delivery in sink.deliveries]
    assert identities[:2] == identities[2:]
    assert len(set(identities)) == 2


def test_one_sender_alone(folder: Path, sink: RecordingSink) -> None:
    """--only tells that one, however it is written, and refuses one the report does not name."""
    result = _run(*_config(folder, sink.place), "--send", "--only", BOB.title())
    assert [delivery.to for delivery in sink.deliveries] == [(BOB,)]
    assert result.exit_code == 0
    for wrong in ("john@army.mil", "not an address"):
        assert _run(*_config(folder, sink.place), "--send", "--only", wrong).exit_code == 2
    assert len(sink.deliveries) == 1


@pytest.mark.parametrize("reply", ["451 4.3.0 later\x1b[2J", "550 5.7.1 no"])
def test_a_failure_does_not_keep_the_next_letter_back(
    folder: Path, sink: RecordingSink, reply: str
) -> None:
    """It is counted, shown without control characters, exit 2, and tried again by the next run alone."""
    sink.end_of_data.append(reply)
    arguments = [*_config(folder, sink.place), "--send"]
    result = _run(*arguments)
    assert result.exit_code == 2
    assert "Letters: 1 failed, 1 sent, 3 not written to." in result.output
    assert f"failed         {ANN}  14 messages to 2 wrong addresses; {reply[:9]}" in result.output
    assert "\x1b" not in result.output
    assert [delivery.to for delivery in sink.deliveries] == [(BOB,)]
    again = _run(*arguments)
    assert again.exit_code == 0
    assert [delivery.to for delivery in sink.deliveries] == [(BOB,), (ANN,)]


def test_a_relay_that_does_not_answer_is_a_failure(folder: Path) -> None:
    """Exit 2, and nobody is taken for told."""
    result = _run(*_config(folder, _closed_port()), "--send", "--json")
    assert result.exit_code == 2
    answer = json.loads(result.output)
    assert {letter["state"] for letter in answer["letters"]} == {"failed"}
    assert {letter["answer"] for letter in answer["letters"]} == {
        "not reached: ConnectionRefusedError"
    }
    assert json.loads((folder / "warned.json").read_text()) == {"warned": {}}


def test_without_a_relay_nothing_is_sent(folder: Path) -> None:
    """The default address of [relay] is not taken for a relay: somebody has to have said so."""
    with pytest.raises(ConfigError, match=r"relay\.host is not set"):
        _run(*_config(folder), "--send")
    assert not (folder / "warned.json").exists()


def test_a_folder_that_cannot_be_written_stops_before_the_first_letter(
    folder: Path, sink: RecordingSink
) -> None:
    """Otherwise the second run would tell everybody again."""
    (folder / "warned.new").mkdir()
    with pytest.raises(OperatorError, match=r"warned\.json: cannot be written"):
        _run(*_config(folder, sink.place), "--send")
    assert sink.deliveries == ()


def test_the_owner_of_a_service_gets_its_letter(folder: Path, sink: RecordingSink) -> None:
    """`[owners]` says who reads what a scanner is told; the scanner itself counts as told."""
    owners = f'[owners]\n"scanner2@contractor.example" = "{BOB}"\n'
    result = _run(*_config(folder, sink.place, owners), "--send")
    assert f"sent           {BOB} (about scanner2@contractor.example)" in result.output
    assert "messages sent as" in _bodies(sink.to(BOB)[-1])[0]
    assert "scanner2@contractor.example" in (folder / "warned.json").read_text()


HOSTILE = (
    '"a, b <c>; d"@contractor.example',
    "josé@contractor.example",
    '"rcpt to:<x>"@contractor.example',
)


@pytest.mark.parametrize("sender", HOSTILE)
def test_hostile_addresses_reach_only_their_mailbox(
    tmp_path: Path, sink: RecordingSink, sender: str
) -> None:
    """Quoted and internationalised readers are one recipient each; wrong addresses stay text."""
    wrong = '"</td><script>x</script>"@army.ml'
    folder = _written(tmp_path, incident([pair(sender, wrong, None)], (destination("army.ml"),)))
    result = _run(*_config(folder, sink.place), "--send")
    assert result.exit_code == 0, result.output
    (delivery,) = sink.deliveries
    assert delivery.to == (sender,)
    assert ("SMTPUTF8" in delivery.parameters) is not sender.isascii()
    text, page = _bodies(delivery)
    assert wrong in " ".join(text.split())
    assert "<script" not in page
    assert f"\r\nTo: {sender}\r\n".encode() in delivery.data


def test_an_internationalised_operator_needs_smtputf8(folder: Path, sink: RecordingSink) -> None:
    """A header that is not ASCII is announced, though every mailbox of the envelope is ASCII."""
    _run(*_config(folder, sink.place, 'operator = "jörg@contractor.example"\n'), "--send")
    assert len(sink.deliveries) == 2
    for delivery in sink.deliveries:
        assert "SMTPUTF8" in delivery.parameters
        assert "\r\nFrom: Missent <jörg@contractor.example>\r\n" in f"\r\n{delivery.data.decode()}"


# --- answers and faults -----------------------------------------------------------------------------


def test_the_answer_as_json(folder: Path, sink: RecordingSink) -> None:
    """Every letter with its state, everybody who is not written to with the reason, the first letter."""
    arguments = [*_config(folder, sink.place), "--json"]
    dry: dict[str, Any] = json.loads(_run(*arguments).output)
    assert dry["sent"] is False
    assert dry["letters"][0] == {
        "to": ANN,
        "sender": ANN,
        "messages": 14,
        "addresses": 2,
        "message_id": dry["letters"][0]["message_id"],
        "state": "would be sent",
        "answer": None,
    }
    assert {one["sender"] for one in dry["not_written_to"]} == {
        *("eve@partner.example", "scanner2@contractor.example", None)
    }
    assert "Probably meant" in dry["first_letter"]
    sent = json.loads(_run(*arguments, "--send").output)
    assert {one["state"] for one in sent["letters"]} == {"sent"}
    assert sent["first_letter"] is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No such file"),
        (b"{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "expected an object"),
        (b'{"misdirected": 3}', "destinations: expected it to be there"),
    ],
)
def test_a_damaged_report_is_one_line(folder: Path, content: bytes | None, said: str) -> None:
    """The file is named, and what was expected."""
    report = folder / "report.json"
    report.unlink()
    if content is not None:
        report.write_bytes(content)
    with pytest.raises(ArchiveError) as caught:
        _run(*_config(folder))
    assert str(caught.value).startswith(f"{report}: ")
    assert said in str(caught.value)


@pytest.mark.parametrize("content", ["[]", "{}", '{"warned": {"a@x.example": 1}}', "nonsense"])
def test_a_damaged_memory_stops_everything(folder: Path, sink: RecordingSink, content: str) -> None:
    """Who was told is not guessed: nobody is told before somebody has looked."""
    (folder / "warned.json").write_text(content)
    with pytest.raises(ArchiveError, match=r"warned\.json: "):
        _run(*_config(folder, sink.place), "--send")
    assert sink.deliveries == ()
