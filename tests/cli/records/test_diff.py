"""What `ark diff` finds between two runs."""

import pytest

from arkrun_cli.commands.diff import differences, format_difference
from support.builders.records import DONE, Json, record, step, usage

GOOD = record(
    "good", spec={"input": {"topic": "AI"}, "roles": [{"name": "writer", "model": "m-1"}]}, status=DONE
)


def changed(run: Json) -> list[str]:
    """Return the differences from the good run."""
    return [format_difference(each) for each in differences(GOOD, run)]


def test_equal_runs_have_no_differences() -> None:
    """Name, uid and creation time are no difference."""
    assert changed({**GOOD, "metadata": {**GOOD["metadata"], "name": "other", "uid": "u"}}) == []


@pytest.mark.parametrize(
    ("spec", "difference"),
    [
        ({"teamGeneration": 4}, "spec.teamGeneration: 3 -> 4"),
        (
            {"input": {"topic": "x", "tone": "dry"}},
            "spec.input.topic: AI -> x|spec.input.tone: (none) -> dry",
        ),
        ({"roles": [{"name": "writer", "model": "m-2"}]}, "spec.roles.writer.model: m-1 -> m-2"),
        ({"pipeline": [{"role": "writer", "dependsOn": ["researcher"]}, {"role": "researcher"}]}, ""),
        ({"maxTokens": 5}, "spec.maxTokens: (none) -> 5"),
        ({"input": {"a.b": "c", "topic": "AI"}}, 'spec.input["a.b"]: (none) -> c'),
    ],
)
def test_the_snapshot_and_the_input_are_compared(spec: Json, difference: str) -> None:
    """Roles and steps by name, whatever their order."""
    run = record("bad", spec={**GOOD["spec"], **spec}, status=DONE)

    assert "|".join(changed(run)) == difference


def test_phases_outputs_and_tokens_are_compared() -> None:
    """Outputs of several lines as the lines that changed."""
    steps = [DONE["steps"][0], step("writer", "Failed", message="boom", output="a\nb")]
    status = {**DONE, "phase": "Failed", "steps": steps, "totalTokenUsage": usage(320, 1240)}

    assert changed(record("bad", spec=GOOD["spec"], status=status)) == [
        "status.phase: Succeeded -> Failed",
        "status.steps.writer.phase: Succeeded -> Failed",
        "status.steps.writer.message: (none) -> boom",
        "status.steps.writer.time: 33s -> (none)",
        "status.steps.writer.output:\n  @@ -1 +1,2 @@\n  -Transformers use self-attention...\n  +a\n  +b",
        "status.steps.writer.tokens: 4600 -> (none)",
        "status.tokens: 6160 -> 1560",
    ]
