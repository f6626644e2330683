"""The commands of the reference page against the real API server, with the real webhook."""

import asyncio
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from arkrun_cli.access import Access
from arkrun_cli.cluster import RUNS, Cluster, with_cluster
from arkrun_cli.commands.trigger import create_run
from arkrun_crd.names import RUN_PLURAL, TEAM_PLURAL
from arkrun_kube import Object
from arkrun_kube.config import incluster
from cli.program import ARK, Ark
from controlplane import ControlPlane
from fake_operator import Operator, Outcome
from support.builders.objects import run, team
from support.builders.records import DONE, Json, step
from support.cluster.installation import Installation
from support.cluster.resources import Resource

pytestmark = pytest.mark.cluster

SLOW = {"researcher": [Outcome(seconds=600)]}


@pytest.fixture
def blog(admission: Installation, namespace: str) -> str:
    """Return a namespace with the team `blog`."""
    created = Resource(admission.control_plane.api, namespace, TEAM_PLURAL).create(team())
    assert created.status == 201, created.body
    return namespace


@pytest.fixture
def operator(control_plane: ControlPlane, blog: str) -> Iterator[Operator]:
    """Run the operator in the namespace of the team; the writer fails at its first attempt."""
    script = {"writer": [Outcome(error="overloaded"), Outcome(output="the article")]}
    with Operator(control_plane.kubeconfig, script, namespace=blog) as playing:
        yield playing


def stored(control_plane: ControlPlane, namespace: str, name: str = "") -> Json:
    """Read a run, or the list of all runs."""
    found: Json = Resource(control_plane.api, namespace, RUN_PLURAL).get(name).json()
    return found


def finish(runs: Resource, name: str) -> None:
    """Move a run to Running and then to its terminal status."""
    for status in ({"phase": "Running"}, DONE):
        answer = runs.patch(name, {"status": status}, suffix="/status")
        assert answer.status == 200, answer.body


def test_trigger_creates_a_run_with_a_generated_name(
    ark: Ark, control_plane: ControlPlane, blog: str
) -> None:
    """It sends team and input; the webhook adds the snapshot."""
    done = ark("trigger", "blog", "-n", blog, "--input", '{"topic": "attention mechanisms"}')

    assert (done.returncode, done.stderr) == (0, "")
    (name,) = re.findall(r"^arkrun\.arkonis\.dev/(blog-run-[a-z0-9]{5}) created\n$", done.stdout)
    run = stored(control_plane, blog, name)
    assert run["metadata"]["labels"] == {"arkonis.dev/team": "blog"}
    assert run["spec"]["input"] == {"topic": "attention mechanisms", "tone": "dry"}
    assert run["spec"]["pipeline"] == team()["spec"]["pipeline"]


