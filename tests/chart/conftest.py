"""The chart, rendered by the same helm that installs it."""

import pytest

from controlplane.programs.binaries import find
from support.rendering import Rendering


@pytest.fixture(scope="session")
def chart(request: pytest.FixtureRequest) -> Rendering:
    """Render with the control plane's helm; no process is started."""
    reporter = request.config.pluginmanager.get_plugin("terminalreporter")
    return Rendering(find(print if reporter is None else reporter.write_line).helm)
