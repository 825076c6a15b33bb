"""What `mail.authres` promises: our border is heard, and nobody who pretends to be it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missent.mail.authres import Alignment, Stamp, alignment, border_results, parse_authres
from missent.mail.domain import DomainName

ARMY = DomainName.parse("army.mil")
OURS = ("mx.contractor.example",)


def judged(*bodies: str, author: DomainName = ARMY, trusted: tuple[str, ...] = OURS) -> Alignment:
    """Ask about fields that all stand above the first Received."""
    return alignment([Stamp(body) for body in bodies], trusted, author)


def test_rfc_example_is_read() -> None:
    """RFC 8601 appendix B.5, comments, versions and all."""
    read = parse_authres(
        'example.com 1; dkim/1=pass (good "signature") reason="it is ; fine"\r\n'
        "\t header.i=@mail-router.example.net; dmarc=fail (p=none) header.from=Example.NET"
    )
    assert read is not None
    assert read.authserv_id == "example.com"
    dkim, dmarc = read.results
    assert (dkim.method, dkim.result) == ("dkim", "pass")
    assert dkim.values("reason") == ("it is ; fine",)
    assert dkim.values("header.i") == ("@mail-router.example.net",)
    assert (dmarc.method, dmarc.result) == ("dmarc", "fail")
    assert dmarc.values("header.from") == ("example.net",)


@pytest.mark.parametrize(
    "body",
    [
        "mx.contractor.example; dmarc=pass header.from=army.mil",
        "MX.Contractor.Example 1;DMARC=Pass (p=REJECT (strict) dis=NONE) header.from=Army.Mil",
        '"mx.contractor.example"; spf=fail; dmarc=pass action=none header.from="army.mil"',
        "(us) mx.contractor.example (ours); dkim=none; dmarc = pass header.from = us.army.mil;",
        "mx.contractor.example; spf=pass smtp.mailfrom=a+b=c@army.mil; dmarc=pass header.from=army.mil",
    ],
)
def test_pass_in_every_spelling(body: str) -> None:
    """Case, quotes, comments, white space and a subdomain of the same owner make no difference."""
    assert judged(body) is Alignment.PASS


@pytest.mark.parametrize(
    "body",
    [
        "mx.army.ml; dmarc=pass header.from=army.mil",
        "mx.contractor.example.army.ml; dmarc=pass header.from=army.mil",
        "(mx.contractor.example) mx.army.ml; dmarc=pass header.from=army.mil",
        "spf=pass smtp.mailfrom=army.mil; dmarc=pass header.from=army.mil",
        "mx.contractor.example; none",
        "mx.contractor.example",
        "mx.contractor.example; dkim=pass header.d=army.mil",
        "mx.contractor.example; dmarc=none header.from=army.mil",
        "mx.contractor.example; dmarc=temperror header.from=army.mil",
        "mx.contractor.example; dmarc=bestguesspass header.from=army.mil",
        "mx.contractor.example; spf=softfail (dmarc=pass header.from=army.mil)",
        'mx.contractor.example; spf=softfail reason="; dmarc=pass header.from=army.mil"',
        "mx.contractor.example; (open dmarc=pass header.from=army.mil",
        'mx.contractor.example; "open dmarc=pass header.from=army.mil',
        "mx.contractor.example; closed) dmarc=pass header.from=army.mil",
        "",
        ";",
        "=",
    ],
)
def test_anything_else_is_unknown(body: str) -> None:
    """Another's word, no word, a word in a comment or in a field that does not end: not known."""
    assert judged(body) is Alignment.UNKNOWN


@pytest.mark.parametrize(
    "body",
    [
        "mx.contractor.example; dmarc=fail header.from=army.mil",
        "mx.contractor.example; dmarc=pass header.from=army.ml",
        "mx.contractor.example; dmarc=pass",
        "mx.contractor.example; dmarc=pass header.from=army.mil header.from=army.ml",
        "mx.contractor.example; dmarc=pass header.from=army.mil; dmarc=fail header.from=army.mil",
        'mx.contractor.example; dkim=pass (a " b) ; dmarc=fail (c " d) header.from=army.mil',
    ],
)
def test_a_fail_or_a_pass_about_another_author_is_a_fail(body: str) -> None:
    """The worst result counts, and a pass must name the author it is about."""
    assert judged(body) is Alignment.FAIL


def test_no_names_of_ours_means_nobody_is_believed() -> None:
    """Without configured authserv-ids every field is a stranger's, an unnamed one, too."""
    named = "mx.contractor.example; dmarc=pass header.from=army.mil"
    assert judged(named, trusted=()) is Alignment.UNKNOWN
    assert judged("dmarc=pass header.from=army.mil", trusted=("",)) is Alignment.UNKNOWN


def test_forgery_below_our_border_does_not_count() -> None:
    """A field with our id under the next Received came with the message."""
    forged = "mx.contractor.example; dmarc=pass header.from=army.mil"
    real = "mx.contractor.example; spf=fail"
    assert alignment([Stamp(real, 1), Stamp(forged, 2)], OURS, ARMY) is Alignment.UNKNOWN
    assert alignment([Stamp(forged, 1), Stamp(real, 1)], OURS, ARMY) is Alignment.PASS


def test_results_of_two_filters_at_one_border_stand_together() -> None:
    """SPF, DKIM and DMARC programs each add their own field."""
    bodies = (
        "mx.contractor.example; dmarc=fail header.from=army.mil",
        "mx.contractor.example; spf=pass",
    )
    results = border_results([Stamp(body) for body in bodies], OURS)
    assert [r.method for r in results] == ["dmarc", "spf"]


def test_registrable_part_decides_not_the_public_suffix() -> None:
    """Two owners under one public suffix are two owners."""
    author = DomainName.parse("a.co.uk")
    field = "mx.contractor.example; dmarc=pass header.from=b.co.uk"
    assert judged(field, author=author) is Alignment.FAIL


@given(st.text(alphabet='ab.=;()"\\ \t\n/@dmarcps', max_size=200))
def test_no_text_raises(body: str) -> None:
    """Hostile fields are read or refused, never an exception."""
    parse_authres(body)
    judged("mx.contractor.example;" + body)


@given(st.text(alphabet='x()"\\;= ', max_size=60))
def test_nothing_inside_a_quoted_string_gets_out(text: str) -> None:
    """Whatever a stranger's text is quoted into a reason, it adds no result."""
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    body = f'mx.contractor.example; spf=fail reason="{quoted}"; dkim=none'
    read = parse_authres(body)
    assert read is not None
    assert [(r.method, r.result) for r in read.results] == [("spf", "fail"), ("dkim", "none")]
    assert read.results[0].values("reason") == (text.lower(),)
