"""The pods' images, built with buildah from Debian packages without a registry."""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from controlplane import ControlPlaneError
from controlplane.programs.build import locked
from controlplane.programs.cache import cache
from support.repository import ROOT

SUITE = "bookworm"
BASE = f"localhost/arkrun-base:{SUITE}"
BUILD_BASE = f"localhost/arkrun-build-base:{SUITE}"
IMAGE = "localhost/arkrun"
TAG = "one"
PAUSE = "localhost/pause:1"
KEPT = 3


class ImageError(ControlPlaneError):
    """A build failed; the message has its last lines of output."""


class Builder:
    """Builds images into the cache, named by a digest of their sources."""

    def __init__(self, progress: Callable[[str], None]) -> None:
        self._progress = progress
        self._cache = cache() / "images"
        self._cache.mkdir(parents=True, exist_ok=True)

    def archives(self) -> list[Path]:
        """Return OCI archives of the working tree's image and the sandbox image, building missing ones."""
        target = self._cache / fingerprint(ROOT)
        with locked(self._cache / ".lock", waiting=lambda: self._progress("image: another process builds")):
            if not target.exists():
                self._build(target)
                self._forget_old()
        target.touch()
        return sorted(target.iterdir())

    def _build(self, target: Path) -> None:
        with tempfile.TemporaryDirectory(dir=self._cache, prefix=".unfinished-") as name:
            directory = Path(name)
            if not self._succeeds("inspect", "--type=image", PAUSE):  # written last
                self._build_bases(directory)
            (archives := directory / "archives").mkdir()
            self._progress("image: building arkrun with buildah")
            self._build_arkrun(directory)
            for image in (f"{IMAGE}:{TAG}", PAUSE):
                file = archives / f"{image.rpartition('/')[2].replace(':', '-')}.tar"
                self._buildah(
                    "push", "--quiet", "--disable-compression", image, f"oci-archive:{file}:{image}"
                )
            archives.rename(target)

    def _build_arkrun(self, directory: Path) -> None:
        arguments = [f"--build-arg={each}" for each in (f"BASE={BASE}", f"BUILD_BASE={BUILD_BASE}")]
        volumes = [f"--volume={volume}" for volume in pip_volumes(directory)]
        # Build with chroot, because namespaces and cgroups may not be available.
        fixed = ("--quiet", "--isolation=chroot", "--timestamp=0", f"--tag={IMAGE}:{TAG}")
        self._buildah("build", *fixed, *arguments, *volumes, str(ROOT))

    def _build_bases(self, directory: Path) -> None:
        """Build two Debian images with Python: a build image with venv and pip, and a runtime image."""
        self._progress(f"image: building the base image of Debian {SUITE} with debootstrap (about a minute)")
        tree = directory / "tree"
        _run("debootstrap", "--variant=minbase", "--include=python3,python3-venv", SUITE, str(tree))
        for path in ("var/cache/apt/archives", "var/lib/apt/lists"):
            shutil.rmtree(tree / path)
        self._commit(tree, BUILD_BASE)
        _run("chroot", str(tree), "apt-get", "purge", "--auto-remove", "--yes", "python3-venv")
        self._commit(tree, BASE)
        (directory / "Pause").write_text(f'FROM {BASE}\nENTRYPOINT ["sleep", "infinity"]\n')
        self._buildah("build", "--quiet", f"--tag={PAUSE}", f"--file={directory / 'Pause'}", str(directory))

    def _commit(self, tree: Path, image: str) -> None:
        container = self._buildah("from", "scratch").strip()
        self._buildah("copy", "--quiet", container, str(tree), "/")
        self._buildah("commit", "--quiet", "--rm", container, image)

    def _forget_old(self) -> None:
        """Delete all but the latest images, because every change of the sources builds one."""
        images = [path for path in self._cache.iterdir() if not path.name.startswith((".", "storage"))]
        for path in sorted(images, key=lambda each: each.stat().st_mtime)[:-KEPT]:
            shutil.rmtree(path)
        self._buildah("rmi", "--prune", "--force")

    def _buildah(self, *arguments: str) -> str:
        """Run buildah with a separate store, without daemon or namespaces, and return its output."""
        return _run("buildah", *self._store, *arguments)

    def _succeeds(self, *arguments: str) -> bool:
        command = ["buildah", *self._store, *arguments]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    @property
    def _store(self) -> list[str]:
        store = self._cache / "storage"
        return [f"--root={store}", f"--runroot={store}-run", "--storage-driver=vfs"]


def pip_volumes(directory: Path) -> list[str]:
    """Return volumes that give the build this machine's pip settings and the files that they name."""
    listed = [line.split("=", 1) for line in _run(sys.executable, "-m", "pip", "config", "list").splitlines()]
    # Variables take precedence over files, as for pip.
    listed.sort(key=lambda pair: pair[0].startswith(":env:"))
    settings = {name.rpartition(".")[2]: value.strip("'") for name, value in listed}
    lines = [f"{name} = {value}" for name, value in sorted(settings.items())]
    (file := directory / "pip.conf").write_text("\n".join(["[global]", *lines, ""]))
    named = {path for path in settings.values() if path.startswith("/") and Path(path).exists()}
    return [f"{file}:/etc/pip.conf:ro", *(f"{path}:{path}:ro" for path in sorted(named))]


def fingerprint(root: Path) -> str:
    """Return a digest of the Dockerfile and the files that it copies."""
    recipe = root / "Dockerfile"
    digest = hashlib.sha256(recipe.read_bytes())
    for line in recipe.read_text().splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            for name in line.split()[1:-1]:
                for file in sorted(_files(root / name)):
                    digest.update(f"{file.relative_to(root)} {file.stat().st_size}\n".encode())
                    digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _files(path: Path) -> list[Path]:
    """Return a file, or the files of a folder except those in .dockerignore."""
    files = path.rglob("*") if path.is_dir() else [path]
    return [file for file in files if file.is_file() and "__pycache__" not in file.parts]


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        tail = "\n".join((done.stderr or done.stdout).strip().splitlines()[-20:])
        raise ImageError(f"`{' '.join(command[:3])} …` ended with {done.returncode}:\n{tail}")
    return done.stdout
