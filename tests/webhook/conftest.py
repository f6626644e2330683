"""A served application for each module; each test starts with the same team."""

from collections.abc import Iterator

import pytest

from webhook.server import Served, serving


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    """Serve on a free port of loopback."""
    with serving() as state:
        yield state


@pytest.fixture
def served(server: Served) -> Served:
    """Reset the server to its usual team and health."""
    server.reset()
    return server
