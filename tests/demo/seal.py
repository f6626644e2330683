"""The scene of the seal: an edit in etcd is detected."""

from pathlib import Path

from demo.shell import Shell
from support.cluster.installation import Installation
from support.history.process import HistoryProcess

ACCOUNT = "arkrun-history"
SEALED = r"'jsonpath={.metadata.annotations.arkonis\.dev/seal-status}'"


def seal_and_edit(shell: Shell, installation: Installation, run: str) -> None:
    """Seal a run, edit it in etcd, and detect that with `ark verify`."""
    control_plane, namespace = installation.control_plane, installation.namespace
    shell.terminal.scene("Seal the records, and edit one directly in etcd: ark verify detects it.")
    shell.runs(
        f"helm upgrade {installation.release} charts/arkrun --namespace {namespace} --reuse-values "
        "--set seal.enabled=true",
        "STATUS: deployed",
    )
    token = control_plane.kubectl("create", "token", ACCOUNT, "-n", namespace).stdout.strip()
    settings = {"seal": True, "no_retention": True, "lease_namespace": namespace}
    kubeconfig = control_plane.token_kubeconfig(ACCOUNT, token)
    directory = Path(kubeconfig).with_name("history")
    shell.terminal.remark("The sealer runs as a process, with the ServiceAccount of the chart's Deployment:")
    shell.terminal.command(f"arkrun-history run --seal --no-retention --lease-namespace={namespace} &")
    with HistoryProcess(control_plane, directory, kubeconfig=kubeconfig, **settings):
        shell.runs(f"kubectl wait arkrun {run} --timeout=20s --for={SEALED}", "condition met")
        shell.runs(
            f"ark verify {run}", f"{run}: verified", "spec verified, sealed", "status verified, sealed"
        )
        shell.terminal.remark("Only the sealer may write a seal:")
        shell.is_refused(
            f"kubectl annotate arkrun {run} --overwrite arkonis.dev/seal-spec=forged",
            f"only system:serviceaccount:{namespace}:{ACCOUNT} writes the annotations",
        )
    shell.terminal.remark("Write directly to etcd, which bypasses every rule, policy and webhook:")
    shell.runs(
        f"python tests/demo/edit_etcd.py {control_plane.etcd_url} my-org {run} weighs hides",
        "Attention hides what matters.",
    )
    shell.is_refused(f"ark verify {run}", f"{run}: altered", "status altered: differs from what was sealed")
    shell.runs(f"ark show {run}", "seal: altered: status differs from what was sealed")
