"""What the profile measures is the real thing: reviews into the protocol, the rules' answers out of it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from bench.inside import Inside, request
from bench.payloads import OPERATIONS, payload


@pytest.fixture(autouse=True)
def _configured_anew() -> Iterator[None]:
    """Leave structlog as it was; the serving process of the profile logs into nothing."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_a_profiled_review_is_answered_as_the_rules_say(operation: str, tmp_path: Path) -> None:
    """Each kind of review gets the answer that its payload states."""
    sent = payload(operation, 7)
    answer = await Inside("ours", tmp_path).send(request(sent))
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["response"]["allowed"] is sent.allowed
