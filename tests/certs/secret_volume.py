"""A directory as kubelet mounts a Secret into a container."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from arkrun_certs.rotation.state import State


class SecretVolume:
    """A directory whose files are links through `..data`, which is replaced atomically."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir()

    def put(self, data: Mapping[str, bytes]) -> None:
        """Replace all files at once."""
        current = self.directory / "..data"
        old = current.resolve() if current.exists() else None
        generation = Path(tempfile.mkdtemp(prefix="..", dir=self.directory))
        for name, content in data.items():
            (generation / name).write_bytes(content)
            link = self.directory / name
            if not link.is_symlink():
                link.symlink_to(f"..data/{name}")
        swapping = self.directory / "..data_tmp"
        swapping.symlink_to(generation.name)
        swapping.replace(current)
        if old is not None:
            shutil.rmtree(old)


def files_of(state: State) -> dict[str, bytes]:
    """Return the files of a state: certificate, key and CAs."""
    return {"tls.crt": state.pair.pem, "tls.key": state.pair.key, "ca.crt": state.bundle}
