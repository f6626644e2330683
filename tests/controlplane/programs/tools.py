"""The programs; their versions are defined in go.mod files."""

import re
from dataclasses import dataclass
from pathlib import Path

MODULES = Path(__file__).with_name("modules")
MODULE = MODULES / "kubernetes" / "go.mod"
_COMPONENT_BASE = "k8s.io/component-base/version"
# Helm's and containerd's; the linker ignores variables that a program does not have.
_VERSION_VARIABLES = ("internal/version.version", "version.Version")


@dataclass(frozen=True)
class Tool:
    """A program as a Go package; `minutes` is the duration of a cold build on two cores."""

    name: str
    module: str
    package: str
    minutes: int
    go_mod: Path = MODULE
    tags: str = ""

    @property
    def version(self) -> str:
        """The version that go.mod requires, such as v1.37.2."""
        required = re.search(rf"^\s+{re.escape(self.module)} (v\S+)", self.go_mod.read_text(), re.MULTILINE)
        if required is None:
            raise LookupError(f"{self.go_mod} does not require {self.module}")
        return required[1]

    @property
    def ldflags(self) -> str:
        """The linker flags for the version, which Kubernetes programs report and helm's kubeVersion needs."""
        stamps = {f"{self.module}/{variable}": self.version for variable in _VERSION_VARIABLES}
        if self.module == "k8s.io/kubernetes":
            major, minor = self.version.removeprefix("v").split(".")[:2]
            stamps = {
                f"{_COMPONENT_BASE}.gitVersion": self.version,
                f"{_COMPONENT_BASE}.gitMajor": major,
                f"{_COMPONENT_BASE}.gitMinor": minor,
            }
        return " ".join(["-s -w", *(f"-X {name}={value}" for name, value in stamps.items())])

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


ETCD = Tool("etcd", "go.etcd.io/etcd/server/v3", "go.etcd.io/etcd/server/v3", minutes=2)
KUBE_APISERVER = Tool(
    "kube-apiserver", "k8s.io/kubernetes", "k8s.io/kubernetes/cmd/kube-apiserver", minutes=7
)
KUBECTL = Tool("kubectl", "k8s.io/kubernetes", "k8s.io/kubernetes/cmd/kubectl", minutes=1)
HELM = Tool("helm", "helm.sh/helm/v4", "helm.sh/helm/v4/cmd/helm", minutes=2)

# Helm 3 is still widely used; only tests of upgrades need it.
HELM3 = Tool("helm3", "helm.sh/helm/v3", "helm.sh/helm/v3/cmd/helm", minutes=2)

# Downloads prebuilt programs; in a separate module because of conflicting dependencies.
SETUP_ENVTEST_MODULE = "sigs.k8s.io/controller-runtime/tools/setup-envtest"
SETUP_ENVTEST = Tool(
    "setup-envtest",
    SETUP_ENVTEST_MODULE,
    SETUP_ENVTEST_MODULE,
    minutes=1,
    go_mod=MODULES / "envtest" / "go.mod",
)

# Stores the traces for `ark trace`; in a separate module because of conflicting dependencies.
JAEGER_MODULE = "github.com/jaegertracing/jaeger"
JAEGER = Tool(
    "all-in-one",
    JAEGER_MODULE,
    f"{JAEGER_MODULE}/cmd/all-in-one",
    minutes=6,
    go_mod=MODULES / "jaeger" / "go.mod",
)

# Provided by KUBEBUILDER_ASSETS and setup-envtest, which have no helm.
ENVTEST = (ETCD, KUBE_APISERVER, KUBECTL)
ALL = (*ENVTEST, HELM)
