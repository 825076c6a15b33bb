"""The same small Internet, where army.ml belongs to a Missent collector: the other end of the mistake.

The contractor has no guard. Its mail to john@army.ml comes back at once with the right domain in it, and
what was meant for others arrives; nothing of the message ever reached Mali.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from tests.real.client import eventually
from tests.real.collector_process import CollectorProcess
from tests.real.conftest import require
from tests.real.internet import RESOLVER, Internet
from tests.real.letters import ANN, crew_list_mail

NEIGHBOURS = ("root", "postfix", "ip", "nsd", "unbound", "swaks")


def test_unguarded_mail_comes_back_with_the_right_address(tmp_path: Path) -> None:
    """Ann's own server tells her which domain was meant; her co-recipient is served; nothing is kept."""
    require(*NEIGHBOURS)
    with Internet(mali_unmanned=True) as internet:
        mali = internet.run_in(internet.army_ml)
        collector = CollectorProcess(tmp_path, f"{internet.army_ml.address}:25", prefix=mali)
        with collector:
            both = ["john@army.ml", "mary@army.mil"]
            internet.send(ANN, both, crew_list_mail(both))
            internet.army_mil.wait_for("mary@army.mil")
            returned = internet.contractor.wait_for(ANN)
            text = returned.as_string()
            assert "did you mean army.mil" in text
            assert re.search(r"^Status: 5\.1\.2", text, re.MULTILINE)
            assert "nobody" not in internet.contractor.postfix.log().split("john@army.ml")[-1]
            for _ in range(2):
                internet.send(ANN, ["john@army.ml"], crew_list_mail(["john@army.ml"]))
            eventually(lambda: _hits(collector) == 3, "three hits")
        kept = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
        assert b"Cabin" not in kept
        assert b"crew list" not in kept
        report = collector.ask("collect", "report")
        assert [pair["typed"] for pair in report["persistent"]] == ["john@army.ml"]


def test_exposure_asks_the_resolver_and_never_the_stranger(tmp_path: Path) -> None:
    """With look-ups, army.ml is found to take mail, army.cm to be nobody's; no host of theirs is met."""
    require(*NEIGHBOURS)
    config = tmp_path / "missent.toml"
    config.write_text(f'[look_up]\nresolvers = ["{RESOLVER}"]\nper_second = 500.0\n')
    with Internet() as internet:
        command = [sys.executable, "-m", "missent.cli", "expose", "army.mil", "--look-up"]
        done = subprocess.run(
            [*internet.run_in(internet.contractor), *command, "--json", "--config", str(config)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        rows = {row["domain"]: row for row in json.loads(done.stdout)["lookalikes"]}
        first = next(iter(rows))
        assert first == "army.ml"
        assert rows["army.ml"]["standing"]["mail"] == "mx"
        assert rows["army.ml"]["standing"]["mx"] == ["mx.army.ml"]
        assert rows["amy.ml"]["standing"]["registered"] is False
        asked = internet.dns_queries()
        assert "army.ml. MX" in asked
        assert "mx.army.ml. A" not in asked
        assert "connect from" not in internet.army_ml.postfix.log()


def _hits(collector: CollectorProcess) -> int:
    report = collector.ask("collect", "report")
    return int(report["messages"]["all"])
