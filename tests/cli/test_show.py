"""What `ark show` prints and writes."""

from datetime import UTC, datetime
from io import StringIO

from rich.console import Console

from arkrun_cli.graph import depths
from arkrun_cli.page import page
from arkrun_cli.record import Record
from arkrun_cli.show import rendered
from builders_records import DONE, record, step

NOW = datetime(2026, 3, 17, 10, 5, 45, tzinfo=UTC)


def printed(run: dict[str, object], width: int = 110) -> str:
    """Render a run as text, without trailing blanks."""
    console = Console(file=StringIO(), width=width, highlight=False, markup=False, emoji=False)
    console.print(rendered(Record.read(run), NOW))
    assert isinstance(console.file, StringIO)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines())


def test_a_record_in_full() -> None:
    """The reference page's own example, as a person sees it."""
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


def test_failures_are_shown_in_full() -> None:
    """A failed step's whole message and its task are there, and what never ran is Pending."""
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


def test_what_an_agent_wrote_cannot_move_the_cursor() -> None:
    """Control characters of an output do not reach the terminal."""
    text = printed(record(status={**DONE, "output": "\x1b[2J\x1b]0;title\x07 gone\r\nnext\tline"}))

    assert text.endswith("output\n�[2J�]0;title� gone\nnext    line")


def test_rich_markup_in_an_output_is_text() -> None:
    """Square brackets are what the agent wrote, not a style."""
    assert printed(record(status={**DONE, "output": "[bold]x[/bold] :smile:"})).endswith(
        "[bold]x[/bold] :smile:"
    )


def test_depth_is_the_longest_way() -> None:
    """A step stands right of everything that it waits for."""
    pipeline = [{"role": "a"}, {"role": "b", "dependsOn": ["a"]}, {"role": "c", "dependsOn": ["a", "b"]}]

    assert depths(Record.read(record(spec={"pipeline": pipeline})).steps) == {"a": 0, "b": 1, "c": 2}


def test_the_page_runs_nothing() -> None:
    """What an agent wrote is text on the page, and the page may load and run nothing."""
    evil = "<script>alert(1)</script>"
    steps = [step("researcher", output=evil), step("writer", "Failed", message=evil)]
    run = record(spec={"input": {evil: evil}}, status={"phase": "Failed", "output": evil, "steps": steps})

    text = page(Record.read(run), NOW)

    assert "<script" not in text
    assert text.count("&lt;script&gt;") == 5
    assert "default-src 'none'; style-src 'unsafe-inline'" in text
    assert "http" not in text.replace("http-equiv", "")
