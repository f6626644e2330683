"""A day with runs against the real API server: look, follow, compare, act as another."""

import json
import subprocess
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from arkrun_cli.access import Access
from arkrun_cli.cluster import with_cluster
from arkrun_cli.commands import follow
from arkrun_cli.commands.logs import print_logs
from arkrun_crd.names import RUN_PLURAL, TEAM_PLURAL
from cli.program import ARK, Ark, Done
from controlplane import ControlPlane
from fake_operator import Operator, Outcome
from support.builders.objects import run, team
from support.builders.records import DONE, Json, step
from support.builders.seals import KEY
from support.cluster.installation import Installation
from support.cluster.resources import Resource, grant
from support.polling import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.cluster]

ROOT = Path(__file__).resolve().parents[2]
STEPS = 100


@pytest.fixture
def blog(admission: Installation, namespace: str) -> str:
    """Return a namespace with the team `blog`."""
    created = Resource(admission.control_plane.api, namespace, TEAM_PLURAL).create(team())
    assert created.status == 201, created.body
    return namespace


@pytest.fixture
def runs(control_plane: ControlPlane, blog: str) -> Resource:
    """Return the runs of the namespace."""
    return Resource(control_plane.api, blog, RUN_PLURAL)


def create(runs: Resource, name: str, *statuses: Json, **spec: Any) -> None:
    """Create a run and write its statuses."""
    assert runs.create(run(name, **spec)).status == 201
    for status in statuses:
        answer = runs.patch(name, {"status": status}, suffix="/status")
        assert answer.status == 200, answer.body


FAILED = {
    "phase": "Failed",
    "steps": [step("researcher", output="found"), step("writer", "Failed", message="boom")],
}


def test_logs_are_printed_and_the_exit_code_is_the_runs(ark: Ark, runs: Resource, blog: str) -> None:
    """As long as the record exists."""
    create(runs, "good", DONE)
    create(runs, "bad", FAILED)

    good, bad = ark("logs", "good", "-n", blog), ark("logs", "bad", "-n", blog, "--failed")

    assert (good.returncode, good.stderr) == (0, "")
    assert good.stdout.endswith(
        "--- writer: Succeeded in 33s, 4600 tokens ---\nTransformers use self-attention...\n"
    )
    assert (bad.returncode, bad.stdout) == (1, "--- writer: Failed ---\nmessage: boom\n")
    assert bad.stderr == "error: arkrun bad failed\n"
    missing = ark("logs", "good", "-n", blog, "--step", "editor")
    assert (missing.returncode, missing.stderr) == (
        2,
        "error: arkrun good has no step editor; its steps: researcher, writer\n",
    )


def test_logs_follow_a_run_to_its_end(ark: Ark, control_plane: ControlPlane, blog: str) -> None:
    """Of the newest run, which an operator plays meanwhile."""
    script = {
        "researcher": [Outcome(output="found", seconds=1)],
        "writer": [Outcome(output="the article", seconds=1)],
    }
    with Operator(control_plane.kubeconfig, script, namespace=blog):
        ark("trigger", "blog", "-n", blog)
        done = ark("logs", "--last", "blog", "-f", "-n", blog)

    lines = [line for line in done.stdout.splitlines() if not line.startswith("---")]
    assert (done.returncode, lines, done.stderr) == (0, ["found", "the article"], "")


