"""Output of the demo, with colours and without."""

import io

import pytest

from demo.terminal import Terminal


class Tty(io.StringIO):
    """A terminal that can show colours."""

    def isatty(self) -> bool:
        """Return True."""
        return True


def told(stream: io.StringIO, environment: dict[str, str]) -> str:
    """Print one of each."""
    terminal = Terminal(stream, environment)
    terminal.scene("Try.")
    terminal.command("kubectl get arkrun")
    terminal.output("no\n\nnever\n", refused=True)
    terminal.remark("Why?")
    return stream.getvalue()


def test_output_to_a_terminal_is_coloured() -> None:
    """Headings, commands, refusals and remarks can be told apart; an empty line stays empty."""
    assert told(Tty(), {"TERM": "xterm"}) == (
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
    """A file, NO_COLOR and a dumb terminal get plain text, the same words."""
    assert told(stream(), environment) == "\n1. Try.\n\n$ kubectl get arkrun\nno\n\nnever\n\nWhy?\n"


def test_an_empty_no_color_is_ignored() -> None:
    """NO_COLOR counts when it is not an empty string (no-color.org)."""
    assert "\x1b[" in told(Tty(), {"TERM": "xterm", "NO_COLOR": ""})
