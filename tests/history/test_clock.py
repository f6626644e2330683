"""Ages are measured by the API server's clock."""

from email.utils import formatdate

from arkrun_history.cluster.clock import ServerClock

NOW = 1_800_000_000.5


class LocalClock:
    """This machine's clock, set by the test."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        """Return the time that the test has set."""
        return self.now


def date(time: float) -> str:
    """Format a Date header."""
    return formatdate(time, usegmt=True)


def test_one_response_corrects_a_wrong_local_clock() -> None:
    """On a node that is a day ahead, the clock shows the server's time to a second."""
    clock = ServerClock(LocalClock(NOW + 86400))

    clock.observe(date(NOW), 0)

    assert abs(clock.now() - NOW) <= 1


def test_a_correct_local_clock_gets_no_offset() -> None:
    """The Date header is truncated to seconds: a difference below one second is no error."""
    local = LocalClock(NOW)
    clock = ServerClock(local)

    for step in range(20):
        local.now = NOW + step * 0.37
        clock.observe(date(local.now), 0)

    assert clock.offset == 0.0


def test_a_slow_response_allows_for_its_duration() -> None:
    """The server stamped it at any time between the request and the response."""
    clock = ServerClock(LocalClock(NOW + 30))

    clock.observe(date(NOW + 10), 30)

    assert clock.offset == 0.0


def test_a_missing_or_malformed_date_is_ignored() -> None:
    """A proxy may drop or replace the header."""
    clock = ServerClock(LocalClock(NOW))

    clock.observe(None, 0)
    clock.observe("yesterday", 0)

    assert clock.now() == NOW
