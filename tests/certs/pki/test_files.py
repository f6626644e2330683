"""Reading a serving pair from a mounted directory."""

from collections.abc import Callable
from pathlib import Path

import pytest

from arkrun_certs.errors import MaterialError
from arkrun_certs.pki import x509
from arkrun_certs.pki.files import TrustedPair, read_directory
from certs.secret_volume import SecretVolume, files_of
from support.certs.builders import DAY, NOW, fresh, other


def test_a_mounted_secret_is_read_again_after_an_update(tmp_path: Path) -> None:
    """After kubelet has swapped the link, the new pair and CAs are returned."""
    mount = SecretVolume(tmp_path / "tls")
    mount.put(files_of(fresh()))
    first = read_directory(mount.directory)
    mount.put(files_of(other()))

    assert first == TrustedPair(fresh().pair, fresh().trusted)
    assert read_directory(mount.directory) == TrustedPair(other().pair, other().trusted)


def test_ca_crt_is_optional_in_a_plain_directory(tmp_path: Path) -> None:
    """A directory without ..data is read as it is."""
    (tmp_path / "tls.crt").write_bytes(fresh().pair.pem)
    (tmp_path / "tls.key").write_bytes(fresh().pair.key)

    assert read_directory(tmp_path) == TrustedPair(fresh().pair, ())


def test_a_chain_may_end_with_an_intermediate_or_the_ca_itself(tmp_path: Path) -> None:
    """Only the last certificate of the chain is compared with ca.crt."""
    chained = {**files_of(fresh()), "tls.crt": fresh().pair.pem + fresh().bundle}
    mount = SecretVolume(tmp_path / "tls")
    mount.put(chained)

    assert read_directory(mount.directory).pair.chain == (
        fresh().pair.leaf,
        fresh().authority.certificate,
    )


def truncate_certificate(directory: Path) -> None:
    """Truncate the certificate."""
    (directory / "tls.crt").write_bytes(fresh().pair.pem[:300])


def replace_key(directory: Path) -> None:
    """Replace the key only."""
    (directory / "tls.key").write_bytes(other().pair.key)


def remove_key(directory: Path) -> None:
    """Remove the key."""
    (directory / "tls.key").unlink()


def make_key_unreadable(directory: Path) -> None:
    """Replace the key with a directory: root can read every file."""
    (directory / "tls.key").unlink()
    (directory / "tls.key").mkdir()


def replace_ca(directory: Path) -> None:
    """Replace the CA only."""
    (directory / "ca.crt").write_bytes(other().bundle)


def empty_certificate(directory: Path) -> None:
    """Empty the certificate."""
    (directory / "tls.crt").write_bytes(b"")


def encrypt_key(directory: Path) -> None:
    """Replace the key with an encrypted one."""
    (directory / "tls.key").write_bytes(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (truncate_certificate, "DIR: tls.crt: not PEM certificates: "),
        (empty_certificate, "DIR: a serving pair needs a certificate, none was given"),
        (replace_key, "DIR: the private key does not belong to the certificate CN=webhook.default.svc"),
        (remove_key, "DIR: [Errno 2] No such file or directory: 'DIR/tls.key'"),
        (make_key_unreadable, "DIR: [Errno 21] Is a directory: 'DIR/tls.key'"),
        (encrypt_key, "DIR: not an unencrypted PEM private key"),
        (replace_ca, "DIR: tls.crt was signed by none of the certificates in ca.crt"),
    ],
)
def test_invalid_files_are_refused_with_their_directory(
    tmp_path: Path, damage: Callable[[Path], None], reason: str
) -> None:
    """The message names the directory and the problem, and contains no key."""
    for name, content in files_of(fresh()).items():
        (tmp_path / name).write_bytes(content)
    damage(tmp_path)

    with pytest.raises(MaterialError) as refused:
        read_directory(tmp_path)

    assert str(refused.value).replace(str(tmp_path), "DIR").startswith(reason)
    assert "BEGIN" not in str(refused.value)


def test_a_self_signed_leaf_is_its_own_ca(tmp_path: Path) -> None:
    """cert-manager's self-signed issuer writes the same certificate to tls.crt and ca.crt."""
    authority = x509.make_authority("alone", DAY, NOW)
    alone = x509.to_pem((authority.certificate,))
    for name, content in {"tls.crt": alone, "tls.key": authority.key, "ca.crt": alone}.items():
        (tmp_path / name).write_bytes(content)

    assert read_directory(tmp_path).trusted == (authority.certificate,)
