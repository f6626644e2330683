"""--last: which run is the newest."""

import pytest

from arkrun_cli.commands.newest import Metadata, select_newest
from arkrun_cli.errors import NoRunError

TIME = "2026-03-17T10:00:00Z"
LATER = "2026-03-17T10:00:01Z"


def test_the_newest_run_is_selected_by_creation_time() -> None:
    """Names do not matter."""
    assert select_newest([Metadata("z", TIME), Metadata("a", LATER)], "blog", "my-org") == "a"


def test_the_user_chooses_between_two_equally_new_runs() -> None:
    """The creation time has whole seconds."""
    with pytest.raises(NoRunError) as caught:
        select_newest([Metadata("b", TIME), Metadata("a", TIME)], "blog", "my-org")

    assert str(caught.value) == "2 runs of arkteam blog are equally new: name one of a, b"


@pytest.mark.parametrize(
    ("team", "message"),
    [
        ("blog", "arkteam blog has no runs in namespace my-org: start one with ark trigger blog"),
        ("", "namespace my-org has no runs: start one with ark trigger TEAM"),
    ],
)
def test_without_runs_the_message_shows_how_to_start_one(team: str, message: str) -> None:
    """Of the team, or of the namespace."""
    with pytest.raises(NoRunError) as caught:
        select_newest([], team, "my-org")

    assert str(caught.value) == message
