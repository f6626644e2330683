"""The API server's clock decides what is old."""

from email.utils import formatdate

from arkrun_history.clock import ServerClock

NOW = 1_800_000_000.5


class Local:
    """This machine's clock, set by the test."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


def date(moment: float) -> str:
    """Write a Date header."""
    return formatdate(moment, usegmt=True)


def test_a_wrong_clock_is_put_right_by_one_answer() -> None:
    """A node that is a day ahead sees the server's time, to a second."""
    clock = ServerClock(Local(NOW + 86400))

    clock.hear(date(NOW), 0)

    assert abs(clock.now() - NOW) <= 1


def test_a_right_clock_is_left_alone() -> None:
    """The header is cut to the second: within it nothing has to be put right."""
    local = Local(NOW)
    clock = ServerClock(local)

    for step in range(20):
        local.now = NOW + step * 0.37
        clock.hear(date(local.now), 0)

    assert clock.offset == 0.0


def test_a_slow_answer_says_less() -> None:
    """The date was written at some time between question and answer."""
    clock = ServerClock(Local(NOW + 30))

    clock.hear(date(NOW + 10), 30)

    assert clock.offset == 0.0


def test_what_is_no_date_is_passed_over() -> None:
    """A proxy may send anything, or nothing."""
    clock = ServerClock(Local(NOW))

    clock.hear(None, 0)
    clock.hear("yesterday", 0)

    assert clock.now() == NOW
