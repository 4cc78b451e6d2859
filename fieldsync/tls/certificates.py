"""The local authority and its server certificate, in `instance/tls`: made once, renewed in time."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from fieldsync.tls import names as names_

AUTHORITY_DAYS = 3650
# What browsers take at most, and how long before its end a certificate is made anew.
SERVER_DAYS = 397
RENEW_DAYS = 30
# A phone's clock may be behind.
_EARLIER = timedelta(days=1)


class NotPermitted(Exception):
    """The authority's limits, set when it was made, leave out a name; `args` are the names."""


@dataclass(frozen=True)
class Tls:
    """The folder of keys and certificates of one instance."""

    folder: Path

    @property
    def authority(self) -> Path:
        """The authority's certificate (PEM), which phones are to trust."""
        return self.folder / "authority.crt"

    @property
    def authority_key(self) -> Path:
        """The authority's key; whoever has it can pass for this machine."""
        return self.folder / "authority.key"

    @property
    def server(self) -> Path:
        """The server's certificate and key in one file, so that a renewal replaces both at once."""
        return self.folder / "server.pem"

    @property
    def has_authority(self) -> bool:
        """Whether there is an authority."""
        return self.authority.exists() and self.authority_key.exists()

    def extra_names(self) -> list[str]:
        """Return the names that were asked for besides the machine's own."""
        path = self.folder / "names"
        return path.read_text("utf-8").split() if path.exists() else []

    def certificate(self) -> x509.Certificate:
        """Return the authority's certificate."""
        return x509.load_pem_x509_certificate(self.authority.read_bytes())

    def fingerprint(self) -> str:
        """Return the SHA-256 of the authority's certificate, in pairs of digits as phones show it."""
        return self.certificate().fingerprint(hashes.SHA256()).hex(":").upper()

    def served(self) -> x509.Certificate | None:
        """Return the server's certificate, or None before the first."""
        return x509.load_pem_x509_certificate(self.server.read_bytes()) if self.server.exists() else None


def make_authority(tls: Tls, machine: list[str], now: datetime | None = None) -> None:
    """Make an authority, in the place of the one that there may be; phones must trust each one anew."""
    now = now or datetime.now(UTC)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "FieldSync"),
        x509.NameAttribute(NameOID.COMMON_NAME, f"FieldSync {machine[0]} {now:%Y-%m-%d}"[:64]),
    ])  # fmt: skip
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    builder = _begun(subject, subject, key, now, AUTHORITY_DAYS)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(usage, critical=True)
    builder = builder.add_extension(names_.constraints(machine), critical=True)
    tls.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(tls.authority_key, _pem(key), 0o600)
    _write(tls.authority, _text(builder.sign(key, hashes.SHA256())), 0o644)
    tls.server.unlink(missing_ok=True)


def ensure(tls: Tls, machine: list[str], extra: Iterable[str] = (), now: datetime | None = None) -> bool:
    """See to a certificate for the machine's names and `extra`, which are kept; tell whether one was made.

    Raises NotPermitted where the authority's limits leave out a name that was asked for; of the machine's own
    names those that the limits leave out are passed over.
    """
    now = now or datetime.now(UTC)
    asked = list(dict.fromkeys([*tls.extra_names(), *(name.lower() for name in extra)]))
    if not tls.has_authority:
        make_authority(tls, list(dict.fromkeys([*machine, *asked])), now)
    limits = tls.certificate().extensions.get_extension_for_class(x509.NameConstraints).value
    if left_out := [name for name in asked if not names_.is_permitted(name, limits)]:
        raise NotPermitted(*left_out)
    own = [name for name in machine if names_.is_permitted(name, limits)]
    wanted = list(dict.fromkeys([*own, *asked]))
    _write(tls.folder / "names", "\n".join(asked).encode(), 0o600)
    if _is_good(tls.served(), wanted, now):
        return False
    _make_server(tls, wanted, now)
    return True


def covered(certificate: x509.Certificate) -> list[str]:
    """Return the names and addresses that a certificate vouches for."""
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [str(each.value) for each in found]


def _is_good(certificate: x509.Certificate | None, wanted: list[str], now: datetime) -> bool:
    """Tell whether a certificate still holds for a while and for all these names."""
    if certificate is None or certificate.not_valid_after_utc - now < timedelta(days=RENEW_DAYS):
        return False
    return set(wanted) <= set(covered(certificate))


def _make_server(tls: Tls, wanted: list[str], now: datetime) -> None:
    """Make a key and a certificate for these names."""
    key = ec.generate_private_key(ec.SECP256R1())
    authority = tls.certificate()
    signer = serialization.load_pem_private_key(tls.authority_key.read_bytes(), None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "FieldSync")])
    usage = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    builder = _begun(subject, authority.subject, key, now, SERVER_DAYS)
    for extension, critical in (
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (usage, True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        # The subject bears no name, so browsers look here alone.
        (x509.SubjectAlternativeName(names_.general(wanted)), False),
        (issuer, False),
    ):
        builder = builder.add_extension(extension, critical)
    _write(tls.server, _text(builder.sign(signer, hashes.SHA256())) + _pem(key), 0o600)


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    """Return what every certificate begins with."""
    start = now.replace(microsecond=0) - _EARLIER
    public = key.public_key()
    return (
        x509.CertificateBuilder(subject_name=subject, issuer_name=issuer, public_key=public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        # To the second: the last one counts as well.
        .not_valid_after(start + timedelta(days=days, seconds=-1))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _text(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _write(path: Path, content: bytes, mode: int) -> None:
    """Write a file whole or not at all; nobody else may ever have read it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
