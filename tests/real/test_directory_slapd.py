"""The operator's directory by LDAP, against a real slapd."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.real.slapd import BASE, READER, SECRET, Slapd, person, program, running

from missent.engine.ldap import LdapUrl, read_ldap
from missent.errors import OperatorError
from missent.mail.mailbox import Mailbox

pytestmark = [
    pytest.mark.real,
    # ldap3 2.9 names ASN.1 types by names that pyasn1 has renamed.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:ldap3"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:pyasn1"),
]
PEOPLE = 1_300  # more than two pages, and more than the server gives without paging


def _missing(what: str) -> None:
    reason = f"not here: {what}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def _certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "cert.pem").write_bytes(made.public_bytes(pem))
    (folder / "key.pem").write_bytes(key.private_bytes(pem, *plain))


@pytest.fixture(scope="module")
def slapd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    """Serve some people of the army, some of them with odd entries."""
    found = program()
    if found is None:
        _missing("slapd (tests/real/install.sh installs it as root)")
        return
    if importlib.util.find_spec("ldap3") is None:
        _missing("ldap3 (pip install 'missent[ldap]')")
    folder = tmp_path_factory.mktemp("slapd")
    _certificate(folder)
    tls = f"TLSCertificateFile {folder}/cert.pem\nTLSCertificateKeyFile {folder}/key.pem"
    ldif = "".join(person(number) for number in range(PEOPLE))
    ldif += person(9_001, "mail: Second.Address@army.mil")
    ldif += person(9_002).replace("mail: person9002@army.mil", "mail: no address")
    with running(found, folder, ldif, tls) as server:
        yield server


def _url(server: Slapd, rest: str = "?mail,cn?sub?(objectClass=inetOrgPerson)") -> LdapUrl:
    return LdapUrl.parse(f"ldap://127.0.0.1:{server.port}/{BASE}{rest}")


def test_everybody_is_read_page_by_page(slapd: Slapd) -> None:
    """All addresses with names, second ones too; what is no address is counted, never shown."""
    directory = read_ldap(_url(slapd))
    assert len(directory.entries) == PEOPLE + 2
    assert Mailbox.parse("second.address@army.mil") in directory.mailboxes
    named = {entry.mailbox.folded: entry.name for entry in directory.entries}
    assert named["person7@army.mil"] == "Person 7"
    (fault,) = directory.faults
    assert fault == "1 values of mail are no addresses"


def test_a_filter_narrows(slapd: Slapd) -> None:
    """Only those asked for are read."""
    directory = read_ldap(_url(slapd, "?mail,cn?one?(uid=u12)"))
    assert [entry.mailbox.wire for entry in directory.entries] == ["person12@army.mil"]


def test_a_login_over_tls_is_verified(slapd: Slapd) -> None:
    """The certificate must be one we trust, and the password the right one."""
    text = f"ldaps://127.0.0.1:{slapd.tls_port}/{BASE}?mail?sub?(uid=u1)?bindname="
    url = LdapUrl.parse(text + READER.replace(",", "%2C"))
    trusted = slapd.folder / "cert.pem"
    assert len(read_ldap(url, password=SECRET, ca_file=trusted).entries) == 1
    with pytest.raises(OperatorError, match="refused the login"):
        read_ldap(url, password="wrong", ca_file=trusted)
    with pytest.raises(OperatorError):
        read_ldap(url, password=SECRET)


@pytest.mark.parametrize(
    ("rest", "says"),
    [
        ("?mail?sub?(uid=nobody)", "found nobody"),
        ("?mail?sub?(uid=", "the filter is not one"),
    ],
)
def test_a_search_that_finds_nobody_is_a_fault(slapd: Slapd, rest: str, says: str) -> None:
    """Else a slip in the filter would take everybody off the list."""
    with pytest.raises(OperatorError, match=says):
        read_ldap(_url(slapd, rest))


def test_a_server_that_is_away_is_a_fault_in_words() -> None:
    """The text says what keeps standing."""
    pytest.importorskip("ldap3")
    with pytest.raises(OperatorError, match=r"cannot be reached.*stay listed"):
        read_ldap(LdapUrl.parse("ldap://127.0.0.1:9/dc=example"))
