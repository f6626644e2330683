"""What was freed does not stay with the process."""

import platform
from pathlib import Path

import pytest
import uvicorn

from arkrun_webhook import memory
from arkrun_webhook.server import Server

MEGABYTE = 1024 * 1024


def resident() -> float:
    """Tell how many MB of this process are in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / MEGABYTE


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other libcs have their own ways")
def test_pages_between_what_is_kept_go_back() -> None:
    """Of small things between large ones, the large ones' memory is returned."""
    large, small = [], []
    for _ in range(1000):
        large.append(b"\1" * 64 * 1024)
        small.append(b"\1" * 1024)
    full = resident()
    large.clear()
    memory.give_back()

    assert full - resident() > 50
    assert len(small) == 1000


async def test_a_server_gives_back_every_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the ten ticks that uvicorn makes a second, one does it."""
    given: list[int] = []
    server = Server(uvicorn.Config("none:none"), drain_seconds=0, port_file=None)
    for tick in range(1, 41):
        monkeypatch.setattr(memory, "give_back", lambda tick=tick: given.append(tick))
        await server.on_tick(tick)

    assert given == [10, 20, 30, 40]
