"""A certificate authority in a folder: what a first remote set-up needs, and no more.

Keys are on the curve P-256 and readable by their owner alone. Whoever has `ca.key` can be the gateway or any client.
"""

import ipaddress
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_DAYS = 1_825
SERVER_DAYS = 365
CLIENT_DAYS = 90
CLOCK_SKEW = timedelta(minutes=5)

PRINCIPAL_URI = "urn:brokerwire:principal:"
"""As `transport.peers` reads it."""

Key = ec.EllipticCurvePrivateKey


class AuthorityError(Exception):
    """It can't be done; the text says why and what to do."""


class Authority:
    """The authority in a folder."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; `init` makes the authority in it."""
        self.folder = folder
        self.certificate = folder / "ca.pem"
        self._key = folder / "ca.key"

    def init(self, *, replace: bool) -> Path:
        """Make the authority and return its certificate. A new one is not trusted where the former one was."""
        self._need_free(self.certificate, replace=replace)
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name(f"Brokerwire authority {x509.random_serial_number() & 0xFFFFFFFF:08x}")
        builder = (
            _begin(name, name, key.public_key(), AUTHORITY_DAYS)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
        )
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._write(self._key, self.certificate, key, builder.sign(key, hashes.SHA256()))
        return self.certificate

    def server(self, names: Sequence[str], *, replace: bool) -> tuple[Path, Path]:
        """Make the gateway's certificate for names and addresses; return it and its key."""
        paths = self.folder / "server.pem", self.folder / "server.key"
        self._issue(
            paths,
            _name(names[0]),
            [_subject(name) for name in names],
            ExtendedKeyUsageOID.SERVER_AUTH,
            SERVER_DAYS,
            replace=replace,
        )
        return paths

    def client(self, principal: str, *, replace: bool) -> tuple[Path, Path]:
        """Make a client's certificate, which stands for a principal; return it and its key."""
        paths = self.folder / f"client-{principal}.pem", self.folder / f"client-{principal}.key"
        self._issue(
            paths,
            _name(principal),
            [x509.UniformResourceIdentifier(PRINCIPAL_URI + principal)],
            ExtendedKeyUsageOID.CLIENT_AUTH,
            CLIENT_DAYS,
            replace=replace,
        )
        return paths

    def names(self) -> list[str]:
        """Return the names and addresses that the gateway's certificate has now. Raises `AuthorityError`."""
        try:
            certificate = x509.load_pem_x509_certificate((self.folder / "server.pem").read_bytes())
        except (OSError, ValueError) as error:
            raise AuthorityError(f"{self.folder / 'server.pem'}: can't be read ({error})") from None
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return [
            *found.get_values_for_type(x509.DNSName),
            *map(str, found.get_values_for_type(x509.IPAddress)),
        ]

    def _issue(
        self,
        paths: tuple[Path, Path],
        name: x509.Name,
        subjects: Sequence[x509.GeneralName],
        purpose: x509.ObjectIdentifier,
        days: int,
        *,
        replace: bool,
    ) -> None:
        certificate, key_path = paths
        self._need_free(certificate, replace=replace)
        authority, signer = self._load()
        key = ec.generate_private_key(ec.SECP256R1())
        builder = (
            _begin(name, authority.subject, key.public_key(), days)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
            .add_extension(x509.SubjectAlternativeName(subjects), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        )
        self._write(key_path, certificate, key, builder.sign(signer, hashes.SHA256()))

    def _load(self) -> tuple[x509.Certificate, Key]:
        try:
            certificate = x509.load_pem_x509_certificate(self.certificate.read_bytes())
            key = load_pem_private_key(self._key.read_bytes(), None)
        except FileNotFoundError as error:
            raise AuthorityError(f"{error.filename}: no such file: begin with brokerwire certificates init") from None
        except (OSError, ValueError, TypeError) as error:
            raise AuthorityError(f"{self.folder}: the authority can't be read ({error})") from None
        if not isinstance(key, Key) or key.public_key() != certificate.public_key():
            raise AuthorityError(f"{self._key} is not the key of {self.certificate}")
        return certificate, key

    def _need_free(self, path: Path, *, replace: bool) -> None:
        if path.exists() and not replace:
            raise AuthorityError(f"{path} is there already: --renew puts a new one in its place")

    def _write(self, key_path: Path, path: Path, key: Key, certificate: x509.Certificate) -> None:
        text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        try:
            _put(key_path, text, 0o600)
            _put(path, certificate.public_bytes(Encoding.PEM), 0o644)
        except OSError as error:
            raise AuthorityError(f"{self.folder}: can't be written ({error.strerror})") from None


def _begin(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _subject(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        pass
    try:
        return x509.DNSName(name)
    except ValueError:
        raise AuthorityError(f"{name!r} is neither a host name (in ASCII) nor an address") from None


def _put(path: Path, data: bytes, mode: int) -> None:
    """Put a file in place, at once or not at all."""
    partial = path.with_name(path.name + ".partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
