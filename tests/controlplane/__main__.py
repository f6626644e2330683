"""`make controlplane`: run a control plane until Ctrl-C."""

import signal
import sys

from controlplane import ControlPlane, ControlPlaneError


def main() -> int:
    """Start a control plane, print the exports for another shell, and wait."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with ControlPlane(progress=lambda line: print(line, file=sys.stderr)) as control_plane:
            print(f"export KUBECONFIG={control_plane.kubeconfig}")
            print(f'export PATH="{control_plane.programs}:$PATH"', flush=True)
            print(
                "Paste these two lines into another shell; Ctrl-C here stops the control plane.",
                file=sys.stderr,
            )
            signal.pause()
    except KeyboardInterrupt:
        return 130
    except ControlPlaneError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
