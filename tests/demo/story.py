"""The scenes of the demo: a run is created, stamped, and can no longer be changed."""

import shlex
import time

from demo.seal import seal_and_edit
from demo.shell import Shell, StoryError
from support.cluster.installation import Installation

TEAM = "blog-pipeline"
RUN = "blog-pipeline-run-1"
FILES = "tests/demo/manifests"
POLICY = "ValidatingAdmissionPolicy 'arkrun-{0}' with binding 'arkrun-{0}' denied request: "
EFFECTIVE_SECONDS = 30.0
FORBIDDEN = f'The ArkRun "{RUN}" is invalid: '


def tell(shell: Shell, installation: Installation) -> None:
    """Run all scenes; raises StoryError at the first step with an unexpected result."""
    install(shell, installation)
    create(shell)
    look(shell)
    try_to_change(shell)
    write_metadata(shell)
    change_the_team(shell)
    seal_and_edit(shell, installation, RUN)
    stop_the_webhook(shell, installation)
    delete_the_configurations(shell, installation)


def install(shell: Shell, installation: Installation) -> None:
    """Install the chart, and run its webhook as a process."""
    shell.terminal.scene(
        "Install the chart. This cluster has no nodes, so webhook.url names a local process."
    )
    shell.runs(shlex.join(["helm", *installation.helm_arguments("install")]), "STATUS: deployed")
    shell.terminal.remark(
        "The webhook has the arguments, the environment and the ServiceAccount of the chart's Deployment; "
        f"as it does not run in a pod, these differ: {', '.join(installation.overrides)}."
    )
    variables = [f"{name}={value}" for name, value in installation.environment.items()]
    program = " ".join(["arkrun-webhook", *installation.arguments, "&"])
    shell.terminal.command(" \\\n    ".join([*variables, program]))
    installation.start_webhook()
    shell.terminal.output(f"[{installation.pid}] ready: its CA is in both configurations")
    shell.runs(
        "kubectl get mutatingwebhookconfigurations,validatingwebhookconfigurations",
        "mutatingwebhookconfiguration.admissionregistration.k8s.io/arkrun 1",
        "validatingwebhookconfiguration.admissionregistration.k8s.io/arkrun 2",
    )
    shell.terminal.remark("The policies need no webhook:")
    shell.runs("kubectl get validatingadmissionpolicies", "arkrun-record", "arkrun-seal", "arkrun-stamp")


def create(shell: Shell) -> None:
    """Create a run with only teamRef and input."""
    shell.terminal.scene("Create a team of three steps, and a run with only teamRef and input.")
    shell.runs("kubectl create namespace my-org")
    shell.runs("kubectl config set-context --current --namespace=my-org")
    shell.runs(f"kubectl apply -f {FILES}/team.yaml", "arkteam.arkonis.dev/blog-pipeline created")
    shell.runs(f"cat {FILES}/run.yaml")
    shell.is_refused(
        f"sed s/{TEAM}$/no-such-team/ {FILES}/run.yaml | kubectl create -f -",
        'ArkTeam "no-such-team" does not exist in namespace "my-org"',
    )
    shell.runs(f"kubectl apply -f {FILES}/run.yaml", f"arkrun.arkonis.dev/{RUN} created")


def look(shell: Shell) -> None:
    """Show the stamp and the columns."""
    shell.terminal.scene("The webhook has stamped the run: label, teamGeneration, snapshot, merged input.")
    shell.runs(
        f"kubectl get arkrun {RUN} -o yaml",
        f"arkonis.dev/team: {TEAM}",
        "teamGeneration: 1",
        "input: tone: dry topic: attention mechanisms",
        "tracing: sample: 0.25",
        "temperature: 0.2",
        "maxTokens: 9000",
    )
    shell.terminal.remark("Pipeline and roles equal the team's byte for byte, including unknown fields:")
    for field in ("pipeline", "roles"):
        same_digest(shell, field)
    shell.terminal.scene("Write the status as the operator would, and list the runs.")
    write_status = f"kubectl patch arkrun {RUN} --subresource=status --type=merge"
    started = """-p '{"status":{"phase":"Running","startTime":"'$(date -u +%FT%TZ)'"}}'"""
    for status in (started, f"--patch-file {FILES}/status.yaml"):
        shell.runs(f"{write_status} {status}", f"arkrun.arkonis.dev/{RUN} patched")
    row = f"{RUN} {TEAM} Succeeded 6160"
    shell.runs("kubectl get arkrun", "NAME TEAM PHASE TOKENS STARTED AGE", row)
    shell.runs(f"kubectl get aorun -l arkonis.dev/team={TEAM}", row)


def same_digest(shell: Shell, field: str) -> None:
    """Compare a field of team and run by their digests."""
    path = f"-o jsonpath='{{.spec.{field}}}' | sha256sum"
    digests = {
        shell.runs(f"kubectl get arkteam {TEAM} {path}"),
        shell.runs(f"kubectl get arkrun {RUN} {path}"),
    }
    if len(digests) != 1:
        raise StoryError(f"spec.{field} of the run had to equal the team's byte for byte, but does not.")


