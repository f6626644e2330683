"""The process inside the namespaces: start the cluster, then run a command or wait for Ctrl-C."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from controlplane import ControlPlaneError
from node.cluster import NEXT_TAG, PORT, NodeCluster
from node.forward import forward
from node.prepare import say
from node.programs.images import IMAGE, TAG


def main(plan: dict[str, Any]) -> int:
    """Start the cluster that the plan describes; return the exit code."""
    home = Path(plan["home"])
    cluster = NodeCluster(
        home,
        cgroup=plan["cgroup"],
        workers=plan["workers"],
        programs=home / "bin",
        images=[Path(image) for image in plan["images"]],
        progress=say,
    )
    try:
        with cluster:
            if plan["command"]:
                return _run(cluster, plan["command"])
            _show(cluster, socket.socket(fileno=plan["listener"]))
            signal.pause()
    except KeyboardInterrupt:
        return 130
    except ControlPlaneError as error:
        say(str(error))
    return 1


def _run(cluster: NodeCluster, command: list[str]) -> int:
    plane = cluster.control_plane
    images = {"IMAGE": f"{IMAGE}:{TAG}", "NEXT_IMAGE": f"{IMAGE}:{NEXT_TAG}"}
    environment = {**os.environ, "KUBECONFIG": str(plane.kubeconfig), **images}
    return subprocess.run(command, env=environment, check=False).returncode


def _show(cluster: NodeCluster, listener: socket.socket) -> None:
    """Print the exports for a shell outside; its kubectl connects through a forwarded loopback port."""
    forward(listener, PORT)
    plane = cluster.control_plane
    kubeconfig = plane.user_kubeconfig("admin", groups=["system:masters"])
    config = json.loads(kubeconfig.read_text())
    config["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{listener.getsockname()[1]}"
    kubeconfig.write_text(json.dumps(config))
    print(f"export KUBECONFIG={kubeconfig}")
    print(f'export PATH="{plane.programs}:$PATH"', flush=True)
    say(
        "Paste these two lines into another shell; to install the chart with the built image: "
        f"helm install arkrun charts/arkrun --set image.repository={IMAGE},image.tag={TAG}. "
        "Ctrl-C here stops the cluster."
    )


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
