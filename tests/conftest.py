"""The real API server, as fixtures; a test that stops or restarts something starts its own."""

import gc
import signal
import time
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from controlplane import ControlPlane
from recordings.replay import OPERATOR_ACCOUNT
from support.cluster.installation import Installation
from support.cluster.namespaces import OPT_OUT, create_namespace
from support.repository import CRDS

# No deadline: machines are shared and noisy. .ci/run chooses more examples.
for profile, examples in {"fast": 20, "thorough": 50, "ci": 100}.items():
    settings.register_profile(
        profile, max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
settings.load_profile("fast")

OPENAPI = "/openapi/v3/apis/arkonis.dev/v1alpha1"
OPENAPI_SECONDS = 30.0


def pytest_configure() -> None:
    """Handle Ctrl-C also in the background of a shell, which ignores it; child processes inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_sessionstart() -> None:
    """Disable garbage collection during imports: nearly all of these objects live until the end."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Exclude the imported modules from later garbage collections."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def control_plane(request: pytest.FixtureRequest) -> Iterator[ControlPlane]:
    """One etcd and kube-apiserver for the whole session."""
    reporter = request.config.pluginmanager.get_plugin("terminalreporter")
    progress = print if reporter is None else reporter.write_line
    with ControlPlane(progress=progress) as running:
        yield running


@pytest.fixture(scope="session")
def crds(control_plane: ControlPlane) -> ControlPlane:
    """Apply the committed CRDs and wait until they are served."""
    control_plane.apply_crds(CRDS)
    _wait_for_openapi(control_plane)
    return control_plane


def _wait_for_openapi(control_plane: ControlPlane) -> None:
    """Wait until kubectl explain knows the kinds: the API server publishes schemas after Established."""
    deadline = time.monotonic() + OPENAPI_SECONDS
    while "ArkRun" not in (published := control_plane.api.call("GET", OPENAPI)).body.decode():
        assert time.monotonic() < deadline, published
        time.sleep(0.1)


@pytest.fixture(scope="session")
def admission(crds: ControlPlane) -> Iterator[Installation]:
    """Install the chart with one webhook process, called for every namespace that does not opt out."""
    values = {
        "crds.arkruns.enabled": False,
        "crds.arkteams.enabled": False,
        "webhook.controllers": [OPERATOR_ACCOUNT],
        "webhook.namespaceSelector": {
            "matchExpressions": [{"key": OPT_OUT, "operator": "NotIn", "values": ["off"]}]
        },
    }
    with Installation(crds, values=values) as installed:
        yield installed


@pytest.fixture
def namespace(control_plane: ControlPlane) -> str:
    """Create a namespace for one test; it is deleted with the control plane."""
    return create_namespace(control_plane)


@pytest.fixture
def bare_namespace(control_plane: ControlPlane) -> str:
    """Create a namespace for which the webhook is not called, so only CRD and policies apply."""
    return create_namespace(control_plane, {OPT_OUT: "off"})