def try_to_change(shell: Shell) -> None:
    """Try to change the spec with every kubectl command."""
    shell.terminal.scene("Try to change the record by patch, apply, replace and edit. Each is refused.")
    patch = """--type=merge -p '{"spec":{"maxTokens":1}}'"""
    shell.is_refused(f"kubectl patch arkrun {RUN} {patch}", f"{FORBIDDEN}spec.maxTokens: Forbidden: ")
    for apply in ("apply", "apply --server-side --force-conflicts"):
        command = f"kubectl {apply} -f {FILES}/run-rewritten.yaml"
        shell.is_refused(command, f"{FORBIDDEN}spec.input: Forbidden: ")
    to_another_team = "sed 's/teamRef: .*/teamRef: other-team/'"
    shell.is_refused(
        f"kubectl get arkrun {RUN} -o yaml | {to_another_team} | kubectl replace -f -",
        f"{FORBIDDEN}spec.teamRef: Forbidden: ",
    )
    shell.is_refused(f"KUBE_EDITOR={FILES}/editor.sh kubectl edit arkrun {RUN}", "spec.roles: Forbidden: ")
    shell.terminal.remark("The team label is protected too, because `kubectl get -l` uses it:")
    shell.is_refused(
        f"kubectl label arkrun {RUN} arkonis.dev/team-",
        f'(was "{TEAM}", would be absent): leave it as it is',
    )


def write_metadata(shell: Shell) -> None:
    """Change metadata, which stays writable."""
    shell.terminal.scene("Metadata stays writable: other labels, annotations and finalizers.")
    shell.runs(f"kubectl annotate arkrun {RUN} reviewed-by=me", f"arkrun.arkonis.dev/{RUN} annotated")
    finalizers = """--type=merge -p '{"metadata":{"finalizers":["arkonis.dev/hold"]}}'"""
    shell.runs(f"kubectl patch arkrun {RUN} {finalizers}", f"arkrun.arkonis.dev/{RUN} patched")
    shell.runs(f"""kubectl patch arkrun {RUN} --type=merge -p '{{"metadata":{{"finalizers":null}}}}'""")


def change_the_team(shell: Shell) -> None:
    """Change the team and compare the runs of both generations."""
    shell.terminal.scene("Change the team and run it again: the new run has generation 2, the old one 1.")
    shell.runs(
        f"""kubectl patch arkteam {TEAM} --type=merge -p '{{"spec":{{"maxTokens":20000}}}}'""",
        f"arkteam.arkonis.dev/{TEAM} patched",
    )
    shell.runs(f"kubectl apply -f {FILES}/run-2.yaml", "arkrun.arkonis.dev/blog-pipeline-run-2 created")
    shell.runs(
        "kubectl get arkrun -o custom-columns="
        "NAME:.metadata.name,TEAM:.spec.teamRef,GENERATION:.spec.teamGeneration,BUDGET:.spec.maxTokens",
        f"{RUN} {TEAM} 1 9000 blog-pipeline-run-2 {TEAM} 2 20000",
    )


def stop_the_webhook(shell: Shell, installation: Installation) -> None:
    """Show what is protected without the webhook."""
    shell.terminal.scene("Stop the webhook. The API server itself still protects the record.")
    shell.runs(f"kill {installation.pid}")
    installation.stop_webhook()
    shell.is_refused(
        f"""kubectl patch arkrun {RUN} --type=merge -p '{{"spec":{{"maxTokens":1}}}}'""",
        f"{FORBIDDEN}spec.maxTokens: Forbidden: ",
    )
    shell.terminal.remark("And no run is accepted without a snapshot of its team:")
    shell.is_refused(
        f"kubectl apply -f {FILES}/run-3.yaml", 'failed calling webhook "mutate.arkruns.arkonis.dev"'
    )
    shell.runs(f"kubectl annotate arkrun {RUN} webhook=away", f"arkrun.arkonis.dev/{RUN} annotated")
    shell.runs("kubectl get arkrun", f"{RUN} {TEAM} Succeeded 6160", "blog-pipeline-run-2")


def delete_the_configurations(shell: Shell, installation: Installation) -> None:
    """Show what is protected without the webhook's configurations."""
    shell.terminal.scene("Delete both webhook configurations. The policies still protect the record.")
    shell.runs(
        "kubectl delete mutatingwebhookconfiguration,validatingwebhookconfiguration arkrun",
        'mutatingwebhookconfiguration.admissionregistration.k8s.io "arkrun" deleted',
    )
    shell.terminal.remark("Replacing an unknown field by another one is refused:")
    shell.is_refused(
        f"kubectl get arkrun {RUN} -o yaml | sed 's/temperature: .*/hacked: true/' | kubectl replace -f -",
        f"{POLICY.format('record')}an ArkRun is a record, its spec is written once (changed: spec.roles): "
        "create a new run instead",
    )
    shell.is_refused(
        f"kubectl patch arkrun {RUN} --subresource=status --type=merge "
        """-p '{"status":{"hacked":true}}'""",
        f"{POLICY.format('record')}a run that ended is a record: of its status only conditions",
    )
    shell.is_refused(f"kubectl label arkrun {RUN} arkonis.dev/team-", POLICY.format("record"))
    wait_until_webhook_is_not_called(installation)
    shell.terminal.remark("And an unstamped run is refused:")
    shell.is_refused(
        f"kubectl apply -f {FILES}/run-3.yaml",
        f"{POLICY.format('stamp')}the run is not stamped, ",
        "missing: the mutating webhook fills them in and did not see this run",
    )
    shell.runs(f"kubectl annotate arkrun {RUN} configurations=gone", f"arkrun.arkonis.dev/{RUN} annotated")


def wait_until_webhook_is_not_called(installation: Installation) -> None:
    """Wait until the API server has observed the deletion of the configurations."""
    deadline = time.monotonic() + EFFECTIVE_SECONDS
    while "failed calling webhook" in installation.dry_run({"teamRef": TEAM}).message:
        if time.monotonic() > deadline:
            raise StoryError("the API server still calls a webhook whose configuration was deleted")
        time.sleep(0.1)
