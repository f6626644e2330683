"""Find etcd, kube-apiserver, kubectl and helm, or explain how to get them."""

import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from controlplane.errors import BinaryNotFoundError, BuildError, GoNotFoundError
from controlplane.programs.build import build
from controlplane.programs.cache import cached
from controlplane.programs.command import run
from controlplane.programs.toolchain import find_go, required_version
from controlplane.programs.tools import (
    ALL,
    ENVTEST,
    ETCD,
    HELM,
    HELM3,
    KUBE_APISERVER,
    KUBECTL,
    MODULE,
    SETUP_ENVTEST,
    Tool,
)

ENVTEST_TIMEOUT_SECONDS = 120


@dataclass(frozen=True)
class Binaries:
    """The paths of the programs."""

    etcd: Path
    kube_apiserver: Path
    kubectl: Path
    helm: Path


def find(progress: Callable[[str], None], environment: Mapping[str, str] = os.environ) -> Binaries:
    """Search KUBEBUILDER_ASSETS, the cache and setup-envtest, and build what is missing with Go.

    A kubectl or helm on the PATH is never used, because its version may differ.

    Raises BinaryNotFoundError if a program cannot be obtained, and BuildError if its build failed.
    """
    search = _Search(progress, environment)
    assets = environment.get("KUBEBUILDER_ASSETS")
    if assets:
        search.take_assets(Path(assets))
    search.take_cached()
    if search.missing(ENVTEST):
        search.ask_setup_envtest()
    search.build_missing()
    return Binaries(*(search.found[tool] for tool in (ETCD, KUBE_APISERVER, KUBECTL, HELM)))


def find_helm3(progress: Callable[[str], None], environment: Mapping[str, str] = os.environ) -> Path:
    """Find Helm 3 in the cache, or build it; raises the errors of `find`."""
    return find_tools([HELM3], progress, environment)[HELM3]


def find_tools(
    wanted: Iterable[Tool], progress: Callable[[str], None], environment: Mapping[str, str] = os.environ
) -> dict[Tool, Path]:
    """Find programs in the cache, or build them; raises the errors of `find`."""
    search = _Search(progress, environment, wanted)
    search.take_cached()
    search.build_missing()
    return search.found


class _Search:
    """A search for tools, with the reason why each source lacks them."""

    def __init__(
        self,
        progress: Callable[[str], None],
        environment: Mapping[str, str],
        wanted: Iterable[Tool] = ALL,
    ) -> None:
        self.progress = progress
        self.environment = environment
        self.wanted = tuple(wanted)
        self.found: dict[Tool, Path] = {}
        self.reasons: list[str] = []

    def missing(self, tools: Iterable[Tool] | None = None) -> list[Tool]:
        return [tool for tool in tools or self.wanted if tool not in self.found]

    def take_assets(self, directory: Path) -> None:
        """Use KUBEBUILDER_ASSETS; raises BinaryNotFoundError instead of mixing versions."""
        absent = [tool.name for tool in ENVTEST if not _is_program(directory / tool.name)]
        if absent:
            raise BinaryNotFoundError(
                f"KUBEBUILDER_ASSETS is {directory}, which has no program {_listed(absent)}: it must hold "
                f"{_listed([tool.name for tool in ENVTEST])}. Complete it, "
                "or unset it so that arkrun gets its own programs."
            )
        self.found |= {tool: directory / tool.name for tool in ENVTEST}

    def take_cached(self) -> None:
        for tool in self.missing():
            if _is_program(path := cached(tool, self.environment)):
                self.found[tool] = path
        if self.missing():
            self.reasons.append(f"the cache {cached(ETCD, self.environment).parents[2]} has not all of them")

    def ask_setup_envtest(self) -> None:
        """Download our minor version with setup-envtest; after a failure Go builds from source."""
        minor = KUBE_APISERVER.version.removeprefix("v").rpartition(".")[0]
        try:
            program = self.setup_envtest()
        except BuildError as error:
            self.progress(f"setup-envtest: {str(error).splitlines()[-1]}; building from source instead")
            return
        self.progress(f"setup-envtest: downloading prebuilt programs of Kubernetes {minor}")
        answer = run(
            [str(program), "use", f"{minor}.x", "-p", "path"],
            self.environment,
            seconds=ENVTEST_TIMEOUT_SECONDS,
        )
        directory = Path(answer.stdout.strip() or os.devnull)
        if answer.returncode == 0 and all(_is_program(directory / tool.name) for tool in ENVTEST):
            self.found |= {tool: directory / tool.name for tool in ENVTEST}
            return
        lines = (answer.stderr or answer.stdout).strip().splitlines() or ["nothing"]
        self.reasons.append(f"`setup-envtest use {minor}.x -p path` failed: {lines[-1]}")
        self.progress(f"setup-envtest: no download ({lines[-1]}); building from source instead")

    def setup_envtest(self) -> Path:
        """Find setup-envtest on the PATH or in the cache, or build it."""
        on_path = shutil.which("setup-envtest", path=self.environment.get("PATH"))
        if on_path:
            return Path(on_path)
        self.reasons.append("setup-envtest is not on the PATH")
        return self.built([SETUP_ENVTEST])[SETUP_ENVTEST]

    def build_missing(self) -> None:
        self.found |= self.built(self.missing())

    def built(self, tools: list[Tool]) -> dict[Tool, Path]:
        """Build tools that are not in the cache; raises BinaryNotFoundError or BuildError."""
        targets = {tool: cached(tool, self.environment) for tool in tools}
        absent = [tool for tool, target in targets.items() if not _is_program(target)]
        if absent:
            go = str(self.go(absent))
            for tool in absent:
                build(tool, targets[tool], go=go, progress=self.progress, environment=self.environment)
        return targets

    def go(self, tools: list[Tool]) -> Path:
        """Return a Go that can build the tools; raises BinaryNotFoundError."""
        try:
            return find_go([tool.go_mod for tool in tools], self.progress, self.environment)
        except GoNotFoundError as error:
            self.reasons.append(str(error))
            raise BinaryNotFoundError(self.how_to_get(self.missing())) from None

    def how_to_get(self, missing: list[Tool]) -> str:
        """Explain in one paragraph what is missing and every way to get it."""
        go, minutes = required_version(MODULE), sum(tool.minutes for tool in missing)
        homes = _listed([str(cached(tool, self.environment)) for tool in missing])
        ways = [
            f"install Go {go} or later and run this again (it builds for {minutes} minutes)",
            f"put programs of exactly these versions at {homes}",
        ]
        if set(missing) & set(ENVTEST):
            programs = _listed([tool.name for tool in ENVTEST])
            ways.append(f"set KUBEBUILDER_ASSETS to a folder with {programs}")
            ways.append("put setup-envtest (sigs.k8s.io/controller-runtime/tools/setup-envtest) on the PATH")
        return (
            f"This machine has no {_listed([str(tool) for tool in missing], 'or')}, which the control plane "
            f"needs ({'; '.join(self.reasons)}). Ways to get them: {'; or '.join(ways)}."
        )


def _is_program(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def _listed(words: list[str], conjunction: str = "and") -> str:
    *most, last = words
    return f"{', '.join(most)} {conjunction} {last}" if most else last
