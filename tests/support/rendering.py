"""The chart as helm renders it, without a cluster."""

import json
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from support.documents import documents
from support.repository import CHART

RELEASE = "arkrun"
NAMESPACE = "arkrun-system"
URL = "https://127.0.0.1:9443/0123456789abcdef0123456789abcdef"

Manifest = dict[str, Any]


class Rendering:
    """Renders the chart with one helm; a release of the default name unless a test says otherwise."""

    def __init__(self, helm: Path) -> None:
        self._helm = helm
        self._rendered: dict[str, str] = {}

    def text(
        self,
        values: Mapping[str, Any] | None = None,
        *,
        release: str = RELEASE,
        namespace: str = NAMESPACE,
        more: tuple[str, ...] = (),
    ) -> str:
        """Return the output of `helm template`, which runs once for the same values and arguments."""
        key = json.dumps([values, release, namespace, more])
        if key not in self._rendered:
            done = self.helm(values, "template", release, str(CHART), "--namespace", namespace, *more)
            assert done.returncode == 0, done.stderr
            self._rendered[key] = done.stdout
        return self._rendered[key]

    def objects(self, values: Mapping[str, Any] | None = None, **options: Any) -> list[Manifest]:
        """Return the objects of the release in helm's order, without hooks."""
        text = self.text(values, more=("--no-hooks",), **options)
        return documents(text)

    def hooks(self, values: Mapping[str, Any] | None = None) -> dict[str, Manifest]:
        """Return the hooks by kind."""
        found = documents(self.text(values))
        return {
            each["kind"]: each for each in found if "helm.sh/hook" in each["metadata"].get("annotations", {})
        }

    def of(self, kind: str, values: Mapping[str, Any] | None = None, **options: Any) -> list[Manifest]:
        """Return the objects of a kind."""
        return [each for each in self.objects(values, **options) if each["kind"] == kind]

    def one(self, kind: str, values: Mapping[str, Any] | None = None, **options: Any) -> Manifest:
        """Return the only object of a kind."""
        (found,) = self.of(kind, values, **options)
        return found

    def refusal(self, values: Mapping[str, Any]) -> str:
        """Return helm's message about values that it rejects."""
        done = self.helm(values, "template", RELEASE, str(CHART))
        assert done.returncode != 0, done.stdout
        return done.stderr

    def helm(self, values: Mapping[str, Any] | None, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run helm with values in a file, away from the user's own helm and cluster."""
        with tempfile.TemporaryDirectory() as home:
            file = Path(home, "values.yaml")
            file.write_text(json.dumps(values or {}))
            return subprocess.run(
                [self._helm, *arguments, "--values", file],
                env={"HOME": home, "KUBECONFIG": f"{home}/none"},
                capture_output=True,
                text=True,
                check=False,
            )
