"""The whole chart beside the CRDs of an operator."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from controlplane import ControlPlane
from recordings.replay import OPERATOR_ACCOUNT
from support.cluster.installation import Installation


@contextmanager
def installed_beside(install_crds: Callable[[ControlPlane], None]) -> Iterator[Installation]:
    """Install CRDs, then the chart without its own; the operator is a named controller."""
    values = {
        "crds.arkruns.enabled": False,
        "crds.arkteams.enabled": False,
        "webhook.controllers": [OPERATOR_ACCOUNT],
    }
    with ControlPlane() as control_plane:
        install_crds(control_plane)
        with Installation(control_plane, values=values) as installed:
            yield installed
