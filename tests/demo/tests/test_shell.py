"""Each step's result is checked; an unexpected one ends the demo with a message."""

import io
import os
import select
from pathlib import Path

import pytest

from demo import shell as shell_module
from demo.shell import Shell, StoryError
from demo.terminal import Terminal


@pytest.fixture
def printed() -> io.StringIO:
    """Return a buffer for the output."""
    return io.StringIO()


@pytest.fixture
def shell(printed: io.StringIO, tmp_path: Path) -> Shell:
    return Shell(Terminal(printed, {}), {"PATH": os.defpath, "WORD": "hello"}, tmp_path)


def test_the_displayed_command_is_executed(shell: Shell, printed: io.StringIO) -> None:
    """The shell runs the line as printed, including pipes and variables."""
    assert shell.runs('echo "$WORD" | tr h H', "Hello") == "Hello\n"
    assert printed.getvalue() == '$ echo "$WORD" | tr h H\nHello\n\n'


def test_spaces_of_a_table_are_ignored(shell: Shell) -> None:
    """The width of kubectl's columns is irrelevant."""
    shell.runs("printf 'NAME     TEAM\nrun-1    blog\n'", "NAME TEAM run-1 blog")


@pytest.mark.parametrize(
    ("method", "command", "expected", "sentence"),
    [
        ("runs", "exit 3", (), "`exit 3` had to succeed, but ended with 3."),
        ("is_refused", "true", (), "`true` had to be refused, but succeeded."),
        ("runs", "echo no", ("yes",), "`echo no` had to print 'yes', but did not."),
        ("is_refused", "echo no; false", ("yes",), "`echo no; false` had to print 'yes', but did not."),
    ],
)
def test_a_step_with_another_result_is_an_error(
    shell: Shell, method: str, command: str, expected: tuple[str, ...], sentence: str
) -> None:
    """The message contains the command, the expectation and the result."""
    with pytest.raises(StoryError) as caught:
        getattr(shell, method)(command, *expected)

    assert str(caught.value) == sentence


def test_a_command_that_hangs_is_killed(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No step waits forever, and its child processes are killed too."""
    monkeypatch.setattr(shell_module, "COMMAND_SECONDS", 0.5)
    command = f"sleep 60 & echo $! > {tmp_path}/pid; wait"

    with pytest.raises(StoryError) as caught:
        shell.runs(command)

    assert str(caught.value) == f"`{command}` did not end within 0.5 s."
    assert has_ended(int((tmp_path / "pid").read_text()))


def has_ended(pid: int) -> bool:
    """Return True if a process ends soon; it may be a zombie."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return select.select([handle], [], [], 10)[0] == [handle]
    finally:
        os.close(handle)
