"""The examples of crd-gen's README work."""

import re
from pathlib import Path
from typing import Any

import pytest

from crd_gen.checks import findings
from crd_gen.diff.waivers import load
from crd_gen.project.config import find
from crd_gen.project.targets import load as load_models
from crd_gen.resources.definition import definition
from support.crd_gen_cli import crd_gen
from support.repository import ROOT

FOLDER = ROOT / "crd-gen"
GUIDE = "".join((FOLDER / name).read_text("utf-8") for name in ("README.md", "REFERENCE.md"))


def block(language: str, start: str = "") -> str:
    """Return the first code block of a language that starts with a text."""
    found: list[str] = re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    return next(text for text in found if text.startswith(start))


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Write the module of the guide."""
    (tmp_path / "readme_shop").mkdir()
    (tmp_path / "readme_shop" / "api.py").write_text(block("python", "# shop/api.py"))
    monkeypatch.syspath_prepend(str(tmp_path))
    return load_models("readme_shop.api:Order")[0]


def test_example_has_no_findings(shop: Any) -> None:
    """The definition of the example has neither errors nor warnings."""
    made = definition(shop)

    assert made["metadata"]["name"] == "orders.shop.example.com"
    assert findings(made) == []


def test_example_validates_orders(shop: Any) -> None:
    """The example accepts a valid order, and rejects one that violates its rule."""
    order = {"apiVersion": "shop.example.com/v1", "kind": "Order", "metadata": {"name": "a"}}
    items = [{"name": f"item-{number}"} for number in range(11)]

    read = shop.read({**order, "spec": {"customer": "c", "items": items}})

    assert (read.spec.items[0].amount, read.spec.express) == (1, False)
    with pytest.raises(ValueError, match="an express order has at most 10 items"):
        shop.read({**order, "spec": {"customer": "c", "items": items, "express": True}})


def test_tutorial_says_what_a_reader_sees(tmp_path: Path) -> None:
    """The first model of the tutorial has the messages that the guide shows, the second one none."""
    before, after = (
        block("python", f"# app/models.py\n{start}") for start in ("from datetime", "from typing")
    )
    (tmp_path / "app").mkdir()
    model = tmp_path / "app" / "models.py"

    model.write_text(before)
    refused = crd_gen(tmp_path, "write", "app.models:Database")
    model.write_text(after)
    written = crd_gen(tmp_path, "write", "app.models:Database")

    assert refused == (1, "", block("text", "crd-gen: "))
    assert written == (0, "wrote crds/example.com_databases.yaml\n1 file, 1 changed\n", "")


def test_example_configuration_is_read(tmp_path: Path) -> None:
    """The examples of pyproject.toml and of a waiver file are valid."""
    (tmp_path / "pyproject.toml").write_text(block("toml", "# pyproject"))
    (tmp_path / "services" / "shop" / "lib").mkdir(parents=True)
    (tmp_path / "waivers.toml").write_text(block("toml", "[[waiver]]"))

    project = find(tmp_path)

    assert project.models == ("shop.api:Order",)
    assert project.chart
    assert project.chart.templates == tmp_path / "charts/shop/templates"
    assert [waiver.code for waiver in load(tmp_path / "waivers.toml")] == ["field-removed"]
