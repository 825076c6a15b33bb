"""Own what others need for the same questions, where they are installed: never a goal, only a figure.

DuckDB joins senders and recipients of the log by SQL; pflogsumm sums up a log; notmuch and mu index a
Maildir, which is what they must do before they can be asked who was written to.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from bench import Line
from bench.investigating import SEED, Mail
from bench.mailarchive import write_maildir
from bench.running import run
from bench.truth import Truth

_MESSAGES = 5_000
_SQL = r"""
with lines as (select line from read_csv('{path}', columns={{'line': 'varchar'}}, delim='\x01',
        quote='', escape='', header=false, auto_detect=false)),
 sent as (select regexp_extract(line, '\]: (\w+): ', 1) qid from lines
        where contains(line, '.ml>') and regexp_matches(line, ' to=<[^>]*\.ml>')),
 senders as (select regexp_extract(line, '\]: (\w+): from=<([^>]*)>', ['qid', 'mailbox']) part from lines
        where contains(line, ': from=<'))
select count(*) from sent where qid in (select part.qid from senders)
"""


def peers(mail: Mail) -> Iterator[Line]:
    """Give a line each; one that is not installed is named and skipped."""
    path, truth = mail.log(mail.megabytes)
    yield {"peer": "duckdb join", **_duckdb(path, truth)}
    yield {"peer": "pflogsumm", **_pflogsumm(mail)}
    maildir = mail.folder / "maildir"
    for name in ("notmuch", "mu"):
        if shutil.which(name) is None:
            yield {"peer": name, "skipped": "not installed"}
            continue
        if not maildir.exists():
            write_maildir(maildir, _MESSAGES, SEED)
        yield {"peer": f"{name}, index", **_index(name, mail.folder, maildir)}


def _duckdb(path: Path, truth: Truth) -> Line:
    if find_spec("duckdb") is None:
        return {"skipped": "not installed"}
    program = "import duckdb, sys; print(duckdb.sql(sys.argv[1]).fetchall()[0][0])"
    ran = run([sys.executable, "-c", program, _SQL.format(path=path)])
    return {
        "cpu_s": round(ran.cpu, 3),
        "wall_s": round(ran.wall, 3),
        "peak_anonymous_mb": round(ran.peak_mb, 1),
        "right": int(ran.out) == truth.ml_lines,
    }


def _pflogsumm(mail: Mail) -> Line:
    program = shutil.which("pflogsumm")
    if program is None:
        return {"skipped": "not installed"}
    megabytes = min(100, mail.megabytes)
    path, _ = mail.log(megabytes)
    ran = run([program, path])
    return {
        "mb": megabytes,
        "cpu_s": round(ran.cpu, 2),
        "mb_per_cpu_s": round(megabytes / ran.cpu, 1),
    }


def _index(name: str, folder: Path, maildir: Path) -> Line:
    home = folder / name
    home.mkdir(exist_ok=True)
    if name == "mu":
        run([name, "init", f"--muhome={home}", f"--maildir={maildir}"])
        ran = run([name, "index", "--quiet", f"--muhome={home}"])
    else:
        config = home / "config"
        config.write_text(
            f"[database]\npath={maildir}\n[user]\nname=A\nprimary_email=a@b.example\n"
        )
        ran = run([name, f"--config={config}", "new", "--quiet"])
    return {"messages": _MESSAGES, "messages_per_cpu_s": round(_MESSAGES / ran.cpu)}
