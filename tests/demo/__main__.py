"""Tell the story on a control plane of its own; exit 0 only when every step held."""

import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from controlplane import ControlPlane, ControlPlaneError
from demo.stage import Stage, StoryError
from demo.story import tell
from demo.terminal import Terminal
from installation import Installation

ROOT = Path(__file__).resolve().parents[2]


def main(values: Mapping[str, Any] | None = None) -> int:
    """Return the exit code; `values` go to helm on top of the story's own."""
    terminal, started = Terminal(), time.monotonic()
    try:
        with ControlPlane(progress=terminal.remark) as control_plane:
            installation = Installation(control_plane, values=values, chart="charts/arkrun")
            try:
                tell(_stage(terminal, control_plane), installation)
            finally:
                installation.stop_webhook()
    except (StoryError, ControlPlaneError) as error:
        terminal.failure(f"demo: {error}")
        return 1
    except KeyboardInterrupt:
        return 130
    terminal.success(f"Every step did what the story says, in {time.monotonic() - started:.0f} s.")
    return 0


def _stage(terminal: Terminal, control_plane: ControlPlane) -> Stage:
    kubeconfig = control_plane.user_kubeconfig("you", groups=["system:masters"])
    # `kubectl edit` keeps what it could not store in TMPDIR; it shall go with the control plane.
    environment = {**control_plane.environment(kubeconfig), "TMPDIR": str(kubeconfig.parent)}
    return Stage(terminal, environment, ROOT)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
