"""Tests of `missent.extraction.formats.eml`, `tnef`, `sealed` and `cms`."""

from __future__ import annotations

import datetime as dt
import struct
import zlib
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID
from tests.extraction.make import documents, only

from missent.mail.document import Document, Reason, Text


def _mail(subject: str = "Visit of the delegation") -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Ann Test <ann@army.mil>"
    mail["To"] = "bob@army.mil"
    mail["Subject"] = subject
    mail["Message-ID"] = "<1@army.mil>"
    mail["X-Protective-Marking"] = "SEC=PROTECTED"
    mail.set_content("Dear Bob,\nsee the list.\n")
    return mail


def _shape(found: list[Document]) -> list[tuple[str, str, str | None, list[str]]]:
    return [(d.position, d.kind, d.name, [p.value for p in d.problems]) for d in found]


def test_a_mail_as_a_file() -> None:
    """Its header are properties, its letter texts; what is attached to it is inside."""
    mail = _mail()
    mail.add_attachment(b"Name;Born\nA;1970\n", maintype="text", subtype="csv", filename="crew.csv")
    found = documents(mail.as_bytes(policy=SMTP), "visit.eml")
    assert _shape(found) == [("2", "eml", "visit.eml", []), ("2/2", "csv", "crew.csv", [])]
    assert found[0].texts == (
        Text("Visit of the delegation"),
        Text("Dear Bob,\nsee the list.\n"),
    )
    assert found[0].properties == (
        ("from", "Ann Test <ann@army.mil>"),
        ("to", "bob@army.mil"),
        ("subject", "Visit of the delegation"),
        ("message-id", "<1@army.mil>"),
        ("x-protective-marking", "SEC=PROTECTED"),
    )


def test_mails_in_mails() -> None:
    """A mail that is attached, encoded, is read as one; down to where it is too deep."""
    inner = _mail("Inner").as_bytes()
    for level in range(10):
        outer = _mail(f"Level {level}")
        outer.add_attachment(
            inner, maintype="application", subtype="octet-stream", filename="m.eml"
        )
        inner = outer.as_bytes()
    found = documents(inner, "m.eml")
    assert [d.position for d in found] == ["2" + "/2" * n for n in range(8)] + ["2" + "/2" * 7]
    assert found[1].texts[0] == Text("Level 8")
    assert found[-1].problems == (Reason.TOO_DEEP,)


def test_a_mailbox() -> None:
    """Many mails in one file, each for itself."""
    boundary = b"From ann@army.mil Mon Jan  1 00:00:00 2024\n"
    box = b"\n".join(boundary + _mail(f"Number {n}").as_bytes() for n in range(3))
    found = documents(box, "old.mbox")
    assert _shape(found) == [
        ("2", "mbox", "old.mbox", []),
        *((f"2/{n + 1}", "eml", f"Number {n}", []) for n in range(3)),
    ]
    assert found[2].texts[1].text.startswith("Dear Bob,\nsee the list.")


def test_damaged_attachment_inside() -> None:
    """Broken base64 is told, and what can be decoded is read all the same."""
    mail = (
        b"From: a@army.mil\r\nMessage-ID: <1@a>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n"
        b"Content-Disposition: attachment; filename=a.txt\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        b"QSBs!aW5l\r\n"
    )
    found = documents(mail, "a.eml")
    assert _shape(found)[-1] == ("2/1", "unknown", "a.txt", ["malformed"])
    assert found[1].texts == (Text("A line"),)


# --- winmail.dat ---------------------------------------------------------------------------------


def _attribute(level: int, name: int, value: bytes) -> bytes:
    head = struct.pack("<BHHI", level, name, 6, len(value))
    return head + value + struct.pack("<H", sum(value) & 0xFFFF)


def _mapi(*properties: tuple[int, int, bytes]) -> bytes:
    packed = struct.pack("<I", len(properties))
    for kind, name, value in properties:
        padded = value + bytes(-len(value) % 4)
        packed += struct.pack("<HHII", kind, name, 1, len(value)) + padded
    return packed


def test_winmail() -> None:
    """Outlook's own wrapping: letter, Rich Text and attachments."""
    rtf = rb"{\rtf1\ansi Please see the attached list.\par}"
    packed = struct.pack("<II4sI", len(rtf) + 12, len(rtf), b"MELA", 0) + rtf
    octets = (
        struct.pack("<IH", 0x223E9F78, 1)
        + _attribute(1, 0x9007, struct.pack("<II", 1252, 0))
        + _attribute(1, 0x9003, _mapi((0x1E, 0x37, b"Crew change\0"), (0x102, 0x1009, packed)))
        + _attribute(2, 0x9002, bytes(14))
        + _attribute(2, 0x8010, b"crew.csv\0")
        + _attribute(2, 0x800F, b"Name;Born\nA;1970\n")
    )
    found = documents(octets, "winmail.dat", "application/ms-tnef")
    assert _shape(found) == [("2", "tnef", "winmail.dat", []), ("2/1", "csv", "crew.csv", [])]
    assert found[0].properties == (("subject", "Crew change"),)
    assert found[0].texts == (Text("Please see the attached list."),)


