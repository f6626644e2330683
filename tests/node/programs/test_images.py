"""The build of the image: pip's settings, and rebuilding after a change of the sources."""

from pathlib import Path

import pytest

from node.programs.images import fingerprint, pip_volumes

pytestmark = pytest.mark.process


def test_pip_in_the_build_uses_the_settings_of_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Settings from files and variables are merged into one file, mounted with the files that they name."""
    certificates, settings = tmp_path / "ca.pem", tmp_path / "mine.conf"
    certificates.touch()
    settings.write_text(f"[global]\ncert = {certificates}\n")
    for name in ("PIP_CERT", "PIP_FIND_LINKS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(settings))
    monkeypatch.setenv("PIP_INDEX_URL", "https://packages.example/simple")

    volumes = pip_volumes(tmp_path)

    assert f"{tmp_path / 'pip.conf'}:/etc/pip.conf:ro" in volumes
    assert f"{certificates}:{certificates}:ro" in volumes
    lines = (tmp_path / "pip.conf").read_text().splitlines()
    assert lines[0] == "[global]"
    assert {f"cert = {certificates}", "index-url = https://packages.example/simple"} <= set(lines)


def test_changed_sources_build_another_image(tmp_path: Path) -> None:
    """Bytecode files and files that are not copied are ignored."""
    recipe = "FROM scratch AS build\nCOPY lock ./\nCOPY lib lib\nFROM scratch\nCOPY --from=build /opt /opt\n"
    for name, text in {"Dockerfile": recipe, "lock": "a", "lib/a.py": "1", "other.py": "1"}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "lib" / "__pycache__").mkdir()
    fingerprints = [fingerprint(tmp_path)]

    for name in ("other.py", "lib/__pycache__/a.pyc"):
        (tmp_path / name).write_text("2")
        assert fingerprint(tmp_path) == fingerprints[0]
    for name in ("Dockerfile", "lock", "lib/a.py"):
        (tmp_path / name).write_text(recipe + "# 2")
        fingerprints.append(fingerprint(tmp_path))

    assert len(set(fingerprints)) == len(fingerprints)
