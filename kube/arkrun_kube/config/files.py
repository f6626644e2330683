"""Files with credentials, which others replace while we run."""

from __future__ import annotations

from pathlib import Path

from arkrun_kube.errors import ConfigError

__all__ = ["CredentialFile", "read_file"]


class CredentialFile:
    """A file that is read again when it has changed.

    The webhook looks before every look-up of a team, which takes 290 us: reading takes 18 of them, a stat 6.
    """

    def __init__(self, path: Path, what: str) -> None:
        self.path = path
        self._what = what
        self._stamp: tuple[int, int, int] | None = None
        self._content = b""

    def read(self) -> bytes:
        """Return the present content; raises ConfigError."""
        try:
            found = self.path.stat()
        except (OSError, ValueError):
            self.forget()
            return read_file(self.path, self._what)
        stamp = (found.st_ino, found.st_mtime_ns, found.st_size)
        if stamp != self._stamp:
            self._content, self._stamp = read_file(self.path, self._what), stamp
        return self._content

    def forget(self) -> None:
        """Read the file at the next call in any case."""
        self._stamp = None


def read_file(file: Path, what: str) -> bytes:
    """Read a file; raises ConfigError that says what should be in it."""
    try:
        return file.read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "that is not the name of a file"
        raise ConfigError(f'{what} cannot be read: "{file}": {reason}') from None
