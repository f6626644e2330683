"""The chart, rendered with the helm version that installs it."""

import pytest

from controlplane.programs.binaries import find
from support.rendering import Rendering


@pytest.fixture(scope="session")
def chart(request: pytest.FixtureRequest) -> Rendering:
    """Render the chart with the control plane's helm, without starting any process."""
    reporter = request.config.pluginmanager.get_plugin("terminalreporter")
    return Rendering(find(print if reporter is None else reporter.write_line).helm)
