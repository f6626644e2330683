"""Output of the demo, with colours and without."""

import io

import pytest

from demo.terminal import Terminal


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


def printed(stream: io.StringIO, environment: dict[str, str]) -> str:
    """Return the output of one call of each kind."""
    terminal = Terminal(stream, environment)
    terminal.scene("Try.")
    terminal.command("kubectl get arkrun")
    terminal.output("no\n\nnever\n", refused=True)
    terminal.remark("Why?")
    return stream.getvalue()


def test_output_to_a_terminal_is_coloured() -> None:
    """Headings, commands, refusals and remarks have different colours; empty lines have none."""
    assert printed(Tty(), {"TERM": "xterm"}) == (
        "\n\x1b[1m1. Try.\x1b[0m\n\n"
        "\x1b[32m$\x1b[0m \x1b[36mkubectl get arkrun\x1b[0m\n"
        "\x1b[31mno\x1b[0m\n\n\x1b[31mnever\x1b[0m\n\n"
        "\x1b[2mWhy?\x1b[0m\n"
    )


@pytest.mark.parametrize(
    ("stream", "environment"),
    [
        (io.StringIO, {"TERM": "xterm"}),
        (Tty, {"TERM": "xterm", "NO_COLOR": "1"}),
        (Tty, {"TERM": "dumb"}),
    ],
    ids=["file", "NO_COLOR", "dumb"],
)
def test_other_output_is_not_coloured(stream: type[io.StringIO], environment: dict[str, str]) -> None:
    """The text is the same for a file, NO_COLOR and a dumb terminal."""
    assert printed(stream(), environment) == "\n1. Try.\n\n$ kubectl get arkrun\nno\n\nnever\n\nWhy?\n"


def test_an_empty_no_color_is_ignored() -> None:
    """Only a nonempty NO_COLOR disables colours (no-color.org)."""
    assert "\x1b[" in printed(Tty(), {"TERM": "xterm", "NO_COLOR": ""})
