"""A small Internet with real name service and three real mail hosts: what happened for ten years."""

from __future__ import annotations

from tests.real.conftest import require
from tests.real.guard_process import GuardProcess
from tests.real.internet import Internet
from tests.real.letters import ANN, crew_list_mail
from tests.real.postfix import snippet
from tests.real.wirings import MILTER_UNIX, Places

NEIGHBOURS = ("root", "postfix", "ip", "nsd", "unbound", "swaks")


def test_without_a_guard_the_mail_arrives_in_mali() -> None:
    """One dropped letter, and a mail host of another country takes the crew list without a word."""
    require(*NEIGHBOURS)
    with Internet() as internet:
        both = ["john@army.ml", "mary@army.mil"]
        internet.send(ANN, both, crew_list_mail(both))
        log = internet.contractor.postfix
        log.wait_for_log(
            r"to=<john@army\.ml>, relay=mx\.army\.ml\[198\.51\.100\.30\]:25.*status=sent"
        )
        log.wait_for_log(
            r"to=<mary@army\.mil>, relay=mx\.army\.mil\[198\.51\.100\.20\]:25.*status=sent"
        )
        internet.army_mil.wait_for("mary@army.mil")
        leaked = internet.army_ml.wait_for("john@army.ml")
        assert [part.get_filename() for part in leaked.iter_attachments()] == ["crew list.csv"]


def test_with_a_guard_it_arrives_where_it_was_meant_to_go() -> None:
    """The contractor's gateway holds one recipient; corrected, the mail goes to the US, never to Mali."""
    require(*NEIGHBOURS)
    held, right = "john@army.ml", "john@army.mil"
    with Places() as places:
        wiring = snippet("submission-refuse", {**MILTER_UNIX.fill(places), "LISTEN": "smtp"})
        with Internet([wiring]) as internet:
            guard = GuardProcess.behind(
                MILTER_UNIX, places, prefix=internet.run_in(internet.contractor)
            )
            with guard:
                both = [held, "mary@army.mil"]
                internet.send(ANN, both, crew_list_mail(both))
                internet.army_mil.wait_for("mary@army.mil")
                assert internet.contractor.wait_for(ANN)["Auto-Submitted"] == "auto-generated"
                hold = guard.hold_of(held)
                guard.correct(hold["hold_id"], held, right)
                arrived = internet.army_mil.wait_for(right)
                guard.wait_for_state(hold["hold_id"], held, "released")
            assert [p.get_filename() for p in arrived.iter_attachments()] == ["crew list.csv"]
            assert internet.army_ml.mail == []
            # Law 11: not even the name service of the suspect heard that somebody nearly wrote.
            assert "army.mil" in internet.dns_queries()
            assert "army.ml" not in internet.dns_queries()
