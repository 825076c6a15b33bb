"""Own a DKIM key of one's own: sign simple/simple, and verify against a DNS answer made here.

simple/simple (RFC 6376 §3.4) forgives nothing: one changed octet in a signed field or in the body
breaks it, so a signature that verifies proves that the bytes were released as they came.
"""

from __future__ import annotations

import base64

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

_SELECTOR = b"story"
_SIGNED = [b"from", b"to", b"cc", b"subject", b"date", b"message-id", b"mime-version"]


class Signer:
    """A domain with a key and a DNS record that only this object answers for."""

    def __init__(self, domain: str) -> None:
        self.domain = domain.encode()
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def sign(self, data: bytes) -> bytes:
        """Give the message with its DKIM-Signature field in front."""
        pem = self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
        field: bytes = dkim.sign(
            data,
            _SELECTOR,
            self.domain,
            pem,
            canonicalize=(b"simple", b"simple"),
            include_headers=_SIGNED,
        )
        return field + data

    def verifies(self, data: bytes) -> bool:
        """Tell whether the message as delivered still carries a good signature."""
        return bool(dkim.verify(data, dnsfunc=self._record))

    def _record(self, name: bytes, timeout: int = 5) -> bytes | None:
        if name.rstrip(b".") != _SELECTOR + b"._domainkey." + self.domain:
            return None
        public = self._key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
