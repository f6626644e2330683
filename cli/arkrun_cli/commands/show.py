"""`ark show`: one run as text, as an object, or as an HTML page."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from arkrun_cli.cluster import Cluster
from arkrun_cli.commands.newest import resolve_run
from arkrun_cli.errors import ArkError
from arkrun_cli.render.formats import CreatedFormat, Format, format_object
from arkrun_cli.render.terminal import print_rendered, print_result
from arkrun_cli.run_view import RunView


async def show_run(
    cluster: Cluster, run_or_team: str | None, *, last: bool, output: Format | None, web: Path | None
) -> None:
    """Read a run, or with `last` a team's newest one, and print it as `output`, or as a page to `web`.

    Raises NoRunError and KubeError.
    """
    run = await cluster.get_run(await resolve_run(cluster, run_or_team, last=last))
    now = cluster.clock.now()
    if output:
        print_result(format_object(run, CreatedFormat(output)))
    elif web:
        from arkrun_cli.render.page import write_page  # noqa: PLC0415 - one renderer per call

        write_page(RunView.read(run), now, web, run, await _seal(cluster, run))
    else:
        from arkrun_cli.render.text import render_run  # noqa: PLC0415

        print_rendered(render_run(RunView.read(run), now, await _seal(cluster, run)))


async def _seal(cluster: Cluster, run: dict[str, Any]) -> str:
    """Return what the seals of a run say; without public keys, that nobody can tell."""
    from arkrun_cli.render.report import title  # noqa: PLC0415 - `-o json` needs no keys
    from arkrun_cli.seal.key_source import DEFAULT_CONFIG_MAP, keys_of_cluster  # noqa: PLC0415
    from arkrun_crd.seal.verify import State, verify  # noqa: PLC0415

    report = verify(run, {})
    if report.state is State.NOT_SEALED:
        return title(report)
    try:
        keys = await keys_of_cluster(cluster, os.environ.get("ARK_SEAL_KEYS", DEFAULT_CONFIG_MAP))
    except ArkError as error:
        return f"cannot tell: {error}"
    return title(verify(run, keys))