def test_logs_outlast_watches_that_end(
    control_plane: ControlPlane,
    runs: Resource,
    blog: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An API server ends each of them, however long a run is silent."""
    monkeypatch.setattr(follow, "WATCH_SECONDS", 1.0)
    create(runs, "silent", {"phase": "Running", "steps": [step("researcher", "Running")]})
    finish = threading.Timer(3.5, lambda: runs.patch("silent", {"status": DONE}, suffix="/status"))
    finish.start()

    access = Access(kubeconfig=str(control_plane.kubeconfig), namespace=blog)
    with_cluster(access, print_logs, "silent", last=False, live=True)

    finish.join()
    lines = [line for line in capsys.readouterr().out.splitlines() if not line.startswith("---")]
    assert lines == ["Research findings: ...", "Transformers use self-attention..."]


@pytest.fixture
def restartable() -> Iterator[ControlPlane]:
    """Start a control plane of its own, with the CRDs alone."""
    with ControlPlane() as own:
        own.apply_crds(ROOT / "crd-gen" / "crds")
        yield own


def _is_patched(runs: Resource, patch: dict[str, Any]) -> bool:
    return runs.patch("long", patch, suffix="/status").status == 200


def test_logs_miss_nothing_through_a_restart_of_the_api_server(restartable: ControlPlane) -> None:
    """Of a hundred steps, some of which end while the API server is away from the follower."""
    runs = Resource(restartable.api, "default", RUN_PLURAL)
    names = [f"s{number}" for number in range(STEPS)]
    pipeline = [{"role": name} for name in names]
    assert runs.create(run("long", pipeline=pipeline, roles=[{"name": name} for name in names])).status == 201
    command = [ARK, "logs", "long", "-f", "--kubeconfig", str(restartable.kubeconfig)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines: list[str] = []
        reading = threading.Thread(target=lambda: lines.extend(process.stdout or ()))
        reading.start()
        for ended in range(1, STEPS + 1):
            steps = [step(name, output=f"output of {name}") for name in names[:ended]]
            patch = {"status": {"phase": "Succeeded" if ended == STEPS else "Running", "steps": steps}}
            # An API server that has just started refuses some requests.
            wait_for(partial(_is_patched, runs, patch))
            if ended == STEPS // 2:
                restartable.stop_apiserver()
                time.sleep(2)
                restartable.start_apiserver()
        assert process.wait(120) == 0
        reading.join(10)

    assert [line for line in lines if not line.startswith("---")] == [f"output of {name}\n" for name in names]


def test_two_runs_are_compared(ark: Ark, runs: Resource, blog: str) -> None:
    """By name, with the newest run of the team, or the newest with the last good one."""
    create(runs, "good", DONE, input={"topic": "AI"})
    time.sleep(1.1)
    create(runs, "bad", FAILED, input={"topic": "x"})

    done = ark("diff", "good", "bad", "-n", blog)

    assert done.returncode == 0
    assert done.stderr == "good (Succeeded, team generation 1) -> bad (Failed, team generation 1)\n"
    assert done.stdout.splitlines()[:2] == ["spec.input.topic: AI -> x", "status.phase: Succeeded -> Failed"]
    assert ark("diff", "good", "-n", blog).stdout == done.stdout
    assert ark("diff", "--last", "blog", "-n", blog).stdout == done.stdout
    (first, *_) = json.loads(ark("diff", "good", "bad", "--json", "-n", blog).stdout)
    assert first == {"path": "spec.input.topic", "before": "AI", "after": "x"}


def test_the_api_server_selects_runs(ark: Ark, runs: Resource, blog: str) -> None:
    """By labels, by fields and by phase; --limit shows the newest."""
    create(runs, "pending")
    create(runs, "good", DONE)
    create(runs, "bad", FAILED)
    assert runs.patch("bad", {"metadata": {"labels": {"env": "test"}}}).status == 200

    def names(*arguments: str) -> list[str]:
        return sorted(ark("runs", "-n", blog, "--names", *arguments).stdout.split())

    assert names("-l", "env=test") == ["bad"]
    assert names("blog", "-l", "env!=test") == ["good", "pending"]
    assert names("--field-selector", "status.phase=Succeeded") == ["good"]
    assert names("--field-selector", "metadata.name=good", "--phase", "Failed") == []
    assert [names("--phase", phase) for phase in ("Pending", "Running", "Succeeded", "Failed")] == [
        ["pending"],
        [],
        ["good"],
        ["bad"],
    ]
    assert len(names("--limit", "2")) == 2


def test_a_team_name_is_no_selector(ark: Ark, blog: str) -> None:
    """It would select more than a team's runs."""
    done = ark("runs", "blog,env=test", "-n", blog)

    assert (done.returncode, done.stderr) == (
        2,
        'error: invalid team name "blog,env=test": expected at most 63 letters, digits, "-", "_" and "."\n',
    )


def test_the_newest_run_is_shown_by_last(ark: Ark, runs: Resource, blog: str) -> None:
    """Of the namespace, or of a team."""
    create(runs, "older")
    time.sleep(1.1)
    create(runs, "newer")

    assert ark("show", "--last", "-n", blog).stdout.startswith("newer  Pending\n")
    assert ark("show", "--last", "blog", "-n", blog).stdout.startswith("newer  Pending\n")
    assert ark("show", "-n", blog).stderr == (
        "error: expected RUN, the name of a run; or --last [TEAM], for the newest one\n"
    )


def test_ark_acts_as_another_user(ark: Ark, control_plane: ControlPlane, runs: Resource, blog: str) -> None:
    """With that user's rights alone; the options may stand before the verb."""
    create(runs, "good", DONE)
    grant(control_plane, blog, "list", user="alice")

    assert ark("runs", "-n", blog, "--as", "alice", "--names").stdout == "good\n"
    assert ark("--as", "alice", "-n", blog, "runs", "--names").stdout == "good\n"
    assert ark("--as", "alice", "runs", "-n", blog, "--as", "bob").stderr == (
        'Error from server (Forbidden): arkruns.arkonis.dev is forbidden: User "bob" cannot list '
        f'resource "arkruns" in API group "arkonis.dev" in the namespace "{blog}"\n'
    )
    everything = ark("runs", "-n", blog, "--as", "bob", "--as-group", "system:masters", "--names")
    assert everything.stdout == "good\n"


def test_ark_verify_acts_as_another_user(ark: Ark, blog: str, tmp_path: Path) -> None:
    """As every command does; the options may stand before the verb here too."""
    keys = tmp_path / "keys.pem"
    keys.write_text(KEY.public.pem)
    refused = (
        'error: arkruns.arkonis.dev is forbidden: User "bob" cannot list resource "arkruns" in API group '
        f'"arkonis.dev" in the namespace "{blog}"\n'
    )

    after = ark("verify", "--all", "-n", blog, "--keys", str(keys), "--as", "bob")
    before = ark("--as", "bob", "-n", blog, "verify", "--all", "--keys", str(keys))

    assert (after.returncode, after.stderr) == (before.returncode, before.stderr) == (2, refused)


def kubectl(environment: dict[str, str], *arguments: str) -> Done:
    """Run kubectl, with ark's plugins in its PATH."""
    return subprocess.run(
        ["kubectl", *arguments], env=environment, capture_output=True, text=True, check=False
    )


def test_kubectl_ark_takes_options_before_the_verb(
    environment: dict[str, str], runs: Resource, blog: str
) -> None:
    """As `kubectl -n NAMESPACE get` does."""
    create(runs, "good", DONE)

    assert kubectl(environment, "ark", "-n", blog, "runs", "--names").stdout == "good\n"


@pytest.mark.parametrize(
    ("words", "completions"),
    [
        (("tri",), ["trigger"]),
        (("trigger", "-n", "{blog}", "bl"), ["blog"]),
        (("-n", "{blog}", "show", ""), ["good"]),
        (("-n", "{blog}", "show", "--last", ""), ["blog"]),
        (("runs", "--phase", "F"), ["Failed"]),
    ],
)
def test_kubectl_completes_ark(
    environment: dict[str, str], runs: Resource, blog: str, words: tuple[str, ...], completions: list[str]
) -> None:
    """By kubectl_complete-ark, which kubectl finds in the PATH."""
    create(runs, "good", DONE)

    done = kubectl(environment, "__complete", "ark", *(word.format(blog=blog) for word in words))

    assert done.stdout.splitlines() == [*completions, ":4"]


def test_a_record_cannot_control_the_terminal_and_is_not_cut(ark: Ark, runs: Resource, blog: str) -> None:
    """An escape sequence in a taskID, and an input that is longer than any line."""
    failed = step("researcher", "Failed", taskID="\x1b]52;c;cm0=\x1b\\\x1b[2J", message="\u202eevil")
    url = f"https://example.com/{'a' * 450_000}?sig=END"
    create(runs, "evil", {"phase": "Running"}, {"phase": "Failed", "steps": [failed]}, input={"url": url})

    shown = ark("show", "evil", "-n", blog).stdout

    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert url in shown
    for form in ("json", "yaml"):
        printed = ark("show", "evil", "-n", blog, "-o", form).stdout
        assert "\x1b" not in printed
        assert "\u202e" not in printed
    assert json.loads(ark("show", "evil", "-n", blog, "-o", "json").stdout)["status"]["steps"] == [failed]


@pytest.mark.parametrize(
    "time_", ["0000-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"]
)
def test_any_time_that_the_api_server_stores_is_shown(
    ark: Ark, runs: Resource, blog: str, time_: str
) -> None:
    """As text and as a page."""
    create(runs, "odd", {"phase": "Running", "startTime": time_})

    assert ark("show", "odd", "-n", blog).stdout.startswith("odd  Running\n")
    assert ark("show", "odd", "-n", blog, "--web", "-").stdout.startswith("<!doctype html>")


def test_a_run_that_is_being_deleted_is_not_retried(ark: Ark, runs: Resource, blog: str) -> None:
    """A finalizer holds it for a moment."""
    create(runs, "going", FAILED)
    assert runs.patch("going", {"metadata": {"finalizers": ["arkonis.dev/x"]}}).status == 200
    assert runs.delete("going").status == 200

    done = ark("retry", "--run", "going", "-n", blog)

    assert runs.patch("going", {"metadata": {"finalizers": None}}).status == 200
    assert (done.returncode, done.stderr) == (
        1,
        "error: arkrun going is being deleted: start a new run with ark trigger blog\n",
    )


def test_a_user_who_may_only_create_triggers_runs(ark: Ark, control_plane: ControlPlane, blog: str) -> None:
    """Such as a scheduler."""
    grant(control_plane, blog, "create", user="scheduler")

    done = ark("trigger", "blog", "-n", blog, "--as", "scheduler")

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("--set", "a=\udcff\udcfe"),
            "the value of a '\\udcff\\udcfe' is not valid Unicode at character 1: give it as UTF-8",
        ),
        (
            ("--input", '{"a": "\\ud800"}'),
            "the value of a '\\ud800' is not valid Unicode at character 1: give it as UTF-8",
        ),
    ],
)
def test_input_that_is_no_unicode_is_refused(
    ark: Ark, blog: str, arguments: tuple[str, ...], message: str
) -> None:
    """The API server would store U+FFFD for ever."""
    done = ark("trigger", "blog", "-n", blog, *arguments)

    assert (done.returncode, done.stderr) == (2, f"error: {message}\n")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_file_with_a_byte_order_mark_is_read(ark: Ark, blog: str, tmp_path: Path, encoding: str) -> None:
    """As PowerShell and editors of Windows write it."""
    file = tmp_path / "input.json"
    file.write_bytes('{"topic": "é"}'.encode(encoding))

    done = ark("trigger", "blog", "-n", blog, "--input-file", str(file), "--dry-run", "-o", "json")

    assert json.loads(done.stdout)["spec"]["input"]["topic"] == "é"


