"""Paths of this repository."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
CHART = ROOT / "charts" / "arkrun"
CRDS = ROOT / "crd-gen" / "crds"
