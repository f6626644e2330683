"""`ark verify` of exported runs, without a cluster."""

import json
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from arkrun_cli.render.formats import CreatedFormat, format_object
from arkrun_crd.names import API_VERSION, RUN_KIND, SPEC_SEAL_ANNOTATION
from cli.program import ARK, Done
from seal.format.vectors import annotated
from support.builders.records import DONE, record
from support.builders.seals import KEY, OTHER_KEY, sealed

pytestmark = pytest.mark.process

LIMITS = (
    "A seal proves neither the time before it was made, nor that no older valid version of the same run was "
    "put back, nor that no run was deleted.\n"
)
NUMBERS = {"xLarge": 1e25, "xSmall": 2.5e-7, "xText": "1e+25", "xTime": "2026-03-17T10:00:00Z", "xYes": "yes"}
Json = dict[str, Any]


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """Write the public key to a file."""
    file = tmp_path / "keys.pem"
    file.write_text(KEY.public.pem)
    return file


def run(**changes: Any) -> Json:
    """Build a sealed run as kubectl exports it."""
    return sealed({"apiVersion": API_VERSION, "kind": RUN_KIND, **record(status=DONE), **changes})


def ark_verify(*arguments: str | Path, text: str = "") -> Done:
    """Run `ark verify` without any cluster."""
    return subprocess.run(
        [ARK, "verify", *map(str, arguments)],
        input=text,
        env={"KUBECONFIG": "/nonexistent"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_exported_run_is_verified(keys: Path) -> None:
    """Each part, when it was sealed, and what a seal does not prove."""
    done = ark_verify("-f", "-", "--keys", keys, text=json.dumps(run()))

    assert (done.returncode, done.stderr) == (0, LIMITS)
    assert done.stdout == (
        "arkrun my-org/blog-run-1: verified\n"
        "  identity  verified\n"
        "  spec      verified, sealed 2026-03-17T10:00:46Z\n"
        "  status    verified, sealed 2026-03-17T10:00:46Z\n"
    )


def test_a_late_seal_says_how_late_it_is(keys: Path) -> None:
    """Nobody can know what happened before."""
    late = sealed(
        {"apiVersion": API_VERSION, "kind": RUN_KIND, **record(status=DONE)}, time="2026-03-17T12:00:45Z"
    )

    done = ark_verify("-f", "-", "--keys", keys, text=json.dumps(late))

    assert "  status    verified, sealed 2026-03-17T12:00:45Z, 2h after the end\n" in done.stdout


@pytest.mark.parametrize(
    ("document", "code", "line"),
    [
        ({**run(), "spec": {}}, 1, "  spec      altered: differs from what was sealed"),
        (
            {**run(), "status": {**DONE, "output": "x"}},
            1,
            "  status    altered: differs from what was sealed",
        ),
        (
            {**run(), "metadata": {**run()["metadata"], "name": "copy"}},
            1,
            "  identity  altered: sealed as another run (name was 'blog-run-1')",
        ),
        (
            annotated(run(), **{SPEC_SEAL_ANNOTATION: None}),
            2,
            "  spec      not sealed: its own seal is missing; ",
        ),
        (
            sealed(run(), key=OTHER_KEY),
            2,
            f"  spec      cannot tell: sealed with the unknown key {OTHER_KEY.public.id}",
        ),
    ],
    ids=["spec", "status", "identity", "not sealed", "unknown key"],
)
def test_the_exit_code_and_the_part_that_differs(keys: Path, document: Json, code: int, line: str) -> None:
    """1 is altered, 2 is not known."""
    done = ark_verify("-f", "-", "--keys", keys, text=json.dumps(document))

    assert done.returncode == code
    assert line in done.stdout


def test_many_runs_are_summed_up(keys: Path) -> None:
    """Only those that are not verified are shown; the worst decides the exit code."""
    items = [run(), {**run(), "spec": {}}, {"kind": RUN_KIND, **record("other")}]

    done = ark_verify("-f", "-", "--keys", keys, text=json.dumps({"kind": "List", "items": items}))

    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "3 runs: 1 verified, 1 not sealed, 1 altered"
    assert done.stdout.count("arkrun my-org/") == 2


def test_json_is_one_line_for_each_run(keys: Path) -> None:
    """For programs: state and reason of each part."""
    done = ark_verify("-f", "-", "--keys", keys, "-o", "json", text=json.dumps(run()))

    verified = {"state": "verified", "reason": ""}
    assert json.loads(done.stdout) == {
        "namespace": "my-org",
        "name": "blog-run-1",
        "uid": "uid-of-blog-run-1",
        "state": "verified",
        "parts": {"identity": verified, "spec": verified, "status": verified},
        "specSealed": "2026-03-17T10:00:46Z",
        "statusSealed": "2026-03-17T10:00:46Z",
    }
    assert done.stderr == ""


@pytest.mark.parametrize("quoted", ["'", '"'])
def test_yaml_is_read_as_kubectl_writes_it(keys: Path, quoted: str) -> None:
    """1e+25 is a number there, and what looks like one but is a string stands in quotes."""
    document = run(**record(spec=NUMBERS, status=DONE))
    text = yaml.safe_dump(document, default_style=None).replace("1.0e+25", "1e+25")
    for name in ("xText", "xTime", "xYes"):
        plain = NUMBERS[name]
        text = text.replace(f"{name}: {plain}\n", f"{name}: {quoted}{plain}{quoted}\n")

    assert "xLarge: 1e+25\n" in text
    assert ark_verify("-f", "-", "--keys", keys, text=text).returncode == 0


def test_yaml_of_ark_show_is_read_back_exactly(keys: Path) -> None:
    """A text that looks like a number stands in quotes."""
    document = run(**record(spec=NUMBERS, status=DONE))

    text = format_object(document, CreatedFormat.YAML)

    assert "xText: '1e+25'\n" in text
    assert ark_verify("-f", "-", "--keys", keys, text=text).returncode == 0


def test_keys_are_read_from_an_exported_config_map(tmp_path: Path) -> None:
    """In JSON and in YAML; other keys beside it do not matter."""
    data = {f"{key.public.id}.pem": key.public.pem for key in (KEY, OTHER_KEY)}
    document = {"kind": "ConfigMap", "data": data}
    file = tmp_path / "keys"
    literal = "".join(
        f"  {name}: |\n" + "".join(f"    {line}\n" for line in text.splitlines())
        for name, text in data.items()
    )
    for text in (json.dumps(document), f"kind: ConfigMap\ndata:\n{literal}"):
        file.write_text(text)
        assert ark_verify("-f", "-", "--keys", file, text=json.dumps(run())).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "expected one of RUN, --all, --all-namespaces and --filename FILE"),
        (("name", "--all"), "expected one of RUN, --all, --all-namespaces and --filename FILE"),
        (("-f", "-"), "--filename needs --keys FILE: the public keys that the seals were made with"),
        (("-f", "-", "--keys", "-"), "-: expected an Ed25519 public key (-----BEGIN PUBLIC KEY-----)"),
        (("-f", "-", "--keys", "/nonexistent"), "cannot read /nonexistent: No such file or directory"),
        (
            ("name",),
            'no cluster configured: kubeconfig "/nonexistent" does not exist: set KUBECONFIG to a file',
        ),
    ],
)
def test_what_cannot_be_verified_exits_with_2(arguments: tuple[str, ...], message: str) -> None:
    """1 means altered and nothing else."""
    done = ark_verify(*arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_a_file_without_a_run_is_named(keys: Path) -> None:
    """With the command that exports one."""
    done = ark_verify("-f", "-", "--keys", keys, text='{"kind": "Pod"}')

    assert (done.returncode, done.stderr) == (
        2,
        "error: - contains no ArkRun: export one with kubectl get arkrun NAME -o json\n",
    )


def test_offline_it_loads_no_client(keys: Path, tmp_path: Path) -> None:
    """A file is verified in 0.4 s; this bound is for a machine under load."""
    file = tmp_path / "run.json"
    file.write_text(json.dumps(run()))
    started = time.perf_counter()

    done = ark_verify("-f", file, "--keys", keys)

    assert done.returncode == 0
    assert time.perf_counter() - started < 4
