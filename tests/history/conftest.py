"""Runs of a team on the real API server, and replicas of arkrun-history."""

from pathlib import Path
from typing import Any

import pytest

from controlplane import ControlPlane
from support.history.process import HistoryProcess, StartHistory
from support.history.records import Records


@pytest.fixture
def records(crds: ControlPlane, bare_namespace: str) -> Records:
    """Return the records of a new namespace."""
    return Records(crds, bare_namespace)


@pytest.fixture
def history(records: Records, tmp_path: Path) -> StartHistory:
    """Return a factory of replicas for the test's namespace, each with a directory of its own."""
    count = iter(range(100))

    def build(**settings: Any) -> HistoryProcess:
        namespaces = {"namespace": records.namespace, "lease_namespace": records.namespace}
        directory = tmp_path / f"replica-{next(count)}"
        return HistoryProcess(
            records.control_plane, directory, **{**namespaces, "lease_seconds": 3, **settings}
        )

    return build
