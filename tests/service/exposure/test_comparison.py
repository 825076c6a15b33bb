"""What is different between two runs."""

from __future__ import annotations

import json
from dataclasses import replace

from tests.service.exposure.samples import FREE, army, exposed, exposure, held, name, portfolio

from missent.service.exposure.comparison import Change, Comparison, compare, text, to_plain
from missent.service.exposure.exposure import UNASKED, Exposure, Mail, Standing


def _one(standing: Standing) -> Exposure:
    return exposure([exposed("army.com", "army.mil", 5.0, kind="other_suffix", standing=standing)])


def test_equal_runs_say_nothing() -> None:
    """Two runs of the same are no news."""
    found = compare(army(), army())
    assert not found
    assert text(found) == ""
    assert to_plain(found) == {
        "added": [],
        "dropped": [],
        "new": [],
        "gone": [],
        "changed": [],
        "learnt": 0,
    }


def test_new_and_gone() -> None:
    """Names that came and names that went are listed, the worst first."""
    before = exposure([exposed("army.ml", "army.mil", 9.0), exposed("arm.ml", "army.mil", 1.0)])
    after = exposure([exposed("army.ml", "army.mil", 9.0), exposed("army.com", "army.mil", 2.0)])
    found = compare(before, after)
    assert found.new == (name("army.com"),)
    assert found.gone == (name("arm.ml"),)
    assert text(found) == (
        "In the list now: 1 look-alike: army.com.\nIn the list no longer: 1 look-alike: arm.ml.\n"
    )


def test_somebody_registered_it() -> None:
    """The news that matters most: a free name has a holder, and the holder takes mail."""
    found = compare(_one(FREE), _one(held("mx.park.example")))
    assert [(change.what, change.before, change.after) for change in found.changed] == [
        ("registered", "no", "yes"),
        ("mail", "none", "mx"),
        ("mx", "none", "mx.park.example"),
        ("nameservers", "none", "ns1.registrar.example"),
    ]
    assert text(found).splitlines() == [
        "army.com is now registered.",
        "army.com has mail servers; before, it had no mail server.",
        "army.com: mail servers were none, are mx.park.example.",
        "army.com: name servers were none, are ns1.registrar.example.",
    ]


def test_other_mail_servers() -> None:
    """Another operator is a change; another order of the same servers is none."""
    assert not compare(_one(held("a.example", "b.example")), _one(held("b.example", "a.example")))
    found = compare(_one(held("a.example")), _one(held("b.example")))
    assert found.changed == (Change(name("army.com"), "mx", "a.example", "b.example"),)


def test_what_was_not_asked_is_not_changed() -> None:
    """An offline run after a look-up, or the first look-up, changes nothing in the world."""
    asked = _one(held("a.example"))
    assert not compare(asked, _one(UNASKED))
    found = compare(_one(UNASKED), asked)
    assert not found
    assert found.learnt == 1
    assert text(found) == ""


def test_a_jump_in_rank() -> None:
    """A name that comes from far down is news; one place up or down is not."""
    rows = [exposed(f"arm{n}.com", "army.mil", 100.0 - n) for n in range(8)]
    before = exposure(rows)
    risen = exposed("arm7.com", "army.mil", 1000.0)
    found = compare(before, exposure([*rows[:7], risen]))
    assert [(c.domain.ascii, c.before, c.after) for c in found.changed if c.what == "rank"] == [
        ("arm7.com", "8", "1")
    ]
    assert "arm7.com went up from rank 8 to 1." in text(found)
    assert not compare(before, exposure([rows[1], rows[0], *rows[2:]]))


def test_other_names_asked() -> None:
    """A run of other names of ours says so before it lists what follows from that."""
    found = compare(portfolio("army.mil"), portfolio("navy.mil"))
    assert text(found).startswith(
        "Also asked: navy.mil.\nNo longer asked: army.mil.\nIn the list now"
    )


def test_many_names_are_counted() -> None:
    """A list for people ends after twenty names."""
    rows = [exposed(f"arm{n}.com", "army.mil", 100.0 - n) for n in range(30)]
    line = text(compare(exposure([], ("army.mil",)), exposure(rows)))
    assert line.startswith("In the list now: 30 look-alikes: arm0.com, arm1.com, ")
    assert line.endswith("arm19.com and 10 more.\n")


def test_a_strangers_record_cannot_move_the_cursor() -> None:
    """Hosts come from strangers' zones: what cannot be seen is spelt out."""
    told = text(compare(_one(held("a.example")), _one(held("\x1b[2Jb.example\n"))))
    assert "\x1b" not in told
    assert len(told.splitlines()) == 1


def test_stable_and_plain() -> None:
    """The same two runs give the same lines, and the plain form is JSON."""
    before, after = portfolio("army.mil"), portfolio("army.mil", "navy.mil")
    first, again = compare(before, after), compare(before, after)
    assert first == again
    plain = json.loads(json.dumps(to_plain(first)))
    assert plain["added"] == ["navy.mil"]
    assert plain["new"][0] == first.new[0].ascii


def test_one_name_of_several_is_compared_once() -> None:
    """A look-alike of two of our names is one name, at its best rank."""
    row = exposed("nvy.ml", "navy.mil", 3.0, standing=FREE)
    twice = exposure([row, replace(row, of=name("navy.nl"))])
    changed = Standing(True, Mail.NULL, (), ("ns.example",))
    later = exposure([replace(one, standing=changed) for one in twice.exposed])
    assert [change.what for change in compare(twice, later).changed] == [
        "registered",
        "mail",
        "nameservers",
    ]
    assert isinstance(compare(twice, twice), Comparison)
