"""A package of which a part is used is not loaded as a whole, unless somebody asks for more."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from arkrun_webhook.deferred import absent, defer


def output_of(program: str) -> str:
    """Run it in an interpreter of its own; gives what it prints."""
    command = [sys.executable, "-W", "error", "-c", program]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize(
    "modules",
    ["arkrun_webhook.server, arkrun_webhook.check", "arkrun_history.server, arkrun_history.controller"],
)
def test_no_program_loads_what_it_does_not_use(modules: str) -> None:
    """Clients of other kinds, a command line of uvicorn and colours of tracebacks stay unloaded."""
    program = (
        f"import sys, {modules};"
        "print(sorted({'kubernetes.aio.client', 'kubernetes.aio.dynamic', 'kubernetes.client', 'requests',"
        "'rich', 'uvicorn.main'} & set(sys.modules)))"
    )

    assert output_of(program) == "['kubernetes.aio.client']\n"


@pytest.mark.parametrize(
    "program",
    [
        "import kubernetes; print(kubernetes.client.V1Pod.__name__)",
        "from kubernetes import client; print(client.V1Pod.__name__)",
        "import kubernetes.client as client; print(client.V1Pod.__name__)",
        "import kubernetes.client.models; print(kubernetes.client.V1Pod.__name__)",
        "import kubernetes.aio; print(kubernetes.aio.client.V1Pod.__name__)",
        "from kubernetes import aio; print(aio.dynamic and aio.client.V1Pod.__name__)",
        "from kubernetes.aio import dynamic; print(dynamic.__name__ and 'V1Pod')",
        "import uvicorn; print(uvicorn.run and uvicorn.Config and 'V1Pod')",
        "import uvicorn.server, uvicorn; print(uvicorn.main and 'V1Pod')",
        "import kubernetes.aio; print(kubernetes.__version__ and kubernetes.aio.client and 'V1Pod')",
    ],
)
def test_all_of_it_is_there_for_who_asks(program: str) -> None:
    """Whoever else imports the client sees it as ever."""
    assert output_of(f"import arkrun_webhook; {program}") == "V1Pod\n"


def test_a_part_is_given_while_it_loads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a part's own import nor asking for one runs the package; an unknown name does, once."""
    package = tmp_path / "arkrun_whole"
    package.mkdir()
    (package / "__init__.py").write_text("from arkrun_whole import part\nloaded = 'whole'\n")
    (package / "part.py").write_text("import arkrun_whole.inner as inner\n")
    (package / "inner.py").write_text("import arkrun_whole.inner as me\nvalue = me.__name__\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    before = dict(sys.modules)

    try:
        defer("arkrun_whole")
        import arkrun_whole.part  # type: ignore[import-not-found]  # noqa: PLC0415

        assert arkrun_whole.part.inner.value == "arkrun_whole.inner"
        assert "loaded" not in vars(arkrun_whole)
        assert arkrun_whole.loaded == "whole"
        with pytest.raises(AttributeError, match=r"^module 'arkrun_whole' has no attribute 'other'$"):
            _ = arkrun_whole.other
    finally:
        for name in set(sys.modules) - set(before):
            del sys.modules[name]


@pytest.mark.parametrize("name", ["json", "arkrun_nowhere"])
def test_what_is_loaded_or_not_there_is_left_alone(name: str) -> None:
    """A loaded package stays as it is, and one that is not there is missed where it is imported."""
    before = sys.modules.get(name)

    defer(name)

    assert sys.modules.get(name) is before


@pytest.mark.parametrize("name", ["fractions", "json"])
def test_what_is_absent_is_there_afterwards(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it was loaded before or is loaded for the first time."""
    monkeypatch.delitem(sys.modules, "fractions", raising=False)
    before = sys.modules.get(name)

    with absent(name), pytest.raises(ModuleNotFoundError):
        import_module(name)

    assert sys.modules.get(name) is before
    assert import_module(name).__name__ == name
