"""What `engine.ldap` promises without a server: URLs are read as RFC 4516 says, or refused in words."""

from __future__ import annotations

import pytest

from missent.engine.ldap import LdapUrl
from missent.errors import ConfigError


def test_a_url_says_all() -> None:
    """Host, base, attributes, scope, filter and login, percent-decoded."""
    url = LdapUrl.parse(
        "ldaps://dir.contractor.example/ou=people,dc=contractor,dc=example"
        "?mail,displayName?sub?(&(objectClass=person)(!(cn=a%3Fb)))?bindname=cn=reader%2Cdc=example"
    )
    assert (url.host, url.port, url.tls) == ("dir.contractor.example", 636, True)
    assert url.base == "ou=people,dc=contractor,dc=example"
    assert (url.mail, url.name, url.scope) == ("mail", "displayName", "SUBTREE")
    assert url.filter == "(&(objectClass=person)(!(cn=a?b)))"
    assert url.bind_name == "cn=reader,dc=example"


def test_what_is_left_out_has_the_standards_default() -> None:
    """RFC 4516 §3: scope base, any object; ours: mail and cn."""
    url = LdapUrl.parse("ldap://127.0.0.1:1389/dc=example")
    assert (url.port, url.tls, url.mail, url.name) == (1389, False, "mail", "cn")
    assert (url.scope, url.filter, url.bind_name) == ("BASE", "(objectClass=*)", None)
    assert LdapUrl.parse("ldap://127.0.0.1/dc=example?mail").name is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("http://x.example/", "expected ldaps"),
        ("ldap:///dc=x", "expected ldaps"),
        ("ldap://x.example:port/dc=x", "bad host or port"),
        ("ldap://anna:secret@x.example/dc=x", "no login"),
        ("ldap://x.example/dc=x?mail?tree", "scope"),
        ("ldap://x.example/dc=x?mail?sub??!odd=1", "critical"),
        ("ldap://x.example/dc=x?mail?sub??bindname=cn=a", "use ldaps"),
    ],
)
def test_another_url_is_refused_in_words(text: str, says: str) -> None:
    """The text says what was expected and repeats no secret."""
    with pytest.raises(ConfigError, match=says) as error:
        LdapUrl.parse(text)
    assert "secret" not in str(error.value)
