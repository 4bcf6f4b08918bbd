"""Who is at the other end, as doors see it: an address, and a client certificate that TLS has verified."""

import re
from datetime import datetime
from functools import lru_cache
from urllib.parse import unquote

from cryptography import x509
from cryptography.x509.oid import NameOID

from brokerwire_server.api import Certificate

OTP_HEADER = "brokerwire-otp"
PRINCIPAL_URI = "urn:brokerwire:principal:"
"""How a certificate names its principal in a subject alternative name; without one, its common name does."""

_PEER = re.compile(r"ipv[46]:(?:\[([^\]]+)\]|([^:]+)):\d+")


def peer_address(peer: str) -> str:
    """Return the address in a peer as gRPC writes it; empty for a Unix socket."""
    found = _PEER.fullmatch(unquote(peer))
    return (found[1] or found[2]) if found else ""


@lru_cache(maxsize=1_024)
def certificate_of(pem: bytes) -> Certificate:
    """Return what a verified client certificate says. One that names no principal names one that is not there."""
    certificate = x509.load_pem_x509_certificate(pem)
    return Certificate(_principal(certificate), _nanos(certificate.not_valid_after_utc))


def _principal(certificate: x509.Certificate) -> str:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        uris: list[str] = []
    else:
        uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    for uri in uris:
        if uri.startswith(PRINCIPAL_URI):
            return uri.removeprefix(PRINCIPAL_URI)
    common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(common[0].value) if common else ""


def _nanos(time: datetime) -> int:
    return int(time.timestamp()) * 1_000_000_000
