"""What a mounted directory must hold, and how it is said that it does not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from arkrun_certs.errors import MaterialError
from arkrun_certs.pki import x509
from arkrun_certs.pki.files import TrustedPair, read_directory
from builders_certs import DAY, NOW, fresh, other
from mount import Mount, files_of


def test_a_mount_is_read_and_read_anew_after_its_swap(tmp_path: Path) -> None:
    """The files of kubelet's present generation are the pair and the CAs to trust."""
    mount = Mount(tmp_path / "tls")
    mount.put(files_of(fresh()))
    first = read_directory(mount.directory)
    mount.put(files_of(other()))

    assert first == TrustedPair(fresh().pair, fresh().trusted)
    assert read_directory(mount.directory) == TrustedPair(other().pair, other().trusted)


def test_plain_files_do_without_a_ca(tmp_path: Path) -> None:
    """A directory that no kubelet made is read as it is; ca.crt may be missing."""
    (tmp_path / "tls.crt").write_bytes(fresh().pair.pem)
    (tmp_path / "tls.key").write_bytes(fresh().pair.key)

    assert read_directory(tmp_path) == TrustedPair(fresh().pair, ())


def test_an_intermediate_links_the_leaf_to_the_ca(tmp_path: Path) -> None:
    """The end of the chain counts: it is signed by a CA of ca.crt, or is one itself."""
    chained = {**files_of(fresh()), "tls.crt": fresh().pair.pem + fresh().bundle}
    mount = Mount(tmp_path / "tls")
    mount.put(chained)

    assert read_directory(mount.directory).pair.chain == (
        fresh().pair.leaf,
        fresh().authority.certificate,
    )


def torn(directory: Path) -> None:
    """Cut the certificate off."""
    (directory / "tls.crt").write_bytes(fresh().pair.pem[:300])


def mismatched(directory: Path) -> None:
    """Replace the key alone."""
    (directory / "tls.key").write_bytes(other().pair.key)


def keyless(directory: Path) -> None:
    """Remove the key."""
    (directory / "tls.key").unlink()


def unreadable(directory: Path) -> None:
    """Put what cannot be read in the place of the key; root reads every file, but no directory."""
    (directory / "tls.key").unlink()
    (directory / "tls.key").mkdir()


def strange(directory: Path) -> None:
    """Replace the CA alone."""
    (directory / "ca.crt").write_bytes(other().bundle)


def empty(directory: Path) -> None:
    """Empty the certificate."""
    (directory / "tls.crt").write_bytes(b"")


def encrypted(directory: Path) -> None:
    """Put what is no key in the place of the key."""
    (directory / "tls.key").write_bytes(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (torn, "DIR: tls.crt: not PEM certificates: "),
        (empty, "DIR: a serving pair needs a certificate, none was given"),
        (mismatched, "DIR: the private key does not belong to the certificate CN=webhook.default.svc"),
        (keyless, "DIR: [Errno 2] No such file or directory: 'DIR/tls.key'"),
        (unreadable, "DIR: [Errno 21] Is a directory: 'DIR/tls.key'"),
        (encrypted, "DIR: not an unencrypted PEM private key"),
        (strange, "DIR: tls.crt was signed by none of the certificates in ca.crt"),
    ],
)
def test_what_cannot_be_served_is_refused(tmp_path: Path, spoil: Callable[[Path], None], reason: str) -> None:
    """Half a swap, a wrong key, an unknown signer: the message names the place and shows no key."""
    for name, content in files_of(fresh()).items():
        (tmp_path / name).write_bytes(content)
    spoil(tmp_path)

    with pytest.raises(MaterialError) as refused:
        read_directory(tmp_path)

    assert str(refused.value).replace(str(tmp_path), "DIR").startswith(reason)
    assert "BEGIN" not in str(refused.value)


def test_a_leaf_that_is_its_own_ca_is_fine(tmp_path: Path) -> None:
    """cert-manager's self-signed issuer gives a certificate that is its own ca.crt."""
    authority = x509.make_authority("alone", DAY, NOW)
    alone = x509.to_pem((authority.certificate,))
    for name, content in {"tls.crt": alone, "tls.key": authority.key, "ca.crt": alone}.items():
        (tmp_path / name).write_bytes(content)

    assert read_directory(tmp_path).trusted == (authority.certificate,)
