from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from brokerwire_server.transport.peers import certificate_of, peer_address

END = datetime(2031, 5, 1, tzinfo=UTC)


def pem(common: str, *uris: str) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)] if common else [])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(END - timedelta(days=1))
        .not_valid_after(END)
    )
    if uris:
        names = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(uri) for uri in uris])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        ("ipv4:192.0.2.7:4711", "192.0.2.7"),
        ("ipv6:%5B2001:db8::1%5D:4711", "2001:db8::1"),
        ("ipv6:[::1]:4711", "::1"),
        ("unix:/run/brokerwire.sock", ""),
        ("", ""),
    ],
)
def test_the_address_of_a_peer_is_read_as_grpc_writes_it(peer: str, address: str) -> None:
    assert peer_address(peer) == address


@pytest.mark.parametrize(
    ("common", "uris", "principal"),
    [
        ("bot", (), "bot"),
        ("bot", ("spiffe://example/x",), "bot"),
        ("bot", ("spiffe://example/x", "urn:brokerwire:principal:desk"), "desk"),
        ("", (), ""),
    ],
)
def test_a_certificate_names_its_principal_in_a_uri_or_else_in_its_common_name(
    common: str, uris: tuple[str, ...], principal: str
) -> None:
    found = certificate_of(pem(common, *uris))
    assert (found.principal, found.expire_time) == (principal, int(END.timestamp()) * 1_000_000_000)
