"""One timer for a deadline that moves."""

import asyncio

from arkrun_webhook.patience import Patience


def heard(*waits: float, rest: bool = False) -> list[str]:
    """Set deadlines one after the other; gives what rang within 0.3 s."""
    rung: list[str] = []

    async def wait() -> None:
        patience = Patience(asyncio.get_running_loop())
        for seconds in waits:
            patience.wait(seconds, lambda seconds=seconds: rung.append(f"{seconds:g}"))  # type: ignore[misc]
        if rest:
            patience.rest()
        await asyncio.sleep(0.3)
        patience.end()

    asyncio.run(wait())
    return rung


def test_the_latest_deadline_counts() -> None:
    """A deadline takes the place of the one before, be it earlier or later."""
    assert [heard(0.01), heard(60, 0.02), heard(0.03, 60), heard(0.04, 0.05)] == [
        ["0.01"],
        ["0.02"],
        [],
        ["0.05"],
    ]


def test_nothing_rings_while_nothing_is_waited_for() -> None:
    """Rest forgets the deadline."""
    assert heard(0.01, rest=True) == []
