"""Run the demo on a separate control plane; exit with 0 only if every step has the expected result."""

import argparse
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from controlplane import ControlPlane, ControlPlaneError
from demo.shell import Shell, StoryError
from demo.story import tell
from demo.terminal import Terminal
from support.cluster.installation import Installation
from support.repository import ROOT, TESTS


def main(values: Mapping[str, Any] | None = None, *, keep: bool = False) -> int:
    """Return the exit code; `values` are added to the chart's; `keep` waits for Ctrl-C at the end."""
    terminal, started = Terminal(), time.monotonic()
    try:
        with ControlPlane(progress=terminal.remark) as control_plane:
            installation = Installation(control_plane, values=values, chart="charts/arkrun")
            kubeconfig = control_plane.user_kubeconfig("you", groups=["system:masters"])
            try:
                tell(_shell(terminal, control_plane, kubeconfig), installation)
                terminal.success(
                    f"Every step had the expected result, in {time.monotonic() - started:.0f} s."
                )
                if keep:
                    _restore(terminal, installation)
                    _wait_for_interrupt(terminal, control_plane, kubeconfig)
            finally:
                installation.stop_webhook()
    except (StoryError, ControlPlaneError) as error:
        terminal.failure(f"demo: {error}")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _restore(terminal: Terminal, installation: Installation) -> None:
    """Start the webhook again and restore its configurations."""
    terminal.remark("Starting the webhook again and restoring its configurations …")
    installation.install("upgrade")
    installation.start_webhook()


def _wait_for_interrupt(terminal: Terminal, control_plane: ControlPlane, kubeconfig: Path) -> None:
    terminal.remark("The cluster and the webhook keep running. In another shell:")
    print(f"export KUBECONFIG={kubeconfig}")
    print(f'export PATH="{control_plane.programs}:{Path(sys.executable).parent}:$PATH"', flush=True)
    terminal.remark("kubectl, helm and ark are on that PATH; Ctrl-C here stops everything.")
    try:
        signal.pause()
    except KeyboardInterrupt:
        terminal.remark("Stopping.")


def _shell(terminal: Terminal, control_plane: ControlPlane, kubeconfig: Path) -> Shell:
    # `kubectl edit` saves refused edits in TMPDIR; delete them with the control plane.
    environment = {**control_plane.environment(kubeconfig), "TMPDIR": str(kubeconfig.parent)}
    # For `ark`, and for Python with the tests' modules.
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    environment["PYTHONPATH"] = str(TESTS)
    return Shell(terminal, environment, ROOT)


def _keep(arguments: list[str]) -> bool:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="keep everything running until Ctrl-C")
    return bool(parser.parse_args(arguments).keep)


if __name__ == "__main__":
    keep = _keep(sys.argv[1:])
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell's background job would ignore SIGINT
        signal.signal(number, signal.default_int_handler)
    sys.exit(main(keep=keep))