# --- sealed --------------------------------------------------------------------------------------


def _signer() -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Ann Test")])
    day = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(day)
        .not_valid_after(day + dt.timedelta(days=9))
        .sign(key, hashes.SHA256())
    )
    return certificate, key


def _signed(content: bytes, *options: pkcs7.PKCS7Options, pem: bool = False) -> bytes:
    certificate, key = _signer()
    builder = (
        pkcs7.PKCS7SignatureBuilder()
        .set_data(content)
        .add_signer(certificate, key, hashes.SHA256())
    )
    form = serialization.Encoding.PEM if pem else serialization.Encoding.DER
    return builder.sign(form, list(options))


def _entity() -> bytes:
    return (
        _mail().as_bytes().partition(b"X-Protective")[0]
        + b"Content-Type: text/plain\n\nSigned words\n"
    )


@pytest.mark.parametrize("pem", [False, True])
def test_an_opaque_signature_is_opened(pem: bool) -> None:
    """What is only signed can be read by anybody, so it is read."""
    octets = _signed(
        b"Content-Type: text/plain\r\n\r\nSigned words\r\n", pkcs7.PKCS7Options.Binary, pem=pem
    )
    found = documents(octets, "smime.p7m", "application/pkcs7-mime")
    assert _shape(found) == [("2", "smime", "smime.p7m", []), ("2/1", "eml", None, [])]
    assert "Signed words" in found[1].texts[0].text


def test_a_detached_signature_is_nothing_to_read() -> None:
    """What it signs stands beside it."""
    octets = _signed(_entity(), pkcs7.PKCS7Options.DetachedSignature)
    assert _shape(documents(octets, "smime.p7s")) == [("2", "smime", "smime.p7s", [])]


def test_indefinite_lengths_and_pieces() -> None:
    """Programs that stream write the content in pieces whose sum nobody knows before."""
    inner = (
        b"\x24\x80"
        + b"".join(b"\x04\x07" + piece for piece in (b"Subject", b": A\n\nAB"))
        + b"\0\0"
    )
    content = (
        b"\x30\x80\x06\x09" + bytes.fromhex("2a864886f70d010701") + b"\xa0\x80" + inner + bytes(4)
    )
    octets = (
        b"\x30\x80\x06\x09"
        + bytes.fromhex("2a864886f70d010702")
        + b"\xa0\x80\x30\x80\x02\x01\x01\x31\x00"
        + content
        + b"\x31\x00"
        + bytes(6)
    )
    found = documents(octets)
    assert found[1].texts == (Text("A"), Text("AB"))


def test_compressed() -> None:
    """RFC 3274, which some programs write before they sign."""

    def wrapped(tag: int, *parts: bytes) -> bytes:
        body = b"".join(parts)
        return bytes([tag, 0x82]) + len(body).to_bytes(2, "big") + body

    def name(hexadecimal: str) -> bytes:
        octets = bytes.fromhex(hexadecimal)
        return bytes([6, len(octets)]) + octets

    content = wrapped(4, zlib.compress(b"Subject: A\n\nAB\n"))
    inner = wrapped(0x30, name("2a864886f70d010701"), wrapped(0xA0, content))
    way = wrapped(0x30, name("2a864886f70d0109100308"))
    body = wrapped(0x30, b"\x02\x01\x00", way, inner)
    octets = wrapped(0x30, name("2a864886f70d0109100109"), wrapped(0xA0, body))
    assert documents(octets)[1].texts == (Text("A"), Text("AB\n"))


def test_encrypted_things_say_so() -> None:
    """Nothing is ever decrypted."""
    certificate, _ = _signer()
    message = b"-----BEGIN PGP MESSAGE-----\n\nwcBMA\n-----END PGP MESSAGE-----\n"
    for octets in (
        message,
        bytes.fromhex("3030 0609 2a864886f70d010703 a023 3021") + bytes(33),
        b"age-encryption.org/v1\n",
        b"Salted__" + bytes(range(200)),
    ):
        assert only(octets).problems == (Reason.ENCRYPTED,)
    assert only(b"Dear Ann,\n\n" + message).problems == (Reason.ENCRYPTED,)
    assert only(b"Dear Ann,\n\n" + message).texts[0].text.startswith("Dear Ann")
    assert only(certificate.public_bytes(serialization.Encoding.DER)).problems == ()


def test_keys_are_text() -> None:
    """A private key in a mail is something to find."""
    _, key = _signer()
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    assert only(pem, "server.key").texts == (Text(pem.decode()),)


def test_nothing_shows_in_a_repr() -> None:
    """Neither words, nor names, nor properties (law 8)."""
    shown = repr(documents(_mail().as_bytes(), "visit.eml"))
    assert not any(word in shown for word in ("delegation", "Bob", "army", "visit", "PROTECTED"))
