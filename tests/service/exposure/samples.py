"""Own exposures made by hand: every figure of a row is chosen, none is estimated."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from missent.lookalike.generate import Candidate, candidates
from missent.lookalike.registries import country_of
from missent.mail.domain import DomainName
from missent.service.exposure.controllers import controller, fold
from missent.service.exposure.estimate import product, total
from missent.service.exposure.exposure import (
    UNASKED,
    Estimate,
    Exposed,
    Exposure,
    Factors,
    Mail,
    Review,
    Source,
    Standing,
    State,
)

AT = datetime(2025, 2, 3, 9, 15, tzinfo=UTC)
FREE = Standing(registered=False, mail=Mail.NONE, at=AT)
MIL = (
    *(
        "army.mil",
        "navy.mil",
        "af.mil",
        "mail.mil",
        "marines.mil",
        "usmc.mil",
        "uscg.mil",
        "ng.mil",
    ),
    *("nationalguard.mil", "osd.mil", "js.mil", "jcs.mil", "pentagon.mil", "dod.mil", "disa.mil"),
    *(
        "dla.mil",
        "dha.mil",
        "health.mil",
        "dfas.mil",
        "dcma.mil",
        "dcaa.mil",
        "dtra.mil",
        "darpa.mil",
    ),
    *("dia.mil", "nga.mil", "mda.mil", "socom.mil", "centcom.mil", "eucom.mil", "africom.mil"),
    *("northcom.mil", "southcom.mil", "stratcom.mil", "pacom.mil", "transcom.mil", "cybercom.mil"),
    *("tricare.mil", "usuhs.mil"),
)
"""Names of one closed suffix, as published."""


def name(text: str) -> DomainName:
    """Read a domain name."""
    return DomainName.parse(text)


def held(*mx: str) -> Standing:
    """A name that somebody holds, with these mail servers."""
    mail = Mail.MX if mx else Mail.NONE
    return Standing(True, mail, mx, ("ns1.registrar.example",), "A Registrar", AT)


def figure(mid: float, source: Source = Source.PRIOR, width: float = 3.0) -> Estimate:
    """A figure with an interval."""
    return Estimate(mid / width, mid, mid * width, source)


def exposed(domain: str, of: str, mail: float, **fields: Any) -> Exposed:
    """One look-alike that is expected to receive `mail` messages a year."""
    is_open = fields.get("open", True)
    slip_share = fields.pop("suffix_slip", False)
    kind, standing = fields.pop("kind", "drop"), fields.pop("standing", UNASKED)
    receiving = 0.0 if standing.registered is False else 1.0
    factors = Factors(
        volume=figure(10_000.0, Source.OPERATOR, 1.0),
        hand_typed=figure(0.1),
        slip=figure(mail / 1000.0),
        registrable=figure(0.0 if is_open is False else 1.0, Source.LIST, 1.0),
        receiving=figure(receiving, Source.PRIOR, 1.0),
    )
    written, meant = name(domain), name(of)
    row = Exposed(
        domain=written,
        of=meant,
        kind=kind,
        phrase=fields.pop("phrase", "drops a letter"),
        suffix_slip=slip_share,
        open=is_open,
        country=country_of(written.public_suffix),
        factors=factors,
        expected=product(
            (
                factors.volume,
                factors.hand_typed,
                factors.slip,
                factors.registrable,
                factors.receiving,
            )
        ),
        expected_share=fields.pop("expected_share", 0.5),
        controller=controller(written, meant, suffix_slip=slip_share, kind=kind, standing=standing),
        standing=standing,
    )
    return replace(row, **fields)


def of_candidate(found: Candidate, mail: float, standing: Standing = UNASKED) -> Exposed:
    """One generated look-alike of a name from which `mail` messages a year go astray."""
    return exposed(
        found.domain.ascii,
        found.of.ascii,
        mail * found.share,
        kind=found.kind,
        phrase=found.phrase,
        suffix_slip=found.suffix_slip,
        open=found.open,
        expected_share=found.share,
        standing=standing,
    )


def exposure(rows: Iterable[Exposed], names: Sequence[str] = ()) -> Exposure:
    """An exposure of these rows, worst first, with its rules."""
    ranked = tuple(sorted(rows, key=lambda one: (-one.expected.mid, one.domain, one.of)))
    ours = tuple(map(name, names)) or tuple(dict.fromkeys(one.of for one in ranked))
    return Exposure(AT, ours, ranked, fold(ranked), total(one.expected for one in ranked))


def portfolio(*names: str) -> Exposure:
    """All look-alikes of these names, with the same volume each."""
    found = (one for text in names for one in candidates(name(text)))
    return exposure((of_candidate(one, 100.0) for one in found), names)


def army() -> Exposure:
    """The story: one name, its likeliest look-alikes in different hands."""
    return exposure(
        (
            exposed("army.ml", "army.mil", 50.0, suffix_slip=True, phrase="drops the i of .mil"),
            exposed(
                "army.com", "army.mil", 20.0, kind="other_suffix", standing=held("mx.army.com")
            ),
            exposed("armymil.com", "army.mil", 15.0, kind="glued_text", standing=FREE),
            exposed("army.mil.com", "army.mil", 10.0, kind="extra_suffix"),
            exposed("army.eu", "army.mil", 3.0, kind="other_suffix", open=None),
            exposed("army.il", "army.mil", 2.0, kind="drop", suffix_slip=True, open=False),
        )
    )


def reviewed(domain: str, state: State, note: str = "") -> dict[DomainName, Review]:
    """What was decided about one name."""
    return {name(domain): Review(name(domain), state, note, "operator", AT)}