def test_ark_is_a_kubectl_plugin(environment: dict[str, str], blog: str) -> None:
    """`kubectl ark` is the same program."""
    kubectl = ["kubectl", "ark", "trigger", "blog", "-n", blog, "--dry-run", "-o", "name"]

    done = subprocess.run(kubectl, env=environment, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("arkrun.arkonis.dev/blog-run-")


def test_a_dry_run_prints_the_stamped_run_and_stores_nothing(
    ark: Ark, control_plane: ControlPlane, blog: str
) -> None:
    """The dry run is server-side, so the webhook stamps it."""
    done = ark("trigger", "blog", "-n", blog, "--dry-run", "-o", "json")

    assert json.loads(done.stdout)["spec"]["teamGeneration"] == 1
    assert stored(control_plane, blog)["items"] == []


def test_triggering_a_missing_team_prints_the_refusal_of_the_webhook(ark: Ark, blog: str) -> None:
    """In kubectl's form."""
    done = ark("trigger", "nobody", "-n", blog)

    assert done.returncode == 1
    assert done.stderr == (
        'Error from server (Invalid): admission webhook "mutate.arkruns.arkonis.dev" denied the request: '
        f'ArkTeam "nobody" does not exist in namespace "{blog}": create it first, or correct spec.teamRef\n'
    )


@pytest.mark.parametrize("dry_run", [(), ("--dry-run",)])
def test_trigger_without_admission_deletes_the_unstamped_run(
    ark: Ark, crds: ControlPlane, bare_namespace: str, dry_run: tuple[str, ...]
) -> None:
    """The message shows how to install admission."""
    done = ark("trigger", "blog", "-n", bare_namespace, *dry_run)

    assert done.returncode == 1
    assert "admission is not installed: install it with\n  helm upgrade --install arkrun" in done.stderr
    assert stored(crds, bare_namespace)["items"] == []


def test_wait_exits_as_the_run_ends_and_retry_keeps_succeeded_steps(
    ark: Ark, control_plane: ControlPlane, operator: Operator, blog: str
) -> None:
    """Changes are printed on stderr, the output on stdout."""
    assert operator
    failed = ark("trigger", "blog", "-n", blog, "--wait")

    assert (failed.returncode, failed.stdout) == (1, "")
    lines = failed.stderr.splitlines()
    name = lines[0].removeprefix("arkrun.arkonis.dev/").removesuffix(" created")
    assert [re.sub(r"in \ds", "in 0s", line) for line in lines[-4:]] == [
        "writer: Failed in 0s: overloaded",
        f"{name}: Failed",
        f"error: arkrun {name} failed",
        "  writer: overloaded",
    ]
    before = stored(control_plane, blog, name)["status"]["steps"][0]

    retried = ark("retry", "blog", "-n", blog, "--wait")

    assert (retried.returncode, retried.stdout) == (0, "the article\n")
    assert retried.stderr.startswith(f"arkrun.arkonis.dev/{name} retried\n{name}: Running\n")
    assert stored(control_plane, blog, name)["status"]["steps"][0] == before

    again = ark("retry", "blog", "-n", blog)
    assert (again.returncode, again.stdout) == (1, "")
    assert again.stderr.startswith(f"error: arkrun {name} is Succeeded and has no failed step: ")


def test_wait_exits_with_124_after_its_timeout(ark: Ark, control_plane: ControlPlane, blog: str) -> None:
    """As timeout(1) does; the run continues."""
    with Operator(control_plane.kubeconfig, SLOW, namespace=blog):
        done = ark("trigger", "blog", "-n", blog, "--wait", "--timeout", "1")

        (run,) = stored(control_plane, blog)["items"]
        name = run["metadata"]["name"]
        assert done.returncode == 124
        assert done.stderr.endswith(
            f"error: arkrun {name} did not finish within 1s and continues: ark show {name}\n"
        )
        assert run["status"]["phase"] == "Running"


def test_ctrl_c_leaves_the_run_running(
    environment: dict[str, str], control_plane: ControlPlane, blog: str
) -> None:
    """The command exits with 130, as shells report SIGINT."""
    with Operator(control_plane.kubeconfig, SLOW, namespace=blog):
        command = [ARK, "trigger", "blog", "-n", blog, "--wait"]
        with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            lines = [process.stderr.readline()]
            name = lines[0].split()[0].partition("/")[2]
            while lines[-1] and lines[-1] != f"{name}: Running\n":
                lines.append(process.stderr.readline())
            process.send_signal(signal.SIGINT)
            rest = process.stderr.read()

        assert rest.endswith(f"interrupted: arkrun {name} continues; inspect it with ark show {name}\n")
        assert process.returncode == 130
        assert stored(control_plane, blog, name)["status"]["phase"] == "Running"


def test_wait_draws_a_live_table_in_a_terminal(
    environment: dict[str, str], operator: Operator, blog: str
) -> None:
    """Its last state stays on the screen."""
    assert operator
    primary, secondary = pty.openpty()
    command = [ARK, "trigger", "blog", "-n", blog, "--wait"]
    with subprocess.Popen(
        command, env={**environment, "TERM": "xterm", "COLUMNS": "100"}, stdout=secondary, stderr=secondary
    ) as process:
        os.close(secondary)
        seen = b""
        while select.select([primary], [], [], 30)[0]:
            try:
                seen += os.read(primary, 65536)
            except OSError:
                break
    os.close(primary)

    assert process.returncode == 1
    text = seen.decode()
    assert "STEP" in text
    assert "TIMELINE" in text
    assert "\x1b[1;31mFailed" in text


def test_wait_fails_if_the_run_is_deleted(
    environment: dict[str, str], control_plane: ControlPlane, blog: str
) -> None:
    """It would wait for ever otherwise."""
    command = [ARK, "trigger", "blog", "-n", blog, "--wait"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        name = process.stderr.readline().split()[0].partition("/")[2]
        process.stderr.readline()
        Resource(control_plane.api, blog, RUN_PLURAL).delete(name)
        rest = process.stderr.read()

    assert (process.returncode, rest) == (1, f"error: arkrun {name} was deleted before it finished\n")


def test_only_one_of_several_concurrent_retries_succeeds(
    environment: dict[str, str], control_plane: ControlPlane, blog: str
) -> None:
    """The others report that the run is Running."""
    runs = Resource(control_plane.api, blog, RUN_PLURAL)
    assert runs.create(run("raced")).status == 201
    failed = {"phase": "Failed", "steps": [step("researcher"), step("writer", "Failed")]}
    assert runs.patch("raced", {"status": failed}, suffix="/status").status == 200

    processes = [
        subprocess.Popen(
            [ARK, "retry", "--run", "raced", "-n", blog], env=environment, stderr=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    ended = [(process.communicate()[1], process.returncode) for process in processes]

    still = "error: arkrun raced is still Running: wait until it finishes (ark show raced)\n"
    assert sorted(ended) == [("", 0), (still, 1), (still, 1), (still, 1)]


def test_retry_of_one_step_leaves_the_other_failed(ark: Ark, control_plane: ControlPlane, blog: str) -> None:
    """The API server accepts a run with both."""
    runs = Resource(control_plane.api, blog, RUN_PLURAL)
    assert runs.create(run("both")).status == 201
    steps = [step("researcher", "Failed", message="a"), step("writer", "Failed", message="b")]
    assert runs.patch("both", {"status": {"phase": "Failed", "steps": steps}}, suffix="/status").status == 200

    done = ark("retry", "--run", "both", "--step", "writer", "-n", blog)

    assert (done.returncode, done.stdout, done.stderr) == (0, "arkrun.arkonis.dev/both retried\n", "")
    assert stored(control_plane, blog, "both")["status"] == {
        "phase": "Running",
        "steps": [steps[0], {"name": "writer", "phase": "Pending"}],
    }


def test_concurrent_triggers_get_distinct_names(control_plane: ControlPlane, blog: str) -> None:
    """200 runs by eight clients, within the same seconds."""

    async def work(cluster: Cluster) -> list[Json]:
        async def some() -> list[Json]:
            return [await create_run(cluster, "blog", {}) for _ in range(25)]

        return list(chain.from_iterable(await asyncio.gather(*(some() for _ in range(8)))))

    made = with_cluster(Access(kubeconfig=str(control_plane.kubeconfig), namespace=blog), work)

    names = {each["metadata"]["name"] for each in made}
    assert len(names) == 200
    assert {each["metadata"]["name"] for each in stored(control_plane, blog)["items"]} == names


def test_ark_uses_the_service_account_inside_a_pod(
    control_plane: ControlPlane, blog: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a kubeconfig; the namespace is the pod's own."""
    account = "in-a-pod"
    control_plane.kubectl("create", "serviceaccount", account, "-n", blog)
    where = ("-n", blog, f"--serviceaccount={blog}:{account}")
    control_plane.kubectl(
        "create", "role", account, "--verb=list", "--resource=arkruns.arkonis.dev", *where[:2]
    )
    control_plane.kubectl("create", "rolebinding", account, f"--role={account}", *where)
    token = control_plane.kubectl("create", "token", account, "-n", blog).stdout.strip()
    for name, text in {
        "token": token,
        "ca.crt": control_plane.ca_file.read_text(),
        "namespace": blog,
    }.items():
        (tmp_path / name).write_text(text)
    address = urlsplit(control_plane.url)
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", str(address.hostname))
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", str(address.port))
    monkeypatch.setattr(incluster, "SERVICE_ACCOUNT", tmp_path)

    async def work(cluster: Cluster) -> tuple[str, Object]:
        return cluster.namespace, await cluster.client.get(RUNS.path(cluster.namespace))

    namespace, listed = with_cluster(Access(), work)

    assert (namespace, listed["items"]) == (blog, [])


def test_runs_prints_the_table_of_kubectl(ark: Ark, control_plane: ControlPlane, blog: str) -> None:
    """A team and --phase select runs; --names prints names alone."""
    runs = Resource(control_plane.api, blog, RUN_PLURAL)
    assert runs.create(run("blog-run-1")).status == 201
    finish(runs, "blog-run-1")

    table = ark("runs", "blog", "-n", blog).stdout
    kubectl = control_plane.kubectl("get", "arkrun", "-n", blog).stdout

    ages = re.compile(r"\s+\d+\w+\s*$", re.MULTILINE)
    assert ages.sub("", table) == ages.sub("", kubectl)
    assert table.split()[:6] == ["NAME", "TEAM", "PHASE", "TOKENS", "STARTED", "AGE"]
    assert table.splitlines()[1].split()[:4] == ["blog-run-1", "blog", "Succeeded", "6160"]
    assert ark("runs", "-n", blog, "--phase", "Succeeded", "--names").stdout == "blog-run-1\n"
    assert ark("runs", "other", "-n", blog).stderr == f"No runs found in {blog} namespace.\n"


def test_show_prints_text_or_json_or_writes_a_page(
    ark: Ark, control_plane: ControlPlane, blog: str, tmp_path: Path
) -> None:
    """Without colours in a pipe."""
    runs = Resource(control_plane.api, blog, RUN_PLURAL)
    assert runs.create(run("blog-run-1")).status == 201
    finish(runs, "blog-run-1")
    page = tmp_path / "run.html"

    text = ark("show", "blog-run-1", "-n", blog)
    wrote = ark("show", "blog-run-1", "-n", blog, "--web", str(page))

    assert text.stdout.startswith(
        f"blog-run-1  Succeeded\nteam blog, generation 1; namespace {blog}; started "
    )
    assert "\x1b" not in text.stdout
    assert json.loads(ark("show", "blog-run-1", "-n", blog, "-o", "json").stdout) == stored(
        control_plane, blog, "blog-run-1"
    )
    assert wrote.stderr == f"wrote {page}\n"
    assert page.read_text().startswith("<!doctype html>")


def test_a_forbidden_request_is_reported_as_kubectl_does(
    ark: Ark, control_plane: ControlPlane, blog: str
) -> None:
    """--kubeconfig overrides KUBECONFIG."""
    stranger = control_plane.user_kubeconfig("stranger")

    done = ark("runs", "-n", blog, "--kubeconfig", str(stranger))

    assert done.returncode == 1
    assert done.stderr == (
        'Error from server (Forbidden): arkruns.arkonis.dev is forbidden: User "stranger" cannot list '
        f'resource "arkruns" in API group "arkonis.dev" in the namespace "{blog}"\n'
    )


def test_a_missing_context_is_an_error(ark: Ark, control_plane: ControlPlane) -> None:
    """The message names the context, the file and its contexts."""
    done = ark("runs", "--context", "nowhere")

    assert done.returncode == 1
    assert done.stderr == (
        f'error: context "nowhere" does not exist in kubeconfig "{control_plane.kubeconfig}" '
        "(there are: arkrun-test)\n"
    )


def test_an_exec_plugin_provides_the_token(
    ark: Ark, control_plane: ControlPlane, blog: str, tmp_path: Path
) -> None:
    """Cloud providers distribute such plugins."""
    control_plane.kubectl("create", "serviceaccount", "viewer", "-n", blog)
    control_plane.kubectl(
        "create", "clusterrole", f"view-{blog}", "--verb=list", "--resource=arkruns.arkonis.dev"
    )
    control_plane.kubectl(
        *(
            "create",
            "rolebinding",
            "viewer",
            "-n",
            blog,
            f"--clusterrole=view-{blog}",
            f"--serviceaccount={blog}:viewer",
        )
    )
    token = control_plane.kubectl("create", "token", "viewer", "-n", blog).stdout.strip()
    credential = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "status": {"token": token},
    }
    (tmp_path / "credential.json").write_text(json.dumps(credential))
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "cat",
        "args": [str(tmp_path / "credential.json")],
        "interactiveMode": "Never",
    }
    kubeconfig = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u", "namespace": blog}}],
        "clusters": [
            {
                "name": "c",
                "cluster": {"server": control_plane.url, "certificate-authority": str(control_plane.ca_file)},
            }
        ],
        "users": [{"name": "u", "user": {"exec": plugin}}],
    }
    (tmp_path / "kubeconfig").write_text(json.dumps(kubeconfig))

    done = ark("runs", "--kubeconfig", str(tmp_path / "kubeconfig"))

    assert (done.returncode, done.stderr) == (0, f"No runs found in {blog} namespace.\n")


def test_an_api_server_that_does_not_answer_is_an_error(ark: Ark, tmp_path: Path) -> None:
    """The message has its address."""
    kubeconfig = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:1"}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
    }
    (tmp_path / "kubeconfig").write_text(json.dumps(kubeconfig))

    done = ark("runs", "--kubeconfig", str(tmp_path / "kubeconfig"))

    assert done.returncode == 1
    assert done.stderr == (
        "error: the API server at https://127.0.0.1:1 does not answer: Connection refused\n"
    )


def test_the_shell_completes_team_names(environment: dict[str, str], blog: str) -> None:
    """From the namespace given by -n."""
    words = f"ark trigger -n {blog} bl"
    asked = {**environment, "_ARK_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": "4"}

    done = subprocess.run([ARK], env=asked, capture_output=True, text=True, check=False)

    assert done.stdout.split() == ["blog"]


def test_the_namespace_is_that_of_the_context_unless_given(
    ark: Ark, control_plane: ControlPlane, blog: str, tmp_path: Path
) -> None:
    """As with kubectl: -n, else the context's, else default."""
    config = json.loads(control_plane.kubeconfig.read_text())
    (known,) = config["contexts"]
    config["contexts"] = [
        {"name": "elsewhere", "context": known["context"]},
        {"name": "here", "context": {**known["context"], "namespace": blog}},
    ]
    file = tmp_path / "config"
    file.write_text(json.dumps({**config, "current-context": "elsewhere"}))
    where = ("runs", "--kubeconfig", str(file))

    lines = [ark(*where, *more).stderr for more in ((), ("--context", "here"), ("-n", "x"))]

    assert lines == [f"No runs found in {name} namespace.\n" for name in ("default", blog, "x")]


def test_help_imports_no_client() -> None:
    """Each command imports what it needs, so help and completion are fast."""
    script = (
        "import sys\nfrom arkrun_cli.cli import app\n"
        "try:\n    app(['--help'], prog_name='ark')\nexcept SystemExit:\n    pass\n"
        "print(sorted({'aiohttp', 'arkrun_kube', 'pydantic', 'rich', 'yaml'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("arguments", "modules"),
    [
        (("runs",), {"pydantic", "rich", "cryptography"}),
        (("logs", "x"), {"pydantic", "rich", "cryptography"}),
        (("show", "x"), {"pydantic", "cryptography"}),
    ],
    ids=["runs", "logs", "show"],
)
def test_a_command_imports_what_it_needs(
    environment: dict[str, str],
    blog: str,
    control_plane: ControlPlane,
    arguments: tuple[str, ...],
    modules: set[str],
) -> None:
    """These modules take longer to import than the API server to answer."""
    assert Resource(control_plane.api, blog, RUN_PLURAL).create(run("x")).status == 201
    script = (
        "import sys\nfrom arkrun_cli.cli import app\n"
        f"try:\n    app({[*arguments, '-n', blog]!r}, prog_name='ark')\nexcept SystemExit:\n    pass\n"
        f"print(sorted({modules!r} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines()[-1] == "[]"
