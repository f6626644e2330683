"""The table of `ark runs`, without a cluster."""

from collections.abc import Iterator

import pytest

from arkrun_cli.render.table import print_table
from arkrun_cli.render.terminal import console

ROWS = [
    {"object": {"metadata": {"namespace": "my-org"}}, "cells": ["blog-run-a1b2c", "Succeeded", "6160"]},
    {"object": {"metadata": {"namespace": "x"}}, "cells": ["b", "Paused", ""]},
]
PLAIN = "NAME             PHASE       TOKENS\nblog-run-a1b2c   Succeeded   6160\nb                Paused\n"


@pytest.fixture(autouse=True)
def clear_console_cache() -> Iterator[None]:
    """Clear the cached console, which has read the environment once."""
    console.cache_clear()
    yield
    console.cache_clear()


@pytest.mark.parametrize(
    ("environment", "green"),
    [
        ({}, ("", "")),
        ({"FORCE_COLOR": "1"}, ("\x1b[32m", "\x1b[0m")),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, ("", "")),
    ],
)
def test_a_phase_is_coloured_if_the_environment_asks_for_it(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    green: tuple[str, str],
) -> None:
    """Colours do not change the alignment, and no line ends in spaces."""
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"TERM": "xterm", **environment}.items():
        monkeypatch.setenv(name, value)

    print_table(["Name", "Phase", "Tokens"], ROWS, with_namespace=False)

    assert capsys.readouterr().out == PLAIN.replace("Succeeded", "Succeeded".join(green))


def test_a_table_of_all_namespaces_starts_with_the_namespace(capsys: pytest.CaptureFixture[str]) -> None:
    """As in kubectl."""
    print_table(["Name", "Phase", "Tokens"], ROWS, with_namespace=True)

    assert capsys.readouterr().out.splitlines()[1] == "my-org      blog-run-a1b2c   Succeeded   6160"