def test_clocks_that_differ_are_no_nonsense(ark: Ark, runs: Resource, blog: str) -> None:
    """A writer whose clock is an hour ahead, and a step that ended before it began."""
    ahead = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    before = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3600))
    steps = [step("researcher", startTime=ahead, completionTime=before)]
    create(runs, "skewed", {"phase": "Running", "startTime": ahead, "steps": steps})

    shown = ark("show", "skewed", "-n", blog).stdout

    assert f"{ahead[:10]} {ahead[11:19]} UTC (in " in shown
    assert "width:-" not in ark("show", "skewed", "-n", blog, "--web", "-").stdout


def test_a_run_without_tasks_has_no_trace(ark: Ark, runs: Resource, blog: str) -> None:
    """A step that was never submitted has no taskID."""
    create(runs, "young", {"phase": "Running", "steps": [step("researcher", "Running")]})

    done = ark("trace", "young", "-n", blog, "--step", "researcher", "--endpoint", "http://127.0.0.1:1")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "step researcher has no taskID: it was not submitted to an agent (Running)\n"
        "error: arkrun young has no task to look up\n"
    )
    assert ark("trace", "young", "-n", blog).stderr == (
        "error: no trace backend: give --endpoint, or set ARK_TRACE_ENDPOINT, to the URL of Jaeger or Tempo, "
        "such as http://localhost:16686\n"
    )
