"""`ark show`: one run as text, as an object, or as an HTML page."""

from __future__ import annotations

from pathlib import Path

from arkrun_cli.cluster import Cluster
from arkrun_cli.render.formats import CreatedFormat, Format, format_object
from arkrun_cli.render.terminal import print_rendered, print_result
from arkrun_cli.run_view import RunView


async def show_run(cluster: Cluster, name: str, *, output: Format | None, web: Path | None) -> None:
    """Read a run and print it as `output`, or write it as a page to `web`. Raises KubeError."""
    run = await cluster.get_run(name)
    now = cluster.clock.now()
    if output:
        print_result(format_object(run, CreatedFormat(output)))
    elif web:
        from arkrun_cli.render.page import write_page  # noqa: PLC0415 - one renderer per call

        write_page(RunView.read(run), now, web, run)
    else:
        from arkrun_cli.render.text import render_run  # noqa: PLC0415

        print_rendered(render_run(RunView.read(run), now))
