"""The scene of the seal: a record edited past every wall is found."""

from pathlib import Path

from demo.stage import Stage
from history_process import HistoryProcess
from installation import Installation

ACCOUNT = "arkrun-history"
SEALED = r"'jsonpath={.metadata.annotations.arkonis\.dev/seal-status}'"


def seal_and_edit(stage: Stage, installation: Installation, run: str) -> None:
    """Seal a run, edit it in etcd, and let `ark verify` find it."""
    control_plane, namespace = installation.control_plane, installation.namespace
    stage.terminal.scene("Seal the records. One is edited in etcd, past every wall: ark verify finds it.")
    stage.runs(
        f"helm upgrade {installation.release} charts/arkrun --namespace {namespace} --reuse-values "
        "--set seal.enabled=true",
        "STATUS: deployed",
    )
    token = control_plane.kubectl("create", "token", ACCOUNT, "-n", namespace).stdout.strip()
    settings = {"seal": True, "no_retention": True, "lease_namespace": namespace}
    kubeconfig = control_plane.token_kubeconfig(ACCOUNT, token)
    directory = Path(kubeconfig).with_name("history")
    stage.terminal.remark("The sealer runs as a process, with the ServiceAccount of the chart's Deployment:")
    stage.terminal.command(f"arkrun-history run --seal --no-retention --lease-namespace={namespace} &")
    with HistoryProcess(control_plane, directory, kubeconfig=kubeconfig, **settings):
        stage.runs(f"kubectl wait arkrun {run} --timeout=20s --for={SEALED}", "condition met")
        stage.runs(
            f"ark verify {run}", f"{run}: verified", "spec verified, sealed", "status verified, sealed"
        )
        stage.terminal.remark("Nobody but the sealer writes a seal:")
        stage.is_refused(
            f"kubectl annotate arkrun {run} --overwrite arkonis.dev/seal-spec=forged",
            f"only system:serviceaccount:{namespace}:{ACCOUNT} writes the annotations",
        )
    stage.terminal.remark("Now write to etcd itself, where no rule, policy or webhook is asked:")
    stage.runs(
        f"python tests/demo/edit_etcd.py {control_plane.etcd_url} my-org {run} weighs hides",
        "Attention hides what matters.",
    )
    stage.is_refused(f"ark verify {run}", f"{run}: altered", "status altered: differs from what was sealed")
    stage.runs(f"ark show {run}", "seal: altered: status differs from what was sealed")
