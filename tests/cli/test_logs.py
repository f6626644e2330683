"""What `ark logs` prints of each version of a run."""

from typing import Any

from arkrun_cli.commands.logs import Transcript
from arkrun_cli.run_view import RunView
from support.builders.records import DONE, record, step


def read(transcript: Transcript, *steps: dict[str, Any], phase: str = "Running") -> str:
    """Return what is printed of a version with these steps."""
    return "".join(transcript.read(RunView.read(record(status={"phase": phase, "steps": list(steps)}))))


def test_steps_are_printed_in_order_with_their_facts() -> None:
    """The example of the reference page."""
    assert "".join(Transcript().read(RunView.read(record(status=DONE)))) == (
        "--- researcher: Succeeded in 12s, 1560 tokens ---\n"
        "Research findings: ...\n"
        "--- writer: Succeeded in 33s, 4600 tokens ---\n"
        "Transformers use self-attention...\n"
    )


def test_a_step_is_printed_once_it_has_ended() -> None:
    """And not again with the next version."""
    transcript = Transcript()

    assert read(transcript, step("researcher", "Running")) == ""
    ended = step("researcher", output="found")
    assert read(transcript, ended) == "--- researcher: Succeeded ---\nfound\n"
    assert read(transcript, ended, step("writer", "Running")) == ""


def test_steps_that_ended_meanwhile_are_all_printed() -> None:
    """An API server that was away for a while gives the last version alone."""
    transcript = Transcript()

    assert read(transcript, step("writer", output="b"), step("researcher", output="a")) == (
        "--- researcher: Succeeded ---\na\n--- writer: Succeeded ---\nb\n"
    )


def test_every_iteration_of_a_loop_is_printed() -> None:
    """The record keeps only the last one's output."""
    transcript = Transcript()
    first = read(transcript, step("researcher", iterations=1, output="draft"))
    read(transcript, step("researcher", "Pending", iterations=1, output="draft"))
    second = read(transcript, step("researcher", iterations=2, output="final"))

    assert first == "--- researcher: Succeeded, iteration 1 ---\ndraft\n"
    assert second == "--- researcher: Succeeded, iteration 2 ---\nfinal\n"


def test_a_message_of_a_running_step_is_printed_when_it_changes() -> None:
    """Such as why it waits."""
    transcript = Transcript()

    assert read(transcript, step("researcher", "Running", message="queued")) == (
        "--- researcher: Running ---\nmessage: queued\n"
    )
    assert read(transcript, step("researcher", "Running", message="queued")) == ""


def test_only_the_named_or_the_failed_steps_are_printed() -> None:
    """--step and --failed."""
    steps = [step("researcher", output="a"), step("writer", "Failed", message="boom")]
    failed = "--- writer: Failed ---\nmessage: boom\n"

    assert read(Transcript(failed_only=True), *steps) == failed
    assert read(Transcript(["writer"]), *steps) == failed
    assert read(Transcript(["researcher"], failed_only=True), *steps) == ""
