"""Durations have the syntax and range of Go's time.ParseDuration."""

import json
from typing import Any

import pytest

from arkrun_crd.durations import is_go_duration
from arkrun_crd.names import TEAM_PLURAL
from controlplane import ControlPlane
from support.builders.objects import team
from support.cluster.resources import Resource

READ = (
    "0",
    "+0",
    "-0",
    "168h",
    "1h30m",
    "1.5h",
    ".5s",
    "5.s",
    "+5s",
    "-1.5h",
    "1h15m30.918273645s",
    "300ms",
    "2us",
    "2µs",
    "2μs",
    "9223372036854775807ns",
    "-9223372036854775808ns",
    "2562047h47m16.854775807s",
    "0.3333333333333333333h",
    "00000000000000000001s",
)
NOT_READ = (
    "",
    "3",
    "-",
    "s",
    ".",
    ".s",
    "+.s",
    "7d",
    "1w",
    "1 h",
    "1h-30m",
    "1e3s",
    "\u0667h",
    "1h\n",
    "9223372036854775808ns",
    "-9223372036854775809ns",
    "2562047h47m16.854775808s",
    "2562048h",
    "99999999999999999999h",
)


@pytest.mark.parametrize("text", READ)
def test_go_duration_is_accepted(text: str) -> None:
    """A duration that Go parses is accepted."""
    assert is_go_duration(text)


@pytest.mark.parametrize("text", NOT_READ)
def test_text_that_go_does_not_parse_is_rejected(text: str) -> None:
    """A text that Go does not parse is rejected: it would break an operator's list of all teams."""
    assert not is_go_duration(text)


@pytest.mark.cluster
@pytest.mark.parametrize("text", [*READ, *NOT_READ])
def test_api_server_accepts_the_same_durations(crds: ControlPlane, bare_namespace: str, text: str) -> None:
    """The CRD's pattern and CEL rule accept the same durations."""
    body: dict[str, Any] = team(entry="a", roles=[{"name": "a"}], runRetainFor=text)
    answer = Resource(crds.api, bare_namespace, TEAM_PLURAL).create(json.dumps(body).encode(), "?dryRun=All")

    assert (answer.status == 201) is is_go_duration(text), answer.message
