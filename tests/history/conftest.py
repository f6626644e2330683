"""A team's runs on the real API server, and the process that keeps their history."""

from pathlib import Path
from typing import Any

import pytest

from controlplane import ControlPlane
from historian import Historian, Starter
from history_records import Records


@pytest.fixture
def records(crds: ControlPlane, bare_namespace: str) -> Records:
    """Give a namespace of this test's own."""
    return Records(crds, bare_namespace)


@pytest.fixture
def history(records: Records, tmp_path: Path) -> Starter:
    """Make a replica for the test's namespace; each has a folder of its own."""
    count = iter(range(100))

    def make(**settings: Any) -> Historian:
        where = {"namespace": records.namespace, "lease_namespace": records.namespace}
        directory = tmp_path / f"replica-{next(count)}"
        return Historian(records.control_plane, directory, **{**where, "lease_seconds": 3, **settings})

    return make
