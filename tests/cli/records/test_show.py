"""The text and the page of `ark show`."""

from datetime import UTC, datetime
from io import StringIO

from rich.console import Console

from arkrun_cli.render.graph import depths
from arkrun_cli.render.page import render_page
from arkrun_cli.render.text import render_run
from arkrun_cli.run_view import RunView
from support.builders.records import DONE, record, step

NOW = datetime(2026, 3, 17, 10, 5, 45, tzinfo=UTC)


def printed(run: dict[str, object], width: int = 110) -> str:
    """Render a run as text, without trailing blanks."""
    console = Console(file=StringIO(), width=width, highlight=False, markup=False, emoji=False)
    console.print(render_run(RunView.read(run), NOW))
    assert isinstance(console.file, StringIO)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines())


def test_a_run_is_shown_with_steps_input_and_output() -> None:
    """The example of the reference page."""
    run = record(
        "blog-pipeline-run-a1b2c3", team="blog-pipeline", spec={"input": {"topic": "AI"}}, status=DONE
    )

    assert printed(run) == (
        "blog-pipeline-run-a1b2c3  Succeeded\n"
        "team blog-pipeline, generation 3; namespace my-org; started 2026-03-17 10:00:00 UTC (5m45s ago)\n"
        "\n"
        "STEP        AFTER       PHASE      TIMELINE                         TIME  TOKENS    IN   OUT\n"
        "researcher              Succeeded  █████████                         12s    1560   320  1240\n"
        "writer      researcher  Succeeded          ███████████████████████   33s    4600  1240  3360\n"
        "total                                                                45s    6160  1560  4600\n"
        "\n"
        "input\n"
        "  topic  AI\n"
        "\n"
        "output\n"
        "Transformers use self-attention mechanisms to..."
    )


def test_a_failed_step_is_shown_with_its_whole_message() -> None:
    """With its task; a step that never ran is Pending."""
    message = "agent returned HTTP 529: " + "overloaded " * 12 + "end"
    status = {
        "phase": "Failed",
        "startTime": "2026-03-17T10:00:00Z",
        "completionTime": "2026-03-17T10:00:10Z",
        "steps": [
            step("researcher", "Failed", message=message, taskID="1-0", startTime="2026-03-17T10:00:00Z")
        ],
    }

    text = printed(record(status=status), width=400)

    assert f"  researcher (task 1-0): {message}" in text
    assert "writer      researcher  Pending" in text


def test_control_characters_of_an_output_are_replaced() -> None:
    """An agent's output must not control the terminal."""
    text = printed(record(status={**DONE, "output": "\x1b[2J\x1b]0;title\x07 gone\r\nnext\tline"}))

    assert text.endswith("output\n�[2J�]0;title� gone\nnext    line")


def test_rich_markup_in_an_output_is_not_interpreted() -> None:
    """Square brackets and colons are text."""
    assert printed(record(status={**DONE, "output": "[bold]x[/bold] :smile:"})).endswith(
        "[bold]x[/bold] :smile:"
    )


def test_the_depth_of_a_step_is_its_longest_path() -> None:
    """A step is drawn to the right of all its dependencies."""
    pipeline = [{"role": "a"}, {"role": "b", "dependsOn": ["a"]}, {"role": "c", "dependsOn": ["a", "b"]}]

    assert depths(RunView.read(record(spec={"pipeline": pipeline})).steps) == {"a": 0, "b": 1, "c": 2}


def test_the_page_escapes_outputs_and_forbids_scripts() -> None:
    """Its Content-Security-Policy blocks scripts and external resources."""
    evil = "<script>alert(1)</script>"
    steps = [step("researcher", output=evil), step("writer", "Failed", message=evil)]
    run = record(spec={"input": {evil: evil}}, status={"phase": "Failed", "output": evil, "steps": steps})

    text = render_page(RunView.read(run), NOW)

    assert "<script" not in text
    assert text.count("&lt;script&gt;") == 5
    assert "default-src 'none'; style-src 'unsafe-inline'" in text
    assert "http" not in text.replace("http-equiv", "")
