"""Issue ECDSA P-256 certificates and read certificates of any kind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from arkrun_certs.errors import MaterialError

__all__ = [
    "BACKDATE",
    "Authority",
    "Certificate",
    "IPAddress",
    "Pair",
    "fingerprint",
    "first_name",
    "is_elliptic",
    "is_issued_by",
    "is_valid",
    "issue_pair",
    "load_certificates",
    "load_key",
    "make_authority",
    "missing_names",
    "name_of",
    "names_in",
    "to_pem",
]

Certificate = x509.Certificate
IPAddress = IPv4Address | IPv6Address

# If the clock of this process runs ahead, its certificates must still be valid for API servers with a
# correct clock. Renewal is scheduled from the expiry, so the backdate does not shorten a lifetime.
BACKDATE = timedelta(days=90)

_COMMON_NAME_LENGTH = 64  # RFC 5280, ub-common-name


@dataclass(frozen=True, slots=True)
class Authority:
    """A CA certificate and its key as PEM; repr() omits the key."""

    certificate: Certificate
    key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        _check_key(self.certificate, self.key)
        if not _is_ca(self.certificate):
            raise MaterialError(f"{name_of(self.certificate)} is not a CA")


@dataclass(frozen=True, slots=True)
class Pair:
    """A serving certificate with its intermediates, leaf first, and its key as PEM."""

    chain: tuple[Certificate, ...]
    key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not self.chain:
            raise MaterialError("a serving pair needs a certificate, none was given")
        _check_key(self.leaf, self.key)

    @property
    def leaf(self) -> Certificate:
        """Return the server certificate."""
        return self.chain[0]

    @property
    def pem(self) -> bytes:
        """Return the chain as PEM, leaf first."""
        return to_pem(self.chain)


def make_authority(name: str, validity: timedelta, now: datetime) -> Authority:
    """Create a self-signed CA that may sign leaves only (path length 0, RFC 5280 section 4.2.1.9)."""
    key = ec.generate_private_key(ec.SECP256R1())
    serial = x509.random_serial_number()
    # OpenSSL and Go look up an issuer by its subject, so CAs in one bundle need different subjects.
    subject = _common_name(f"{name[:40]} CA {serial:040x}"[:_COMMON_NAME_LENGTH])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .serial_number(serial)
        .public_key(key.public_key())
        .not_valid_before(now - BACKDATE)
        .not_valid_after(now + validity)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return Authority(builder.sign(key, hashes.SHA256()), _encode_key(key))


def issue_pair(
    authority: Authority,
    dns_names: Sequence[str],
    ip_addresses: Sequence[IPAddress],
    validity: timedelta,
    now: datetime,
) -> Pair:
    """Create a key and sign a leaf for these names that expires no later than its CA."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = authority.certificate
    names = [*map(x509.DNSName, dns_names), *map(x509.IPAddress, ip_addresses)]
    subject = _common_name(str((*dns_names, *ip_addresses)[0])[:_COMMON_NAME_LENGTH])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject)
        .serial_number(x509.random_serial_number())
        .public_key(key.public_key())
        .not_valid_before(issuer.not_valid_before_utc)
        .not_valid_after(min(now + validity, issuer.not_valid_after_utc))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key()),  # type: ignore[arg-type]
            critical=False,
        )
    )
    signer = load_key(authority.key)
    if not isinstance(signer, ec.EllipticCurvePrivateKey):
        raise MaterialError("the CA's key is not an elliptic-curve key")
    return Pair((builder.sign(signer, hashes.SHA256()),), _encode_key(key))


def load_certificates(pem: bytes) -> tuple[Certificate, ...]:
    """Parse all certificates in `pem`, which may be empty. Raises MaterialError."""
    if not pem.strip():
        return ()
    try:
        return tuple(x509.load_pem_x509_certificates(pem))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise MaterialError(f"not PEM certificates: {error}") from None


def load_key(pem: bytes) -> PrivateKeyTypes:
    """Parse an unencrypted PEM key. Raises MaterialError, whose message never contains the key."""
    try:
        return serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise MaterialError("not an unencrypted PEM private key") from None


def is_elliptic(pem: bytes) -> bool:
    """Return True if a PEM key is an elliptic-curve key. Raises MaterialError if it is not a key."""
    return isinstance(load_key(pem), ec.EllipticCurvePrivateKey)


def to_pem(certificates: Iterable[Certificate]) -> bytes:
    """Encode certificates as concatenated PEM."""
    return b"".join(each.public_bytes(serialization.Encoding.PEM) for each in certificates)


def fingerprint(certificate: Certificate) -> str:
    """Return the SHA-256 fingerprint in lower-case hex without colons."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def name_of(certificate: Certificate) -> str:
    """Return the subject as an RFC 4514 string."""
    return certificate.subject.rfc4514_string()


def is_issued_by(certificate: Certificate, issuer: Certificate) -> bool:
    """Return True if the key of `issuer` signed `certificate`."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def names_in(certificate: Certificate) -> tuple[tuple[str, ...], tuple[IPAddress, ...]]:
    """Return the DNS names and IP addresses among the subject alternative names."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return (), ()
    addresses = names.get_values_for_type(x509.IPAddress)
    return (
        tuple(names.get_values_for_type(x509.DNSName)),
        tuple(each for each in addresses if isinstance(each, IPv4Address | IPv6Address)),
    )


def first_name(certificate: Certificate) -> str:
    """Return a name that a client can verify the certificate with; empty if it has none."""
    dns, addresses = names_in(certificate)
    return next(iter((*dns, *map(str, addresses))), "")


def missing_names(
    certificate: Certificate, dns_names: Iterable[str], ip_addresses: Iterable[IPAddress]
) -> tuple[str, ...]:
    """Return the given names that the certificate lacks."""
    dns, addresses = names_in(certificate)
    return (
        *(name for name in dns_names if name not in dns),
        *(str(address) for address in ip_addresses if address not in addresses),
    )


def is_valid(certificate: Certificate, now: datetime) -> bool:
    """Return True if `now` is within the validity period."""
    return certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc


def _check_key(certificate: Certificate, key: bytes) -> None:
    try:
        matches = load_key(key).public_key() == certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise MaterialError(f"the key of {name_of(certificate)} has an unknown type: {error}") from None
    if not matches:
        raise MaterialError(f"the private key does not belong to the certificate {name_of(certificate)}")


def _is_ca(certificate: Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False


def _common_name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _encode_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _key_usage(
    *, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )
